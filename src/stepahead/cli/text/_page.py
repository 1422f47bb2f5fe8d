"""The report of a language model, made from the results of the command."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...outputs import write_report
from ...plots import TextReport, Training, text_report_html
from ..shared import provenance

if TYPE_CHECKING:
    from ...data import Tokens
    from ...generation import LanguageModel

SHOWN, PROMPTS, WRITTEN = 16, 3, 6
"""Numbers of tokens in the heat map, of prompts whose next tokens are drawn, and of sampled
texts."""


def write_text_page(
    path: Path,
    fitted: "LanguageModel",
    train: "Tokens",
    validation: "Tokens | None",
    name: str,
    notes: list[str],
) -> None:
    """Write the report; prompts are beginnings of the held-out text, or of the training text if
    there is none."""
    text = train if validation is None else validation
    count = np.bincount(train.ids, minlength=len(train.vocabulary))
    common = [int(place) for place in np.argsort(-count, kind="stable")[:SHOWN] if count[place]]
    learning = fitted.learning
    curves = {"training": learning.losses, "held out": learning.validation}
    report = TextReport(
        f"A language model of {name}",
        notes,
        [
            ("", *_next(fitted, "")),
            *((prompt, *_next(fitted, prompt)) for prompt in _prompts(text, fitted.backward)),
        ],
        ([train.vocabulary.words[place] for place in common], _transitions(fitted, common)),
        [one.text for one in fitted.sample(40, key=0, count=WRITTEN)],
        provenance(notes),
        Training(
            {key: np.array(values) for key, values in curves.items() if values}, learning.stopped
        )
        if learning.losses
        else None,
    )
    write_report(path, partial(text_report_html, report))


def _next(fitted: "LanguageModel", prompt: str) -> tuple[list[str], list[float]]:
    found = fitted.next(prompt, top=8)
    return [each.token for each in found], [each.probability for each in found]


def _prompts(text: "Tokens", backward: bool) -> list[str]:
    """The first tokens of a few sequences (the last ones for a backward model)."""
    chosen = np.unique(np.linspace(0, len(text) - 1, PROMPTS).astype(int))
    wanted = 8 if type(text.vocabulary.tokenizer).__name__ == "Characters" else 3
    return [
        text.vocabulary.decode(
            (text[place][-wanted:] if backward else text[place][:wanted]).tolist()
        )
        for place in chosen
    ]


def _transitions(fitted: "LanguageModel", common: list[int]) -> np.ndarray:
    """p(next | current) for the most frequent tokens, each at the beginning of a sequence."""
    state, _ = fitted.model.start(len(common))
    _, log_probs = fitted.model.step(state, np.array(common, np.int32))
    return np.exp(np.asarray(log_probs, np.float64))[:, common]
