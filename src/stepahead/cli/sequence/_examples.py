"""What the commands that learn from examples share: options, the part that is held back, where the
model goes."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, whole
from ..shared import MODEL, RECURRENT, Console, recurrent, writable

if TYPE_CHECKING:
    from ...data import Tokens

Save = Annotated[
    Path | None,
    typer.Option(help="Where the model goes; by default FILE with the ending .stepahead, here."),
]
Cell = Annotated[str, typer.Option("--model", help=f"One of {', '.join(RECURRENT)}.")]
Width = Annotated[int, typer.Option(help="Size of the hidden state.")]
Layers = Annotated[int, typer.Option(help="Layers.")]
Dropout = Annotated[float, typer.Option(help="Share of numbers zeroed in training.")]
Epochs = Annotated[
    int, typer.Option(help="At most so many; the best one on what is held back is kept.")
]
Held = Annotated[
    float,
    typer.Option(
        help="Percent of the examples, drawn at random, that are held back to judge the model."
    ),
]
Valid = Annotated[Path | None, typer.Option(help="Judge on this file, and learn from all of FILE.")]
Seed = Annotated[int, typer.Option(help="The same seed, the same model.")]


def cell(name: str, width: int, layers: int, dropout: float) -> Any:
    """The recurrent specification of that name."""
    return recurrent(name)(whole("--width", width), layers=layers, dropout=dropout)


def place(save: Path | None, file: Path) -> Path:
    """Where the model goes; refused before any work if nothing can be written there."""
    kept = Path(f"{file.name.split('.')[0]}.stepahead") if save is None else save
    writable("--save", kept, MODEL)
    return kept


def held_back(examples: Any, percent: float, seed: int) -> tuple[Any, Any]:
    """The examples to learn from, and those that were drawn to judge by."""
    import numpy as np

    count = round(len(examples) * percent / 100)
    if not 0 <= percent <= 90 or (percent and not count):
        raise Refusal(
            f"`--held` is in percent, from 0 to 90, and holds back at least one of {len(examples)} "
            f"examples, but it is {percent:g}."
        )
    order = np.random.default_rng(seed).permutation(len(examples))
    return examples.take(np.sort(order[count:])), examples.take(
        np.sort(order[:count])
    ) if count else None


def known(tokens: "Tokens", min_count: int = 1) -> "Tokens":
    """Tokens under the vocabulary of what occurs in them."""
    return tokens.with_vocabulary(tokens.occurring(min_count))


def recipe(examples: int, epochs: int, *, patient: bool) -> Any:
    """What `fit` does with so many examples unless it is told, for at most so many epochs."""
    from ...tasks import sequence_recipe

    return replace(sequence_recipe(examples, patient), epochs=whole("--epochs", epochs))


def loaded(path: Path, kind: type, command: str) -> Any:
    """What was saved, if it is of this kind."""
    from ...store import load

    fitted = load(path)
    if not isinstance(fitted, kind):
        raise Refusal(
            f"'{path}' holds a {type(fitted).__name__}, not a {kind.__name__}. Give what "
            f"`stepahead {command} fit` saved."
        )
    return fitted


def stored(fitted: Any, path: Path, console: Console, ask: str) -> None:
    """Save, and say how to go on."""
    from ...store import save

    save(fitted, path)
    console.say(f"The model is in {path}. Ask it: stepahead {ask.format(path)}")
