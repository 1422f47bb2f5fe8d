"""Rows of numbers as inputs of an encoder: standardised, with missing values marked."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from ..._check import Refusal, counted
from ..panel import Panel, last_observed


@dataclass(frozen=True, eq=False)
class RowScale:
    """Mean and standard deviation of every channel over all series of the training data, and
    whether values were missing there.

    A row holds the standardised values. With `gaps`, a missing value is replaced by the last
    observed one before it (the mean if there is none), and the row also holds, for every channel, 1
    or 0 for observed or missing, and log(1 + steps since the last observation) (Che et al. 2018).
    """

    mean: Float[np.ndarray, " channel"]
    deviation: Float[np.ndarray, " channel"]
    gaps: bool

    @property
    def columns(self) -> int:
        """Numbers in a row."""
        return len(self.mean) * (3 if self.gaps else 1)

    def rows(self, panel: Panel) -> Float32[np.ndarray, "total column"]:
        """Return the rows of all steps of a panel with the same channels; refuse a missing value if
        none was missing in training.

        >>> panel = Panel.from_arrays([[1.0, np.nan, np.nan, 3.0]])
        >>> row_scale(panel).rows(panel).round(2).tolist()
        [[-1.0, 1.0, 0.0], [-1.0, 0.0, 0.6899999976158142], [-1.0, 0.0, 1.100000023841858], [1.0,
        1.0, 0.0]]
        """
        if panel.channels != len(self.mean):
            raise Refusal(
                f"The series have {counted(panel.channels, 'channel')}, but there were "
                f"{len(self.mean)} in training. Give the same ones."
            )
        if panel.covariates is not None:
            raise Refusal(
                "Covariates are not read here. Give them as channels of the panel, or leave them "
                "out."
            )
        values = (panel.values - self.mean) / self.deviation
        if not self.gaps:
            if panel.missing:
                raise Refusal(
                    "A value is missing, but none was in training, so the model cannot know what "
                    "that means. Fill it first."
                )
            return values.astype(np.float32)
        seen, step = (
            panel.observed,
            (np.arange(len(values)) - np.repeat(panel.offsets[:-1], panel.lengths))[:, None],
        )
        since = step + 1 - last_observed(np.where(seen, step + 1.0, np.nan), panel.offsets)
        return np.concatenate(
            [last_observed(values, panel.offsets), seen, np.log1p(since)], axis=1
        ).astype(np.float32)


def row_scale(panel: Panel) -> RowScale:
    """Fit a `RowScale` to the observed values; a constant channel is only shifted, and a channel
    without values is refused."""
    empty = np.flatnonzero(~panel.observed.any(axis=0))
    if len(empty):
        raise Refusal(
            f"'{panel.names[empty[0]]}' holds no value in any series. Leave that channel out."
        )
    deviation = np.nanstd(panel.values, axis=0)
    return RowScale(
        np.nanmean(panel.values, axis=0),
        np.where(deviation > 0, deviation, 1.0),
        bool(panel.missing),
    )
