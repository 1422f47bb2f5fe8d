"""A hidden Markov model of the series of each label, combined by Bayes' rule."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..._check import whole
from ._method import LabelledRows, LabelMethod
from ._nearest import shortened

CLOSE = 5.0
"""The prior for variances and means, in steps: each state has this number of additional steps with
the variance of all series and the mean of the label's series, so that a state with few steps is not
overconfident."""

TURN = 0.1
"""Added to the count of every initial state and transition."""


@dataclass(frozen=True)
class HiddenStates(LabelMethod):
    """A hidden Markov model of `states` states for each label. Each state has a mean and a variance
    for every column, fitted by `rounds` rounds of expectation maximisation, which start from equal
    parts of each series in order. log p(label | x) = log p(x | label) + log p(label) − log p(x).

    Series of more than 60 steps are replaced by the means of 60 equal parts. Source: Rabiner 1989.

    >>> rows = np.array([0.0, 0, 5, 5, 5, 5, 0, 0])[:, None]
    >>> data = LabelledRows(rows, np.array([0, 4, 8]), np.array([0, 1]), 2)
    >>> model = HiddenStates(2).learned(data, seed=0)
    >>> model.log_probs(np.array([0.0, 5, 5])[:, None], np.array([0, 3])).argmax()
    np.int64(0)
    """

    states: int = 8
    rounds: int = 10

    def __post_init__(self) -> None:
        whole("states", self.states), whole("rounds", self.rounds)

    def learned(
        self, data: LabelledRows, *, seed: int, on_round: Callable[[], None] = lambda: None
    ) -> "HiddenStatesModel":
        """Fit each label's model by expectation maximisation, without random numbers."""
        rows, offsets = shortened(data.rows, data.offsets)
        spread = np.maximum(rows.var(axis=0, dtype=np.float64), 1e-6)
        counts = np.bincount(data.labels, minlength=data.label_count)
        found = []
        for label in range(data.label_count):
            padded = _padded(rows, offsets, np.flatnonzero(data.labels == label))
            chain = _begun(padded, self.states, spread)
            for _ in range(self.rounds if counts[label] else 0):
                on_round()
                chain = _improved(chain, padded, spread)
            found.append(chain)
        prior = np.log(np.maximum(counts, 0.5) / np.maximum(counts, 0.5).sum())
        first, steps, means, variances = (np.stack(part) for part in zip(*found, strict=True))
        return HiddenStatesModel(first, steps, means, variances, prior)


@dataclass(frozen=True, eq=False)
class HiddenStatesModel:
    """The hidden Markov models of all labels: probabilities of the first state and of transitions,
    means and variances; and the log prior of each label. A `SequenceClassifier`."""

    first: Float[np.ndarray, "label state"]
    steps: Float[np.ndarray, "label state state"]
    means: Float[np.ndarray, "label state column"]
    variances: Float[np.ndarray, "label state column"]
    log_prior: Float[np.ndarray, " label"]

    def log_probs(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """The log probability of every label."""
        joint = self.encode(rows, offsets) + self.log_prior
        return joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)

    def encode(
        self, rows: np.ndarray, offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, "sequence label"]:
        """log p(x | label) for every label."""
        padded = _padded(*shortened(rows, offsets), np.arange(len(offsets) - 1))
        chains = zip(self.first, self.steps, self.means, self.variances, strict=True)
        return np.stack([_forward(chain, padded)[2] for chain in chains], axis=1)


