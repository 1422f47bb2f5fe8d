"""Least squares with an intercept and an optional ridge penalty; float64 on the host."""

import numpy as np
from jaxtyping import Float

LARGEST_DENSE = 20_000_000
"""The most numbers of a design matrix that is factorised as a whole; a larger one is added to its
Gram matrix piece by piece."""


def least_squares(
    features: Float[np.ndarray, "row feature"],
    targets: Float[np.ndarray, "row output"],
    ridge: float = 0.0,
    *,
    cutoff: float | None = None,
) -> tuple[Float[np.ndarray, "output feature"], Float[np.ndarray, " output"]]:
    """Return weights W and intercepts b that minimise |Y − X Wᵀ − b|² + ridge·|W|² for `features` X
    and `targets` Y; of several minimisers the one with the smallest W.

    A direction in which the features vary less than `cutoff` times the largest variation counts as
    constant; by default `cutoff` is the size of rounding errors.

    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> weight, bias = least_squares(x, 3 * x + 1)
    >>> weight.round(6).tolist(), bias.round(6).tolist()
    ([[3.0]], [1.0])
    """
    # Centred first: the intercept drops out and is not penalised.
    middle, level = features.mean(axis=0), targets.mean(axis=0)
    if features.size <= LARGEST_DENSE:
        centred = features - middle
        if ridge == 0:
            # On the design itself, whose condition number the Gram matrix would square.
            weight = np.linalg.lstsq(centred, targets - level, rcond=cutoff)[0].T
            return weight, level - weight @ middle
        gram, cross = centred.T @ centred, centred.T @ (targets - level)
    else:
        gram, cross = (
            np.zeros((features.shape[1],) * 2),
            np.zeros((features.shape[1], targets.shape[1])),
        )
        for rows in np.array_split(
            np.arange(len(features)), -(-features.size // LARGEST_DENSE) * 4
        ):
            centred = features[rows] - middle
            gram += centred.T @ centred
            cross += centred.T @ (targets[rows] - level)
    weight = np.linalg.lstsq(
        gram + ridge * np.eye(len(gram)), cross, rcond=None if cutoff is None else cutoff**2
    )[0].T
    return weight, level - weight @ middle
