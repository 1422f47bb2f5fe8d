"""`Channel`: one channel of every series of a panel; `ChannelFit`: its fit."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import Refusal
from ...classical import LocalFit, OnSeries, Rows, WalkFit, fit_walk, seen, usual_change
from ...data import Panel
from .._known import known_columns


@dataclass(frozen=True, eq=False)
class ChannelFit:
    """The fit of one channel: the method's fit of the series with the numbers `by_method`, and
    random walks for the others, which are too short or never change."""

    by_method: Int[np.ndarray, " some"]
    method: LocalFit | None
    others: Int[np.ndarray, " rest"]
    walk: WalkFit | None

    @property
    def parts(self) -> "list[tuple[np.ndarray, LocalFit]]":
        """The numbers of series and their fit, for the method and for the random walks."""
        both = (self.by_method, self.method), (self.others, self.walk)
        return [(which, fit) for which, fit in both if fit is not None]

    def with_later(self, later: Float[np.ndarray, "series step column"]) -> "ChannelFit":
        """Return the fit with the covariates of the steps after the last value of every series."""
        method = self.method
        return (
            self
            if method is None
            else replace(self, method=method.with_later(later[self.by_method]))
        )

    def advanced(self, rows: Rows) -> "ChannelFit":
        """Return the fit with its state advanced over more steps of every series; the parameters
        stay."""
        method, walk = self.method, self.walk
        return replace(
            self,
            method=None if method is None else method.advanced(rows_of(rows, self.by_method)),
            walk=None if walk is None else walk.advanced(rows_of(rows, self.others)),
        )


@dataclass(frozen=True, eq=False)
class Channel:
    """One channel of every series: `whole` series, `rows` from the first observed value to the
    last, and the `number` of observed values. `told` is the usual change, given if these series are
    only a part of all series."""

    ids: np.ndarray
    whole: Rows
    rows: Rows
    number: Int[np.ndarray, " series"]
    told: float | None = None

    @classmethod
    def of(
        cls,
        panel: Panel,
        channel: int,
        columns: tuple[str, ...] = (),
        told: float | None = None,
    ) -> "Channel":
        """Return this channel of a panel, with these covariates; a series without any value is
        refused."""
        whole = panel_rows(panel, channel, columns)
        span = seen(whole)
        if not span.number.all():
            raise Refusal(
                f"Series '{panel.ids[np.argmin(span.number)]}' has no observed value. Leave it out."
            )
        return cls(panel.ids, whole, whole.cut(span.first, span.stop), span.number, told)

    @property
    def moves(self) -> Bool[np.ndarray, " series"]:
        """True for each series whose values are not all equal."""
        begin = self.rows.offsets[:-1]
        return np.fmax.reduceat(self.rows.values, begin) > np.fmin.reduceat(self.rows.values, begin)

    @property
    def usual(self) -> float:
        """The usual change over all series: see `classical.usual_change`."""
        return usual_change(self.whole) if self.told is None else self.told

    @property
    def sizes(self) -> Float[np.ndarray, " series"]:
        """The mean absolute value of every series."""
        return self.rows.total(np.abs(np.nan_to_num(self.rows.values))) / self.number

    def taken(self, which: Int[np.ndarray, " some"]) -> Rows:
        """Return the rows of some of the series."""
        return rows_of(self.rows, which)

    def as_walks(
        self,
        which: Int[np.ndarray, " some"],
        long: Bool[np.ndarray, " series"],
        on_event: OnSeries | None,
    ) -> WalkFit | None:
        """Return some of the series as random walks; None if there are none. The variance of a
        series that is not `long` also uses the other series. A long series that never changes uses
        itself alone."""
        if not len(which):
            return None
        usual = np.where(long[which], np.nan, self.usual)
        walk = fit_walk(self.taken(which), usual, self.ids[which])
        if on_event is not None:
            on_event(int(which[-1]))
        return walk


def panel_rows(panel: Panel, channel: int, columns: tuple[str, ...]) -> Rows:
    """Return one channel of a panel with these covariates."""
    beside = known_columns(panel, columns, 0) if columns else None
    return Rows(column_of(panel, channel), panel.offsets, beside)


def column_of(panel: Panel, channel: int) -> Float[np.ndarray, " total"]:
    """Return the values of one channel as a contiguous array."""
    return np.ascontiguousarray(panel.values[:, channel])


def rows_of(rows: Rows, which: Int[np.ndarray, " some"]) -> Rows:
    """Return the rows of some of the series; the rows themselves if these are all."""
    return rows if len(which) == len(rows) else rows.take(which)
