"""`Mixture`: linear interpolation of several token models."""

from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal
from ..._settings import Settings
from ..._types import State, TokenStep
from ._ngram import no_counts


@dataclass(frozen=True, eq=False)
class Mixture(Settings):
    """p(x) = Σ_i w_i p_i(x): linear interpolation of the next-token distributions of several
    models. A `TokenStep`.

    Models of different vocabularies are refused, and weights that are not positive or do not sum to
    1.
    """

    models: tuple[TokenStep, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.models) != len(self.weights) or not (
            min(self.weights) > 0 and abs(sum(self.weights) - 1) <= 1e-6
        ):
            raise Refusal(
                "`weights` must be positive, one for each model, and sum to 1, but they are "
                f"{self.weights!r}."
            )
        if len({model.size for model in self.models}) != 1:
            raise Refusal(
                f"The models have vocabularies of {[m.size for m in self.models]} tokens. Fit them "
                "with one vocabulary."
            )

    @property
    def size(self) -> int:
        """Size of the vocabulary."""
        return self.models[0].size

    def counts(self) -> NoReturn:
        """Refused: a mixture has no tables of its own."""
        raise no_counts("a mixture")

    def start(self, batch: int) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """The start state of each model."""
        return self._joined([model.start(batch) for model in self.models])

    def step(
        self, state: State, token: Int[np.ndarray, " batch"]
    ) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        """Process a token in every model."""
        return self._joined(
            [model.step(one, token) for model, one in zip(self.models, state, strict=True)]
        )

    def log_probs(
        self, tokens: Int[np.ndarray, " total"], offsets: Int[np.ndarray, " boundary"]
    ) -> Float[np.ndarray, " total"]:
        """log Σ w_i p_i of every token."""
        return self._mixed([model.log_probs(tokens, offsets) for model in self.models])

    def _joined(self, said: list) -> tuple[State, Float[np.ndarray, "batch vocab"]]:
        return tuple(state for state, _ in said), self._mixed([log_probs for _, log_probs in said])

    def _mixed(self, said: list) -> np.ndarray:
        weighted = [
            np.asarray(part, np.float64) + np.log(weight)
            for part, weight in zip(said, self.weights, strict=True)
        ]
        return np.logaddexp.reduce(weighted)


def mixing_weights(
    log_probs: Float[np.ndarray, "model token"],
    rounds: int = 200,
    *,
    prior: Float[np.ndarray, " model"] | None = None,
) -> tuple[float, ...]:
    """Mixture weights that maximise the likelihood of held-out tokens, by expectation maximisation:
    w_i ← mean of w_i p_i / Σ_j w_j p_j.

    `log_probs` holds each model's log probability of every held-out token. The likelihood has one
    maximum; 200 rounds come within 1e-6 of it unless models are nearly equal. `prior` holds, for
    each model, a number of additional tokens that it alone predicted (a Dirichlet prior).

    >>> good, bad = np.log([0.5, 0.5, 0.5, 0.1]), np.log([0.1, 0.1, 0.1, 0.5])
    >>> [round(w, 2) for w in mixing_weights(np.stack([good, bad]))]
    [0.88, 0.13]
    """
    highest = log_probs.max(axis=0)
    if not np.isfinite(highest).all():
        at = int(np.argmin(np.isfinite(highest))) + 1
        raise Refusal(
            f"Every model gives token {at} of the held-out text the probability 0, so it tells no "
            "weights. Smooth one of them."
        )
    scaled = np.exp(log_probs - highest)
    weights = np.full(len(scaled), 1 / len(scaled))
    more = np.zeros(len(scaled)) if prior is None else prior
    for _ in range(rounds):
        shares = weights[:, None] * scaled
        weights = (shares / shares.sum(axis=0)).sum(axis=1) + more
        weights /= weights.sum()
    weights = np.maximum(weights, 1e-9)
    return tuple(float(w) for w in weights / weights.sum())
