"""New observations appended to series, and leading gaps removed."""

from dataclasses import replace

import numpy as np

from ..._check import Refusal
from ..calendar import format_stamp
from ._covariates import Covariates, place_rows, row_ranges
from ._expected import require_panel
from ._panel import Panel


def concatenated(history: Panel, new: Panel) -> Panel:
    """Return the history with the steps of `new` appended to the series of the same ids; other
    series are unchanged.

    Steps between the end of a series and its first new one are missing values. Covariates are
    appended too; known ones of the new steps are kept if the new panel has none. Another frequency,
    other channels, an unknown id, times off the grid, and times that the history already has are
    refused.

    >>> history = Panel.from_arrays([[1.0, 2.0], [5.0]], ids=["a", "b"])
    >>> new = Panel.from_arrays([[9.0]], ids=["a"], start=3)
    >>> concatenated(history, new).values[:, 0].tolist()
    [1.0, 2.0, nan, 9.0, 5.0]
    """
    require_panel("new", new)
    if (new.frequency, new.names) != (history.frequency, history.names):
        raise Refusal(
            f"The new observations have frequency '{new.frequency.name}' and channels {new.names}, "
            "but the history has "
            f"'{history.frequency.name}' and {history.names}. Give the same ones."
        )
    places = {name: number for number, name in enumerate(history.ids)}
    strange = [name for name in new.ids if name not in places]
    if strange:
        raise Refusal(
            f"The history has no series '{strange[0]}'. Forecast new series with "
            "`forecast(panel=…)`, which needs no update."
        )
    owner = np.array([places[name] for name in new.ids])
    last = history.times[history.offsets[1:] - 1][owner]
    first = new.times[new.offsets[:-1]]
    gap = history.frequency.position(last, first)
    off = history.frequency.advance(last, gap) != first
    if (gap < 1).any() or off.any():
        worst = int(np.argmax((gap < 1) | off))
        why = (
            "is not on the history's grid" if off[worst] else "is not after the end of its history"
        )
        raise Refusal(
            f"Series '{new.ids[worst]}': the new stamp {format_stamp(first[worst])} {why} "
            f"({format_stamp(last[worst])}). Give only the steps after it."
        )
    begin = history.lengths[owner] + gap - 1
    lengths = history.lengths.copy()
    lengths[owner] = begin + new.lengths
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    to_history, _ = row_ranges(offsets[:-1], history.lengths)
    to_new, _ = row_ranges(offsets[:-1][owner] + begin, new.lengths)
    values = place_rows(int(offsets[-1]), (history.values, to_history), (new.values, to_new))
    steps = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    times = history.frequency.advance(
        np.repeat(history.times[history.offsets[:-1]], lengths), steps
    )
    covariates = history.covariates
    if covariates is not None:
        later = _same_columns(
            covariates, Covariates.none(new.offsets) if new.covariates is None else new.covariates
        )
        reach = np.maximum(covariates.reaches(), lengths)
        reach[owner] = np.maximum(reach[owner], begin + later.reaches())
        known_offsets = np.concatenate([[0], np.cumsum(reach)])
        to_known, _ = row_ranges(known_offsets[:-1], covariates.reaches())
        to_later, _ = row_ranges(known_offsets[:-1][owner] + begin, later.reaches())
        covariates = replace(
            covariates,
            past=place_rows(int(offsets[-1]), (covariates.past, to_history), (later.past, to_new)),
            known=place_rows(
                int(known_offsets[-1]), (covariates.known, to_known), (later.known, to_later)
            ),
            offsets=known_offsets,
        )
    return replace(history, values=values, offsets=offsets, times=times, covariates=covariates)


def _same_columns(held: Covariates, later: Covariates) -> Covariates:
    """The later covariates with the columns of those held, NaN for a column that they lack; refuse
    an unknown column."""
    strange = sorted(
        (set(later.past_names) - set(held.past_names))
        | (set(later.known_names) - set(held.known_names))
    )
    if strange:
        raise Refusal(
            f"The new observations have the covariate '{strange[0]}', which the history does not "
            "have. Leave it out."
        )
    past, known = (
        np.full((len(later.past), len(held.past_names)), np.nan),
        np.full((len(later.known), len(held.known_names)), np.nan),
    )
    past[:, [held.past_names.index(name) for name in later.past_names]] = later.past
    known[:, [held.known_names.index(name) for name in later.known_names]] = later.known
    return replace(held, past=past, known=known, offsets=later.offsets)


def without_leading_gaps(panel: Panel) -> Panel:
    """Return the panel without the leading steps of each series at which no channel was observed,
    as after differencing.

    >>> without_leading_gaps(Panel.from_arrays([[np.nan, 1.0, np.nan], [2.0]])).values[
    ...     :, 0
    ... ].tolist()
    [1.0, nan, 2.0]
    """
    seen = np.asarray(panel.observed.any(axis=1))
    if seen[panel.offsets[:-1]].all():
        return panel
    place = np.arange(len(seen)) - np.repeat(panel.offsets[:-1], panel.lengths)
    first = np.minimum.reduceat(np.where(seen, place, len(seen)), panel.offsets[:-1])
    empty = first >= panel.lengths
    if empty.any():
        raise Refusal(
            f"Series '{panel.ids[int(np.argmax(empty))]}' has no value left (too short for its "
            "differences, or all missing). "
            "Leave it out, or use a scaler without differences."
        )
    return panel.slice(first, panel.lengths)
