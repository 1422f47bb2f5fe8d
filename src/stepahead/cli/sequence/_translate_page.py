"""The report of translations, made from the results of the command."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._check import counted
from ...outputs import write_report
from ...plots import Course, ScoresReport, Spread, scores_report_html
from ..shared import provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN, GROUPS, LEAST = 8, 8, 10
"""The number of translations of each kind that are shown; the largest number of groups of sentences
by length, and the smallest number of sentences in a group."""

EXPLAINED = (
    "In percent, with 95 % intervals by resampling sentences; the baseline is the source as it is. "
    "The signature says how it was counted."
)


def write_translations_page(
    path: Path,
    rows: "Sequence[dict[str, Any]]",
    measures: "Sequence[dict[str, Any]]",
    perplexity: float,
    name: str,
    seed: int,
) -> None:
    """Write the report of these sentences with their references and translations."""
    bleu, chrf, exact = measures
    fact = (
        f"BLEU {bleu['value']:.1f}, chrF {chrf['value']:.1f}, {exact['value']:.1f} % exact, "
        f"perplexity {perplexity:.2f} on {counted(len(rows), 'pair')}."
    )
    scores = np.array([row["chrf"] for row in rows])
    drawn = np.random.default_rng(seed).permutation(len(rows))[:SHOWN]
    worst = np.argsort(scores, kind="stable")[:SHOWN]
    by_length = _by_length(rows, scores)
    parts: list[tuple[str, str, Any]] = [
        ("chrF by sentence", "", Spread(scores, "chrF of a sentence")),
        *([("How long a sentence may be", *by_length)] if by_length is not None else []),
        ("Drawn at random", "", [_score_first(rows[place]) for place in sorted(drawn.tolist())]),
        ("The worst by chrF", "", [_score_first(rows[place]) for place in worst.tolist()]),
    ]
    page = ScoresReport(
        "Translation",
        f"Translations of {name}",
        [fact],
        EXPLAINED,
        measures,
        parts,
        provenance(()),
    )
    write_report(path, partial(scores_report_html, page))


def _score_first(row: "dict[str, Any]") -> "dict[str, Any]":
    return {"chrf": row["chrf"], **row}


def _by_length(rows: "Sequence[dict[str, Any]]", scores: np.ndarray) -> tuple[str, Course] | None:
    """The mean chrF of sentences by length, and a sentence on it; None if all have the same length,
    or there are few."""
    lengths = np.array([len(row["source"].split()) for row in rows])
    order = np.argsort(lengths, kind="stable")
    groups = np.array_split(order, max(1, min(GROUPS, len(rows) // LEAST)))
    means = np.array([lengths[group].mean() for group in groups])
    if len(groups) < 2 or not (np.diff(means) > 0).all():
        return None
    curve = np.array([scores[group].mean() for group in groups])
    said = f"The mean chrF of {counted(len(groups), 'group')} of sentences by length."
    return said, Course({"chrF": curve}, means, "chrF", "words of the source")
