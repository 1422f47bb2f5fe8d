"""The report of a language model: training text, perplexity, next-token probabilities, transitions,
samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from ..comparison import learning_curve_plot
from ..tokens import ROW, next_tokens_plot, transitions_plot
from ._html import Markup, element
from ._page import chart, drawing_program, page
from ._report import Provenance, Training
from ._report_parts import part, provenance_part, words


@dataclass(frozen=True, eq=False)
class TextReport:
    """The contents of the page. `expected` are (prompt, tokens, probabilities); `transitions` are
    the tokens of rows and columns, and p(column | row); `written` are texts sampled from the
    model."""

    title: str
    facts: Sequence[str]
    expected: Sequence[tuple[str, Sequence[str], Sequence[float]]]
    transitions: tuple[Sequence[str], Float[np.ndarray, "token token"]]
    written: Sequence[str]
    provenance: Provenance
    training: Training | None = None


def text_report_html(report: TextReport, drawing: str | None = None) -> str:
    """Write the report as one HTML page that needs no network; all text in it is escaped.

    `drawing` is the result of `drawing_program()`, which is called if it is not given.
    """
    names, matrix = report.transitions
    figure = transitions_plot(matrix, names)
    return page(
        report.title,
        element(
            "header",
            element("p", "Language model", class_="kicker"),
            element("h1", report.title),
            words(*report.facts),
        ),
        part(
            "Most probable next tokens",
            element(
                "div",
                *(_expected(n, *each) for n, each in enumerate(report.expected)),
                class_="grid",
            ),
        ),
        part(
            "Transition probabilities",
            words(
                "The most frequent tokens: the probability of each (column) right after each (row),"
                " at the beginning of a sequence."
            ),
            element(
                "figure",
                chart(
                    figure,
                    "transitions",
                    "Transition probabilities of the most frequent tokens",
                    height=460,
                    legend=False,
                ),
            ),
        ),
        part("Sampled texts", element("ul", *(element("li", text) for text in report.written))),
        *([_training(report.training)] if report.training is not None else []),
        provenance_part(report.provenance),
        drawing=drawing_program() if drawing is None else drawing,
    )


def _expected(
    number: int, prompt: str, tokens: Sequence[str], probabilities: Sequence[float]
) -> Markup:
    after = f"after “{prompt}”" if prompt else "at the beginning"
    figure = next_tokens_plot(tokens, probabilities, title=after)
    drawn = chart(
        figure,
        f"next-{number}",
        f"Most probable next tokens {after}",
        height=ROW * len(tokens) + 50,
        legend=False,
    )
    return element("figure", element("figcaption", after), drawn)


def _training(training: Training) -> Markup:
    figure = learning_curve_plot(training.losses, measure="nats a token")
    return part(
        "Training",
        words(f"{training.stopped[0].upper()}{training.stopped[1:]}."),
        element("figure", chart(figure, "training", "Loss by epoch", height=240)),
    )
