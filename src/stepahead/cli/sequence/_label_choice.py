"""The comparison of classifiers at the shell: progress, and the leaderboard."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..shared import Console, cache_compiled

if TYPE_CHECKING:
    from ...data import Labelled
    from ...workflow import LabelCandidate, LabelCandidateDone, LabelChoice


def compare(
    train: "Labelled",
    choose_from: "Callable[[Labelled], tuple[LabelCandidate, ...]] | None",
    budget: float,
    seed: int,
    console: Console,
) -> "LabelChoice":
    """Compare classifiers, with a line for each that is done."""
    from ...workflow import auto_label

    cache_compiled()

    def on_event(event: "LabelCandidateDone") -> None:
        row = event.row
        console.say(
            f"compared {row.name} ({event.number + 1} of {event.candidates}): accuracy "
            f"{row.accuracy:.3f}, log loss {row.log_loss:.3f}, {row.seconds:.1f} s"
        )

    options: dict[str, Any] = {} if choose_from is None else {"choose_from": choose_from}
    with console.waiting("comparing classifiers"):
        return auto_label(
            train, key=seed, clock=time.monotonic, budget=budget, on_event=on_event, **options
        )


def leaderboard(rows: Any) -> dict[str, Any]:
    """The classifiers compared, as columns; the log loss is in nats."""
    return {
        "model": [row.name for row in rows],
        "accuracy": [round(row.accuracy, 4) for row in rows],
        "macro_f1": [round(row.macro_f1, 4) for row in rows],
        "log_loss": [round(row.log_loss, 4) for row in rows],
        "weight": [round(float(row.weight), 3) for row in rows],
        "seconds": [round(row.seconds, 1) for row in rows],
    }
