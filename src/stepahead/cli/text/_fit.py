"""`stepahead text fit`: a language model from a text file, and its perplexity on held-out text."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, between, counted, whole
from ..shared import MODEL, PAGES, Console, Quiet, cache_compiled, check_writable
from ._hints import tokenizer_hint
from ._names import SMOOTHINGS, TEXT_MODELS, text_model, tokenizer_of
from ._options import LastHeldOut, MinCount, OneText, Pieces, Seed, TextFile, Tokenizer

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel


def fit(
    file: TextFile,
    model: Annotated[str, typer.Option(help=f"One of {', '.join(TEXT_MODELS)}.")] = "ngram",
    save: Annotated[
        Path | None,
        typer.Option(help="Save the model here; by default FILE with the ending .stepahead, here."),
    ] = None,
    order: Annotated[
        int, typer.Option(help="ngram, mlp: length of n-grams, the predicted token included.")
    ] = 5,
    smoothing: Annotated[str, typer.Option(help=f"ngram: {', '.join(SMOOTHINGS)}.")] = "kneser-ney",
    states: Annotated[int, typer.Option(help="hmm: number of hidden states.")] = 8,
    width: Annotated[int, typer.Option(help="Networks: size of the hidden state.")] = 128,
    layers: Annotated[int, typer.Option(help="Networks: number of layers.")] = 1,
    dropout: Annotated[float, typer.Option(help="Networks: dropout rate.")] = 0.2,
    epochs: Annotated[
        int, typer.Option(help="Networks: most epochs; the best one on held-out text is used.")
    ] = 15,
    tokenizer: Tokenizer = "words",
    pieces: Pieces = 2000,
    min_count: MinCount = 1,
    one_text: OneText = False,
    held_out: LastHeldOut = 10,
    validation: Annotated[
        Path | None, typer.Option(help="Text for validation; nothing of FILE is held out then.")
    ] = None,
    backward: Annotated[
        bool, typer.Option("--backward", help="Read every line from its end to its beginning.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report of the model with figures: .html.")
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a language model to a text, and print its perplexity on held-out text.

    n-grams are counted at once; hidden Markov models and networks are trained.
    """
    path = Path(f"{file.name.split('.')[0]}.stepahead") if save is None else save
    check_writable("--save", path, MODEL)
    check_writable("--report", report, PAGES)
    (
        whole("--epochs", epochs),
        whole("--width", width),
        whole("--layers", layers),
        whole("--states", states),
    )
    between("--dropout", dropout, 0, 1)
    spec = text_model(model, order, smoothing, states, width, layers, dropout)
    console = Console(quiet)
    train, heldout = train_and_validation(
        file,
        tokenizer=tokenizer,
        pieces=pieces,
        min_count=min_count,
        one_text=one_text,
        held_out=held_out,
        validation=validation,
    )
    notes = [_summary(file.name, train, heldout)]
    console.say(notes[0])
    console.hint(tokenizer_hint(tokenizer, train))
    done = (
        _count(spec, train, backward, console)
        if model == "ngram"
        else _learn_states(spec, train, backward, seed, console)
        if model == "hmm"
        else _train(spec, train, heldout, backward, seed, epochs, model, console)
    )
    if heldout is not None:
        notes.append(_perplexity(done, heldout, tokenizer))
        console.say(notes[-1])
    _save(done, path, console)
    if report is not None:
        from ._page import write_text_page

        write_text_page(report, done, train, heldout, file.name, notes)
        console.say(f"Report written to {report}.")


def _count(spec: Any, train: "Tokens", backward: bool, console: Console) -> "LanguageModel":
    """An n-gram model, by counting."""
    from ...workflow import fit as fit_model

    with console.waiting("counting"):
        return fit_model(spec, train, key=0, backward=backward, on_note=console.say)


