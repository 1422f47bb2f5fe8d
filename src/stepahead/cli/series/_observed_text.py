"""A text as the data of `stepahead states`."""

from collections.abc import Callable
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._check import Refusal, counted
from ..shared import provenance
from ..text import Lines, read_lines, tokenizer_hint, tokenizer_of
from ._observed import Observed

if TYPE_CHECKING:
    from ...plots import Figure

PIECES = 2000
"""Vocabulary size of a subword tokenizer."""


class ObservedText(Observed):
    """A text, as separate lines or as one running text."""

    def __init__(self, file: Path, tokenizer: str, one_text: bool | None) -> None:
        from ...data import Tokens

        self.file, self.tokenizer = file, tokenizer
        self.lines: Lines = read_lines(file, one_text)
        texts = self.lines.texts
        tokens = Tokens.from_texts(texts, tokenizer_of(tokenizer, texts, PIECES))
        self.data = tokens.concatenated() if self.lines.running else tokens
        self.hint = tokenizer_hint(tokenizer, tokens)
        self.summary = (
            f"{file.name}: a text, {self.lines.kind}; {counted(len(tokens.ids), 'token')}"
            f" ({tokenizer}), vocabulary of {len(tokens.vocabulary):,}"
        )

    def spec(self, states: int) -> Any:
        """A model of tokens."""
        from ...models import HMM

        return HMM(states)

    def fit(self, spec: Any, key: int) -> Any:
        """A language model."""
        from ...workflow import fit

        return fit(spec, self.data, key=key)

    def states(self, fitted: Any) -> Any:
        """The hidden states of every token."""
        from ...workflow import states

        return states(fitted, self.data)

    def path(self, found: Any) -> dict[str, np.ndarray]:
        """A row for every token: the number of its line in the file, its position in the line, the
        token, the state of the best path, and the probability of every state."""
        from ..._types import END

        ids, offsets = found.tokens.ids, found.tokens.offsets
        ends = ids == END
        before = np.concatenate([[0], np.cumsum(ends)[:-1]])
        place = (
            before
            if self.lines.running
            else np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        )
        kept = ~ends
        line = place[kept]
        first = np.concatenate([[True], line[1:] != line[:-1]])
        start = np.maximum.accumulate(np.where(first, np.arange(len(line)), 0))
        words = np.array(found.tokens.vocabulary.words, dtype=object)
        return {
            "line": np.array(self.lines.numbers)[line],
            "position": np.arange(len(line)) - start + 1,
            "token": words[ids[kept]],
            **{name: values[kept] for name, values in found.state_columns().items()},
        }

    def figure(self, found: Any) -> "Figure":
        """The tokens that each state emits."""
        from ...plots import emissions_plot

        return emissions_plot(found.emitted(), title=f"States of {self.file.name}")

    def page(self, found: Any) -> Callable[[str], str]:
        """The report: the text in the colours of its states, and the states."""
        from ...plots import TokenStatesReport, token_states_report_html

        path = self.path(found)
        rows = zip(path["line"].tolist(), path["token"], path["state"].tolist(), strict=True)
        report = TokenStatesReport(
            self.file.name,
            [
                [(token, state) for _, token, state in each]
                for _, each in groupby(rows, key=lambda row: row[0])
            ],
            "" if self.tokenizer in ("characters", "subwords") else " ",
            found.emitted(),
            found.summary(),
            found.transition,
            provenance([self.summary]),
        )
        return partial(token_states_report_html, report)


def refuse_of_numbers(**given: Any) -> None:
    """Raise an error for options that apply only to series of numbers."""
    for name, value in given.items():
        if value:
            raise Refusal(
                f"`--{name.replace('_', '-')}` belongs to series of numbers, but this is a text,"
                " whose states emit tokens. Leave it out."
            )
