"""`stepahead label evaluate`: the scores of a classifier on labelled sequences."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import counted
from ..shared import PAGES, PICTURES, TABLES, Console, Out, Quiet, check_writable
from ..text import Json, Saved, print_judged, tokenizer_of
from . import _examples as examples

if TYPE_CHECKING:
    from ...data import Labelled
    from ...labelling import LabelPredictor, LabelScore

TOKENIZERS = ("words", "words-and-punctuation", "characters")

LabelledFile = Annotated[
    Path,
    typer.Argument(
        help="Lines of a label and a text, with a tab or a space between; CSV of two columns; or a"
        " .ts file.",
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


def evaluate(
    model: Saved,
    file: LabelledFile,
    label_first: LabelFirst = None,
    out: Out = None,
    as_json: Json = False,
    plot: ConfusionPlot = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report with pictures: .html.", show_default=False)
    ] = None,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Print accuracy, macro-F1, log loss and calibration, with 95 % intervals, and scores by label.

    The baseline is the most frequent label of these examples. The table by label follows below an
    empty line, or goes to --out; below another empty line, the scores when only the first part of
    each sequence is seen.
    """
    from ...labelling import LabelPredictor
    from ...store import load_as

    check_writable("--plot", plot, PICTURES)
    check_writable("--report", report, PAGES)
    check_writable("--out", out, TABLES)
    console = Console(quiet)
    fitted = load_as(LabelPredictor, model, "stepahead label fit", in_numpy=True)
    heldout = read_examples(file, None, label_first, console, fitted)
    judged = _judged(fitted, heldout, seed)
    said = counted(len(heldout), "example")
    early = {"early": "Scores by the share of each sequence seen"}
    print_judged(judged, "labels", f"Scores on {said}", out, as_json, early)
    score = fitted.evaluate(heldout)
    console.say(said_of(score, said))
    half = next(row for row in judged["early"] if row["share"] == 0.5)
    console.say(f"With the first half of each sequence seen: {half['accuracy']:.1%}.")
    save_confusion(score, plot, console)
    if report is not None:
        from ._label_page import write_label_page

        write_label_page(report, fitted, heldout, judged, file.name)
        console.say(f"Report written to {report}.")


def _judged(fitted: "LabelPredictor", heldout: "Labelled", seed: int) -> dict[str, Any]:
    """All scores as plain values."""
    from ...labelling import judged_early, judged_labels, label_indices

    labels = label_indices(heldout, fitted.names)
    said = fitted.log_probs(heldout.inputs)
    judged = judged_labels(said, labels, fitted.names, seed=seed)
    return {**judged, "early": judged_early(fitted, heldout)}


def read_examples(
    file: Path,
    tokenizer: str | None,
    label_first: bool | None,
    console: Console,
    fitted: "LabelPredictor | None" = None,
) -> "Labelled":
    """The examples of a file, with the label names of a model if one is given."""
    from ...readers import read_labelled, read_ts

    names = None if fitted is None else fitted.names
    if ".ts" in file.suffixes:
        return read_ts(file, names=names)
    given = fitted.vocabulary if fitted is not None else None
    cut = None if given is None else given.tokenizer
    return read_labelled(
        file,
        tokenizer=cut if tokenizer is None else tokenizer_of(tokenizer, [], 0),
        label_first=label_first,
        names=names,
        on_note=console.hint,
    )


def said_of(score: "LabelScore", examples: str) -> str:
    """A sentence on the scores."""
    auroc = "" if score.auroc is None else f", AUROC {score.auroc:.3f}"
    return (
        f"Accuracy {score.accuracy:.1%} on {examples}; macro-F1 {score.macro_f1:.3f}, log loss "
        f"{score.log_loss:.3f}{auroc}."
    )


def save_confusion(score: "LabelScore", plot: Path | None, console: Console) -> None:
    """Write the plot of the confusion matrix if a path is given."""
    if plot is None:
        return
    from ...plots import confusion_plot, save_figure

    save_figure(confusion_plot(score.confusion, score.names), plot)
    console.say(f"Confusion matrix written to {plot}.")
