"""`stepahead translate`: sequence-to-sequence models, trained on two parallel texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import counted, known_name, whole
from ..shared import PICTURES, RECURRENT, Console, HalfPrecision, Quiet, check_writable, seconds
from ..text import (
    TOKENIZERS,
    MinCount,
    Saved,
    TextArguments,
    given_texts,
    read_lines,
    tokenizer_hint,
    tokenizer_of,
    unknown_hint,
)
from . import _examples as examples
from ._translate_evaluate import evaluate, say_scores

if TYPE_CHECKING:
    from ...data import Pairs

MANY = 10_000
"""The number of pairs from which on the network is wider and uses subwords."""

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
    half_precision: HalfPrecision = False,
    model: examples.Cell = "gru",
    budget: Annotated[
        str, typer.Option(help="Time limit of the training: 30s, 10m. Ctrl-C ends it too.")
    ] = "30m",
    tokenizer: Annotated[
        str | None,
        typer.Option(
            help=f"Kind of tokens: {', '.join(TOKENIZERS)}; by default words, and subwords from "
            f"{MANY:,} pairs on.",
            show_default=False,
        ),
    ] = None,
    pieces: Annotated[
        int, typer.Option(help="Subwords: size of the vocabulary of each text.")
    ] = 4000,
    min_count: MinCount = 1,
    attention: Annotated[
        bool, typer.Option("--attention/--no-attention", help="Decode with attention.")
    ] = True,
    width: Annotated[
        int | None,
        typer.Option(
            help=f"Size of the hidden state; by default 128, and 256 from {MANY:,} pairs on.",
            show_default=False,
        ),
    ] = None,
    layers: examples.Layers = 1,
    dropout: Annotated[
        float | None, typer.Option(help="Dropout rate; by default 0.2, or 0.3.", show_default=False)
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Most epochs; by default 20, of which the best on held-out data is used, or 10.",
            show_default=False,
        ),
    ] = None,
    held_out: examples.HeldOut = 5,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train an encoder and a decoder on two parallel texts.

    At the end of the budget, and at Ctrl-C, the best weights so far are kept; after Ctrl-C the same
    command continues where it stopped.
    """
    known_name("model", model, RECURRENT)
    allowed, path = seconds(budget), examples.model_path(save, source)
    console, lines = Console(quiet), read_lines(source, one_text=False)
    tokenizer = tokenizer or ("words" if len(lines.texts) < MANY else "subwords")
    known_name("tokenizer", tokenizer, TOKENIZERS)
    train, heldout = _split(source, target, tokenizer, pieces, min_count, held_out, seed)
    others = 0 if heldout is None else len(heldout)
    blank = f", {counted(lines.blank, 'blank line')} left out" if lines.blank else ""
    console.say(
        f"{source.name}, {target.name}: {counted(len(train), 'pair')} for training, {others:,} for"
        f" validation{blank}"
    )
    for side in (train.inputs, train.targets):
        console.hint(tokenizer_hint(tokenizer, side))
    many = len(train) + others >= MANY
    width, dropout = (
        width or (256 if many else 128),
        (0.3 if many else 0.2) if dropout is None else dropout,
    )
    epochs = epochs or (10 if many else 20)
    done, interrupted = examples.train_network(
        _network(examples.cell(model, width, layers, dropout), width, dropout, attention, many),
        train,
        heldout,
        name=model,
        seed=seed,
        epochs=epochs,
        console=console,
        budget=allowed,
        smoothing=0.1,
        training=_recipe(len(train), epochs) if many else None,
    )
    if heldout is not None:
        say_scores(done, heldout, console)
    examples.save_model(
        done, path, half_precision, console, lambda saved: f'translate apply {saved} "…"'
    )
    examples.leave_interrupted(interrupted, console)


def _network(cell: Any, width: int, dropout: float, attention: bool, many: bool) -> Any:
    """The translator: with `many` pairs, embeddings are as wide as the state, and the output layer
    has the weights of the embedding."""
    from ...models import Decoder, DotProduct, Embedded, Encoder, Translator

    if not many:
        return Translator(
            Encoder(cell, bidirectional=True, dropout=dropout),
            Decoder(Embedded(cell, dropout=dropout)),
            DotProduct() if attention else None,
        )
    return Translator(
        Encoder(cell, bidirectional=True, embedding=width, dropout=dropout),
        Decoder(Embedded(cell, dropout=dropout, tied=True)),
        DotProduct(width) if attention else None,
    )


def _recipe(pairs: int, epochs: int) -> Any:
    """Minibatches of 64, and a learning rate that increases linearly, then decreases along a
    cosine."""
    from ...training import BySequence, adam, cosine

    updates = epochs * -(-pairs // 64)
    return BySequence(epochs, 64, adam(cosine(2e-3, updates, warmup=min(200, updates // 10))))


def _split(
    source: Path,
    target: Path,
    tokenizer: str,
    pieces: int,
    min_count: int,
    held_out: float,
    seed: int,
) -> "tuple[Pairs, Pairs | None]":
    """Training pairs, and randomly chosen validation pairs; tokenizers and vocabularies are made
    from the training pairs."""
    from ...data import Tokens
    from ...readers import read_pairs

    texts = [given_texts(None, path, "translate fit") for path in (source, target)]
    if len(texts[0]) != len(texts[1]):
        read_pairs(source, target)  # raises an error that names the line without a counterpart
    learned, _ = examples.drawn_apart(len(texts[0]), held_out, seed)
    known = [[side[place] for place in learned] for side in texts]
    tokenizers = (
        tokenizer_of(tokenizer, known[0], pieces),
        tokenizer_of(tokenizer, known[1], pieces),
    )
    pairs = read_pairs(source, target, tokenizers=tokenizers)
    part, heldout = examples.split_examples(pairs, held_out, seed)
    assert isinstance(part.inputs, Tokens)
    train = type(part)(
        examples.with_own_vocabulary(part.inputs, min_count),
        examples.with_own_vocabulary(part.targets, min_count),
    )
    return train, heldout


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
    fitted = load_as(TranslationModel, model, "stepahead translate fit", in_numpy=True)
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


translate.command()(evaluate)
