"""Printed results of `stepahead backtest`: leaderboard, errors by step ahead, trust horizons."""

import json
import sys
from math import isfinite
from typing import TYPE_CHECKING, Any

from ..._check import Refusal
from ...outputs import significant
from ..shared import Console, show_table

if TYPE_CHECKING:
    from ...data import Panel
    from ...evaluation import Backtest, Trust
    from ...workflow import LargeBacktest

SHOWN = 12
"""Number of steps ahead that are printed, evenly spaced; the JSON has all of them."""


def print_backtest(result: "Backtest", panel: "Panel", as_json: bool, console: Console) -> None:
    """Print the leaderboard on the output stream and the rest as messages; or everything as JSON.
    `panel` is the one that the models were evaluated on."""
    import pandas as pd

    board, by_step = pd.DataFrame(dict(result.leaderboard())), pd.DataFrame(dict(result.by_step()))
    trust, informative = trusted(result, console), result.predictability(panel)
    if as_json:
        tables: dict[str, Any] = {"leaderboard": _rows(board), "by_step": _rows(by_step)}
        tables["trust"] = {
            name: {
                "horizon": one.horizon,
                "verdict": str(one),
                "by_step": _rows(pd.DataFrame(dict(one.table()))),
            }
            for name, one in trust.items()
        }
        tables["predictability"] = {
            name: {
                "level": one.level,
                "horizon": one.horizon,
                "verdict": str(one),
                "ratio": [ratio if isfinite(ratio) else None for ratio in one.ratio.tolist()],
            }
            for name, one in informative.items()
        }
        sys.stdout.write(json.dumps(tables, indent=1) + "\n")
    else:
        show_table(significant(board), "Errors at all steps ahead")
        some = sorted({round(place * (len(by_step) - 1) / (SHOWN - 1)) for place in range(SHOWN)})
        console.show(significant(by_step.iloc[some]), "Error by step ahead (MASE)")
    for one in trust.values():
        console.say(str(one))
    for name, narrower in informative.items():
        console.say(f"Information in the forecast of {name}: {narrower}")


def _rows(frame: Any) -> Any:
    """The rows of a frame for JSON: NaN becomes null."""
    return json.loads(frame.to_json(orient="records"))


def trusted(result: "Backtest | LargeBacktest", console: Console) -> "dict[str, Trust]":
    """The trust horizon of each model; empty if there are too few origins to test."""
    try:
        return result.trust_horizon()
    except Refusal as too_few:
        console.say(str(too_few))
        return {}
