"""Inputs of sequence models: texts, tokens or series as one array of rows, with offsets."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Int

from ..._check import Refusal
from ..codecs import RowScale, Vocabulary
from ..panel import Panel
from ._examples import Sequences
from ._tokens import Tokens


def input_sizes(vocabulary: Vocabulary | None, scale: RowScale | None) -> dict[str, int]:
    """Return the sizes of the inputs that a model is built for: the number of tokens, or of columns
    of a row.

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


def model_inputs(
    inputs: Sequences | str | Iterable[str], vocabulary: Vocabulary | None, scale: RowScale | None
) -> tuple[np.ndarray, Int[np.ndarray, " boundary"]]:
    """Return the inputs as one array, and the offsets of the sequences: numbers of the tokens of
    `vocabulary`, whose tokenizer splits texts and tokens of another tokenizer, or rows scaled by
    `scale`. The other kind is refused.

    >>> rows, offsets = model_inputs(["a b", "a c"], Vocabulary.of([["a", "b"]]), None)
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
    elif inputs.vocabulary.tokenizer != vocabulary.tokenizer:
        inputs = Tokens.from_texts(inputs.texts(), vocabulary=vocabulary)
    tokens = (
        inputs
        if inputs.vocabulary.words == vocabulary.words
        else inputs.with_vocabulary(vocabulary)
    )
    return tokens.ids, tokens.offsets
