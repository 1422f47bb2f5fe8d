"""Covariates added to a panel: from another panel with the same times, from its own channels, or
from a number for each series."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from ..._check import Refusal, known_name
from ..calendar import format_stamp
from ..panel import Covariates, Panel, place_rows, row_ranges


def with_covariates(
    panel: Panel,
    *,
    static: Mapping[str, ArrayLike] | None = None,
    past: Panel | None = None,
    known: Panel | None = None,
) -> Panel:
    """Return the panel with these covariates in addition to those that it has.

    `past` and `known` are panels whose channels are the columns. Each series is matched by its id
    and its times, whatever its first and last time (a single series with another id is used for
    all). `past` columns are observed together with a value, so what comes after the end of a series
    is dropped. `known` columns may extend beyond the end, as far as they are known. `static` maps
    column names to one number for each series, in the order of `panel.ids`. A time without a row is
    a missing covariate. Another frequency, times off the grid or without a common step, a series
    without a match, and a name that is taken are refused.

    >>> panel = Panel.from_arrays([[1.0, 2.0], [5.0]], ids=["a", "b"])
    >>> prices = Panel.from_arrays([[9.0, 8.0, 7.0], [4.0, 3.0]], ids=["a", "b"], names=["price"])
    >>> covered = with_covariates(panel, known=prices, static={"area": [10, 20]})
    >>> covered.covariates.known[:, 0].tolist(), covered.covariates.offsets.tolist()
    ([9.0, 8.0, 7.0, 4.0, 3.0], [0, 3, 5])
    >>> covered.slice(np.array([1, 0]), np.array([2, 1])).covariates.known[:, 0].tolist()
    [8.0, 7.0, 4.0, 3.0]
    """
    held = Covariates.none(panel.offsets) if panel.covariates is None else panel.covariates
    for name, column in (static or {}).items():
        numbers = np.asarray(column, dtype=np.float64)
        if numbers.shape != (len(panel),):
            raise Refusal(
                f"The static covariate '{name}' must hold one number a series, {len(panel)}, but "
                f"has the shape {numbers.shape}."
            )
        held = replace(
            held,
            static=np.column_stack([held.static, numbers]),
            static_names=(*held.static_names, name),
        )
    if past is not None:
        block, offsets = aligned(panel, past, "past")
        rows, _ = row_ranges(offsets[:-1], panel.lengths)
        held = replace(
            held,
            past=np.column_stack([held.past, block[rows]]),
            past_names=(*held.past_names, *past.names),
        )
    if known is not None:
        held = _with_known(held, *aligned(panel, known, "known"), known.names)
    return replace(panel, covariates=held)


def without_covariates(panel: Panel) -> Panel:
    """Return the panel without covariates.

    >>> panel = Panel.from_arrays([[1.0]])
    >>> without_covariates(with_covariates(panel, static={"area": [2]})).covariates is None
    True
    """
    return panel if panel.covariates is None else replace(panel, covariates=None)


def as_covariates(
    panel: Panel, *, static: Sequence[str] = (), past: Sequence[str] = (), known: Sequence[str] = ()
) -> Panel:
    """Return the panel with some of its channels, by name, turned into static, past and known
    covariates; the others remain.

    Steps at the end of a series that have a known covariate and no value of a remaining channel
    become the future of the series. A static column must have the same number at every step that
    has one.

    >>> panel = Panel.from_arrays(
    ...     [[[1.0, 20.0], [2.0, 21.0], [np.nan, 22.0]]], names=["sales", "price"]
    ... )
    >>> covered = as_covariates(panel, known=["price"])
    >>> covered.values[:, 0].tolist(), covered.covariates.known[:, 0].tolist()
    ([1.0, 2.0], [20.0, 21.0, 22.0])
    """
    wanted = (*static, *past, *known)
    columns = [panel.names.index(known_name("column", name, panel.names)) for name in wanted]
    rest = [c for c in range(panel.channels) if c not in columns]
    if not rest:
        raise Refusal("Every column is a covariate, so nothing is left to forecast. Name a target.")
    chosen = [panel.names.index(name) for name in known]
    ends = _ends(panel, rest, chosen)
    held = Covariates.none(panel.offsets)
    held = replace(
        held,
        static=np.column_stack(
            [np.zeros((len(panel), 0)), *(_constant(panel, name) for name in static)]
        ),
        past=panel.values[:, [panel.names.index(name) for name in past]],
        known=panel.values[:, chosen],
        offsets=panel.offsets,
        static_names=tuple(static),
        past_names=tuple(past),
        known_names=tuple(known),
    )
    bare = replace(
        panel,
        values=panel.values[:, rest],
        names=tuple(panel.names[c] for c in rest),
        covariates=held,
    )
    return bare.slice(np.zeros_like(ends), ends)


def as_past(panel: Panel) -> Panel:
    """Return the panel with all its covariates as past ones: the numbers of each step, without the
    steps after the end.

    >>> panel = with_covariates(
    ...     Panel.from_arrays([[1.0]]),
    ...     known=Panel.from_arrays([[2.0, 3.0]], names=["a"]),
    ...     static={"b": [4]},
    ... )
    >>> as_past(panel).covariates.past.tolist(), as_past(panel).covariates.past_names
    ([[2.0, 4.0]], ('a', 'b'))
    """
    held = panel.covariates
    if held is None:
        return panel
    rows, _ = row_ranges(held.offsets[:-1], panel.lengths)
    block = np.concatenate([held.past, held.known[rows], held.static[panel.series_of_step]], axis=1)
    names = held.past_names + held.known_names + held.static_names
    return replace(
        panel, covariates=replace(Covariates.none(panel.offsets), past=block, past_names=names)
    )


def _with_known(
    held: Covariates, block: np.ndarray, offsets: np.ndarray, names: tuple[str, ...]
) -> Covariates:
    """The covariates with additional known columns."""
    reach = np.maximum(held.reaches(), np.diff(offsets)) if held.known_names else np.diff(offsets)
    old = held.known if held.known_names else np.zeros((offsets[-1], 0))
    known, where = with_room(old, held.offsets if held.known_names else offsets, reach)
    return replace(
        held,
        known=np.column_stack([known, with_room(block, offsets, reach)[0]]),
        offsets=where,
        known_names=(*held.known_names, *names),
    )


def with_room(
    block: np.ndarray, offsets: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of each series, extended to `reach` rows, and their offsets."""
    roomy = np.concatenate([[0], np.cumsum(reach)])
    rows, _ = row_ranges(roomy[:-1], np.diff(offsets))
    return place_rows(int(roomy[-1]), (block, rows)), roomy


