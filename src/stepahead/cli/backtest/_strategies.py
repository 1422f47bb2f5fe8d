"""`stepahead backtest --strategies MODEL`: multi-step strategies of one model, their errors and
costs."""

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ...outputs import significant, write_table
from ..shared import TRAINED, Console, show_table, specification

if TYPE_CHECKING:
    from ...data import Panel

WITH_STRATEGIES = ("linear", *TRAINED)
"""The models that have more than one strategy."""


def compare_strategies(
    name: str,
    panel: "Panel",
    sizes: dict[str, int],
    out: Path | None,
    plot: Path | None,
    as_json: bool,
    console: Console,
) -> None:
    """Backtest every strategy at the same origins; print the table and the errors, write the
    forecasts and the plot if asked for."""
    import pandas as pd

    from ...outputs import cache_compiled
    from ...workflow import strategies

    cache_compiled()
    spec: Any = specification(name, sizes["season"], int(median(panel.lengths.tolist())))
    options: dict[str, Any] = dict(sizes)
    horizon, windows, key = (options.pop(size) for size in ("horizon", "windows", "key"))
    count = 4 if name in TRAINED and name != "mlp" else 3
    with console.origins(count) as listener:
        result = strategies(
            spec,
            panel,
            horizon,
            windows,
            key=key,
            clock=time.perf_counter,
            on_event=listener,
            **options,
        )
    if out is not None:
        write_table(result.report.table(), out)
        console.say(f"Every forecast with its actual value written to {out}.")
    board, by_step = pd.DataFrame(dict(result.table())), pd.DataFrame(dict(result.report.by_step()))
    if plot is not None:
        from ...plots import save_figure, strategies_plot

        errors = {column: by_step[column].to_numpy() for column in by_step.columns[1:]}
        costs = {
            "weights": {strategy: float(cost.weights) for strategy, cost in result.costs.items()},
            "seconds to fit": {
                strategy: round(cost.seconds, 1) for strategy, cost in result.costs.items()
            },
        }
        save_figure(strategies_plot(errors, costs, title=f"{name}: strategies compared"), plot)
        console.say(f"Plot written to {plot}.")
    if as_json:
        tables = {
            label: json.loads(frame.to_json(orient="records"))
            for label, frame in (("strategies", board), ("by_step", by_step))
        }
        sys.stdout.write(json.dumps(tables, indent=1) + "\n")
    else:
        show_table(significant(board), f"{spec!r}: errors at all steps ahead, and cost")
        console.show(by_step, "Error by step ahead (MASE)")
