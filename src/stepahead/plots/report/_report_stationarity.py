"""The section of a report on stationarity: tests, and changes of the level."""

from collections import Counter

from ...data import Panel
from ..forecasts import clock
from ..series import level_shift_plot
from ._html import Markup, element, joined
from ._page import chart
from ._report import StationarityTests
from ._report_parts import part, table, words

ON_TESTS = (
    "The null hypothesis of ADF is that shocks last for ever (a unit root), that of KPSS a fixed"
    " level: the one that is rejected decides the verdict."
)
"""A sentence on the two tests."""


def stationarity_part(tested: StationarityTests, history: Panel) -> Markup:
    """For one curve the verdict and a figure of its level; for several the count of each verdict,
    with a remedy."""
    found = tested.found
    total = len(history) * history.channels
    body = _one(tested) if total == 1 else _several(tested)
    what = "series" if history.channels == 1 else "curves"
    some = f"{len(found):,} of {total:,} {what} were tested." if len(found) < total else ""
    longest = int(tested.panel.lengths.max())
    end = f"Only the last {longest:,} steps were tested." if longest < history.lengths.max() else ""
    return part("Stationarity: is the future like the past?", words(ON_TESTS, some, end), *body)


def _one(tested: StationarityTests) -> list[Markup]:
    """The verdict, and the level and spread of each part of the series."""
    found, panel = tested.found[0], tested.panel
    figure = level_shift_plot(clock(panel, panel.times), panel.values[:, 0], found)
    label = f"{found.series}: the level and spread of each part of it"
    drawn = chart(figure, "level-shift", label, height=220, legend=False)
    season = " The season was taken out of both." if found.season > 1 else ""
    note = element(
        "p",
        f"Steps: the mean of each part; shaded: one standard deviation around it.{season}",
        class_="note below",
    )
    return [element("p", _coded(str(found))), element("figure", drawn), note]


def _several(tested: StationarityTests) -> list[Markup]:
    """A table of verdicts, the most frequent first, and the numbers of series with a season or a
    level shift."""
    found = tested.found
    remedy = {one.verdict: one.remedy for one in found}
    counts = Counter(one.verdict for one in found)
    rows = [
        (verdict, f"{count:,}", f"{count / len(found):.0%}", _coded(remedy[verdict]))
        for verdict, count in counts.most_common()
    ]
    season, moved = sum(one.season > 1 for one in found), sum(one.moved for one in found)
    text = words(
        f"{counts['stationary']:,} of the {len(found):,} look stationary.",
        f"{season:,} show a season, which was taken out first." if season else "",
        f"The level of {moved:,} shifted by more than chance." if moved else "",
    )
    return [
        text,
        element(
            "div", table(("", "how many", "share", "what to do"), rows), class_="scroll verdicts"
        ),
    ]


def _coded(text: str) -> Markup:
    """A text with its parts between backticks as code.

    >>> _coded("use `a<b`.")
    'use <code>a&lt;b</code>.'
    """
    return joined(
        *(element("code", piece) if n % 2 else piece for n, piece in enumerate(text.split("`")))
    )
