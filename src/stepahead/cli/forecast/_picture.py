"""The picture of a forecast, from the panel and the table that the command has."""

from typing import Any

from ..._check import counted
from ...data import Panel
from ...plots import Figure, forecast_plot


def forecast_figure(panel: Panel, table: Any, model: str) -> Figure:
    """History and forecast of the first series; a series of several channels has a panel for
    each."""
    horizon = len(table) // max(len(panel) * panel.channels, 1)
    alone = f"{panel.ids[0]}: the" if len(panel) * panel.channels == 1 else "The"
    target = panel.names[0] if panel.channels == 1 else "value"
    return forecast_plot(
        panel, table, target=target, title=f"{alone} next {counted(horizon, 'step')} by {model}"
    )