def _learn_states(
    spec: Any, train: "Tokens", backward: bool, seed: int, console: Console
) -> "LanguageModel":
    """A hidden Markov model, by expectation maximisation."""
    from ...workflow import fit as fit_model

    with console.waiting("learning the hidden states"):
        done = fit_model(spec, train, key=seed, backward=backward)
    console.say(f"{done.learning.stopped[0].upper()}{done.learning.stopped[1:]}.")
    return done


def _train(
    spec: Any,
    train: "Tokens",
    heldout: "Tokens | None",
    backward: bool,
    seed: int,
    epochs: int,
    name: str,
    console: Console,
) -> "LanguageModel":
    """A network trained by the default recipe for a text of this size, with early stopping where
    there is held-out text."""
    from ...tasks import default_recipe
    from ...workflow import fit as fit_model

    cache_compiled()
    patience = None if heldout is None else 2
    recipe = replace(default_recipe(train), epochs=epochs, patience=patience)
    with console.epochs(f"training {name}") as listener:
        done = fit_model(
            spec,
            train,
            key=seed,
            backward=backward,
            training=recipe,
            validation=heldout,
            on_event=listener,
        )
    console.say(f"{done.learning.stopped[0].upper()}{done.learning.stopped[1:]}.")
    return done


def _summary(name: str, train: "Tokens", heldout: "Tokens | None") -> str:
    """A sentence on the size of the training text, and on unknown tokens in the held-out text."""
    unknown = (
        f", {(heldout.ids == 0).mean():.1%} of the held-out tokens unknown"
        if heldout is not None and (heldout.ids == 0).any()
        else ""
    )
    return f"{text_size(name, train)}{unknown}."


def text_size(name: str, train: "Tokens") -> str:
    """The size of a text in words, without a full stop."""
    return (
        f"{name}: {counted(len(train), 'sequence')}, {counted(len(train.ids), 'token')}, "
        f"vocabulary of {len(train.vocabulary):,}"
    )


def _perplexity(done: "LanguageModel", heldout: "Tokens", tokenizer: str) -> str:
    """A sentence on the perplexity of held-out text."""
    score = done.score(heldout)
    unit = "character" if tokenizer == "characters" else "token"
    return (
        f"Perplexity {score.perplexity:.2f} on {counted(len(heldout.ids), 'held-out token')}, ends "
        f"of sequences included ({score.bits:.3f} bits per {unit})."
    )


def _save(done: "LanguageModel", path: Path, console: Console) -> None:
    """Save the model, and print a command that uses it."""
    from ...store import save

    save(done, path)
    use = f'stepahead text next {shlex.quote(str(path))} "…"'
    console.say(f"Model saved to {path}. To use it: {use}")


def train_and_validation(
    file: Path,
    *,
    tokenizer: str,
    pieces: int,
    min_count: int,
    one_text: bool,
    held_out: float,
    validation: Path | None,
) -> "tuple[Tokens, Tokens | None]":
    """Training text, and validation text: the last lines, or another file. Tokenizer and vocabulary
    are those of the training text."""
    from ...data import Tokens
    from ...readers import text_of

    if not 0 <= held_out <= 90:
        raise Refusal(f"`--held-out` is in percent, from 0 to 90, but it is {held_out:g}. Give 10.")
    lines = _lines(text_of(file), file)
    first = len(lines) if validation else len(lines) - round(len(lines) * held_out / 100)
    rest = _lines(text_of(validation), validation) if validation else lines[first:]
    if not first:
        raise Refusal(
            f"'{file}' has {counted(len(lines), 'line')}, and all of them would be held out. Give "
            "`--held-out 0`, or a longer text."
        )
    splitter = tokenizer_of(tokenizer, lines[:first], pieces)
    train = Tokens.from_texts(lines[:first], splitter, min_count=min_count)
    heldout = Tokens.from_texts(rest, vocabulary=train.vocabulary) if rest else None
    if one_text:
        return train.concatenated(), None if heldout is None else heldout.concatenated()
    return train, heldout


def _lines(text: str, file: Path) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    if not lines:
        raise Refusal(f"'{file}' is empty. Give a text with something in it.")
    return lines
