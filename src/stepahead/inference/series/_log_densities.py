"""`Score`: the log densities of series, from any kind of model."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Score(NamedTuple):
    """Log densities in nats, in the panel's unit.

    `steps` has a row for every step of the panel. It is NaN for steps that are not scored: missing
    values, and the first `skipped` steps of each series (after those that a difference uses up), on
    which the rest is conditional. `total` is the sum over each series; `counted` the number of
    values in it.
    """

    steps: Float[np.ndarray, "total channel"]
    total: Float[np.ndarray, " series"]
    counted: np.ndarray
    skipped: int
