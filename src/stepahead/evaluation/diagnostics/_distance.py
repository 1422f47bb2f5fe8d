"""Bits ahead: the bits that are needed to predict the token d places on."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from ..._check import whole
from ..._types import TokenStep
from ...data import Tokens


def bits_ahead(
    fit: Callable[[Tokens], TokenStep], train: Tokens, held_out: Tokens, steps: int = 8
) -> Float[np.ndarray, " step"]:
    """Bits to predict the token 1, 2, …, `steps` places on from the one that is seen: −mean log₂
    p(x_{t+d} | x_t) on held-out text.

    For every distance d the texts are read as one, ends as tokens of their own, every d-th token
    from each beginning, and `fit` is given that: `lambda text: training.count(NGram(2), text)`
    counts what follows what at distance d. A model of a higher order sees x_t, x_{t−d}, x_{t−2d} ….
    What is needed without any context is what the bits rise to.

    >>> from stepahead import models, training
    >>> train, held_out = (Tokens.from_sequences([list("abc" * count)]) for count in (50, 20))
    >>> fit = lambda text: training.count(models.NGram(2, models.WittenBell()), text)
    >>> bool((bits_ahead(fit, train, held_out, 4) < 0.1).all())
    True
    """
    found = []
    for distance in range(1, whole("steps", steps) + 1):
        model, read = fit(every(train, distance)), every(held_out, distance)
        scored = np.delete(np.asarray(model.log_probs(read.ids, read.offsets)), read.offsets[:-1])
        found.append(-scored.mean() / np.log(2))
    return np.array(found)


def every(tokens: Tokens, distance: int) -> Tokens:
    """One text made of all, cut into `distance` sequences of every `distance`-th token.

    >>> tokens = Tokens.from_texts(["a b c", "d"])
    >>> [sequence.tolist() for sequence in every(tokens, 2)]
    [[2, 4, 5], [3, 1]]
    """
    ids = tokens.concatenated().ids
    parts = [ids[first::distance] for first in range(min(distance, len(ids)))]
    return replace(
        tokens, ids=np.concatenate(parts), offsets=np.cumsum([0, *map(len, parts)], dtype=np.int64)
    )
