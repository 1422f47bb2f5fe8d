"""A panel whose gaps were filled, and which of its values are not seen but imputed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from ..data import Panel, to_frame
from ._method import FittedImputer


@dataclass(frozen=True, eq=False)
class Imputed:
    """`panel` holds a value at every step; `imputed` is True where it was not seen."""

    panel: Panel
    imputed: Bool[np.ndarray, "total channel"]

    def table(self) -> Any:
        """A frame of unique_id, ds, channel (where there are several), y and imputed, of the kind
        that the panel came from."""
        panel, channels = self.panel, self.panel.channels
        columns = {
            "unique_id": np.repeat(panel.ids[panel.series_of_step], channels),
            "ds": np.repeat(panel.times, channels),
        }
        if channels > 1:
            columns["channel"] = np.tile(np.array(panel.names, dtype=object), len(panel.values))
        columns |= {"y": panel.values.reshape(-1), "imputed": self.imputed.reshape(-1)}
        return to_frame(columns, panel.kind, panel.frequency.zone)


def filled(panel: Panel, imputer: FittedImputer) -> Imputed:
    """The panel with what the imputer says in its gaps; values that were seen stay to the bit.

    >>> from stepahead.imputation import Linear
    >>> done = filled(Panel.from_arrays([[1.0, np.nan, 4.0]]), Linear())
    >>> done.panel.values[:, 0].tolist(), done.imputed[:, 0].tolist()
    ([1.0, 2.5, 4.0], [False, True, False])
    """
    missing = ~panel.observed
    return Imputed(panel.with_values(np.where(missing, imputer.fill(panel), panel.values)), missing)
