"""The hidden states behind every token of a text, from a fitted hidden Markov model of tokens."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from .._check import Refusal, whole
from .._types import END
from ..data import Tokens, to_frame
from ..generation import LanguageModel
from ..models import HMMTokens
from ..ops import stationary
from ._state_questions import DecodedStates, answers


@dataclass(frozen=True, eq=False)
class TokenStates(DecodedStates):
    """The hidden states of every token, numbered from 1 and in reading order: the most probable
    `paths`, the best first, with the log probability of each for every sequence together with its
    tokens; and the `posterior` probability of each state given the whole sequence.

    `transition[i, j]` is the probability that state i + 1 is followed by j + 1 (preceded, if the
    model reads backward), `emission[i, v]` that state i + 1 emits token v. All of it is given that
    each sequence ends where it does: `log_likelihood` counts the end, as `score` does.
    """

    tokens: Tokens
    paths: Int[np.ndarray, "path total"]
    log_probs: Float[np.ndarray, "path sequence"]
    posterior: Float[np.ndarray, "total state"]
    transition: Float[np.ndarray, "state state"]
    emission: Float[np.ndarray, "state vocab"]
    log_likelihood: Float[np.ndarray, " sequence"]

    def table(self) -> Any:
        """Return a row for each token: its sequence, its position in it (from 1), the token, the
        state of the best path, and the probability of every state."""
        lengths = self.tokens.lengths
        first = np.repeat(self.tokens.offsets[:-1], lengths)
        words = np.array(self.tokens.vocabulary.words, dtype=object)
        columns = {
            "sequence": np.repeat(np.arange(1, len(lengths) + 1), lengths),
            "place": np.arange(len(first)) - first + 1,
            "token": words[self.tokens.ids],
            **self.state_columns(),
        }
        return to_frame(columns)

    def summary(self, top: int = 8) -> Any:
        """Return a row for each state: its share of all tokens, its mean duration in tokens, and
        the `top` tokens that it emits most often (a space is shown as ␣)."""
        stay = np.diag(self.transition)
        with np.errstate(divide="ignore"):
            lasts = 1 / (1 - stay)
        columns = {
            "state": np.arange(1, len(stay) + 1),
            "share": self.posterior.mean(axis=0),
            "duration": lasts,
            "tokens": np.array(
                [
                    " ".join(word if word.strip() else "␣" for word in words)
                    for words, _ in self.emitted(top)
                ],
                dtype=object,
            ),
        }
        return to_frame(columns)

    def emitted(self, top: int = 8) -> list[tuple[list[str], list[float]]]:
        """Return, for each state, the `top` tokens that it emits most often, and their
        probabilities."""
        words = self.tokens.vocabulary.words
        order = np.argsort(-self.emission, axis=1, kind="stable")[:, : whole("top", top)]
        return [
            ([words[v] for v in row], probabilities[row].tolist())
            for row, probabilities in zip(order, self.emission, strict=True)
        ]

    def stationary(self) -> Float[np.ndarray, " state"]:
        """The share of tokens in each state in the long run; refused if that depends on the first
        state."""
        return stationary(self.transition)


def token_states(
    fitted: LanguageModel,
    text: Any,
    *,
    k: int,
    fixed: Int[np.ndarray, " total"] | None,
    forbidden: Bool[np.ndarray, "total state"] | None,
) -> TokenStates:
    """The hidden states of the tokens of a text: see `states`."""
    model = fitted.model
    if not isinstance(model, HMMTokens):
        raise Refusal(
            f"Hidden states belong to a hidden Markov model, but what was fitted is {fitted.spec!r}"
            ". Fit `models.HMM(states)`."
        )
    if text is None:
        raise Refusal(
            "A language model keeps no text. Give one, strings or Tokens: `states(fitted, text)`."
        )
    read = fitted.tokens(text)
    if not len(read.ids):
        raise Refusal("The text holds no token. Give some.")
    turn = _turned(read.offsets) if fitted.backward else np.arange(len(read.ids))
    scores = np.ascontiguousarray(model.log_emission[:, read.ids].T)
    ends = np.logaddexp.reduce(model.log_transition + model.log_emission[:, END], axis=1)
    scores[read.offsets[1:][read.lengths > 0] - 1] += ends
    words = read.vocabulary.words
    found = answers(
        scores,
        read.offsets,
        model.chain,
        1,
        k=k,
        fixed=_in_order(fixed, turn),
        forbidden=_in_order(forbidden, turn),
        where=lambda row: f"'{words[int(read.ids[row])]}', token {row + 1} as the model reads it",
    )
    empty = np.logaddexp.reduce(model.log_start + model.log_emission[:, END])
    totals = np.full(len(read), empty)
    np.put(totals, np.flatnonzero(read.lengths > 0), _sums(found.log_likelihood, read.offsets))
    return TokenStates(
        read.reversed() if fitted.backward else read,
        found.paths[:, turn],
        found.log_probs,
        found.posterior[turn],
        np.exp(model.log_transition),
        np.exp(model.log_emission),
        totals,
    )


def _in_order(given: np.ndarray | None, turn: np.ndarray) -> np.ndarray | None:
    """Values given for every token, in the reading order of the model. An array of the wrong length
    is returned unchanged, and refused later."""
    return given if given is None or len(given) != len(turn) else np.asarray(given)[turn]


def _turned(offsets: Int[np.ndarray, " boundary"]) -> Int[np.ndarray, " total"]:
    """The position of each token if every sequence is read backward."""
    lengths = np.diff(offsets)
    return np.repeat(offsets[:-1] + offsets[1:] - 1, lengths) - np.arange(offsets[-1])


def _sums(steps: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The sum over each sequence; empty sequences have none."""
    return np.add.reduceat(steps, offsets[:-1][np.diff(offsets) > 0])
