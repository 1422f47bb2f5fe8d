"""Multinomial logistic regression with a ridge penalty, on dense or sparse features."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

ROUNDS, SPARSE_ROUNDS, TOLERANCE = 100, 60, 1e-6
"""The most rounds of a search, on dense and on sparse features; and the gradient, by its largest
entry, below which it is done."""

LEAST_VARIANCE = 1e-10
"""Directions of the features with less than this part of the largest variance are left out."""


def logistic_path(
    features: Any,
    labels: Int[np.ndarray, " example"],
    count: int,
    penalties: Sequence[float],
    *,
    scale: Float[np.ndarray, "feature _label"] | None = None,
    on_round: Callable[[], None] = lambda: None,
) -> Iterator[tuple[Float[np.ndarray, "feature label"], Float[np.ndarray, " label"]]]:
    """The weights and the intercepts of `count` labels for each penalty, in the order given.

    They minimise Σ −log p(label | x) + penalty/2 · Σ (w/scale)², with p = softmax(x w + b); the
    intercepts are not penalised. `features` has a row an example: an array, or a sparse matrix of
    SciPy. The search is L-BFGS, and begins where the last penalty ended, so give the largest
    first. Dense features that outnumber the examples are turned into as many coordinates as there
    are examples, which has the same solution. `on_round` is called in every round and may raise.
    Source: Nocedal & Wright 2006, chapter 7.

    >>> x, y = np.array([[-1.0], [1.0], [-2.0], [2.0]]), np.array([0, 1, 1, 1])
    >>> ((weights, bias),) = logistic_path(x, y, 2, [1.0])
    >>> (1 / (1 + np.exp(-(x @ weights + bias) @ [-1, 1]))).sum().round(3)  # = count of label 1
    np.float64(3.0)
    """
    if isinstance(features, np.ndarray) and features.shape[1] > len(features) and scale is None:
        values, turned = np.linalg.eigh(features @ features.T)
        kept = values > LEAST_VARIANCE * max(values[-1], 1e-300)
        root = np.sqrt(values[kept])
        back = (features.T @ turned[:, kept]) / root
        for weights, bias in _path(
            turned[:, kept] * root, labels, count, penalties, None, on_round
        ):
            yield back @ weights, bias
        return
    yield from _path(features, labels, count, penalties, scale, on_round)


def _path(
    features: Any,
    labels: np.ndarray,
    count: int,
    penalties: Sequence[float],
    scale: np.ndarray | None,
    on_round: Callable[[], None],
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from scipy.optimize import fmin_l_bfgs_b

    examples, width = features.shape
    true = np.zeros((examples, count))
    true[np.arange(examples), labels] = 1.0
    across = features.T.tocsr() if hasattr(features, "tocsr") else features.T
    shares = (true.sum(axis=0) + 0.5) / (examples + 0.5 * count)
    place = np.concatenate([np.zeros(width * count), np.log(shares)])

    def weights_of(place: np.ndarray) -> np.ndarray:
        found = place[: width * count].reshape(width, count)
        return found if scale is None else found * scale

    for penalty in penalties:

        def loss(place: np.ndarray, penalty: float = penalty) -> tuple[float, np.ndarray]:
            plain = place[: width * count]
            logits = features @ weights_of(place) + place[width * count :]
            logits -= logits.max(axis=1, keepdims=True)
            expected = np.exp(logits)
            total = expected.sum(axis=1, keepdims=True)
            value = np.log(total).sum() - logits[np.arange(examples), labels].sum()
            error = expected / total - true
            slope = across @ error
            slope = (slope if scale is None else slope * scale).ravel() + penalty * plain
            gradient = np.concatenate([slope, error.sum(axis=0)])
            return (value + penalty / 2 * (plain @ plain)) / examples, gradient / examples

        place, _, _ = fmin_l_bfgs_b(
            loss,
            place,
            maxiter=ROUNDS if isinstance(features, np.ndarray) else SPARSE_ROUNDS,
            pgtol=TOLERANCE,
            factr=1e10,
            callback=lambda _place: on_round(),
        )
        yield weights_of(place), place[width * count :]
