"""A panel as the rows of a state-space model: each channel of each series separately."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from ..._types import Learning
from ...data import Panel
from ...models import StateSpace
from ...ops.kalman import SeriesData
from ...training import LikelihoodFit
from .._known import known_columns


class Rows(NamedTuple):
    """The values of a panel by row: row c · series + s holds channel c of series s, as logs where
    `logs` is True."""

    data: SeriesData
    logs: Bool[np.ndarray, " row"]


def rows_of(panel: Panel, columns: tuple[str, ...], logs: Bool[np.ndarray, " row"]) -> Rows:
    """Return every channel of every series as a row, with these covariates."""
    values = panel.values.T.reshape(-1)
    total, channels = panel.values.shape
    offsets = np.concatenate(
        [[0], *(panel.offsets[1:] + channel * total for channel in range(channels))]
    )
    bent = np.repeat(logs, np.diff(offsets))
    values = np.where(bent, np.log(np.where(bent, values, 1.0)), values)
    inside = known_columns(panel, columns, 0)
    return Rows(SeriesData(values, offsets, np.tile(inside, (channels, 1))), logs)


def positive(panel: Panel) -> Bool[np.ndarray, " row"]:
    """Return True for each row whose observed values are all above 0."""
    least = np.fmin.reduceat(np.nan_to_num(panel.values, nan=np.inf), panel.offsets[:-1], axis=0)
    return (least > 0).T.reshape(-1)


def counted(panel: Panel) -> Int[np.ndarray, " row"]:
    """Return the number of observed values of each row."""
    return np.add.reduceat(panel.observed.astype(int), panel.offsets[:-1], axis=0).T.reshape(-1)


def short_rows(spec: StateSpace, panel: Panel) -> Bool[np.ndarray, " row"]:
    """Return True for each row with fewer values than two of the model's longest seasons."""
    return counted(panel) < 2 * spec.span


def future_columns(
    panel: Panel, columns: tuple[str, ...], horizon: int
) -> Float[np.ndarray, "row horizon column"]:
    """Return the covariates of the `horizon` steps after each row."""
    known = known_columns(panel, columns, horizon)
    ends = panel.offsets[1:] + horizon * np.arange(1, len(panel) + 1)
    ahead = known[ends[:, None] - horizon + np.arange(horizon)]
    return np.tile(ahead, (panel.channels, 1, 1))


def back_to_panel(rows: np.ndarray, panel: Panel) -> np.ndarray:
    """Return numbers given by row, by series and then channel: `[series, …, channel]`."""
    by_channel = rows.reshape(panel.channels, len(panel), *rows.shape[1:])
    return np.moveaxis(by_channel, 0, 2 if rows.ndim > 1 else 1)


def steps_to_panel(steps: np.ndarray, panel: Panel) -> np.ndarray:
    """Return numbers given by row and step, arranged as the panel's values: `[total, channel,
    …]`."""
    total, channels = panel.values.shape
    return np.moveaxis(steps.reshape(channels, total, *steps.shape[1:]), 0, 1)


def steps_after(panel: Panel, lengths: np.ndarray) -> Panel:
    """Return the steps of each series after its first `lengths`; series without such steps are left
    out."""
    return panel.slice(lengths, panel.lengths)


def said(found: LikelihoodFit, short: int) -> Learning:
    """Return the course of the search in words; `short` is the number of series shorter than two
    seasons."""
    loose = int((~found.settled).sum())
    unfinished = f"; {loose} of them had not settled" if loose else ""
    unsure = (
        f"; {short} of them are shorter than two seasons, which cannot be told from their trend"
        if short
        else ""
    )
    return Learning(
        stopped=f"exact maximum likelihood of {len(found.settled):,} series, "
        f"{found.rounds} rounds{unfinished}{unsure}"
    )
