"""Comparison of classifiers or taggers at the command line: progress, and the leaderboard."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from ...outputs import cache_compiled
from ..shared import Console

Choice = TypeVar("Choice")


def compare(
    choice: Callable[..., Choice],
    examples: Any,
    choose_from: Callable[[Any], tuple[Any, ...]] | None,
    budget: float,
    seed: int,
    console: Console,
    **options: Any,
) -> Choice:
    """Call `choice` (`auto_label` or `auto_tag`), and print a line for each finished candidate."""
    cache_compiled()

    def on_event(event: Any) -> None:
        row = event.row
        console.say(
            f"compared {row.name} ({event.number + 1} of {event.candidates}): accuracy "
            f"{row.accuracy:.3f}, log loss {row.log_loss:.3f}, {row.seconds:.1f} s"
        )

    if choose_from is not None:
        options["choose_from"] = choose_from
    with console.waiting("comparing models"):
        return choice(
            examples, key=seed, clock=time.monotonic, budget=budget, on_event=on_event, **options
        )


def leaderboard(rows: Any) -> dict[str, Any]:
    """The compared classifiers as columns; the log loss is in nats."""
    return {
        "model": [row.name for row in rows],
        "accuracy": [round(row.accuracy, 4) for row in rows],
        "macro_f1": [round(row.macro_f1, 4) for row in rows],
        "log_loss": [round(row.log_loss, 4) for row in rows],
        "weight": [round(float(row.weight), 3) for row in rows],
        "seconds": [round(row.seconds, 1) for row in rows],
    }
