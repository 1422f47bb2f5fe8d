"""`stepahead generate`: generate texts for a label, such as surnames for a language."""

from typing import Annotated

import typer

from ..._check import Refusal, counted, known_name
from ..shared import Console, HalfPrecision, Quiet, show_table
from ..text import Saved, Temperature, tokenizer_hint, tokenizer_of
from . import _examples as examples
from ._label_evaluate import TOKENIZERS, LabelFirst, LabelledFile, Tokenizer

generate = typer.Typer(
    help="Conditional generation: train on labelled lines, then sample texts for a label.",
    no_args_is_help=True,
)
"""The commands of `stepahead generate`."""


@generate.command()
def fit(
    file: LabelledFile,
    save: examples.Save = None,
    half_precision: HalfPrecision = False,
    label_first: LabelFirst = None,
    model: examples.Cell = "lstm",
    tokenizer: Tokenizer = "characters",
    width: examples.Width = 128,
    layers: examples.Layers = 1,
    dropout: examples.Dropout = 0.2,
    epochs: examples.Epochs = 20,
    held_out: examples.HeldOut = 10,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train a decoder of texts whose initial state depends on the label."""
    from ...data import ConditionalSequences, Labelled
    from ...models import Decoder, Embedded
    from ...readers import read_labelled

    known_name("tokenizer", tokenizer, TOKENIZERS)
    path = examples.model_path(save, file)
    console = Console(quiet)
    read = read_labelled(
        file,
        tokenizer=tokenizer_of(tokenizer, [], 0),
        label_first=label_first,
        on_note=console.hint,
    )
    train, heldout = examples.split_examples(read, held_out, seed)
    train = Labelled(examples.with_own_vocabulary(train.inputs), train.labels, train.names)
    console.say(
        f"{file.name}: {counted(len(train), 'text')} of {counted(len(train.names), 'label')} for "
        "training"
    )
    console.hint(tokenizer_hint(tokenizer, train.inputs))
    validation = None if heldout is None else ConditionalSequences.of_labels(heldout)
    spec = Decoder(Embedded(examples.cell(model, width, layers, dropout), dropout=dropout))
    done, interrupted = examples.train_network(
        spec,
        ConditionalSequences.of_labels(train),
        validation,
        name=model,
        seed=seed,
        epochs=epochs,
        console=console,
    )
    if validation is not None:
        perplexity, texts = (
            done.score(validation).perplexity,
            counted(len(validation), "held-out text"),
        )
        show_table(
            {"measure": ["perplexity"], "value": [round(perplexity, 2)]},
            f"Scores on {texts}",
        )
        console.say(f"Perplexity {perplexity:.2f} per token on {texts}, given their label.")
    examples.save_model(
        done, path, half_precision, console, lambda saved: f"generate sample {saved} LABEL"
    )
    examples.leave_interrupted(interrupted, console)


@generate.command()
def sample(
    model: Saved,
    label: Annotated[str, typer.Argument(help="Label of the texts.", show_default=False)],
    count: Annotated[int, typer.Option(help="Number of texts.")] = 5,
    length: Annotated[int, typer.Option(help="Most tokens of each text.")] = 50,
    temperature: Temperature = 1.0,
    seed: examples.Seed = 0,
) -> None:
    """Sample texts for a label, one on each line."""
    import numpy as np

    from ...generation import Filter, Generator
    from ...store import load_as

    fitted = load_as(Generator, model, "stepahead generate fit", in_numpy=True)
    if not fitted.names:
        raise Refusal(
            f"'{model}' was not trained on labels, so it has no labels. Fit one: "
            "stepahead generate fit FILE."
        )
    known_name("label", label, fitted.names)
    vector = np.eye(len(fitted.names), dtype=np.float32)[fitted.names.index(label)]
    drawn = fitted.sample(
        np.tile(vector, (count, 1)), length, key=seed, filtered=Filter(temperature)
    )
    typer.echo("\n".join(one.text for one in drawn))
