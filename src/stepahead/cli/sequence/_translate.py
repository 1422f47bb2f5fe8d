"""`stepahead translate`: sequence-to-sequence models, trained on two texts, line by line."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted, known_name, whole
from ..shared import PICTURES, Console, Quiet, check_writable
from ..text import (
    TOKENIZERS,
    LastHeldOut,
    MinCount,
    Saved,
    TextArguments,
    Tokenizer,
    given_texts,
    tokenizer_hint,
    tokenizer_of,
    unknown_hint,
)
from . import _examples as examples

if TYPE_CHECKING:
    from ...data import Pairs
    from ...generation import TranslationModel

translate = typer.Typer(
    help="Sequence to sequence: German to English, dates to ISO, graphemes to phonemes.",
    no_args_is_help=True,
)
"""The commands of `stepahead translate`."""


@translate.command()
def fit(
    source: Annotated[
        Path, typer.Argument(help="Source text, one example on each line.", show_default=False)
    ],
    target: Annotated[
        Path, typer.Argument(help="Target text, lines in the same order.", show_default=False)
    ],
    save: examples.Save = None,
    model: examples.Cell = "gru",
    tokenizer: Tokenizer = "words",
    pieces: Annotated[
        int, typer.Option(help="Subwords: size of the vocabulary of each text.")
    ] = 4000,
    min_count: MinCount = 1,
    attention: Annotated[
        bool, typer.Option("--attention/--no-attention", help="Decode with attention.")
    ] = True,
    width: examples.Width = 128,
    layers: examples.Layers = 1,
    dropout: examples.Dropout = 0.2,
    epochs: examples.Epochs = 20,
    held_out: LastHeldOut = 5,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train an encoder and a decoder on two parallel texts."""
    from ...models import Decoder, DotProduct, Embedded, Encoder, Translator

    known_name("tokenizer", tokenizer, TOKENIZERS)
    path = examples.model_path(save, source)
    console = Console(quiet)
    train, heldout = _split(source, target, tokenizer, pieces, min_count, held_out)
    others = 0 if heldout is None else len(heldout)
    console.say(
        f"{source.name}, {target.name}: {counted(len(train), 'pair')} for training, {others:,} for"
        " validation"
    )
    for side in (train.inputs, train.targets):
        console.hint(tokenizer_hint(tokenizer, side))
    cell = examples.cell(model, width, layers, dropout)
    spec = Translator(
        Encoder(cell, bidirectional=True, dropout=dropout),
        Decoder(Embedded(cell, dropout=dropout)),
        DotProduct() if attention else None,
    )
    done = examples.train_network(
        spec,
        train,
        heldout,
        name=model,
        seed=seed,
        epochs=epochs,
        console=console,
        smoothing=0.1,
    )
    if heldout is not None:
        _evaluate(done, heldout, console)
    examples.save_model(done, path, console, lambda saved: f'translate apply {saved} "…"')


def _split(
    source: Path, target: Path, tokenizer: str, pieces: int, min_count: int, held_out: float
) -> "tuple[Pairs, Pairs | None]":
    """Training pairs, and the last ones for validation; tokenizers and vocabularies are those of
    the training pairs."""
    import numpy as np

    from ...data import Tokens
    from ...readers import read_pairs

    texts = [given_texts(None, path, "translate fit") for path in (source, target)]
    first = round(len(texts[0]) * (1 - held_out / 100))
    if not 0 <= held_out <= 90 or not first:
        raise Refusal(
            "`--held-out` is in percent, from 0 to 90, and leaves something for training, but it is"
            f" {held_out:g}. Give 5."
        )
    tokenizers = (
        tokenizer_of(tokenizer, texts[0][:first], pieces),
        tokenizer_of(tokenizer, texts[1][:first], pieces),
    )
    pairs = read_pairs(source, target, tokenizers=tokenizers)
    part = pairs.take(np.arange(first))
    assert isinstance(part.inputs, Tokens)
    train = type(part)(
        examples.with_own_vocabulary(part.inputs, min_count),
        examples.with_own_vocabulary(part.targets, min_count),
    )
    return train, pairs.take(np.arange(first, len(pairs))) if first < len(pairs) else None


def _evaluate(fitted: "TranslationModel", heldout: "Pairs", console: Console) -> None:
    """Print the perplexity and the share of exact translations on these pairs."""
    from ...data import Tokens

    assert isinstance(heldout.inputs, Tokens)
    found = fitted.translate(heldout.inputs.texts())
    right = sum(one == other for one, other in zip(found, heldout.targets.texts(), strict=True))
    console.say(
        f"Perplexity {fitted.score(heldout).perplexity:.2f} on"
        f" {counted(len(heldout), 'held-out pair')}; {right:,} of them translated exactly (greedy)."
    )


@translate.command()
def apply(
    model: Saved,
    text: TextArguments = None,
    file: Annotated[Path | None, typer.Option(help="Translate the lines of this file.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the translations here, one on each line.")
    ] = None,
    beam: Annotated[int, typer.Option(help="Beam width; 1 is greedy.")] = 5,
    plot: Annotated[
        Path | None,
        typer.Option(help=f"Plot the attention of the first translation: {', '.join(PICTURES)}."),
    ] = None,
) -> None:
    """Print the translation of every text."""
    from ...generation import TranslationModel
    from ...store import load_as

    check_writable("--out", out)
    check_writable("--plot", plot, PICTURES)
    fitted = load_as(TranslationModel, model, "stepahead translate fit")
    texts = given_texts(text, file, "translate apply")
    Console(False).hint(unknown_hint(fitted.source, texts))
    translations = "\n".join(fitted.translate(texts, width=whole("--beam", beam)))
    if out is None:
        typer.echo(translations)
    else:
        from ..._files import write_atomically

        write_atomically(out, f"{translations}\n".encode())
    if plot is not None:
        from ...plots import attention_plot, save_figure

        save_figure(attention_plot(*fitted.attention(texts[0])), plot)
