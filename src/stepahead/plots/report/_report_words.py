"""The beginning of a report: a summary in sentences, and key figures."""

from collections.abc import Sequence

import numpy as np

from .._axes import column
from ..forecasts import Curve, clock, horizon_of
from ._html import Markup, element
from ._report import Comparison, Report
from ._report_comparison import trust_tile
from ._words import number, share, steps, when


def title_of(report: Report) -> str:
    """The default title."""
    panel = report.history
    count = steps(horizon_of(panel, report.forecast), panel.frequency)
    subject = str(panel.ids[0]) if len(panel) == 1 else f"{len(panel):,} series"
    return f"{subject}: the next {count}"


def summary_of(report: Report, drawn: Sequence[Curve], trust: str) -> Markup:
    """The data, the model and the reason for its choice, the trust horizon; for a single series
    also its last forecast."""
    panel = report.history
    frequency = panel.frequency
    times = clock(panel, panel.times)
    what = f"{len(panel):,} series" if len(panel) > 1 else "one series"
    channels = f" of {panel.channels} channels" if panel.channels > 1 else ""
    sentences = [
        (
            f"From {what}{channels} with {steps(len(panel.times), frequency)} in all"
            f" ({when(times.min(), frequency)} to {when(times.max(), frequency)}), the next"
            f" {steps(len(drawn[0].ahead), frequency)} are forecast, {_end_of_forecast(report)},"
            f" by the model {report.model}."
        ),
        report.reason,
        trust,
        _last_forecast(drawn[0], report) if len(panel) * panel.channels == 1 else "",
    ]
    return element("p", " ".join(sentence for sentence in sentences if sentence), class_="summary")


def _end_of_forecast(report: Report) -> str:
    """The last time of the forecast; series that end at different times have forecasts that begin
    at their own ends."""
    panel = report.history
    ends = clock(panel, panel.future(horizon_of(panel, report.forecast))[:, -1])
    return (
        f"to {when(ends[0], panel.frequency)}"
        if (ends == ends[0]).all()
        else "each series from its own end"
    )


def _last_forecast(curve: Curve, report: Report) -> str:
    """A sentence with the last observed value and the last forecast."""
    seen = np.flatnonzero(~np.isnan(curve.values))
    if len(seen) == 0:
        return ""
    frequency = report.history.frequency
    text = (
        f"The last value seen is {number(curve.values[seen[-1]])} "
        f"({when(curve.times[seen[-1]], frequency)}); "
        f"for {when(curve.ahead[-1], frequency)} the forecast is {number(curve.expected[-1])}"
    )
    for level, (low, high) in sorted(curve.bounds.items(), key=lambda item: float(item[0]))[:1]:
        text += f", with a probability of {level}% between {number(low[-1])} and {number(high[-1])}"
    return text + "."


def tiles_of(report: Report, drawn: Sequence[Curve]) -> Markup:
    """The key figures."""
    panel = report.history
    total = steps(len(panel.times), panel.frequency)
    facts = [
        (
            "Data",
            f"{len(panel):,} series" if len(panel) > 1 else total,
            f"{total} in all" if len(panel) > 1 else "one series",
        ),
        ("Forecast", steps(len(drawn[0].ahead), panel.frequency), _end_of_forecast(report)),
        (
            "Model",
            report.model,
            (
                f"of {len(column(report.comparison.leaderboard, 'model'))} compared"
                if report.comparison
                else ""
            ),
        ),
    ]
    if report.comparison is not None and report.comparison.naive != report.model:
        judged = report.comparison.judged
        judged = report.model if judged is None else judged
        ratio = error_against_naive(report.comparison, judged)
        again = "" if judged == report.model else ", chosen again at each origin"
        if ratio is not None:
            facts.append(("Error", share(ratio), f"that of {report.comparison.naive}{again}"))
    if report.trusted is not None:
        facts.append(trust_tile(report.trusted, panel))
    tiles = [
        element(
            "div",
            element("dt", name),
            element("dd", fact, element("small", more) if more else None),
        )
        for name, fact, more in facts
    ]
    return element("dl", *tiles, class_="tiles")


def error_against_naive(comparison: Comparison | None, model: str) -> float | None:
    """The model's MASE divided by the naive one's; None if either is unknown, or if both are the
    same model.

    >>> board = {"model": ["ets", "naive"], "mase": [0.5, 1.0]}
    >>> error_against_naive(Comparison(board, naive="naive"), "ets")
    0.5
    """
    if comparison is None or comparison.naive in (None, model):
        return None
    if "mase" not in set(comparison.leaderboard.keys()):
        return None
    found = dict(
        zip(
            column(comparison.leaderboard, "model").tolist(),
            column(comparison.leaderboard, "mase").tolist(),
            strict=True,
        )
    )
    own, naive = found.get(model, np.nan), found.get(str(comparison.naive), np.nan)
    return own / naive if naive > 0 and np.isfinite(own) else None


def trust_in_words(comparison: Comparison | None, model: str) -> str:
    """A sentence on the steps ahead at which the model's average error was below the naive one's;
    it claims no significance.

    >>> board = {"model": ["ets", "naive"], "mase": [0.5, 1.0]}
    >>> errors = {"step": [1, 2, 3], "ets": [0.1, 0.5, 1.2], "naive": [0.9, 1.0, 1.1]}
    >>> trust_in_words(Comparison(board, errors, naive="naive"), "ets")
    'On average its error was below that of naive up to 2 of 3 steps ahead; whether by more than
    chance was not tested.'
    """
    if comparison is None or comparison.by_step is None or comparison.naive in (None, model):
        return ""
    known = [str(name) for name in comparison.by_step.keys()]  # noqa: SIM118
    if model not in known or comparison.naive not in known:
        return ""
    better = column(comparison.by_step, model) < column(comparison.by_step, str(comparison.naive))
    first = len(better) if better.all() else int(np.argmin(better))
    if first == 0:
        some = (
            f"though at {better.sum()} of the {len(better)} steps ahead it was; whether by more"
            " than chance was not tested."
        )
        sentence = f"On average its error was not below that of {comparison.naive} one step ahead"
        return (
            f"{sentence}, {some}"
            if better.any()
            else f"{sentence}, nor at any step after it: use the forecast with care."
        )
    reach = (
        f"at every one of the {len(better)} steps ahead"
        if first == len(better)
        else f"up to {first} of {len(better)} steps ahead"
    )
    return (
        f"On average its error was below that of {comparison.naive} {reach}; whether by more than"
        " chance was not tested."
    )
