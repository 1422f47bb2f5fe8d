"""`stepahead label`: labels of sequences, which are lines of text or the series of a .ts file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted, known_name
from ..shared import (
    PICTURES,
    RECURRENT,
    TABLES,
    Console,
    Out,
    Quiet,
    check_writable,
    show_table,
)
from ..text import (
    Json,
    Saved,
    TextArguments,
    given_texts,
    print_table,
    tokenizer_hint,
    tokenizer_of,
    unknown_hint,
)
from . import _examples as examples

if TYPE_CHECKING:
    import pandas as pd

    from ...data import Labelled, Panel, Tokens
    from ...labelling import LabelModel, LabelScore

label = typer.Typer(
    help="Classify sequences: the language of a name, the sentiment of a sentence, a speaker.",
    no_args_is_help=True,
)
"""The commands of `stepahead label`."""

MODELS = ("bayes", *RECURRENT)
TOKENIZERS = ("words", "words-and-punctuation", "characters")

LabelledFile = Annotated[
    Path,
    typer.Argument(
        help="Lines of a label and a text, with a tab or a space between; or a .ts file.",
        show_default=False,
    ),
]
LabelFirst = Annotated[
    bool | None,
    typer.Option("--label-first/--text-first", help="Order in a line; by default detected."),
]
Tokenizer = Annotated[str, typer.Option(help=f"Kind of tokens: {', '.join(TOKENIZERS)}.")]
ConfusionPlot = Annotated[
    Path | None, typer.Option("--plot", help=f"Plot the confusion matrix: {', '.join(PICTURES)}.")
]


@label.command()
def fit(
    file: LabelledFile,
    model: Annotated[
        str,
        typer.Option(help=f"bayes (n-gram counts by label), or one of {', '.join(RECURRENT)}."),
    ] = "bayes",
    save: examples.Save = None,
    label_first: LabelFirst = None,
    tokenizer: Tokenizer = "words",
    order: Annotated[int, typer.Option(help="bayes: longest n-grams.")] = 3,
    one_way: Annotated[
        bool, typer.Option("--one-way", help="Networks: read forward only, not in both directions.")
    ] = False,
    width: examples.Width = 64,
    layers: examples.Layers = 1,
    dropout: examples.Dropout = 0.3,
    epochs: examples.Epochs = 20,
    held_out: examples.HeldOut = 10,
    validation: examples.Validation = None,
    plot: ConfusionPlot = None,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Train a classifier of sequences, and print its accuracy on held-out examples."""
    known_name("model", model, MODELS), known_name("tokenizer", tokenizer, TOKENIZERS)
    path = examples.model_path(save, file)
    check_writable("--plot", plot, PICTURES)
    console = Console(quiet)
    read = _read(file, tokenizer, label_first, console)
    train, heldout = (
        examples.split_examples(read, held_out, seed)
        if validation is None
        else (read, _read(validation, tokenizer, label_first, console))
    )
    train = _with_own_vocabulary(train)
    count = 0 if heldout is None else len(heldout)
    console.say(
        f"{file.name}: {counted(len(train), 'example')} of {counted(len(train.names), 'label')} for"
        f" training, {count:,} for validation"
    )
    console.hint(tokenizer_hint(tokenizer, train.inputs))
    if model == "bayes":
        done = _count(train, order, console)
    else:
        spec = _network(examples.cell(model, width, layers, dropout), train, dropout, one_way)
        done = examples.train_network(
            spec, train, heldout, name=model, seed=seed, epochs=epochs, console=console
        )
    if heldout is not None:
        _evaluate(done, heldout, console, plot)
    examples.save_model(done, path, console, lambda saved: f"label predict {saved} --file …")


