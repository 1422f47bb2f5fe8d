"""The report of a forecast as one page."""

from ..forecasts import chosen, curves, interval_levels
from ._html import element
from ._page import drawing_program, page
from ._report import Report
from ._report_comparison import comparison_part, trust_part
from ._report_forecast import forecast_part
from ._report_parts import provenance_part, residuals_part, training_part
from ._report_stationarity import stationarity_part
from ._report_words import summary_of, tiles_of, title_of, trust_in_words


def report_html(report: Report, drawing: str | None = None) -> str:
    """Write a report as one HTML page, for screens, phones and print; it needs no network.

    The page draws at most six series and thins each line to the resolution of a screen, so that its
    size does not grow with the data. All text from the data is escaped. About 0.9 MB of the page is
    the program that draws the figures: `drawing`, the result of `drawing_program()`, which is
    called if it is not given.

    >>> import stepahead as sa
    >>> from stepahead.plots import Provenance
    >>> panel = sa.Panel.from_arrays([[1.0, 2.0, 3.0]], ids=["<b>"])
    >>> ahead = {"unique_id": ["<b>"] * 2, "ds": [3, 4], "forecast": [4.0, 5.0]}
    >>> text = report_html(
    ...     Report(panel, ahead, "drift", Provenance("stepahead forecast data.csv -k 2"))
    ... )
    >>> "<h1>&lt;b&gt;: the next 2 steps</h1>" in text, "<b>" in text
    (True, False)
    """
    levels = interval_levels(report.forecast)
    drawn = curves(report.history, report.forecast, chosen(report.history, report.shown), levels)
    title = report.title or title_of(report)
    trust = (
        f"How far to trust it? {report.trust}"
        if report.trust
        else trust_in_words(report.comparison, report.model)
    )
    return page(
        title,
        element(
            "header",
            element("p", "Forecast", class_="kicker"),
            element("h1", title),
            summary_of(report, drawn, trust),
            tiles_of(report, drawn),
        ),
        forecast_part(drawn, report.history, named=report.shown is not None),
        trust_part(report, "MASE" if report.comparison is None else report.comparison.measure),
        *(
            [comparison_part(report.comparison, report.model)]
            if report.comparison is not None
            else []
        ),
        *([stationarity_part(report.tested, report.history)] if report.tested is not None else []),
        *([training_part(report.training)] if report.training is not None else []),
        *(
            [residuals_part(report.residuals, report.history)]
            if report.residuals is not None
            else []
        ),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )
