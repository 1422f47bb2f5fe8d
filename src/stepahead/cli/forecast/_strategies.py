"""`stepahead backtest --strategies MODEL`: one model arranged in every way to see several steps
ahead, and what each way costs."""

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ..shared import TRAINED, Console, show_table, significant, specification, write_table

if TYPE_CHECKING:
    from ...data import Panel

ARRANGED = ("linear", *TRAINED)
"""The models that can be arranged in more than one way."""


def compare_strategies(
    name: str,
    panel: "Panel",
    sizes: dict[str, int],
    out: Path | None,
    plot: Path | None,
    as_json: bool,
    console: Console,
) -> None:
    """Judge every strategy at the same origins; print table and errors, write the forecasts and the
    picture where they were asked for."""
    import pandas as pd

    from ...workflow import strategies
    from ..shared import keep_compiled

    keep_compiled()
    spec: Any = specification(name, sizes["season"], int(median(panel.lengths.tolist())))
    told: dict[str, Any] = dict(sizes)
    horizon, windows, key = (told.pop(size) for size in ("horizon", "windows", "key"))
    ways = 4 if name in TRAINED and name != "mlp" else 3
    with console.judged(ways) as listener:
        found = strategies(
            spec,
            panel,
            horizon,
            windows,
            key=key,
            clock=time.perf_counter,
            on_event=listener,
            **told,
        )
    if out is not None:
        write_table(found.report.table(), out)
        console.say(f"Every forecast beside what came written to {out}.")
    board, by_step = pd.DataFrame(dict(found.table())), pd.DataFrame(dict(found.report.by_step()))
    if plot is not None:
        from ...plots import save_figure, strategies_plot

        errors = {column: by_step[column].to_numpy() for column in by_step.columns[1:]}
        costs = {
            "weights": {way: float(cost.weights) for way, cost in found.costs.items()},
            "seconds to fit": {way: round(cost.seconds, 1) for way, cost in found.costs.items()},
        }
        save_figure(strategies_plot(errors, costs, title=f"{name}: strategies side by side"), plot)
        console.say(f"Picture written to {plot}.")
    if as_json:
        tables = {
            label: json.loads(frame.to_json(orient="records"))
            for label, frame in (("strategies", board), ("by_step", by_step))
        }
        sys.stdout.write(json.dumps(tables, indent=1) + "\n")
    else:
        show_table(significant(board), f"{spec!r}: errors at all steps ahead, and cost")
        console.show(by_step, "Error by step ahead (MASE)")
