"""Windows as indices into an array of all steps, without copying values.

A window is a run of `span` input steps within one series. Its targets are the steps after each of
its inputs, and may extend beyond the window, up to the end of the series.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from ..._check import Refusal, whole


class Windows(NamedTuple):
    """Parts of a `[total_time, channel]` array, by their rows.

    `start` is the row of the first input; `length` the number of real inputs (at most the span; the
    rest is padding); `stop` the row after the last one that may be used as a target.
    """

    start: Int[np.ndarray, " window"]
    length: Int[np.ndarray, " window"]
    stop: Int[np.ndarray, " window"]


def sliding_windows(
    offsets: Int[np.ndarray, " boundary"], span: int, *, shorter: bool = False, hold: int = 0
) -> Windows:
    """Return every window of `span` inputs with at least one target, series by series, oldest
    first. Series i has the rows `offsets[i]` to `offsets[i + 1] − 1`.

    Positions with fewer than `span` values before them are left out. With `shorter` they are
    included, as windows from the start of the series with 1, 2, … inputs, which a lag window reads
    as padded with zeros. A series that is too short for a full window gives one shorter window in
    either case; a series of one step gives none. The last `hold` steps of each series are not used,
    neither as inputs nor as targets.

    >>> (
    ...     sliding_windows(np.array([0, 5, 7]), 3).start.tolist(),
    ...     sliding_windows(np.array([0, 5, 7]), 3).length.tolist(),
    ... )
    ([0, 1, 5], [3, 3, 1])
    >>> sliding_windows(np.array([0, 5]), 3, shorter=True).length.tolist()
    [1, 2, 3, 3]
    """
    whole("span", span)
    lengths = np.maximum(np.diff(offsets) - hold, 0)
    full = np.maximum(lengths - span, 0)
    brief = np.where(full > 0, 0, (lengths > 1).astype(np.int64))
    if shorter:
        brief = np.minimum(np.where(full > 0, span, lengths) - 1, span - 1)
    count = full + brief
    if count.sum() == 0:
        raise Refusal(
            "No series has two steps, so there is nothing to learn from. Give longer series."
        )
    series = np.repeat(np.arange(len(lengths)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    early = place < brief[series]
    start = offsets[:-1][series] + np.where(early, 0, place - brief[series])
    length = np.where(early, place + 1 if shorter else lengths[series] - 1, span)
    return _windows(start, length, offsets[1:][series] - hold)


def last_windows(
    offsets: Int[np.ndarray, " boundary"], ends: Int[np.ndarray, " series"], span: int
) -> Windows:
    """Return for every series the window of `span` inputs whose last input is its own step `ends[i]
    − 1`; series with `ends[i] < 1` have none."""
    ends = np.asarray(ends)
    chosen = np.flatnonzero(ends >= 1)
    length = np.minimum(ends[chosen], span)
    return _windows(offsets[:-1][chosen] + ends[chosen] - length, length, offsets[1:][chosen])


class Lanes(NamedTuple):
    """Consecutive windows for truncated backpropagation through time: round r passes `windows[r]`
    of all lanes, which run in parallel, `[round, lane]`.

    If `fresh` is False, a lane's window continues its previous one, and the state is carried over.
    """

    windows: Windows
    fresh: Bool[np.ndarray, "round lane"]


def consecutive_windows(
    offsets: Int[np.ndarray, " boundary"], span: int, lanes: int, first: int = 0
) -> Lanes:
    """Cut every series into consecutive windows of `span` inputs and distribute them over `lanes`,
    in order.

    A lane begins where the previous one ends, which may be within a series; its state is then
    reset. `first` steps are skipped at the start of each series (for a random offset). Lanes that
    are shorter than others are filled with windows of length 0.

    >>> plan = consecutive_windows(np.array([0, 9]), span=2, lanes=2)
    >>> plan.windows.start.T.tolist(), plan.windows.length.T.tolist(), plan.fresh.T.tolist()
    ([[0, 2], [4, 6]], [[2, 2], [2, 2]], [[True, False], [True, False]])
    """
    whole("span", span), whole("lanes", lanes)
    usable = np.maximum(np.diff(offsets) - 1 - first, 0)
    count = -(-usable // span)
    if count.sum() == 0:
        raise Refusal(
            "No series is long enough for one piece. Give longer series or a smaller `span`."
        )
    series = np.repeat(np.arange(len(count)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    start = offsets[:-1][series] + first + place * span
    length = np.minimum(usable[series] - place * span, span)
    rounds = -(-len(start) // lanes)
    padding = rounds * lanes - len(start)
    layout = [
        np.pad(a, (0, padding)).reshape(lanes, rounds).T
        for a in (start, length, offsets[1:][series], place == 0)
    ]
    fresh = layout[3].astype(bool)
    fresh[0] = True
    return Lanes(_windows(*layout[:3]), fresh)


def _windows(start: np.ndarray, length: np.ndarray, stop: np.ndarray) -> Windows:
    return Windows(start.astype(np.int32), length.astype(np.int32), stop.astype(np.int32))
