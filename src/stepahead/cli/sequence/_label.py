"""`stepahead label`: labels of sequences, which are lines of text or the series of a .ts file."""

import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name, whole
from ..shared import (
    AUTO,
    PICTURES,
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
    unnamed,
)
from ..text import (
    Json,
    Saved,
    TextArguments,
    given_texts,
    print_table,
    tokenizer_hint,
    unknown_hint,
)
from . import _examples as examples
from ._comparing import compare, leaderboard
from ._label_evaluate import (
    TOKENIZERS,
    ConfusionPlot,
    LabelFirst,
    LabelledFile,
    Tokenizer,
    evaluate,
    read_examples,
    said_of,
    save_confusion,
)

if TYPE_CHECKING:
    from ...data import Labelled, Sequences
    from ...workflow import LabelCandidate

label = typer.Typer(
    help="Classify sequences: the language of a name, the sentiment of a sentence, a speaker.",
    no_args_is_help=True,
)
"""The commands of `stepahead label`."""

ON_TOKENS = ("bayes",)
ON_SERIES = ("intervals", "hmm", "convolutions", "nearest")
MODELS = ("most-frequent", *ON_TOKENS, "linear", *ON_SERIES, *RECURRENT)


@label.command()
def fit(
    file: LabelledFile,
    model: Annotated[
        str,
        typer.Option(
            help=f"{AUTO} compares classifiers by cross-validation and combines the good ones; or "
            f"one of {', '.join(MODELS)}."
        ),
    ] = AUTO,
    budget: Annotated[
        str, typer.Option(help="Time limit of the comparison, the last fits included: 30s, 2m.")
    ] = "60s",
    save: examples.Save = None,
    half_precision: HalfPrecision = False,
    label_first: LabelFirst = None,
    tokenizer: Tokenizer = "words",
    order: Annotated[int, typer.Option(help="bayes: longest n-grams.")] = 3,
    one_way: Annotated[
        bool, typer.Option("--one-way", help="Networks: read forward only, not in both directions.")
    ] = False,
    width: examples.Width = 64,
    layers: examples.Layers = 1,
    dropout: examples.Dropout = 0.3,
    epochs: Annotated[int, typer.Option(help="Networks: epochs.")] = 20,
    plot: ConfusionPlot = None,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train a classifier of sequences, and print how often it is right on held-out examples.

    Scores come from cross-validation; then the classifier is fitted on all examples. Ctrl-C ends
    the comparison: the classifier from the models compared so far is saved, and the exit code is
    130. The same command then continues where it stopped.
    """
    from ...workflow import auto_label

    known_name("model", model, (AUTO, *MODELS)), known_name("tokenizer", tokenizer, TOKENIZERS)
    allowed = seconds(budget)
    path = examples.model_path(save, file)
    check_writable("--plot", plot, PICTURES)
    console, began = Console(quiet), time.monotonic()
    train = read_examples(file, tokenizer, label_first, console)
    console.say(_contents(file, train))
    console.hint(tokenizer_hint(tokenizer, train.inputs))
    choose_from, sizes = None, (epochs, width, layers, dropout, one_way)
    if model != AUTO:
        choose_from = _named(model, order, sizes, train)
    limit = allowed if model == AUTO else inf
    request = "label", model, order, sizes, limit, seed
    with resumable(request, _content(train), console) as checkpoint:
        found = compare(auto_label, train, choose_from, limit, seed, console, checkpoint=checkpoint)
    if found.leaderboard:
        show_table(leaderboard(found.leaderboard), "Classifiers compared on held-out examples")
    console.say(found.sentence)
    if found.score is not None:
        console.say(said_of(found.score, "held-out examples"))
        save_confusion(found.score, plot, console)
    examples.save_model(
        found.model, path, half_precision, console, lambda saved: f"label predict {saved} --file …"
    )
    console.say(f"Done in {time.monotonic() - began:.1f} s.")
    examples.leave_interrupted(found.interrupted, console)


def _content(train: "Labelled") -> Any:
    """The examples, which determine the model, without the name of their file."""
    from ...data import Panel

    inputs = unnamed(train.inputs) if isinstance(train.inputs, Panel) else train.inputs
    return inputs, train.labels, train.names


def _contents(file: Path, train: "Labelled") -> str:
    """A sentence on the number of examples in all and per label."""
    import numpy as np

    times = np.bincount(train.labels, minlength=len(train.names))
    ranked = np.argsort(-times, kind="stable")
    shown = ", ".join(f"{train.names[place]} {times[place]:,}" for place in ranked[:6])
    more = " …" if len(ranked) > 6 else ""
    return (
        f"{file.name}: {counted(len(train), 'example')} of {counted(len(train.names), 'label')} "
        f"({shown}{more})"
    )


def _named(
    model: str, order: int, sizes: tuple[int, int, int, float, bool], train: "Labelled"
) -> "Callable[[Labelled], tuple[LabelCandidate, ...]]":
    """A function that returns the candidates: the most frequent label and the named model."""
    from ...data import Panel
    from ...models import Bayes, NGram
    from ...workflow import label_candidates, label_counts, label_network

    series = isinstance(train.inputs, Panel)
    if model == "bayes" and series:
        raise Refusal(
            "`--model bayes` counts tokens, but these are series of numbers. Leave `--model` out, "
            f"or use one of {', '.join(name for name in MODELS if name not in ON_TOKENS)}."
        )
    if model in ON_SERIES and not series:
        raise Refusal(
            f"`--model {model}` reads series of numbers, but these are texts. Leave `--model` out, "
            "or use bayes or linear."
        )
    epochs, width, layers, dropout, one_way = sizes

    def choose(own: "Labelled") -> "tuple[LabelCandidate, ...]":
        every = label_candidates(own)
        if model == "bayes":
            return every[0], label_counts("bayes", Bayes(NGram(order)))
        if model in RECURRENT:
            cell = examples.cell(model, width, layers, dropout)
            spec = _network(cell, own, dropout, one_way)
            return every[0], label_network(model, spec, whole("--epochs", epochs))
        names = ("words", "letters") if model == "linear" else (model,)
        names = ("intervals", "convolutions") if model == "linear" and series else names
        return every[0], *(each for each in every[1:] if each.name in names)

    return choose


def _network(cell: Any, train: "Labelled", dropout: float, one_way: bool) -> Any:
    """The classifier: an encoder, the mean of its outputs over time, and a linear layer."""
    from ...data import Tokens
    from ...models import Classifier, Encoder, MeanPool

    encoder = Encoder(
        cell,
        bidirectional=not one_way,
        dropout=dropout,
        word_dropout=0.05 if isinstance(train.inputs, Tokens) else 0.0,
        pool=MeanPool(),
    )
    return Classifier(encoder)


@label.command()
def predict(
    model: Saved,
    text: TextArguments = None,
    file: Annotated[
        Path | None, typer.Option(help="Label the lines of this file, or the series of a .ts file.")
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(
            help=(
                "Also print prediction sets, which contain the true label in this percentage of "
                "cases."
            ),
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Print the most probable label of every sequence, and all probabilities."""
    from ...labelling import LabelCombination, LabelPredictor
    from ...store import load_as

    check_writable("--out", out, TABLES)
    fitted = load_as(LabelPredictor, model, "stepahead label fit", in_numpy=True)
    inputs = (
        _series(file)
        if file is not None and ".ts" in file.suffixes and not text
        else given_texts(text, file, "label predict")
    )
    if isinstance(inputs, list) != (fitted.vocabulary is not None):
        reads, come, give = "texts", "series of numbers", "texts, or `--file` with lines of text"
        if isinstance(inputs, list):
            reads, come, give = come, reads, "`--file` with the series of a .ts file"
        raise Refusal(f"'{model}' labels {reads}, but these are {come}. Give {give}.")
    if isinstance(inputs, list) and fitted.vocabulary is not None:
        Console(False).hint(unknown_hint(fitted.vocabulary, inputs))
    probabilities = fitted.probabilities(inputs)
    names = (
        list(inputs)
        if isinstance(inputs, list)
        else [str(number + 1) for number in range(len(probabilities))]
    )
    columns: dict[str, Any] = {
        "sequence": names,
        "label": [fitted.names[index] for index in probabilities.argmax(axis=1)],
    }
    if level is not None:
        if not isinstance(fitted, LabelCombination):
            raise Refusal(
                f"`--level` needs held-out examples, which '{model}' does not remember. Fit it "
                "again with `stepahead label fit`."
            )
        sets = fitted.label_sets(inputs, level)
        columns[f"set-{level:g}"] = [" | ".join(labels) for labels in sets]
    columns |= dict(zip(fitted.names, probabilities.T, strict=True))
    if as_json or out is not None:
        import pandas as pd

        print_table(pd.DataFrame(columns), "Labels", out, as_json)
    else:
        show_table(columns, "Labels")


def _series(file: Path) -> "Sequences":
    from ...readers import read_ts

    return read_ts(file).inputs


label.command()(evaluate)