def aligned(
    panel: Panel, other: Panel, what: Literal["past", "known"], *, beyond: bool = False
) -> tuple[Float[np.ndarray, "row column"], Int[np.ndarray, " boundary"]]:
    """Return the other panel's values from the first step of each series on, NaN where it has none,
    at least up to the end of the series. `what` names the argument in messages.

    With `beyond`, they may begin after the end.
    """
    same = panel.frequency == other.frequency or (
        not (panel.frequency.dated or other.frequency.dated)
        and panel.frequency.advance(0, 1) == other.frequency.advance(0, 1)
    )
    if not same:
        raise Refusal(
            f"The {what} covariates ({', '.join(other.names)}) come at frequency "
            f"'{other.frequency.name}', the series at "
            f"'{panel.frequency.name}'. Give them on the index of the series."
        )
    owner = _owners(panel, other, what)
    begin, first = panel.times[panel.offsets[:-1]], other.times[other.offsets[:-1]][owner]
    shift = panel.frequency.position(begin, first)
    length = other.lengths[owner]
    off = panel.frequency.advance(begin, shift) != first
    apart = (shift + length <= 0) | (shift >= panel.lengths + (length if beyond else 0))
    if (off | apart).any():
        series = int(np.argmax(off | apart))
        why = "are not on its grid" if off[series] else "have no step in common with it"
        last = other.times[other.offsets[1:] - 1][owner[series]]
        raise Refusal(
            f"Series '{panel.ids[series]}' runs from {format_stamp(begin[series])} to "
            f"{format_stamp(panel.times[panel.offsets[series + 1] - 1])}, but its "
            f"{what} covariates ({', '.join(other.names)}) run from {format_stamp(first[series])} "
            f"to {format_stamp(last)}: they {why}. "
            "Give them on the index of the series."
        )
    early = np.maximum(-shift, 0)
    reach = np.maximum(panel.lengths, shift + length)
    offsets = np.concatenate([[0], np.cumsum(reach)])
    block = np.full((int(offsets[-1]), other.channels), np.nan)
    to, _ = row_ranges(offsets[:-1] + np.maximum(shift, 0), length - early)
    source, _ = row_ranges(other.offsets[:-1][owner] + early, length - early)
    block[to] = other.values[source]
    return block, offsets


def _owners(panel: Panel, other: Panel, what: str) -> Int[np.ndarray, " series"]:
    """The number of the other panel's series that matches each series."""
    places = {name: number for number, name in enumerate(other.ids.tolist())}
    lacking = [name for name in panel.ids.tolist() if name not in places]
    if len(other) == 1 and len(lacking) == len(panel):
        return np.zeros(len(panel), dtype=np.int64)
    if lacking:
        listed = ", ".join(f"'{name}'" for name in lacking[:5]) + (
            f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        )
        raise Refusal(
            f"The {what} covariates ({', '.join(other.names)}) hold nothing for series {listed}. "
            "Give them for every series."
        )
    return np.array([places[name] for name in panel.ids.tolist()], dtype=np.int64)


def _ends(panel: Panel, rest: list[int], known: list[int]) -> Int[np.ndarray, " series"]:
    """The end of each series: after its last value, if only known covariates come after that."""
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    last = [
        np.maximum.reduceat(
            np.where(panel.observed[:, columns].any(axis=1), place + 1, 0), panel.offsets[:-1]
        )
        for columns in (rest, known)
    ]
    return np.where((last[1] > last[0]) & (last[0] > 0), last[0], panel.lengths)


def _constant(panel: Panel, name: str) -> Float[np.ndarray, " series"]:
    """The constant value of a channel in each series, NaN if it has none."""
    column = panel.values[:, panel.names.index(name)]
    low, high = (reduce.reduceat(column, panel.offsets[:-1]) for reduce in (np.fmin, np.fmax))
    if (low < high).any():
        series = int(np.argmax(low < high))
        raise Refusal(
            f"'{name}' is not a static covariate: in series '{panel.ids[series]}' it goes from "
            f"{low[series]:g} to {high[series]:g}. "
            f"Name it as one that changes: `past='{name}'`, or `known='{name}'` where the future "
            "is known."
        )
    return low
