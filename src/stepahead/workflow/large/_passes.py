"""The functions of the passes before the work: what each chunk contributes to statistics of all
series."""

import numpy as np

from ...classical import Rows, relative_changes
from ...data import Panel
from ...forecasting import FEWEST
from ...readers.large import neighbours_of
from ...store import save_result
from ._chunk import Chunk


def survey_chunk(folder: str, number: int) -> None:
    """Save the distinct pairs of neighbouring times of a chunk, and the number of its series with
    too few values to estimate their own changes."""
    chunk = Chunk.of(folder, number)
    rows = chunk.rows()
    values = rows.values[:, : len(chunk.borders.names)]  # covariates come after them
    seen = np.add.reduceat(~np.isnan(values), rows.offsets[:-1], axis=0, dtype=np.int64)
    short = np.array([(seen.min(axis=1) < FEWEST).sum()])
    pairs = neighbours_of(rows, chunk.borders.first[number])
    save_result(chunk.job.result("survey", number), "", [*pairs, short], 0.0)


def changes_of_chunk(folder: str, number: int) -> None:
    """Save the relative change of every series of a chunk, by origin and channel: see
    `classical.usual_change`."""
    chunk = Chunk.of(folder, number)
    cuts = chunk.plan.cuts
    found = chunk.each(lambda panel: _changes(panel, cuts))
    none = [np.zeros(0)] * (len(cuts) * len(chunk.borders.names))
    joined = [np.concatenate(column) for column in zip(none, *found, strict=True)]
    save_result(chunk.job.result("changes", number), "", joined, 0.0)


def _changes(panel: Panel, cuts: tuple[int, ...]) -> list[np.ndarray]:
    """The relative changes of every channel up to each origin."""
    enough = panel.lengths > max(cuts)
    if not enough.any():
        return [np.zeros(0)] * (len(cuts) * panel.channels)
    panel = panel if enough.all() else panel.take(np.flatnonzero(enough))
    return [changes for cut in cuts for changes in _of_channels(cut_off(panel, cut))]


def _of_channels(panel: Panel) -> list[np.ndarray]:
    columns = (np.ascontiguousarray(column) for column in panel.values.T)
    return [relative_changes(Rows(column, panel.offsets)) for column in columns]


def cut_off(panel: Panel, steps: int) -> Panel:
    """Return the panel without its last steps."""
    return panel.slice(np.zeros_like(panel.lengths), panel.lengths - steps) if steps else panel
