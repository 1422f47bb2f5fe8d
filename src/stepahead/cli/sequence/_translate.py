"""`stepahead translate`: sequences to other sequences, learned from two texts, line by line."""

from pathlib import Path
from typing import Annotated

import typer

from ..._check import Refusal, counted, known_name, whole
from ..shared import PICTURES, Console, Quiet, keep_compiled, writable
from ..text import TOKENIZERS, Saved, texts_of, tokenizer_of
from ._examples import (
    Cell,
    Dropout,
    Epochs,
    Layers,
    Save,
    Seed,
    Width,
    cell,
    loaded,
    place,
    recipe,
    stored,
)

translate = typer.Typer(
    help="Sequences to other sequences: German to English, dates to ISO, graphemes to phonemes.",
    no_args_is_help=True,
)
"""The commands of `stepahead translate`."""


@translate.command()
def fit(
    source: Annotated[
        Path, typer.Argument(help="A text, a line for each example.", show_default=False)
    ],
    target: Annotated[
        Path, typer.Argument(help="What each line becomes, in the same order.", show_default=False)
    ],
    save: Save = None,
    model: Cell = "gru",
    by: Annotated[
        str, typer.Option("--by", help=f"What a token is: {', '.join(TOKENIZERS)}.")
    ] = "words",
    pieces: Annotated[
        int, typer.Option(help="With --by subwords: how many kinds of pieces, in each text.")
    ] = 4000,
    min_count: Annotated[int, typer.Option(help="Tokens seen less often become <unk>.")] = 1,
    attention: Annotated[
        bool,
        typer.Option("--attention/--no-attention", help="Let every step look at the whole source."),
    ] = True,
    width: Width = 128,
    layers: Layers = 1,
    dropout: Dropout = 0.2,
    epochs: Epochs = 20,
    held: Annotated[
        float,
        typer.Option(
            help="Percent of the lines, the last ones, that are held back to judge the model."
        ),
    ] = 5,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Learn to turn the lines of one text into those of another, by an encoder and a decoder."""
    import numpy as np

    from ...data import Tokens
    from ...models import Decoder, DotProduct, Embedded, Encoder, Translator
    from ...readers import read_pairs, text_of
    from ...workflow import fit as fit_model

    known_name("tokenizer", by, TOKENIZERS)
    kept = place(save, source)
    console = Console(quiet)
    first = round(
        len([line for line in text_of(source).split("\n") if line.strip()]) * (1 - held / 100)
    )
    if not 0 <= held <= 90 or not first:
        raise Refusal(
            "`--held` is in percent, from 0 to 90, and leaves something to learn from, but it is "
            f"{held:g}. Give 5."
        )
    seen = [
        [line for line in text_of(path).split("\n") if line.strip()][:first]
        for path in (source, target)
    ]
    tokenizers = (tokenizer_of(by, seen[0], pieces), tokenizer_of(by, seen[1], pieces))
    pairs = read_pairs(source, target, tokenizers=tokenizers)
    part = pairs.take(np.arange(first))
    assert isinstance(part.inputs, Tokens)
    train = type(part)(
        part.inputs.with_vocabulary(part.inputs.occurring(min_count)),
        part.targets.with_vocabulary(part.targets.occurring(min_count)),
    )
    judged = pairs.take(np.arange(first, len(pairs))) if first < len(pairs) else None
    console.say(
        f"{source.name}, {target.name}: {counted(len(train), 'pair')} to learn from, "
        f"{len(pairs) - first:,} to judge by"
    )
    from ..text._tokenizer_hint import tokenizer_hint

    for side in (train.inputs, train.targets):
        console.hint(tokenizer_hint(by, side))
    keep_compiled()
    body = cell(model, width, layers, dropout)
    reader = Encoder(body, bidirectional=True, dropout=dropout)
    spec = Translator(
        reader, Decoder(Embedded(body, dropout=dropout)), DotProduct() if attention else None
    )
    with console.epochs(f"training {model}") as listener:
        plan = recipe(len(train), epochs, patient=judged is not None)
        done = fit_model(
            spec,
            train,
            key=seed,
            training=plan,
            validation=judged,
            smoothing=0.1,
            on_event=listener,
        )
    if judged is not None and isinstance(judged.inputs, Tokens):
        said = done.translate(judged.inputs.texts())
        right = sum(one == other for one, other in zip(said, judged.targets.texts(), strict=True))
        console.say(
            f"Perplexity {done.score(judged).perplexity:.2f} on {counted(len(judged), 'pair')} "
            f"held back; {right:,} of them said "
            "exactly (greedy)."
        )
    stored(done, kept, console, 'translate apply {} "…"')


@translate.command()
def apply(
    model: Saved,
    text: Annotated[
        list[str] | None, typer.Argument(help="Texts, each in quotes.", show_default=False)
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Translate the lines of this file.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the translations here, one a line.")
    ] = None,
    beam: Annotated[int, typer.Option(help="Translations kept at every step; 1 is greedy.")] = 5,
    plot: Annotated[
        Path | None,
        typer.Option(help=f"Draw what the first translation looked at: {', '.join(PICTURES)}."),
    ] = None,
) -> None:
    """The translation of every text, one a line."""
    from ...generation import TranslationModel

    writable("--out", out)
    writable("--plot", plot, PICTURES)
    fitted = loaded(model, TranslationModel, "translate")
    texts = texts_of(text, file, "translate apply")
    from ..text._tokenizer_hint import unknown_hint

    Console(False).hint(unknown_hint(fitted.source, texts))
    said = "\n".join(fitted.translate(texts, width=whole("--beam", beam)))
    if out is None:
        typer.echo(said)
    else:
        from ..._files import write_atomically

        write_atomically(out, f"{said}\n".encode())
    if plot is not None:
        from ...plots import attention_plot, save_figure

        save_figure(attention_plot(*fitted.attention(texts[0])), plot)
