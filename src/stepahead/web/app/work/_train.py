"""Train language models of a text: n-grams, a network, and their mixture."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....store import save
from ._events import Teller
from ._lines import held_out, lines_of, tokenizer_of

if TYPE_CHECKING:
    from ....workflow import TextRow


def train(folder: Path, request: dict[str, Any], tell: Teller) -> None:
    """Train on the text of a request (`path`, `label`, `tokens`, `budget`), report every model and
    epoch, and save each model in a file with its name."""
    text, last = held_out(
        lines_of(request["path"], request["label"]), tokenizer_of(request["tokens"])
    )
    size = {"tokens": len(text.ids), "lines": len(text), "vocabulary": len(text.vocabulary)}
    tell("text", held_out=0 if last is None else len(last.ids), **size)

    # Slow imports come after the first event.
    from ....outputs import cache_compiled
    from ....workflow import auto_text

    def judged(row: "TextRow") -> None:
        tell("model", **_shown(row))

    def trained(epoch: Any) -> None:
        told = {"number": epoch.number, "epochs": epoch.epochs}
        tell("epoch", **told, loss=epoch.loss, validation=epoch.validation)

    cache_compiled()
    found = auto_text(
        text,
        last,
        key=0,
        clock=time.monotonic,
        budget=request["budget"],
        on_row=judged,
        on_event=trained,
    )
    mixture = None if found.model is found.counted else found.model
    trained_models = {"mixture": mixture, "network": found.network, "counts": found.counted}
    models = {name: model for name, model in trained_models.items() if model is not None}
    for name, model in models.items():
        save(model, folder / f"{name}.stepahead")
    tell(
        "answer",
        models=list(models),
        sentence=found.sentence,
        more=found.more_time,
        interrupted=found.interrupted,
        rows=[_shown(row) for row in found.rows],
    )


def _shown(row: "TextRow") -> dict[str, Any]:
    return {**asdict(row), "perplexity": row.perplexity}
