"""A panel and its forecast as columns for a figure."""

import numpy as np

from ..._check import Refusal, known_name
from ...data import Panel
from .._axes import Columns, column
from ._curves import clock


def panel_columns(panel: Panel) -> dict[str, np.ndarray]:
    """The columns `unique_id`, `ds` and `y` of a panel; with several channels, each of them is a
    series `id, channel`.

    >>> panel_columns(Panel.from_arrays([[[1.0, 5.0], [2.0, 6.0]]], names=["sold", "price"]))[
    ...     "unique_id"
    ... ].tolist()
    ['0, sold', '0, sold', '0, price', '0, price']
    """
    ids, times = np.repeat(panel.ids, panel.lengths), clock(panel, panel.times)
    return {
        "unique_id": ids
        if panel.channels == 1
        else np.concatenate([_labels(ids, name) for name in panel.names]),
        "ds": np.tile(times, panel.channels),
        "y": panel.values.T.reshape(-1),
    }


def table_columns(panel: Panel, table: Columns) -> dict[str, np.ndarray]:
    """The columns of a forecast of this panel, with the ids and times of `panel_columns`."""
    names = [str(name) for name in table.keys()]  # noqa: SIM118 - a frame iterates over the same, a protocol need not
    columns = {name: np.asarray(table[name]) for name in names if name != "channel"}
    ids = column(table, "unique_id")
    if set(ids.tolist()).isdisjoint(panel.ids.tolist()):
        raise Refusal(
            f"`forecast` is of series '{ids[0]}', which `history` does not hold: '{panel.ids[0]}'. "
            "Give the table of these series."
        )
    if panel.channels > 1:
        known_name("column", "channel", names)
        columns["unique_id"] = np.array(
            [f"{i}, {c}" for i, c in zip(ids, np.asarray(table["channel"]), strict=True)],
            dtype=object,
        )
    columns["ds"] = clock(panel, column(table, "ds"))
    return columns


def _labels(ids: np.ndarray, channel: str) -> np.ndarray:
    return np.array([f"{i}, {channel}" for i in ids], dtype=object)
