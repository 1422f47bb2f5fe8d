"""`bits_ahead`: the number of bits needed to predict a token from one at a distance."""

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
    """Return the bits needed to predict the token 1, 2, …, `steps` places after a given one: −mean
    log₂ p(x_{t+d} | x_t) on held-out text.

    For every distance d, all texts are joined into one, with their ends as tokens, and divided into
    d sequences of every d-th token. `fit` is called with these: `lambda text:
    training.count(NGram(2), text)` counts pairs of tokens at distance d. A model of a higher order
    sees x_t, x_{t−d}, x_{t−2d}, …. With growing distance the bits rise to those of a prediction
    without context.

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
    """Return all texts as one, divided into `distance` sequences of every `distance`-th token.

    >>> tokens = Tokens.from_texts(["a b c", "d"])
    >>> [sequence.tolist() for sequence in every(tokens, 2)]
    [[2, 4, 5], [3, 1]]
    """
    ids = tokens.concatenated().ids
    parts = [ids[first::distance] for first in range(min(distance, len(ids)))]
    return replace(
        tokens, ids=np.concatenate(parts), offsets=np.cumsum([0, *map(len, parts)], dtype=np.int64)
    )
