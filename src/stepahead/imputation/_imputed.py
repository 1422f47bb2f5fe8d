"""The imputed panel: the filled values, and a mask of those that were imputed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from ..data import Panel, to_frame
from ._method import FittedImputer


@dataclass(frozen=True, eq=False)
class Imputed:
    """A panel without gaps. `imputed` is True where a value was missing."""

    panel: Panel
    imputed: Bool[np.ndarray, "total channel"]

    def columns(self) -> dict[str, np.ndarray]:
        """The columns unique_id, ds, channel (if there are several), y and imputed."""
        panel, channels = self.panel, self.panel.channels
        columns = {
            "unique_id": np.repeat(panel.ids[panel.series_of_step], channels),
            "ds": np.repeat(panel.times, channels),
        }
        if channels > 1:
            columns["channel"] = np.tile(np.array(panel.names, dtype=object), len(panel.values))
        return columns | {"y": panel.values.reshape(-1), "imputed": self.imputed.reshape(-1)}

    def table(self) -> Any:
        """A data frame of `columns`, of the kind that the panel came from."""
        return to_frame(self.columns(), self.panel.kind, self.panel.frequency.zone)


def fill_gaps(panel: Panel, imputer: FittedImputer) -> Imputed:
    """Fill the gaps of a panel. Observed values stay the same to the bit; series without a negative
    value get none.

    >>> from stepahead.imputation import Linear
    >>> done = fill_gaps(Panel.from_arrays([[1.0, np.nan, 4.0]]), Linear())
    >>> done.panel.values[:, 0].tolist(), done.imputed[:, 0].tolist()
    ([1.0, 2.5, 4.0], [False, True, False])
    """
    missing = ~panel.observed
    lowest = np.fmin.reduceat(panel.values, panel.offsets[:-1], axis=0)
    floor = np.where(lowest >= 0, 0.0, -np.inf)[panel.series_of_step]
    filled = np.maximum(imputer.fill(panel), floor)
    return Imputed(panel.with_values(np.where(missing, filled, panel.values)), missing)
