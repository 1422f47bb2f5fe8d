"""`stepahead text fit`: a language model from a text file, and its perplexity on held-out text."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import counted
from ..shared import (
    INTERRUPTED,
    MODEL,
    PAGES,
    Console,
    HalfPrecision,
    Quiet,
    check_writable,
    grouped,
    show_table,
)
from ._ahead import ahead_of
from ._hints import tokenizer_hint
from ._model import ModelOptions
from ._options import Seed, TextFile, TextOptions

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel
    from ...workflow import TextRow


@grouped("model", ModelOptions)
@grouped("text", TextOptions)
def fit(
    *,
    file: TextFile,
    save: Annotated[
        Path | None,
        typer.Option(help="Save the model here; by default FILE with the ending .stepahead, here."),
    ] = None,
    half_precision: HalfPrecision = False,
    model: ModelOptions,
    text: TextOptions,
    validation: Annotated[
        Path | None, typer.Option(help="Text for validation; nothing of FILE is held out then.")
    ] = None,
    backward: Annotated[
        bool, typer.Option("--backward", help="Read every line backward, from its end.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report of the model with figures: .html.")
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Fit a language model to a text, and print its perplexity on held-out text.

    By default n-grams are mixed with a network that is trained until the time limit. Ctrl-C ends
    the training and keeps the best model so far, with exit code 130; the same command then
    continues where it stopped.
    """
    path = Path(f"{file.name.split('.')[0]}.stepahead") if save is None else save
    check_writable("--save", path, MODEL)
    check_writable("--report", report, PAGES)
    model.check()
    console = Console(quiet)
    train, heldout, characters, kind = text.split(file, validation)
    notes = [_summary(file.name, kind, train, heldout)]
    console.say(notes[0])
    console.hint(tokenizer_hint(text.tokenizer, train))
    done = model.fit(train, heldout, backward, seed, console)
    if heldout is not None:
        unknown = bool((heldout.ids == 0).any())
        show_table(_table(done.rows, len(heldout.with_ends().ids), characters), JUDGED)
        notes += [_perplexity(done.rows[0], heldout, characters, unknown), *done.sentences]
        with console.waiting("looking ahead"):
            notes.append(ahead_of(done.judged, heldout, seed))
    else:
        notes += done.sentences
    for note in notes[1:]:
        console.hint(note)
    _save(done.model, path, half_precision, console)
    if report is not None:
        from ._page import write_text_page

        write_text_page(report, done.model, train, heldout, file.name, [n for n in notes if n])
        console.say(f"Report written to {report}.")
    if done.interrupted:
        console.say(
            "Interrupted: the best model so far is saved. The same command continues from there."
        )
        raise typer.Exit(INTERRUPTED)


JUDGED = "Models on held-out text"


def _table(rows: "tuple[TextRow, ...]", tokens: int, characters: int) -> dict[str, list[Any]]:
    """A row for each model; bits per character are those of all tokens, divided by the number of
    characters."""
    return {
        "model": [row.name for row in rows],
        "perplexity": [round(row.perplexity, 3) for row in rows],
        "bits_per_token": [round(row.bits, 4) for row in rows],
        "bits_per_character": [round(row.bits * tokens / characters, 4) for row in rows],
        "weight": [round(row.weight, 3) for row in rows],
        "seconds": [round(row.seconds, 1) for row in rows],
    }


def _summary(name: str, kind: str, train: "Tokens", heldout: "Tokens | None") -> str:
    """A sentence on the size of the training text, and on unknown tokens in the held-out text."""
    unknown = (
        f", {(heldout.ids == 0).mean():.1%} of the held-out tokens unknown"
        if heldout is not None and (heldout.ids == 0).any()
        else ""
    )
    return f"{text_size(name, kind, train)}{unknown}."


def text_size(name: str, kind: str, train: "Tokens") -> str:
    """The kind of a text and its size in words, without a full stop."""
    return (
        f"{name}: {kind}; {counted(len(train.ids), 'token')} to learn from, vocabulary of "
        f"{len(train.vocabulary):,}"
    )


def _perplexity(row: "TextRow", heldout: "Tokens", characters: int, unknown: bool) -> str:
    """A sentence on the perplexity of held-out text."""
    tokens = len(heldout.with_ends().ids)
    spelled = ", unknown tokens not spelled out" if unknown else ""
    return (
        f"Perplexity {row.perplexity:.2f} on {counted(len(heldout.ids), 'held-out token')}, ends "
        f"of sequences included: {row.bits:.3f} bits per token, "
        f"{row.bits * tokens / characters:.3f} bits per character{spelled}."
    )


def _save(done: "LanguageModel", path: Path, half_precision: bool, console: Console) -> None:
    """Save the model, and print a command that uses it."""
    from ...store import save

    save(done, path, half_precision=half_precision)
    use = f'stepahead text next {shlex.quote(str(path))} "…"'
    console.say(f"Model saved to {path}. To use it: {use}")
