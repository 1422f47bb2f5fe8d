"""`stepahead label`: which label a sequence has. Lines of text, or the series of a .ts file."""

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
    keep_compiled,
    show_table,
    writable,
)
from ..text import Json, Saved, put, texts_of, tokenizer_of
from ._examples import (
    Dropout,
    Epochs,
    Held,
    Layers,
    Save,
    Seed,
    Valid,
    Width,
    cell,
    held_back,
    known,
    loaded,
    place,
    recipe,
    stored,
)

if TYPE_CHECKING:
    from ...data import Labelled
    from ...labelling import LabelModel

label = typer.Typer(
    help="Labels of whole sequences: the language of a name, the mood of a sentence, who speaks.",
    no_args_is_help=True,
)
"""The commands of `stepahead label`."""

MODELS = ("bayes", *RECURRENT)
TOKENIZERS = ("words", "marks", "characters")

LabelledFile = Annotated[
    Path,
    typer.Argument(
        help="Lines of label and text, a tab or the first space between them; or a .ts file.",
        show_default=False,
    ),
]
LabelFirst = Annotated[
    bool | None,
    typer.Option(
        "--label-first/--text-first",
        help="What stands first in a line; told from the lines unless said.",
    ),
]


@label.command()
def fit(
    file: LabelledFile,
    model: Annotated[
        str, typer.Option(help=f"bayes counts n-grams per label; or one of {', '.join(RECURRENT)}.")
    ] = "bayes",
    save: Save = None,
    label_first: LabelFirst = None,
    by: Annotated[
        str, typer.Option("--by", help=f"What a token is: {', '.join(TOKENIZERS)}.")
    ] = "words",
    order: Annotated[int, typer.Option(help="bayes: the longest n-grams.")] = 3,
    one_way: Annotated[
        bool,
        typer.Option("--one-way", help="Nets: read from the beginning alone, not from both sides."),
    ] = False,
    width: Width = 64,
    layers: Layers = 1,
    dropout: Dropout = 0.3,
    epochs: Epochs = 20,
    held: Held = 10,
    valid: Valid = None,
    plot: Annotated[
        Path | None, typer.Option(help=f"Draw the confusion matrix here: {', '.join(PICTURES)}.")
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Learn labels from examples; say how many of those held back are labelled right."""
    known_name("model", model, MODELS), known_name("tokenizer", by, TOKENIZERS)
    kept = place(save, file)
    writable("--plot", plot, PICTURES)
    console = Console(quiet)
    examples = _read(file, by, label_first, console)
    train, judged = (
        held_back(examples, held, seed)
        if valid is None
        else (examples, _read(valid, by, label_first, console))
    )
    train = _alone(train)
    judging = 0 if judged is None else len(judged)
    console.say(
        f"{file.name}: {counted(len(train), 'example')} of {counted(len(train.names), 'label')} to "
        f"learn from, {judging:,} to judge by"
    )
    from ..text._tokenizer_hint import tokenizer_hint

    console.hint(tokenizer_hint(by, train.inputs))
    from ...data import Panel, Tokens
    from ...models import Bayes, Classifier, Encoder, MeanPool, NGram
    from ...workflow import fit as fit_model

    if model == "bayes":
        if isinstance(train.inputs, Panel):
            raise Refusal(
                "`--model bayes` counts tokens, but these are series of numbers. Use `--model gru`."
            )
        with console.waiting("counting"):
            done = fit_model(Bayes(NGram(order)), train)
    else:
        keep_compiled()
        lost = 0.05 if isinstance(train.inputs, Tokens) else 0.0
        body = cell(model, width, layers, dropout)
        spec = Classifier(
            Encoder(
                body, bidirectional=not one_way, dropout=dropout, word_dropout=lost, pool=MeanPool()
            )
        )
        with console.epochs(f"training {model}") as listener:
            options: dict[str, Any] = {
                "training": recipe(len(train), epochs, patient=judged is not None),
                "on_event": listener,
            }
            done = fit_model(spec, train, key=seed, validation=judged, **options)
    if judged is not None:
        _judge(done, judged, console, plot)
    stored(done, kept, console, "label predict {} --file …")


@label.command()
def predict(
    model: Saved,
    text: Annotated[
        list[str] | None, typer.Argument(help="Texts, each in quotes.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="The lines of this file, or the series of a .ts file.")
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The most probable label of every sequence, and the probability of each label."""
    import pandas as pd

    from ...labelling import LabelModel

    writable("--out", out, TABLES)
    fitted = loaded(model, LabelModel, "label")
    inputs = (
        _series(file)
        if file is not None and ".ts" in file.suffixes and not text
        else texts_of(text, file, "label predict")
    )
    if isinstance(inputs, list):
        from ..text._tokenizer_hint import unknown_hint

        Console(False).hint(unknown_hint(fitted.vocabulary, inputs))
    said = fitted.probabilities(inputs)
    names = (
        list(inputs)
        if isinstance(inputs, list)
        else [str(number + 1) for number in range(len(said))]
    )
    columns: dict[str, Any] = {
        "sequence": names,
        "label": [fitted.names[place] for place in said.argmax(axis=1)],
    }
    put(
        pd.DataFrame(columns | dict(zip(fitted.names, said.T, strict=True))), "Labels", out, as_json
    )


@label.command()
def evaluate(
    model: Saved,
    file: LabelledFile,
    label_first: LabelFirst = None,
    plot: Annotated[
        Path | None, typer.Option(help=f"Draw the confusion matrix here: {', '.join(PICTURES)}.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Judge a model by examples: precision, recall and F1 of every label, accuracy, macro-F1."""
    from ...labelling import LabelModel

    writable("--plot", plot, PICTURES)
    fitted, console = loaded(model, LabelModel, "label"), Console(quiet)
    _judge(fitted, _read(file, None, label_first, console, fitted), console, plot, table=True)


def _read(
    file: Path,
    by: str | None,
    label_first: bool | None,
    console: Console,
    fitted: "LabelModel | None" = None,
) -> "Labelled":
    """Examples of a file; under a model's vocabulary and labels, where one is given."""
    from ...readers import read_labelled, read_ts

    if ".ts" in file.suffixes:
        return read_ts(file, names=None if fitted is None else fitted.names)
    vocabulary = None if fitted is None else fitted.vocabulary
    tokenizer = None if by is None else tokenizer_of(by, [], 0)
    names = None if fitted is None else fitted.names
    return read_labelled(
        file,
        tokenizer=tokenizer,
        label_first=label_first,
        vocabulary=vocabulary,
        names=names,
        on_note=console.hint,
    )


def _alone(train: "Labelled") -> "Labelled":
    """What is learned from, under the vocabulary of what occurs in it: what is judged by has no
    say."""
    from ...data import Labelled, Tokens

    return (
        Labelled(known(train.inputs), train.labels, train.names)
        if isinstance(train.inputs, Tokens)
        else train
    )


def _series(file: Path) -> Any:
    from ...readers import read_ts

    return read_ts(file).inputs


def _judge(
    fitted: "LabelModel",
    judged: "Labelled",
    console: Console,
    plot: Path | None,
    *,
    table: bool = False,
) -> None:
    import numpy as np
    import pandas as pd

    score = fitted.evaluate(judged)
    area = "" if score.auroc is None else f", AUROC {score.auroc:.3f}"
    console.say(
        f"{score.accuracy:.1%} of {len(judged):,} labelled right; macro-F1 {score.macro_f1:.3f}, "
        f"log loss {score.log_loss:.3f}{area}."
    )
    if table:
        right, true, given = (
            np.diag(score.confusion),
            score.confusion.sum(axis=1),
            score.confusion.sum(axis=0),
        )
        columns = {
            "label": score.names,
            "examples": true,
            "precision": right / np.maximum(given, 1),
            "recall": right / np.maximum(true, 1),
        }
        show_table(pd.DataFrame(columns | {"f1": score.f1}), "By label")
    if plot is not None:
        from ...plots import confusion_plot, save_figure

        save_figure(confusion_plot(score.confusion, score.names), plot)
        console.say(f"The confusion matrix is in {plot}.")