def _count(train: "Labelled", order: int, console: Console) -> "LabelModel":
    """Naive Bayes over n-grams, by counting."""
    from ...data import Panel
    from ...models import Bayes, NGram
    from ...workflow import fit as fit_model

    if isinstance(train.inputs, Panel):
        raise Refusal(
            "`--model bayes` counts tokens, but these are series of numbers. Use `--model gru`."
        )
    with console.waiting("counting"):
        return fit_model(Bayes(NGram(order)), train)


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
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Print the most probable label of every sequence, and all probabilities."""
    import pandas as pd

    from ...labelling import LabelModel
    from ...store import load_as

    check_writable("--out", out, TABLES)
    fitted = load_as(LabelModel, model, "stepahead label fit")
    inputs = (
        _series(file)
        if file is not None and ".ts" in file.suffixes and not text
        else given_texts(text, file, "label predict")
    )
    if isinstance(inputs, list):
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
    columns |= dict(zip(fitted.names, probabilities.T, strict=True))
    print_table(pd.DataFrame(columns), "Labels", out, as_json)


@label.command()
def evaluate(
    model: Saved,
    file: LabelledFile,
    label_first: LabelFirst = None,
    plot: ConfusionPlot = None,
    quiet: Quiet = False,
) -> None:
    """Print accuracy, macro-F1, and precision, recall and F1 of every label."""
    from ...labelling import LabelModel
    from ...store import load_as

    check_writable("--plot", plot, PICTURES)
    fitted, console = load_as(LabelModel, model, "stepahead label fit"), Console(quiet)
    heldout = _read(file, None, label_first, console, fitted)
    _evaluate(fitted, heldout, console, plot, table=True)


def _read(
    file: Path,
    tokenizer: str | None,
    label_first: bool | None,
    console: Console,
    fitted: "LabelModel | None" = None,
) -> "Labelled":
    """The examples of a file, under a model's vocabulary and labels where one is given."""
    from ...readers import read_labelled, read_ts

    names = None if fitted is None else fitted.names
    if ".ts" in file.suffixes:
        return read_ts(file, names=names)
    return read_labelled(
        file,
        tokenizer=None if tokenizer is None else tokenizer_of(tokenizer, [], 0),
        label_first=label_first,
        vocabulary=None if fitted is None else fitted.vocabulary,
        names=names,
        on_note=console.hint,
    )


def _with_own_vocabulary(train: "Labelled") -> "Labelled":
    """The training examples under the vocabulary of their own tokens, without those of validation
    data."""
    from ...data import Labelled, Tokens

    if not isinstance(train.inputs, Tokens):
        return train
    return Labelled(examples.with_own_vocabulary(train.inputs), train.labels, train.names)


def _series(file: Path) -> "Tokens | Panel":
    from ...readers import read_ts

    return read_ts(file).inputs


def _evaluate(
    fitted: "LabelModel",
    heldout: "Labelled",
    console: Console,
    plot: Path | None,
    *,
    table: bool = False,
) -> None:
    """Print the scores of a model on these examples; write the plot where one is wanted."""
    score = fitted.evaluate(heldout)
    auroc = "" if score.auroc is None else f", AUROC {score.auroc:.3f}"
    console.say(
        f"Accuracy {score.accuracy:.1%} on {counted(len(heldout), 'example')}; macro-F1"
        f" {score.macro_f1:.3f}, log loss {score.log_loss:.3f}{auroc}."
    )
    if table:
        show_table(_by_label(score), "Scores by label")
    if plot is not None:
        from ...plots import confusion_plot, save_figure

        save_figure(confusion_plot(score.confusion, score.names), plot)
        console.say(f"Confusion matrix written to {plot}.")


def _by_label(score: "LabelScore") -> "pd.DataFrame":
    """A frame of examples, precision, recall and F1 of every label."""
    import numpy as np
    import pandas as pd

    right, true, predicted = (
        np.diag(score.confusion),
        score.confusion.sum(axis=1),
        score.confusion.sum(axis=0),
    )
    return pd.DataFrame(
        {
            "label": score.names,
            "examples": true,
            "precision": right / np.maximum(predicted, 1),
            "recall": right / np.maximum(true, 1),
            "f1": score.f1,
        }
    )
