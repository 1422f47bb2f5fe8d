"""`token_score`: the log probability of every token of many sequences."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, between
from ..._types import UNKNOWN, TokenStep
from ...data import Tokens

BLOCK = 100
"""Tokens in a block of the bootstrap."""


@dataclass(frozen=True, eq=False)
class TokenScore:
    """Log probabilities in nats: `log_probs` of every token in the order in which the model read
    them, and of the end after each sequence. `offsets` hold the start of each sequence."""

    log_probs: Float[np.ndarray, " token"]
    offsets: Int[np.ndarray, " boundary"]
    unknown: int

    @property
    def totals(self) -> Float[np.ndarray, " sequence"]:
        """The log probability of each whole sequence with its end."""
        return np.add.reduceat(self.log_probs, self.offsets[:-1])

    @property
    def per_token(self) -> Float[np.ndarray, " sequence"]:
        """The mean log probability of each sequence's tokens with its end, to compare sequences of
        unequal length."""
        return self.totals / np.diff(self.offsets)

    @property
    def ranking(self) -> Int[np.ndarray, " sequence"]:
        """The indices of the sequences, most probable per token first."""
        return np.argsort(-self.per_token, kind="stable")

    @property
    def perplexity(self) -> float:
        """exp(−mean log probability) over all tokens and ends."""
        return float(np.exp(-self.log_probs.mean()))

    @property
    def bits(self) -> float:
        """Bits per token: −mean log₂ probability, with ends. For characters, bits per character."""
        return float(-self.log_probs.mean() / np.log(2))

    def interval(self, level: float = 95.0, resamples: int = 1000) -> tuple[float, float]:
        """Return a bootstrap interval of `level` percent for the bits per token: sequences are
        drawn with replacement, `resamples` times; long ones in blocks of `BLOCK` tokens, because
        tokens are not independent.

        >>> score = TokenScore(np.log([0.5, 0.25] * 50), np.arange(0, 101, 2), 0)
        >>> [round(bits, 9) for bits in (score.bits, *score.interval())]  # all sequences alike
        [1.5, 1.5, 1.5]
        """
        between("level", level, 0, 100)
        inside = [
            np.arange(first, last, BLOCK)
            for first, last in zip(self.offsets[:-1], self.offsets[1:], strict=True)
        ]
        starts = np.concatenate(inside)
        sums = np.add.reduceat(self.log_probs, starts)
        sizes = np.diff(np.append(starts, len(self.log_probs)))
        draws = np.random.default_rng(0)
        bits = np.empty(resamples)
        for n in range(resamples):
            drawn = draws.integers(len(starts), size=len(starts))
            bits[n] = -sums[drawn].sum() / sizes[drawn].sum() / np.log(2)
        low, high = np.quantile(bits, [0.5 - level / 200, 0.5 + level / 200])
        return float(low), float(high)

    def without_ends(self) -> "TokenScore":
        """Return the score without the ends of the sequences; refuse sequences without a token."""
        if (np.diff(self.offsets) < 2).any():
            raise Refusal(
                "A sequence without a token has nothing but its end. Count the ends, or leave that "
                "sequence out."
            )
        counted = np.ones(len(self.log_probs), bool)
        counted[self.offsets[1:] - 1] = False
        return TokenScore(
            self.log_probs[counted], self.offsets - np.arange(len(self.offsets)), self.unknown
        )


def token_score(model: TokenStep, tokens: Tokens) -> TokenScore:
    """Return the score of sequences under a model, each independently, with its end; refuse tokens
    of probability 0.

    log p(x₁ … x_n, end) = Σ log p(x_t | x₁ … x_{t−1}) + log p(end | x₁ … x_n).
    """
    ended = tokens.with_ends()
    log_probs = np.asarray(model.log_probs(ended.ids, ended.offsets), np.float64)
    impossible = np.flatnonzero(~np.isfinite(log_probs))
    if len(impossible):
        at = int(impossible[0])
        sequence = int(np.searchsorted(ended.offsets, at, side="right")) - 1
        word = ended.vocabulary.words[int(ended.ids[at])]
        raise Refusal(
            f"The model gives '{word}', token {at - int(ended.offsets[sequence]) + 1} of sequence "
            f"{sequence + 1}, the probability 0: after what stands before it, it was never seen. "
            "Use a model that smooths its counts, by Kneser-Ney for example."
        )
    return TokenScore(log_probs, ended.offsets, int((tokens.ids == UNKNOWN).sum()))
