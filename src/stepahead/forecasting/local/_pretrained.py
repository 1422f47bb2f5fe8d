"""`Pretrained`: the pretrained network that is part of the package."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..._check import Refusal, whole
from ..._types import Key, Listener
from ...classical import LocalFit, OnSeries, Rows
from ...data import Panel, fits_twice, season_and_longer
from ...ops import host_generator
from ...pretrained import Network, carried, fit_pretrained, positive, told_seasons
from ._method import LocalMethod
from ._several_seasons import check_seasons

LARGEST = 1e100
"""The largest absolute value that is read: its square is still finite."""

UPDATES = 200
"""The default number of updates when the network is fine-tuned on new observations."""


@dataclass(frozen=True, repr=False)
class Pretrained(LocalMethod):
    """A pretrained recurrent network, trained only on synthetic series, that forecasts without
    training: it reads the last 1,024 steps of a series, or three of its seasons if those are more
    (4,096 at most), and returns quantiles of the next steps.

    Any horizon (beyond 512 steps the last season is repeated, with intervals that widen further),
    missing values, and series of 3 values or more are allowed; nothing is fitted, and neither JAX
    nor the internet is needed. `seasons` are at most two periods, the shorter first. If none are
    given, they are the season of the fit and the longer ones that are detected in the series up to
    the origin (see `data.seasons`); series shorter than two seasons of their frequency cannot show
    it, and it is used all the same: 18 months are forecast with the season of 12. `()` means no
    season; seasons longer than the steps that are read are ignored. The point forecast is the
    median. `averaged` takes the mean of the forecasts of the series and of minus the series, so
    that forecasts are equivariant to the sign; it takes twice the time, and on recorded series its
    errors were larger.

    If `resampled`, series whose shortest season has 24 steps or more are forecast also as means of
    2 and of 3 steps and by their shorter season only; each is weighted by how well it forecast the
    last steps of the series. A forecast takes six times the time.

    If `adjusted`, series whose shortest season has fewer than 24 steps, or that have none, are
    forecast also without their season and their linear trend, and with a value between each two
    neighbours, weighted in the same way: eight times the time. Series with two seasons, the shorter
    of 24 steps or more, are forecast also without the longer one, and the last steps are forecast
    from three origins to find the weights: 15 times the time.

    With `logs` the network reads the logarithms of series whose values are all positive:
    exponential growth continues, and intervals are wider upwards; linear trends are not removed.

    `fine_tune` is the number of updates by which the network (None: that of the package) is first
    fine-tuned on the panel: on windows without the last steps, which decide when to stop; the
    weights do not change if that is best. 100 to 400 are usual; this needs JAX. Panels of many
    similar series gain, single series rarely do.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([10 + np.sin(np.arange(60) * 2 * np.pi / 12)])
    >>> done = sa.fit(Pretrained(), panel, horizon=3, season=12, key=0)
    >>> bool(abs(done.forecast(levels=())["forecast"] - panel.values[48:51, 0]).max() < 0.3)
    True
    """

    seasons: tuple[int, ...] | None = None
    averaged: bool = False
    resampled: bool = True
    fine_tune: int = 0
    network: Network | None = None
    logs: bool = False
    adjusted: bool = True
    needs: ClassVar[float] = 3

    def __post_init__(self) -> None:
        for season in self.seasons or ():
            whole("seasons", season)
        whole("fine_tune", self.fine_tune, 0)
        if self.seasons != ():
            check_seasons(self.seasons)

    def for_panel(self, panel: Panel, season: int) -> "Pretrained":
        """As `PerSeries.for_panel`: with the seasons of the panel."""
        if self.seasons is not None:
            return self
        calendar = panel.frequency.season
        if season == 1 < calendar and not fits_twice(panel, calendar):  # too short to show it
            return replace(self, seasons=(calendar,))
        return replace(self, seasons=season_and_longer(panel, season)[:2])

    def fit_rows(self, rows: Rows, season: int, on_event: OnSeries | None) -> LocalFit:
        """As `LocalMethod.fit_rows`; nothing is fitted."""
        largest = np.abs(rows.values[~np.isnan(rows.values)]).max(initial=0)
        if largest > LARGEST:
            raise Refusal(
                f"The pretrained network reads values up to {LARGEST:g} in size, but one is "
                f"{largest:.3g}. Give the series in a larger unit."
            )
        if len(self.seasons or ()) > 2:
            raise Refusal(
                f"The pretrained network is told at most two `seasons`, but they are "
                f"{self.seasons!r}. Leave some out."
            )
        alone = (season,) if season > 1 else ()
        if on_event is not None:
            on_event(len(rows) - 1)
        told = alone if self.seasons is None else self.seasons
        ways = self.averaged, self.resampled, self.logs, self.adjusted
        return fit_pretrained(rows, told, self.network, *ways)

    def started(self, other: "Pretrained") -> "Pretrained":
        """The same, to be fine-tuned from the network of another one."""
        return replace(self, network=other.network, fine_tune=self.fine_tune or UPDATES)

    def taught(
        self, panel: Callable[[], Panel], horizon: int, key: Key, season: int
    ) -> "Pretrained":
        """As `PerSeries.taught`, if `fine_tune` is above 0."""
        return self.tuned(panel(), horizon, key, season)[0] if self.fine_tune else self

    def tuned(
        self, panel: Panel, horizon: int, key: Key, season: int, on_event: Listener | None = None
    ) -> tuple["Pretrained", list[tuple[float, float]]]:
        """As `PerSeries.tuned`: the network after `fine_tune` updates (200 if that is 0) on all
        channels of the panel."""
        from ...pretrained import fine_tuned  # imports JAX

        spec = self.for_panel(panel, season)
        series = [
            column[~np.isnan(column).cumprod().astype(bool)]
            for number in range(len(panel))
            for column in panel.series(number).T
        ]
        if self.logs:
            series = [np.log(each) if positive(each) else each for each in series]
        done = fine_tuned(
            self.network or carried(),
            [each for each in series if len(each) >= self.needs],
            told_seasons(spec.seasons or ()),
            horizon,
            self.fine_tune or UPDATES,
            host_generator(key),
            on_event,
        )
        return replace(spec, network=done.network), [(done.before, done.after)]
