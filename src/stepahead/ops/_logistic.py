"""Multinomial logistic regression with a ridge penalty, on dense or sparse features."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

ROUNDS, PRODUCTS = 50, 60
"""The most steps of Newton's method, and the most products with the Hessian in each."""

TOLERANCE, LEAST_GAIN, SHORTEST = 1e-6, 1e-5, 1e-8
"""A search ends if no entry of the gradient, per example, exceeds the first, or if the relative
gain of the loss is below the second. The third is the shortest fraction of a step that is tried."""

FORCING = 0.2
"""The remaining residual of a step, as a fraction of the gradient."""

LEAST_CURVE = 1e-10
"""Added to the second derivative by each weight, which may be 0."""

LEAST_VARIANCE = 1e-10
"""Directions of the features with less than this fraction of the largest variance are left out."""


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
    SciPy. Newton's method, its steps by conjugate gradients, starts from the solution for the
    previous penalty, so give the largest first. Dense features that outnumber the examples are
    projected to as many coordinates as there are examples, which has the same solution. `on_round`
    is called in every round and may raise. Source: Lin, Weng & Keerthi 2008.

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
    width = features.shape[1]
    place = np.zeros((width + 1, count))  # the last row holds the intercepts
    shares = (np.bincount(labels, minlength=count) + 0.5) / (len(labels) + 0.5 * count)
    place[width] = np.log(shares)
    for penalty in penalties:
        loss = _Loss(features, labels, count, penalty, scale)
        place = _minimum(loss, place, on_round)
        yield loss.weights(place).copy(), place[width].copy()


class _Loss:
    """Σ −log p(label | x) + penalty/2 · Σ w², its gradient, and the product of its Hessian with a
    direction."""

    def __init__(
        self, features: Any, labels: np.ndarray, count: int, penalty: float, scale: Any
    ) -> None:
        self.features, self.labels = features, labels
        self.scale = None if scale is None else scale.astype(np.float32)
        self.across = features.T.tocsr() if hasattr(features, "tocsr") else features.T
        self.squares = (
            self.across.multiply(self.across) if hasattr(features, "tocsr") else self.across**2
        )
        self.everyone, self.true = np.arange(len(labels)), np.eye(count)[labels]
        self.half, self.half_across = features.astype(np.float32), self.across.astype(np.float32)
        self.penalty = np.full((features.shape[1] + 1, 1), penalty, np.float32)
        self.penalty[-1] = 0.0

    def weights(self, place: np.ndarray) -> np.ndarray:
        """The weights for a vector of parameters."""
        return place[:-1] if self.scale is None else place[:-1] * self.scale

    def value(self, place: np.ndarray) -> tuple[float, np.ndarray]:
        """The loss, and p(label | x) of every example."""
        logits = self.features @ self.weights(place) + place[-1]
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        total = shares.sum(axis=1, keepdims=True)
        value = np.log(total).sum() - logits[self.everyone, self.labels].sum()
        return float(value + (self.penalty * place**2).sum() / 2), shares / total

    def slope(self, place: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The gradient, given these probabilities."""
        return self._back(shares - self.true) + self.penalty * place

    def curved(self, shares: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The Hessian times a direction, in single precision, since a step need not be exact."""
        moved = shares * (self.half @ self.weights(direction) + direction[-1])
        moved -= shares * moved.sum(axis=1, keepdims=True)
        slope = self.half_across @ moved
        curved = np.vstack([slope if self.scale is None else slope * self.scale, moved.sum(axis=0)])
        curved += self.penalty * direction
        return curved

    def diagonal(self, shares: np.ndarray) -> np.ndarray:
        """The diagonal of the Hessian."""
        each = shares * (1 - shares)
        held = self.squares @ each
        held = held if self.scale is None else held * self.scale**2
        return np.vstack([held, each.sum(axis=0)]) + self.penalty + LEAST_CURVE

    def _back(self, error: np.ndarray) -> np.ndarray:
        slope = self.across @ error
        return np.vstack([slope if self.scale is None else slope * self.scale, error.sum(axis=0)])


def _minimum(loss: _Loss, place: np.ndarray, on_round: Callable[[], None]) -> np.ndarray:
    """The parameters with the smallest loss, by Newton's method; each step is solved by conjugate
    gradients."""
    value, shares = loss.value(place)
    for _ in range(ROUNDS):
        slope = loss.slope(place, shares)
        size = float(np.sqrt((slope**2).sum()))
        if np.abs(slope).max() <= TOLERANCE * len(loss.labels):
            break
        step = _newton_step(loss, shares, slope, FORCING * size)
        promised, length = float((slope * step).sum()), 1.0
        while True:
            tried, there = loss.value(place + length * step)
            if tried <= value + 1e-4 * length * promised or length < SHORTEST:
                break
            length /= 2
        gained = value - tried
        if gained <= 0:
            break
        place, value, shares = place + length * step, tried, there
        on_round()
        if gained <= LEAST_GAIN * abs(value):
            break
    return place


def _newton_step(loss: _Loss, shares: np.ndarray, slope: np.ndarray, close: float) -> np.ndarray:
    """The Newton step, up to a residual of the size `close`."""
    shares, slope = shares.astype(np.float32), slope.astype(np.float32)
    step, rest, steep = np.zeros_like(slope), -slope, loss.diagonal(shares).astype(np.float32)
    eased = rest / steep
    direction, size = eased.copy(), float((rest * eased).sum())
    for _ in range(PRODUCTS):
        curved = loss.curved(shares, direction)
        bend = float((direction * curved).sum())
        if bend <= 1e-12 * size:
            break
        along = size / bend
        step += along * direction
        rest -= along * curved
        if float((rest**2).sum()) <= close**2:
            break
        eased = rest / steep
        left = float((rest * eased).sum())
        direction *= left / size
        direction += eased
        size = left
    return step if step.any() else -slope / steep
