"""Options and steps of the commands on labelled, tagged and paired sequences."""

import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, whole
from ...outputs import cache_compiled
from ..shared import INTERRUPTED, MODEL, RECURRENT, Console, check_writable, recurrent, resumable

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Int

    from ...data import Tokens

Save = Annotated[
    Path | None,
    typer.Option(help="Save the model here; by default FILE with the ending .stepahead, here."),
]
Cell = Annotated[str, typer.Option("--model", help=f"One of {', '.join(RECURRENT)}.")]
Width = Annotated[int, typer.Option(help="Size of the hidden state.")]
Layers = Annotated[int, typer.Option(help="Number of layers.")]
Dropout = Annotated[float, typer.Option(help="Dropout rate.")]
Epochs = Annotated[int, typer.Option(help="Most epochs; the best one on held-out data is used.")]
HeldOut = Annotated[
    float, typer.Option(help="Percent of the examples, drawn at random, held out for validation.")
]
Seed = Annotated[int, typer.Option(help="Random seed.")]


def cell(name: str, width: int, layers: int, dropout: float) -> Any:
    """The recurrent layer of that name, with these sizes."""
    return recurrent(name)(whole("--width", width), layers=layers, dropout=dropout)


def model_path(save: Path | None, file: Path) -> Path:
    """The path of the saved model; an error before any work if it cannot be written."""
    path = Path(f"{file.name.split('.')[0]}.stepahead") if save is None else save
    check_writable("--save", path, MODEL)
    return path


def drawn_apart(
    count: int, percent: float, seed: int
) -> "tuple[Int[np.ndarray, ' train'], Int[np.ndarray, ' held']]":
    """The indices of the training examples and of randomly chosen validation examples, both
    increasing."""
    import numpy as np

    held = round(count * percent / 100)
    if not 0 <= percent <= 90:
        raise Refusal(
            f"`--held-out` is in percent, from 0 to 90, but it is {percent:g}. Give another one."
        )
    if percent and not held:
        raise Refusal(
            f"{percent:g} % of {counted(count, 'example')} are none to hold out. Give more "
            "examples, or `--held-out 0`: then nothing says when to stop, nor how good it is."
        )
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[held:]), np.sort(order[:held])


def split_examples(examples: Any, percent: float, seed: int) -> tuple[Any, Any]:
    """The training examples, and randomly chosen validation examples (None if `percent` is 0)."""
    train, held = drawn_apart(len(examples), percent, seed)
    return examples.take(train), examples.take(held) if len(held) else None


def with_own_vocabulary(tokens: "Tokens", min_count: int = 1) -> "Tokens":
    """The tokens with a vocabulary of only those that occur in them."""
    return tokens.with_vocabulary(tokens.occurring(min_count))


def train_network(
    spec: Any,
    train: Any,
    validation: Any,
    *,
    name: str,
    seed: int,
    epochs: int,
    console: Console,
    budget: float = inf,
    **options: Any,
) -> tuple[Any, bool]:
    """Fit a network with progress, with the default recipe for this number of examples or the
    `training` given; validation data decide when it stops. It ends early if the next epoch would
    exceed `budget` seconds, and at Ctrl-C, with the best weights so far. Other `options` are those
    of its task.

    Return the model, and True if Ctrl-C ended its training: then the checkpoint is kept, and the
    same command continues from it.
    """
    from ...tasks import sequence_recipe
    from ...workflow import fit

    cache_compiled()
    recipe = options.pop("training", None) or sequence_recipe(len(train), validation is not None)
    options["training"] = replace(recipe, epochs=whole("--epochs", epochs))
    began = before = time.monotonic()
    used_up = False

    def on_event(event: Any) -> None:
        if listener is not None:
            listener(event)
        nonlocal before, used_up
        now = time.monotonic()
        took, before = now - before, now
        used_up = event.number < event.epochs and now + took - began > budget
        if used_up:
            raise KeyboardInterrupt  # which keeps the weights so far

    with (
        resumable(("network", spec, seed, options), (train, validation), console) as checkpoint,
        console.epochs(f"training {name}", "nats a token") as listener,
    ):
        done = fit(
            spec,
            train,
            key=seed,
            validation=validation,
            on_event=on_event,
            interruptible=True,
            checkpoint=checkpoint,
            **options,
        )
    if used_up and checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    interrupted = "interrupted" in done.learning.stopped
    stopped = done.learning.stopped
    if interrupted:
        why = "the budget is used up" if used_up else "Ctrl-C"
        console.say(f"Training was {stopped} ({why}).")
    else:
        console.say(f"{stopped[0].upper()}{stopped[1:]}.")
    return done, interrupted and not used_up


def leave_interrupted(interrupted: bool, console: Console) -> None:
    """After Ctrl-C, print that the same command continues, and exit with the code of an
    interruption."""
    if interrupted:
        console.say("The same command continues where it was interrupted.")
        raise typer.Exit(INTERRUPTED)


def save_model(
    fitted: Any, path: Path, half_precision: bool, console: Console, use: Callable[[str], str]
) -> None:
    """Save the model, and print the command that uses it."""
    from ...store import save

    save(fitted, path, half_precision=half_precision)
    console.say(f"Model saved to {path}. To use it: stepahead {use(shlex.quote(str(path)))}")
