"""`stepahead text fit`: a language model from a text file, and its perplexity on held-out text."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import between, counted, whole
from ..shared import MODEL, PAGES, Console, Quiet, cache_compiled, check_writable, grouped
from ._hints import tokenizer_hint
from ._names import SMOOTHINGS, TEXT_MODELS, text_model
from ._options import Seed, TextFile, TextOptions

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel


@grouped("text", TextOptions)
def fit(
    *,
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
    text: TextOptions,
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
    train, heldout = text.split(file, validation)
    notes = [_summary(file.name, train, heldout)]
    console.say(notes[0])
    console.hint(tokenizer_hint(text.tokenizer, train))
    done = (
        _count(spec, train, backward, console)
        if model == "ngram"
        else _learn_states(spec, train, backward, seed, console)
        if model == "hmm"
        else _train(spec, train, heldout, backward, seed, epochs, model, console)
    )
    if heldout is not None:
        notes.append(_perplexity(done, heldout, text.tokenizer))
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
