"""`stepahead tag evaluate`: the scores of a tagger on tagged sentences."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..._check import Refusal, counted
from ...outputs import write_report
from ..shared import PAGES, TABLES, Console, Out, Quiet, check_writable, provenance
from ..text import Json, Saved, print_judged
from . import _examples as examples

if TYPE_CHECKING:
    from ...labelling import TagModel

TaggedFile = Annotated[
    Path,
    typer.Argument(
        help="Words and tags in CoNLL-U, or a word, a tab and its tag a line; gzipped or not.",
        show_default=False,
    ),
]
Column = Annotated[str, typer.Option(help="CoNLL-U column of the tags: upos or xpos.")]


def evaluate(
    model: Saved,
    file: TaggedFile,
    column: Column = "upos",
    out: Out = None,
    as_json: Json = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report with pictures: .html.", show_default=False)
    ] = None,
    seed: examples.Seed = 0,
    quiet: Quiet = False,
) -> None:
    """Print the scores of a tagger with 95 % intervals: words, unknown words, whole sentences.

    The baseline is the most frequent tag of each word in the training text. The table by tag
    follows below an empty line, or goes to --out.
    """
    from ...labelling import TagCombination, judged_tags
    from ...readers import read_conllu

    check_writable("--report", report, PAGES)
    check_writable("--out", out, TABLES)
    fitted, console = load_tagger(model), Console(quiet)
    heldout = read_conllu(file, column=column)
    if not len(heldout.inputs.ids):
        raise Refusal("There are no words to evaluate on. Give more sentences.")
    baseline = fitted.baseline if isinstance(fitted, TagCombination) else None
    judged = judged_tags(fitted, heldout, baseline, seed=seed)
    words = counted(len(heldout.inputs.ids), "word")
    print_judged(judged, "tags", f"Scores on {words}", out, as_json)
    console.say(said_of({row["measure"]: row["value"] for row in judged["measures"]}, words))
    if report is not None:
        _write_page(report, fitted, words, judged, file.name)
        console.say(f"Report written to {report}.")


def load_tagger(path: Path) -> "TagModel":
    """The tagger in a file."""
    from ...labelling import TagModel
    from ...store import load_as

    return load_as(TagModel, path, "stepahead tag fit", in_numpy=True)


def said_of(measures: dict[str, float], words: str) -> str:
    """A sentence on the scores."""
    unknown = measures["unknown_words"]
    new = "" if unknown != unknown else f"; {unknown:.2%} of those that training did not have"
    return (
        f"Accuracy {measures['accuracy']:.2%} on {words}{new}; "
        f"{measures['whole_sentences']:.1%} of the sentences are all right."
    )


def _write_page(
    path: Path, fitted: "TagModel", words: str, judged: dict[str, Any], name: str
) -> None:
    from functools import partial

    from ...plots import LabelReport, label_report_html

    page = LabelReport(
        f"Tags of {name}",
        words,
        fitted.names,
        judged["measures"],
        judged["tags"],
        judged["confusion"],
        judged["calibration"],
        (),
        provenance(()),
        kind="tag",
    )
    write_report(path, partial(label_report_html, page))
