"""Sequences as a model is fed them: texts, tokens or series, flat, and where each begins."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Int

from ..._check import Refusal
from ..panel import Panel
from ..scale import RowScale
from ._examples import Sequences
from ._tokens import Tokens, Vocabulary


def input_sizes(vocabulary: Vocabulary | None, scale: RowScale | None) -> dict[str, int]:
    """What a model has to know of its inputs to be built: how many tokens there are, or how many
    columns a row has.

    >>> input_sizes(Vocabulary.of([["a"]]), None)
    {'tokens': 3}
    """
    if vocabulary is not None and scale is None:
        return {"tokens": len(vocabulary)}
    if scale is not None and vocabulary is None:
        return {"columns": scale.columns}
    raise Refusal(
        "A model reads either tokens of a vocabulary or rows at a scale, but here are both or "
        "neither."
    )


def fed_rows(
    inputs: Sequences | str | Iterable[str], vocabulary: Vocabulary | None, scale: RowScale | None
) -> tuple[np.ndarray, Int[np.ndarray, " boundary"]]:
    """Numbers of the tokens of `vocabulary`, into which texts are cut as it says, or rows at
    `scale`; refuse the other kind.

    >>> rows, offsets = fed_rows(["a b", "a c"], Vocabulary.of([["a", "b"]]), None)
    >>> rows.tolist(), offsets.tolist()
    ([2, 3, 2, 0], [0, 2, 4])
    """
    if isinstance(inputs, Panel):
        if scale is None:
            raise Refusal(
                "The model reads tokens, but these are rows of numbers. Give texts or Tokens."
            )
        return scale.rows(inputs), inputs.offsets
    if vocabulary is None:
        raise Refusal("The model reads rows of numbers, but these are tokens. Give a Panel.")
    if not isinstance(inputs, Tokens):
        inputs = Tokens.from_texts(
            [inputs] if isinstance(inputs, str) else list(inputs), vocabulary=vocabulary
        )
    tokens = inputs if inputs.vocabulary.words == vocabulary.words else inputs.under(vocabulary)
    return tokens.ids, tokens.offsets
