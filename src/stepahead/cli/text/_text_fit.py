"""`stepahead text fit`: a language model from a text file, judged on the end of it."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, between, counted, whole
from ..shared import MODEL, PAGES, Console, Quiet, keep_compiled, writable
from ._text_names import SMOOTHINGS, TEXT_MODELS, TOKENIZERS, text_model, tokenizer_of

if TYPE_CHECKING:
    from ...data import Tokens

TextFile = Annotated[
    Path,
    typer.Argument(
        help="A text in UTF-8, gzipped or not; every line a sequence.", show_default=False
    ),
]
By = Annotated[str, typer.Option("--by", help=f"What a token is: {', '.join(TOKENIZERS)}.")]
Pieces = Annotated[int, typer.Option(help="With --by subwords: how many kinds of pieces.")]
MinCount = Annotated[int, typer.Option(help="Tokens seen less often become <unk>.")]
OneText = Annotated[
    bool, typer.Option("--one-text", help="The lines go on from each other: one running text.")
]
Held = Annotated[
    float,
    typer.Option(
        help=(
            "Percent of the lines, the last ones, that are held back to judge the model; 0 for"
            " none."
        )
    ),
]


def fit(
    file: TextFile,
    model: Annotated[str, typer.Option(help=f"One of {', '.join(TEXT_MODELS)}.")] = "ngram",
    save: Annotated[
        Path | None,
        typer.Option(
            help="Where the model goes; by default FILE with the ending .stepahead, here."
        ),
    ] = None,
    order: Annotated[
        int, typer.Option(help="ngram and mlp: tokens seen at a time, the predicted one included.")
    ] = 5,
    smoothing: Annotated[str, typer.Option(help=f"ngram: {', '.join(SMOOTHINGS)}.")] = "kneser-ney",
    width: Annotated[int, typer.Option(help="Nets: size of the hidden state.")] = 128,
    layers: Annotated[int, typer.Option(help="Nets: layers.")] = 1,
    dropout: Annotated[
        float, typer.Option(help="Nets: share of numbers zeroed in training.")
    ] = 0.2,
    epochs: Annotated[
        int, typer.Option(help="Nets: at most so many; the best one on what is held back is kept.")
    ] = 15,
    by: By = "words",
    pieces: Pieces = 2000,
    min_count: MinCount = 1,
    one_text: OneText = False,
    held: Held = 10,
    valid: Annotated[
        Path | None, typer.Option(help="Judge on this text, and learn from all of FILE.")
    ] = None,
    backward: Annotated[
        bool, typer.Option("--backward", help="Read every line from its end to its beginning.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a page with pictures here: .html.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same model.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a language model: counts (n-grams) at once, nets by training; say how well it predicts
    text that it has not seen."""
    kept = Path(f"{file.name.split('.')[0]}.stepahead") if save is None else save
    writable("--save", kept, MODEL)
    writable("--report", report, PAGES)
    (
        whole("--epochs", epochs),
        whole("--width", width),
        whole("--layers", layers),
        between("--dropout", dropout, 0, 1),
    )
    spec = text_model(model, order, smoothing, width, layers, dropout)
    console = Console(quiet)
    train, judged = parts(
        file, by=by, pieces=pieces, min_count=min_count, one_text=one_text, held=held, valid=valid
    )
    unknown = (
        f", {(judged.ids == 0).mean():.1%} of the held-back tokens unknown"
        if judged is not None and (judged.ids == 0).any()
        else ""
    )
    said = [
        f"{file.name}: {counted(len(train), 'sequence')}, {counted(len(train.ids), 'token')} of "
        f"{len(train.vocabulary):,} kinds{unknown}."
    ]
    console.say(said[0])
    from ._tokenizer_hint import tokenizer_hint

    console.hint(tokenizer_hint(by, train))
    from ...store import save as store
    from ...workflow import fit as fit_model

    if model == "ngram":
        with console.waiting("counting"):
            done = fit_model(spec, train, key=0, backward=backward, on_note=console.say)
    else:
        keep_compiled()
        recipe = _recipe(train, epochs, patient=judged is not None)
        with console.epochs(f"training {model}") as listener:
            done = fit_model(
                spec,
                train,
                key=seed,
                backward=backward,
                training=recipe,
                validation=judged,
                on_event=listener,
            )
        console.say(f"{done.learning.stopped[0].upper()}{done.learning.stopped[1:]}.")
    if judged is not None:
        score = done.score(judged)
        unit = f"{score.bits:.3f} bits a {'character' if by == 'characters' else 'token'}"
        said.append(
            f"Perplexity {score.perplexity:.2f} on {counted(len(judged.ids), 'token')} it has not "
            f"seen, ends counted ({unit})."
        )
        console.say(said[-1])
    store(done, kept)
    console.say(f'The model is in {kept}. Ask it: stepahead text next {shlex.quote(str(kept))} "…"')
    if report is not None:
        from ._text_page import write_text_page

        write_text_page(report, done, train, judged, file.name, said)
        console.say(f"The report is in {report}.")


def parts(
    file: Path,
    *,
    by: str,
    pieces: int,
    min_count: int,
    one_text: bool,
    held: float,
    valid: Path | None,
) -> "tuple[Tokens, Tokens | None]":
    """The text to learn from, and the text to judge by: the last lines, or another file. Words and
    pieces are those of the first."""
    from ...data import Tokens
    from ...readers import text_of

    if not 0 <= held <= 90:
        raise Refusal(f"`--held` is in percent, from 0 to 90, but it is {held:g}. Give 10.")
    lines = _lines(text_of(file), file)
    first = len(lines) if valid is not None else len(lines) - round(len(lines) * held / 100)
    rest = lines[first:] if valid is None else _lines(text_of(valid), valid)
    if not first:
        raise Refusal(
            f"'{file}' has {counted(len(lines), 'line')}, and all of them would be held back. Give "
            "`--held 0`, or a longer text."
        )
    train = Tokens.from_texts(
        lines[:first], tokenizer_of(by, lines[:first], pieces), min_count=min_count
    )
    judged = Tokens.from_texts(rest, vocabulary=train.vocabulary) if rest else None
    return (
        (train.concatenated(), None if judged is None else judged.concatenated())
        if one_text
        else (train, judged)
    )


def _lines(text: str, file: Path) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise Refusal(f"'{file}' is empty. Give a text with something in it.")
    return lines


def _recipe(train: "Tokens", epochs: int, *, patient: bool) -> Any:
    """What fits a text of this size, with patience where there is something to judge by."""
    from ...tasks import default_recipe

    return replace(default_recipe(train), epochs=epochs, patience=2 if patient else None)
