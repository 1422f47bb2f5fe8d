"""Panels from rows of series, time and values, on the grid of a frequency."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from ..calendar import Frequency, format_stamp, infer_frequency
from ._panel import Panel

_ROOM = 20_000_000
"""The most steps of a grid, or a hundred for each row if that is more."""


class AbsentRows(NamedTuple):
    """Values for the steps that have no row, one for each channel; with `until`, every series is
    extended with them up to this time."""

    values: Float[np.ndarray, " channel"]
    until: np.datetime64 | np.int64


def panel_from_long(
    ids: Sequence[object] | np.ndarray,
    times: np.ndarray,
    values: Float[np.ndarray, "row channel"] | Float[np.ndarray, " row"],
    names: Sequence[str] | None = None,
    frequency: Frequency | str | None = None,
) -> Panel:
    """Return a panel from one row per observation: series `ids[row]`, time `times[row]`,
    `values[row]` (one column for each channel, with these `names`). `frequency` is inferred if it
    is not given.

    Series keep the order in which they first appear; their rows may be interleaved, but the times
    of each must increase. A time of the grid without a row becomes a step of NaN. A duplicate, a
    step back in time, a time off the grid, and an infinite value are refused with series and time.

    >>> panel = panel_from_long(
    ...     ["a", "a", "b", "b"], np.array([1, 3, 1, 2]), np.array([1.0, 3.0, 5.0, 6.0])
    ... )
    >>> panel.values[:, 0].tolist(), panel.times.tolist()
    ([1.0, nan, 3.0, 5.0, 6.0], [1, 2, 3, 1, 2])
    """
    names_of_rows = np.asarray(ids, dtype=object)
    distinct, first, inverse = np.unique(
        names_of_rows.astype(str), return_index=True, return_inverse=True
    )
    appearance = np.argsort(first, kind="stable")
    rank = np.empty(len(appearance), dtype=np.int64)
    rank[appearance] = np.arange(len(appearance))
    return panel_from_codes(
        rank[inverse], distinct[appearance].astype(object), times, values, names, frequency
    )


def panel_from_codes(
    codes: Int[np.ndarray, " row"],
    ids: np.ndarray,
    times: np.ndarray,
    values: Float[np.ndarray, "row channel"] | Float[np.ndarray, " row"],
    names: Sequence[str] | None = None,
    frequency: Frequency | str | None = None,
    zone: str | None = None,
    absent: AbsentRows | None = None,
) -> Panel:
    """As `panel_from_long`, with the series of every row given as an index into `ids` (`codes`).
    `zone` is the time zone of dated times (in UTC); `absent` holds the values of steps without a
    row."""
    values = np.asarray(values, dtype=np.float64)
    values = values[:, None] if values.ndim == 1 else values
    times = _stamps(times)
    if not len(values) or not len(codes) == len(times) == len(values):
        raise Refusal(
            "`ids`, `times` and `values` must have one entry a row and at least one row, "
            f"but have {len(codes)}, {len(times)} and {len(values)}."
        )
    if (codes[1:] < codes[:-1]).any():
        order = np.argsort(codes, kind="stable")
        codes, times, values = codes[order], times[order], values[order]
    starts = np.concatenate([[0], np.flatnonzero(codes[1:] != codes[:-1]) + 1, [len(codes)]])
    ids = ids[codes[starts[:-1]]]
    _refuse_disorder(times, starts, ids)
    frequency = (
        infer_frequency(times, starts, ids, zone)
        if frequency is None
        else Frequency.parse(frequency, zone)
    )
    counts = np.diff(starts)
    position = _positions(frequency, times, starts, ids, np.repeat(times[starts[:-1]], counts))
    lengths = position[starts[1:] - 1] + 1
    if absent is not None:
        lengths = np.maximum(lengths, frequency.position(times[starts[:-1]], absent.until) + 1)
    _refuse_vast(times, starts, ids, position, lengths, frequency)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    names = (
        tuple(names)
        if names
        else tuple(f"y{c}" if values.shape[1] > 1 else "y" for c in range(values.shape[1]))
    )
    if offsets[-1] == len(values):
        return Panel(values, offsets, ids, times, frequency, names)
    full = np.full((offsets[-1], values.shape[1]), np.nan)
    if absent is not None:
        full[:] = absent.values
    full[np.repeat(offsets[:-1], counts) + position] = values
    step = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    return Panel(
        full,
        offsets,
        ids,
        frequency.advance(np.repeat(times[starts[:-1]], lengths), step),
        frequency,
        names,
    )


def order_of_rows(
    codes: Int[np.ndarray, " row"], times: np.ndarray
) -> Int[np.ndarray, " row"] | None:
    """Return the order that sorts rows by series and then by time, or None if the times of every
    series increase already.

    >>> order_of_rows(np.array([0, 1, 0]), np.array([1, 1, 2])) is None
    True
    >>> order_of_rows(np.array([0, 1, 0]), np.array([2, 1, 1]))
    array([2, 0, 1])
    """
    together = (codes[1:] >= codes[:-1]).all()
    order = slice(None) if together else np.argsort(codes, kind="stable")
    grouped, stamps = codes[order], times[order]
    if ((grouped[1:] != grouped[:-1]) | (stamps[1:] >= stamps[:-1])).all():
        return None
    since = times.astype(np.int64)
    span = int(since.max()) - int(since.min()) + 1
    # One number for series and stamp, if it fits into 63 bits, sorts in a third of the time.
    if span * (int(codes.max()) + 1) < 2**63:
        return np.argsort(codes.astype(np.int64) * span + (since - since.min()), kind="stable")
    return np.lexsort((times, codes))


def _stamps(times: np.ndarray) -> np.ndarray:
    stamps = np.asarray(times)
    if stamps.dtype.kind == "M":
        stamps = stamps.astype("M8[us]")
        missing = np.isnat(stamps)
        if missing.any():
            raise Refusal(
                f"Row {int(missing.argmax()) + 1} has no stamp. Every row must have one: fill it "
                "in or remove the row."
            )
        return stamps
    if stamps.dtype.kind in "iu":
        return stamps.astype(np.int64)
    raise Refusal(
        "`times` must be dates (numpy datetime64) or whole numbers, but they are of type "
        f"{stamps.dtype}. Convert them first."
    )


def _refuse_disorder(times: np.ndarray, starts: np.ndarray, ids: np.ndarray) -> None:
    back = times[1:] <= times[:-1]
    back[starts[1:-1] - 1] = False
    if not back.any():
        return
    row = int(back.argmax())
    series = ids[np.searchsorted(starts, row, side="right") - 1]
    if times[row + 1] == times[row]:
        raise Refusal(
            f"Series '{series}' has more than one row at {format_stamp(times[row])}. "
            "Keep one row a stamp: remove the copy, or add the rows up first."
        )
    raise Refusal(
        f"Series '{series}' goes back in time: {format_stamp(times[row + 1])} comes after "
        f"{format_stamp(times[row])}. Sort its rows by time, oldest first."
    )


def _positions(
    frequency: Frequency, times: np.ndarray, starts: np.ndarray, ids: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """The step of every row, counted from the first of its series; refuse times off the grid."""
    at = frequency.position(first, times)
    off = (frequency.advance(first, at) != times) | ~frequency.holds(times)
    if off.any():
        row = int(off.argmax())
        series = ids[np.searchsorted(starts, row, side="right") - 1]
        raise Refusal(
            f"Series '{series}' has a stamp off the grid of frequency '{frequency.name}': "
            f"{format_stamp(times[row])}. "
            "Correct or remove that row, or give another `frequency`."
        )
    return at


def _refuse_vast(
    times: np.ndarray,
    starts: np.ndarray,
    ids: np.ndarray,
    position: np.ndarray,
    lengths: np.ndarray,
    frequency: Frequency,
) -> None:
    """Refuse a grid that consists almost only of gaps: one wrong year among seconds would fill the
    memory."""
    if lengths.sum() <= max(_ROOM, 100 * len(times)):
        return
    series = int(lengths.argmax())
    gaps = np.diff(position[starts[series] : starts[series + 1]])
    row = int(starts[series] + gaps.argmax())
    raise Refusal(
        f"Series '{ids[series]}' jumps from {format_stamp(times[row])} to "
        f"{format_stamp(times[row + 1])}, {int(gaps.max()):,} steps of '{frequency.name}'. "
        "Correct that stamp, or give a coarser `frequency`."
    )
