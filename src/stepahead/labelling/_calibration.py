"""Calibration of probabilities by a temperature, fitted to held-out examples."""

import numpy as np
from jaxtyping import Float, Int

COLDEST, HOTTEST = 0.05, 20.0
"""The range in which the temperature is searched."""


def tempered(
    log_probs: Float[np.ndarray, "example label"], temperature: float
) -> Float[np.ndarray, "example label"]:
    """Return log p with p ∝ exp(log p / temperature): above 1 the probabilities become more equal.

    >>> np.exp(tempered(np.log([[0.8, 0.2]]), 2.0)).round(3).tolist()
    [[0.667, 0.333]]
    """
    logits = np.maximum(log_probs, -1e4) / temperature
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def temperature_of(
    log_probs: Float[np.ndarray, "example label"],
    labels: Int[np.ndarray, " example"],
    copies: float = 1.0,
) -> float:
    """Return the temperature with the smallest log loss of `log_probs` for the `labels` of held-out
    examples (Guo et al. 2017) and for one more, which has every label with equal probability: so a
    few correct predictions do not give probabilities of 0 or 1. If each example occurs `copies`
    times, so does that one.

    >>> said, true = np.log(np.tile([[0.99, 0.01]], (100, 1))), np.arange(100) % 4 // 3
    >>> np.exp(tempered(said, temperature_of(said, true)))[0].round(2).tolist()  # 75 % are label 0
    [0.75, 0.25]
    """
    low, high = np.log(COLDEST), np.log(HOTTEST)
    for _ in range(3):  # the loss has one minimum in 1 / temperature: a grid, then finer ones
        grid = np.linspace(low, high, 21)
        losses = [_loss(tempered(log_probs, float(np.exp(at))), labels, copies) for at in grid]
        best = int(np.argmin(losses))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 20)]
    return float(np.exp((low + high) / 2))


def _loss(log_probs: np.ndarray, labels: np.ndarray, copies: float) -> float:
    """The sum of the log loss, including the additional example."""
    known = log_probs[np.arange(len(labels)), labels].sum()
    return float(-known - copies * log_probs.mean(axis=1).mean())
