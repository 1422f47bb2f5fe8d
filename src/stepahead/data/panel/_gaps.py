"""Gaps filled with the last observed value; and missing values at the end of a series, which must
be forecast."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from . import by_series
from ._covariates import row_ranges
from ._panel import Panel


def carried_forward(panel: Panel, season: int = 1) -> Float[np.ndarray, "total channel"]:
    """Last observation carried forward: each missing value is replaced by the last observed one
    before it in the same series and channel, or by the first one if there is none before.

    With a `season`, it is the last one a whole number of seasons before, if there is one. Without
    any observed value, 0.

    >>> carried_forward(Panel.from_arrays([[1.0, np.nan, 3.0], [np.nan, 5.0]]))[:, 0].tolist()
    [1.0, 1.0, 3.0, 5.0, 5.0]
    >>> carried_forward(Panel.from_arrays([[1.0, 2.0, 3.0, np.nan, np.nan]]), season=2)[
    ...     :, 0
    ... ].tolist()
    [1.0, 2.0, 3.0, 2.0, 3.0]
    """
    if not panel.missing:
        return panel.values
    values = panel.values
    if season > 1:
        phase = by_series.position(panel) % season
        # Every phase of a series becomes a separate series; the sort is stable, oldest first.
        order = np.lexsort((phase, panel.series_of_step))
        group = panel.series_of_step[order] * season + phase[order]
        values = np.empty_like(values)
        values[order] = last_observed(
            panel.values[order], np.flatnonzero(np.diff(group, prepend=-1, append=-1)), np.nan
        )
    values = last_observed(values, panel.offsets, np.nan)
    backwards = last_observed(values[::-1], len(values) - panel.offsets[::-1])[::-1]
    return np.where(np.isnan(values), backwards, values)


def last_observed(
    block: Float[np.ndarray, "row column"],
    offsets: Int[np.ndarray, " boundary"],
    otherwise: float = 0.0,
) -> Float[np.ndarray, "row column"]:
    """Return the last number up to each row, or `otherwise` if there is none yet; series i of the
    block is `block[offsets[i]:offsets[i + 1]]`."""
    # The running maximum of the rows with a number is the last such row; before `first` it belongs
    # to another series.
    row = np.arange(len(block))[:, None]
    first = np.repeat(offsets[:-1], np.diff(offsets))[:, None]
    last = np.maximum.accumulate(np.where(np.isnan(block), -1, row), axis=0)
    return np.where(
        last >= first, np.take_along_axis(block, np.maximum(last, 0), axis=0), otherwise
    )


def missing_at_end(panel: Panel) -> Int[np.ndarray, "series channel"]:
    """Return the number of steps after the last observed value of every series and channel; 0 if
    none was ever observed.

    >>> missing_at_end(Panel.from_arrays([[1.0, np.nan, np.nan], [np.nan, 2.0]]))[:, 0].tolist()
    [2, 0]
    """
    late = np.zeros((len(panel), panel.channels), np.int64)
    # Most series end with a value and need no array of their steps.
    some = np.flatnonzero(np.isnan(panel.values[panel.offsets[1:] - 1]).any(axis=1))
    if len(some):
        late[some] = _missing_at_end(panel.take(some))
    return late


def _missing_at_end(panel: Panel) -> Int[np.ndarray, "series channel"]:
    to_end = np.repeat(panel.offsets[1:], panel.lengths) - 1 - np.arange(len(panel.values))
    late = np.minimum.reduceat(
        np.where(panel.observed, to_end[:, None], len(panel.values)), panel.offsets[:-1], axis=0
    )
    return np.where(late < panel.lengths[:, None], late, 0)


def without_last_steps(panel: Panel, late: Int[np.ndarray, " series"]) -> Panel:
    """Return the panel without the last `late` steps of every series, which must be forecast.

    Known covariates of these steps are kept; missing ones are replaced by the last known before.
    """
    held = panel.covariates
    if held is not None and held.known_names:
        inside, _ = row_ranges(held.offsets[:-1], panel.lengths)
        known = held.known.copy()
        known[inside] = last_observed(held.known[inside], panel.offsets, np.nan)
        panel = replace(panel, covariates=replace(held, known=known))
    return panel.slice(np.zeros_like(late), panel.lengths - late)