_Chain = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""First state, next state, means, variances."""

_Padded = tuple[np.ndarray, np.ndarray]
"""Series of equal length, `[time, series, column]`, and a mask of their steps."""


def _padded(rows: np.ndarray, offsets: np.ndarray, chosen: np.ndarray) -> _Padded:
    lengths = np.diff(offsets)[chosen]
    place = np.arange(lengths.max(initial=1))[:, None]
    inside = place < lengths
    return rows[np.where(inside, offsets[chosen] + place, 0)].astype(np.float64), inside


def _begun(padded: _Padded, states: int, spread: np.ndarray) -> _Chain:
    """The initial model: each series is divided into as many equal parts as there are states."""
    xs, inside = padded
    lengths = np.maximum(inside.sum(axis=0), 1)
    part = np.minimum(np.arange(len(xs))[:, None] * states // lengths, states - 1)
    shares = np.where(inside[..., None], part[..., None] == np.arange(states), 0.0)
    turns = np.einsum("tni,tnj->ij", shares[:-1], shares[1:] * inside[1:, :, None])
    return _estimated(xs, shares, shares[0].sum(axis=0), turns, spread)


def _improved(chain: _Chain, padded: _Padded, spread: np.ndarray) -> _Chain:
    """One round of expectation maximisation."""
    (xs, inside), (_, steps, _, _) = padded, chain
    ahead, likelihood, _, scale = _forward(chain, padded)
    behind = np.ones_like(ahead)
    for time in range(len(xs) - 2, -1, -1):
        onward = likelihood[time + 1] * behind[time + 1] / scale[time + 1]
        behind[time] = np.where(inside[time + 1][:, None], onward @ steps.T, 1.0)
    shares = ahead * behind * inside[..., None]
    shares /= np.maximum(shares.sum(axis=2, keepdims=True), 1e-300)
    onward = likelihood[1:] * behind[1:] / scale[1:] * inside[1:, :, None]
    turns = steps * np.einsum("tni,tnj->ij", ahead[:-1], onward)
    return _estimated(xs, shares, shares[0].sum(axis=0), turns, spread)


def _forward(
    chain: _Chain, padded: _Padded
) -> tuple[np.ndarray, np.ndarray, Float[np.ndarray, " series"], np.ndarray]:
    """The probability of every state given the steps so far, the likelihood of each step by state
    (up to a factor), log p of each series, and the scale of each step."""
    (first, steps, means, variances), (xs, inside) = chain, padded
    # (x − m)² / v multiplied out: two products instead of an array of every state and column
    sure = 1 / variances
    fixed = (means**2 * sure + np.log(2 * np.pi * variances)).sum(axis=1)
    logs = -0.5 * (xs**2 @ sure.T - 2 * (xs @ (means * sure).T) + fixed)
    highest = logs.max(axis=2, keepdims=True)
    likelihood = np.exp(logs - highest)
    ahead, scale = np.empty_like(likelihood), np.empty_like(highest)
    before = np.broadcast_to(first, likelihood.shape[1:])
    for time in range(len(xs)):
        joint = np.maximum(before * likelihood[time], 1e-300)
        scale[time] = joint.sum(axis=1, keepdims=True)
        ahead[time] = joint / scale[time]
        before = ahead[time] @ steps
    total = np.where(inside, (np.log(scale) + highest)[..., 0], 0.0).sum(axis=0)
    return ahead, likelihood, total, scale


def _estimated(
    xs: np.ndarray, shares: np.ndarray, first: np.ndarray, turns: np.ndarray, spread: np.ndarray
) -> _Chain:
    """The model for these state probabilities, with means shrunk towards the mean of the label's
    steps and variances towards that of all series."""
    weight = shares.sum(axis=(0, 1))[:, None]
    sums = np.tensordot(shares, xs, ((0, 1), (0, 1)))
    middle = sums.sum(axis=0) / max(weight.sum(), 1.0)
    means = (sums + middle) / (weight + 1.0)
    # Σ share · (x − m)², multiplied out
    squares = np.tensordot(shares, xs**2, ((0, 1), (0, 1))) - (2 * sums - weight * means) * means
    variances = (np.maximum(squares, 0.0) + CLOSE * spread) / (weight + CLOSE)
    first, turns = first + TURN, turns + TURN
    return first / first.sum(), turns / turns.sum(axis=1, keepdims=True), means, variances
