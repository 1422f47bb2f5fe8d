"""The report of a classifier, made from the results of the command."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._check import counted
from ...outputs import write_report
from ...plots import LabelReport, label_report_html
from ..shared import provenance

if TYPE_CHECKING:
    from ...data import Labelled
    from ...labelling import LabelPredictor


def write_label_page(
    path: Path, fitted: "LabelPredictor", heldout: "Labelled", judged: dict[str, Any], name: str
) -> None:
    """Write the report of the scores on these examples."""
    report = LabelReport(
        f"Labels of {name}",
        counted(len(heldout), "example"),
        fitted.names,
        judged["measures"],
        judged["labels"],
        judged["confusion"],
        judged["calibration"],
        judged["early"],
        provenance(()),
    )
    write_report(path, partial(label_report_html, report))
