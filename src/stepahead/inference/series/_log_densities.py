"""`Score`: the log densities of series, which any kind of model may give."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Score(NamedTuple):
    """Log densities in nats, in the panel's own unit.

    `steps` has a row for every step of the panel and is NaN where nothing is scored: the first
    `skipped` steps of each series (after those that a difference uses up), on which the rest is
    conditioned, and missing values. `total` sums over each series; `counted` says over how many
    values.
    """

    steps: Float[np.ndarray, "total channel"]
    total: Float[np.ndarray, " series"]
    counted: np.ndarray
    skipped: int
