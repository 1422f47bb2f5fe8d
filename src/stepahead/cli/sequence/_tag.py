"""`stepahead tag`: a tag for every word, such as its part of speech."""

import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import counted, known_name, whole
from ..shared import (
    AUTO,
    RECURRENT,
    TABLES,
    Console,
    HalfPrecision,
    Out,
    Quiet,
    check_writable,
    resumable,
    seconds,
    show_table,
)
from ..text import Json, Saved, given_texts, print_table
from . import _examples as examples
from ._comparing import compare
from ._tag_evaluate import Column, TaggedFile, evaluate, load_tagger, said_of

if TYPE_CHECKING:
    from ...data import Tagged
    from ...workflow import TagCandidate

    Choose = Callable[[Tagged], tuple[TagCandidate, ...]]

tag = typer.Typer(
    help="Tag every word of a sentence: parts of speech, named entities.", no_args_is_help=True
)
"""The commands of `stepahead tag`."""

MODELS = ("hmm", "crf", *RECURRENT)


@tag.command()
def fit(
    file: TaggedFile,
    column: Column = "upos",
    model: Annotated[
        str,
        typer.Option(
            help=f"{AUTO} compares taggers on held-out sentences and combines the good ones; or "
            f"one of {', '.join(MODELS)}: a hidden Markov model, a conditional random field on "
            "features of words, networks."
        ),
    ] = AUTO,
    budget: Annotated[
        str, typer.Option(help="Time limit of the comparison, the last fits included: 30s, 10m.")
    ] = "2m",
    save: examples.Save = None,
    half_precision: HalfPrecision = False,
    order: Annotated[
        int, typer.Option(help="hmm: number of previous tags on which a tag depends.")
    ] = 2,
    width: examples.Width = 100,
    layers: examples.Layers = 1,
    dropout: examples.Dropout = 0.4,
    letters: Annotated[
        int, typer.Option(help="Networks: width of the character encoder of words; 0 for none.")
    ] = 32,
    chain: Annotated[
        bool, typer.Option("--chain", help="Networks: model transitions between tags (CRF).")
    ] = False,
    epochs: Annotated[int, typer.Option(help="Networks: epochs.")] = 8,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train a tagger, and print how often it is right on held-out words.

    Scores come from cross-validation; then the tagger is fitted on all sentences. Ctrl-C ends the
    comparison: the tagger from the models compared so far is saved, and the exit code is 130. The
    same command then continues where it stopped.
    """
    from ...readers import read_conllu
    from ...workflow import auto_tag

    known_name("model", model, (AUTO, *MODELS))
    allowed = seconds(budget)
    path = examples.model_path(save, file)
    console, began = Console(quiet), time.monotonic()
    train = read_conllu(file, column=column)
    console.say(
        f"{file.name}: {counted(len(train), 'sentence')} of "
        f"{counted(len(train.inputs.ids), 'word')}, "
        f"{counted(len(train.tags.vocabulary) - 2, 'tag')}"
    )
    choose_from = None
    if model in ("hmm", "crf"):
        choose_from = _without_network(model, order)
    elif model != AUTO:
        spec = _network(examples.cell(model, width, layers, dropout), dropout, letters, chain)
        choose_from = _of_network(model, spec, whole("--epochs", epochs))
    limit = allowed if model == AUTO else inf
    request = "tag", model, order, (width, layers, dropout, letters, chain, epochs), limit, seed
    with resumable(request, train, console) as checkpoint:
        found = compare(auto_tag, train, choose_from, limit, seed, console, checkpoint=checkpoint)
    if found.leaderboard:
        show_table(_leaderboard(found.leaderboard), "Taggers compared on held-out sentences")
    console.say(found.sentence)
    if found.score is not None:
        score = found.score
        measures = {
            "accuracy": score.accuracy,
            "unknown_words": float("nan") if score.unknown is None else score.unknown.accuracy,
            "whole_sentences": score.sequences,
        }
        judged = counted(int(score.words.confusion.sum()), "held-out word")
        console.say(said_of(measures, judged))
    examples.save_model(
        found.model, path, half_precision, console, lambda saved: f'tag apply {saved} "…"'
    )
    console.say(f"Done in {time.monotonic() - began:.1f} s.")
    examples.leave_interrupted(found.interrupted, console)


def _without_network(name: str, order: int) -> "Choose":
    from ...models import CRFTagger, HMMTagger
    from ...workflow import tag_method

    candidate = tag_method(name, HMMTagger(order) if name == "hmm" else CRFTagger())
    return lambda tagged: (candidate,)


def _of_network(name: str, spec: Any, epochs: int) -> "Choose":
    from ...workflow import tag_network

    return lambda tagged: (tag_network(name, spec, epochs),)


def _leaderboard(rows: Any) -> dict[str, Any]:
    """The compared taggers as columns; the log loss is in nats per word."""
    names = ("accuracy", "unknown", "sentences", "log_loss", "weight")
    return {
        "model": [row.name for row in rows],
        **{name: [round(row._asdict()[name], 4) + 0.0 for row in rows] for name in names},
        "seconds": [round(row.seconds, 1) for row in rows],
    }


def _network(cell: Any, dropout: float, letters: int, crf: bool) -> Any:
    """The tagger: an encoder of words and, unless `letters` is 0, of their characters."""
    from ...models import GRU, Encoder, Tagger

    spelling = (
        Encoder(GRU(letters), bidirectional=True, embedding=max(8, letters // 2))
        if letters
        else None
    )
    words = Encoder(cell, bidirectional=True, dropout=dropout, word_dropout=0.05)
    return Tagger(words, characters=spelling, transitions=crf)


@tag.command()
def apply(
    model: Saved,
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences in quotes, words between spaces.", show_default=False),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="Tag the lines of this file.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Print the tag of every word."""
    import numpy as np

    check_writable("--out", out, TABLES)
    fitted = load_tagger(model)
    tokens = fitted.tokens(given_texts(text, file, "tag apply"))
    tags = fitted.tag(tokens)
    rows: dict[str, Any] = {
        "sentence": np.repeat(np.arange(len(tokens)) + 1, tokens.lengths),
        "word": [tokens.vocabulary.words[number] for number in tokens.ids],
        "tag": [tags.vocabulary.words[number] for number in tags.ids],
    }
    if as_json or out is not None:
        import pandas as pd

        print_table(pd.DataFrame(rows), "Tags", out, as_json)
    else:
        show_table(rows, "Tags")


tag.command()(evaluate)
