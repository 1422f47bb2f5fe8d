"""The picture of a forecast, from the panel and the table that the command has."""

from typing import Any

import numpy as np

from ..data import Panel
from ..plots import Figure, forecast_plot

MOST_SERIES = 6


def forecast_figure(panel: Panel, table: Any, model: str) -> Figure:
    """History and forecast of the first series; a series of several channels has a panel for each."""
    shown = panel.take(np.arange(min(len(panel), MOST_SERIES)))
    ids, names = np.repeat(shown.ids, shown.lengths), shown.names
    if len(names) == 1:
        history = {"unique_id": ids, "ds": shown.times, "y": shown.values[:, 0]}
        forecast = {name: table[name].to_numpy() for name in table.columns}
    else:
        history = {
            "unique_id": np.concatenate([_labels(ids, name) for name in names]),
            "ds": np.tile(shown.times, len(names)),
            "y": shown.values.T.reshape(-1),
        }
        forecast = {name: table[name].to_numpy() for name in table.columns if name not in {"unique_id", "channel"}}
        forecast["unique_id"] = np.array([f"{i}, {c}" for i, c in zip(table["unique_id"], table["channel"], strict=True)], dtype=object)
    ids_shown = [str(i) for i in dict.fromkeys(forecast["unique_id"].tolist())]
    horizon = len(table) // max(len(panel) * len(names), 1)
    title = f"{ids_shown[0]}: the next {horizon} steps by {model}" if len(ids_shown) == 1 else f"The next {horizon} steps by {model}"
    target = names[0] if len(names) == 1 else "value"
    return forecast_plot(history, forecast, target=target, title=title)


def _labels(ids: np.ndarray, channel: str) -> np.ndarray:
    return np.array([f"{i}, {channel}" for i in ids], dtype=object)
