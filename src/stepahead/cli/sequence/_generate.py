"""`stepahead generate`: texts of a kind, learned from labelled lines: a surname for a language."""

from typing import Annotated

import typer

from ..._check import Refusal, counted, known_name
from ..shared import Console, Quiet, keep_compiled
from ..text import Saved, tokenizer_of
from ._examples import (
    Cell,
    Dropout,
    Epochs,
    Held,
    Layers,
    Save,
    Seed,
    Width,
    cell,
    held_back,
    known,
    loaded,
    place,
    recipe,
    stored,
)
from ._label import TOKENIZERS, LabelFirst, LabelledFile

generate = typer.Typer(
    help="Texts of a kind: learn from labelled lines, then write one for a label.",
    no_args_is_help=True,
)
"""The commands of `stepahead generate`."""


@generate.command()
def fit(
    file: LabelledFile,
    save: Save = None,
    label_first: LabelFirst = None,
    model: Cell = "lstm",
    by: Annotated[
        str, typer.Option("--by", help=f"What a token is: {', '.join(TOKENIZERS)}.")
    ] = "characters",
    width: Width = 128,
    layers: Layers = 1,
    dropout: Dropout = 0.2,
    epochs: Epochs = 20,
    held: Held = 10,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Learn what texts of each label look like: the label sets the first state of a recurrent
    net."""
    from ...data import Conditioned, Labelled
    from ...generation import Generator
    from ...models import Decoder, Embedded
    from ...readers import read_labelled
    from ...workflow import fit as fit_model

    known_name("tokenizer", by, TOKENIZERS)
    kept = place(save, file)
    console = Console(quiet)
    examples = read_labelled(
        file, tokenizer=tokenizer_of(by, [], 0), label_first=label_first, on_note=console.hint
    )
    train, judged = held_back(examples, held, seed)
    train = Labelled(known(train.inputs), train.labels, train.names)
    console.say(
        f"{file.name}: {counted(len(train), 'text')} of {counted(len(train.names), 'label')} to "
        "learn from"
    )
    from ..text._tokenizer_hint import tokenizer_hint

    console.hint(tokenizer_hint(by, train.inputs))
    keep_compiled()
    validation = None if judged is None else Conditioned.of_labels(judged)
    with console.epochs(f"training {model}") as listener:
        plan = recipe(len(train), epochs, patient=judged is not None)
        spec = Decoder(Embedded(cell(model, width, layers, dropout), dropout=dropout))
        done = fit_model(
            spec,
            Conditioned.of_labels(train),
            key=seed,
            training=plan,
            validation=validation,
            on_event=listener,
        )
    if validation is not None:
        assert isinstance(done, Generator)
        console.say(
            f"Perplexity {done.score(validation).perplexity:.2f} a token on "
            f"{counted(len(validation), 'text')} held back, given their "
            "label."
        )
    stored(done, kept, console, "generate sample {} LABEL")


@generate.command()
def sample(
    model: Saved,
    label: Annotated[
        str, typer.Argument(help="The kind of text that is wanted.", show_default=False)
    ],
    count: Annotated[int, typer.Option(help="So many texts.")] = 5,
    length: Annotated[int, typer.Option(help="At most so many tokens each.")] = 50,
    temperature: Annotated[
        float,
        typer.Option(
            help="0 takes the most probable token, below 1 keeps to the probable, above 1 strays."
        ),
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed, the same draws.")] = 0,
) -> None:
    """Write texts of a kind, one a line."""
    import numpy as np

    from ...generation import Filter, Generator

    fitted = loaded(model, Generator, "generate")
    if not fitted.names:
        raise Refusal(
            f"'{model}' was not learned from labels, so it knows no label by name. Fit one: "
            "stepahead generate fit FILE."
        )
    known_name("label", label, fitted.names)
    vector = np.eye(len(fitted.names), dtype=np.float32)[fitted.names.index(label)]
    drawn = fitted.sample(
        np.tile(vector, (count, 1)), length, key=seed, filtered=Filter(temperature)
    )
    typer.echo("\n".join(one.text for one in drawn))
