"""Tests of stationarity: will the future of a series resemble its past, and what to do if not."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..._check import Refusal, between, whole
from ...data import Panel, require_panel, season_of, seasonal_additive
from ._shift import LevelShift, level_shift
from ._unit_root import dickey_fuller, kpss

FEWEST = 24
"""The fewest observed values for the tests."""

REMEDY = {
    "stationary": "Nothing has to be done: the past is representative of the future.",
    "unit root": (
        "Let the model forecast differences: `strategy=anchored(…)`, or `scaler=difference()`."
    ),
    "changing": (
        "Look at the plot of its level; use only the recent past (`length=`), refit often, or "
        "forecast differences."
    ),
    "undecided": (
        "Too short or too smooth to tell: give more of its past; when in doubt treat it as a "
        "unit root and forecast differences."
    ),
    "season": "use a model with that lag, or `scaler=seasonal_additive()`",
    "line": "remove the trend with `scaler=difference()`, or forecast differences",
    "shift": "use only the data after it (`length=`), and refit with new data",
}
"""The advice for each of the four verdicts, for a season, for a linear trend, and for a level
shift."""


@dataclass(frozen=True, eq=False)
class Stationarity:
    """The p-values of the tests on one channel of one series.

    A small `adf` rejects a unit root, a small `kpss` a constant level; `adf_trend` and `kpss_trend`
    are the same around a linear trend. `season` is the detected season, which is removed first (1:
    none); `level_shift` is the largest shift of the level. `interpolated` is the number of missing
    values, which were interpolated. KPSS is tabulated for p-values from 0.01 to 0.1; others are set
    to the nearer bound.
    """

    series: str
    channel: str
    level: float
    adf: float
    kpss: float
    adf_trend: float
    kpss_trend: float
    season: int
    level_shift: LevelShift
    interpolated: int

    @property
    def verdict(self) -> str:
        """The verdict, one of four, by which of the two tests around a fixed level rejects.

        ADF only: "stationary". KPSS only: "unit root". Both: "changing" (neither a unit root nor a
        fixed level). None: "undecided".
        """
        rejected = self.adf < self.level, self.kpss < self.level
        return {
            (True, False): "stationary",
            (False, True): "unit root",
            (True, True): "changing",
        }.get(rejected, "undecided")

    @property
    def remedy(self) -> str:
        """The advice for the verdict."""
        return REMEDY[self.verdict]

    @property
    def trend(self) -> bool:
        """True if both tests find it stationary around a linear trend, but not around a level."""
        return self.verdict != "stationary" and self.adf_trend < self.level <= self.kpss_trend

    @property
    def stationary(self) -> bool:
        """True if nothing contradicts stationarity: neither the verdict, nor a season, nor a level
        shift."""
        return self.verdict == "stationary" and self.season == 1 and not self.moved

    @property
    def moved(self) -> bool:
        """True if the level changed significantly, by a trend or a shift."""
        return self.level_shift.p < self.level

    def __str__(self) -> str:
        """The verdict in words, with advice."""
        return self.words(REMEDY)

    def words(self, remedy: Mapping[str, str]) -> str:
        """Return the verdict in words, with the advice of a table such as `REMEDY`."""
        p = f"ADF p = {self.adf:.3g}, KPSS p = {self.kpss:.3g}"
        found = [f"Series '{self.series}', {self.channel}: {self.verdict} ({p})."]
        if self.stationary or self.verdict != "stationary":
            found.append(remedy[self.verdict])
        if self.season > 1:
            found.append(
                f"It has a season of {self.season}, taken out for the tests: {remedy['season']}."
            )
        if self.trend:
            found.append(f"Around a straight line it is stationary: {remedy['line']}.")
        if self.moved and not self.trend:
            found.append(self.level_shift.words(remedy["shift"]))
        if self.interpolated:
            found.append(f"{self.interpolated} missing values were interpolated.")
        return " ".join(found)


def stationarity(
    panel: Panel, *, season: int | None = None, level: float = 0.05
) -> tuple[Stationarity, ...]:
    """Test every channel of every series of a panel for stationarity: ADF and KPSS, its season, and
    shifts of its level.

    ADF (augmented Dickey and Fuller, lags by AIC) has a unit root as its null hypothesis, KPSS
    (Kwiatkowski, Phillips, Schmidt, Shin) a constant level; together they give four verdicts. A
    significant season (at 99 %, by the autocorrelation of the changes at lag `season`, by default
    that of the frequency) is removed first; `level_shift` tests the level at significance `level`.
    Gaps are interpolated. Printing an entry shows the verdict and the advice. Series with fewer
    than 24 observed values, constant ones, and exact repetitions of a season are refused.

    >>> walk = np.random.default_rng(0).normal(size=300).cumsum()
    >>> for found in stationarity(Panel.from_arrays([np.diff(walk), walk], ids=["steps", "walk"])):
    ...     print(found.series, found.verdict)
    steps stationary
    walk unit root
    """
    require_panel("panel", panel)
    between("level", level, 0, 1)
    season = season_of(panel) if season is None else whole("season", season)
    return tuple(
        _one(panel, number, channel, season, level)
        for number in range(len(panel))
        for channel in range(panel.channels)
    )


def _one(panel: Panel, number: int, channel: int, season: int, level: float) -> Stationarity:
    alone = panel.take(np.array([number]))
    values, interpolated = _interpolated(alone, channel)
    shown = _season(values, season)
    flat = Panel.from_arrays([values])
    rest = seasonal_additive(shown).fit(flat).apply(flat).values[:, 0] if shown > 1 else values
    if np.ptp(rest) <= 1e-9 * np.ptp(values):
        raise Refusal(
            f"Series '{alone.ids[0]}' repeats its season of {shown} exactly, so there is nothing "
            "left to test. Leave it out."
        )
    return Stationarity(
        series=str(alone.ids[0]),
        channel=panel.names[channel],
        level=level,
        adf=dickey_fuller(rest, line=False),
        kpss=kpss(rest, line=False),
        adf_trend=dickey_fuller(rest, line=True),
        kpss_trend=kpss(rest, line=True),
        season=shown,
        level_shift=level_shift(rest, alone.times),
        interpolated=interpolated,
    )


def _season(values: Float[np.ndarray, " time"], season: int) -> int:
    """The season if it is significant at 99 % in the changes, else 1. (In the values themselves, a
    moving level would look like a season.)"""
    if season == 1 or len(values) < 3 * season:
        return 1
    changes = Panel.from_arrays([np.diff(values)])
    return int(seasonal_additive(season, confidence=0.99).fit(changes).season[0, 0])


def _interpolated(alone: Panel, channel: int) -> tuple[Float[np.ndarray, " time"], int]:
    """The values with gaps interpolated, and the number of missing ones; refuse a series that
    cannot be tested."""
    values = alone.values[:, channel]
    seen = np.flatnonzero(~np.isnan(values))
    who = f"Series '{alone.ids[0]}' ('{alone.names[channel]}')"
    if len(seen) < FEWEST:
        raise Refusal(
            f"{who} has {len(seen)} observed values, but tests of stationarity need at least "
            f"{FEWEST}. Give more of its past."
        )
    if np.ptp(values[seen]) == 0:
        raise Refusal(f"{who} never changes, so there is nothing to test. Leave it out.")
    return np.interp(np.arange(len(values)), seen, values[seen]), len(values) - len(seen)
