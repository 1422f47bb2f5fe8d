"""`Channel`: one channel of every series of a panel, and `ChannelFit`, what was learned of it."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._check import Refusal
from ...classical import LocalFit, OnSeries, Rows, WalkFit, fit_walk, seen, usual_change
from ...data import Panel
from .._known import known_columns


@dataclass(frozen=True, eq=False)
class ChannelFit:
    """The fit of one channel: by the method of the series numbered `by_method`, and of the others,
    which are too short or never change, as random walks."""

    by_method: Int[np.ndarray, " some"]
    method: LocalFit | None
    others: Int[np.ndarray, " rest"]
    walk: WalkFit | None

    @property
    def parts(self) -> "list[tuple[np.ndarray, LocalFit]]":
        """Numbers of series, and what was learned of them."""
        both = (self.by_method, self.method), (self.others, self.walk)
        return [(which, fit) for which, fit in both if fit is not None]

    def with_later(self, later: Float[np.ndarray, "series step column"]) -> "ChannelFit":
        """The same with the covariates of the steps after the last value of every series."""
        method = self.method
        return (
            self
            if method is None
            else replace(self, method=method.with_later(later[self.by_method]))
        )

    def advanced(self, rows: Rows) -> "ChannelFit":
        """The same after more steps of every series; the parameters stay."""
        method, walk = self.method, self.walk
        return replace(
            self,
            method=None if method is None else method.advanced(rows_of(rows, self.by_method)),
            walk=None if walk is None else walk.advanced(rows_of(rows, self.others)),
        )


@dataclass(frozen=True, eq=False)
class Channel:
    """One channel of every series: `whole` as they are, `rows` from the first value that was seen
    to the last, and the `number` of those seen. `told` is the usual change where these series are
    some of many, which say it together."""

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
        """This channel of a panel, beside these of its covariates; a series without any value is
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
        """True for a series whose values are not all the same."""
        begin = self.rows.offsets[:-1]
        return np.fmax.reduceat(self.rows.values, begin) > np.fmin.reduceat(self.rows.values, begin)

    @property
    def usual(self) -> float:
        """The usual change among the series: see `classical.usual_change`."""
        return usual_change(self.whole) if self.told is None else self.told

    @property
    def sizes(self) -> Float[np.ndarray, " series"]:
        """The mean size of the observed values of every series."""
        return self.rows.total(np.abs(np.nan_to_num(self.rows.values))) / self.number

    def taken(self, which: Int[np.ndarray, " some"]) -> Rows:
        """The rows of some of the series."""
        return rows_of(self.rows, which)

    def as_walks(
        self,
        which: Int[np.ndarray, " some"],
        long: Bool[np.ndarray, " series"],
        on_event: OnSeries | None,
    ) -> WalkFit | None:
        """Some of the series as random walks (None for none of them). How much one moves that is
        not `long` is told by the others too: a long one that never changes knows that of itself."""
        if not len(which):
            return None
        usual = np.where(long[which], np.nan, self.usual)
        walk = fit_walk(self.taken(which), usual, self.ids[which])
        if on_event is not None:
            on_event(int(which[-1]))
        return walk


def panel_rows(panel: Panel, channel: int, columns: tuple[str, ...]) -> Rows:
    """One channel of a panel, and these of its covariates."""
    beside = known_columns(panel, columns, 0) if columns else None
    return Rows(column_of(panel, channel), panel.offsets, beside)


def column_of(panel: Panel, channel: int) -> Float[np.ndarray, " total"]:
    """The values of one channel, one after the other in memory."""
    return np.ascontiguousarray(panel.values[:, channel])


def rows_of(rows: Rows, which: Int[np.ndarray, " some"]) -> Rows:
    """Some of the series; all of them as they are."""
    return rows if len(which) == len(rows) else rows.take(which)
