"""`Generator`: what `fit` returns for sequences of tokens that are described by vectors. It makes a
sequence of a vector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from .._check import Refusal, counted, whole
from .._types import END, UNKNOWN, Key, Learning
from ..data import Conditioned, Tokens, Vocabulary
from ..fitted import Fitted
from ..models import TokenDecoder
from ._beam import beam_search
from ._conditional import given_log_probs, of_vectors
from ._draw_tokens import Filter, draw_tokens
from ._language_model import Continuation
from ._token_score import TokenScore


@dataclass(frozen=True, eq=False)
class Generator(Fitted):
    """A model of sequences of tokens, each begun from a vector of so many `features`, and the
    vocabulary it speaks. `names` may say what each number of a vector stands for."""

    spec: Any
    model: TokenDecoder
    vocabulary: Vocabulary
    features: int
    learning: Learning = field(default_factory=Learning)
    names: tuple[str, ...] = ()
    kind: ClassVar[str] = "generator"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> TokenDecoder:
        """An untrained decoder of such vectors into this vocabulary."""
        return fields["spec"].of_tokens(len(fields["vocabulary"]), fields["features"], key)

    def sample(
        self,
        vectors: ArrayLike,
        length: int = 50,
        *,
        key: Key,
        filtered: Filter | None = None,
        unknown: bool = False,
    ) -> tuple[Continuation, ...]:
        """Draw a sequence of at most `length` tokens for each vector (`[feature]` or `[sequence,
        feature]`)."""
        filtered = Filter() if filtered is None else filtered
        state, log_probs = self.model.start(self._given(vectors))
        drawn = draw_tokens(
            self.model.step,
            state,
            log_probs,
            whole("length", length),
            filtered if unknown else filtered.without(UNKNOWN),
            key=key,
        )
        return tuple(
            self._said(row, value) for row, value in zip(drawn.tokens, drawn.log_probs, strict=True)
        )

    def search(
        self,
        vectors: ArrayLike,
        length: int = 50,
        *,
        width: int = 8,
        penalty: float = 0.0,
        unknown: bool = False,
    ) -> tuple[Continuation, ...]:
        """The most probable sequence of at most `length` tokens for each vector that beam search of
        this `width` finds; 1 is greedy."""
        state, log_probs = self.model.start(self._given(vectors))
        forbidden = () if unknown else (UNKNOWN,)
        found = beam_search(
            self.model.step, state, log_probs, width, length, penalty=penalty, forbidden=forbidden
        )
        return tuple(
            self._said(row[0], value[0])
            for row, value in zip(found.tokens, found.log_probs, strict=True)
        )

    def score(self, described: Conditioned) -> TokenScore:
        """The log probability of every token and every end, given its vector and what stands before
        it."""
        if not isinstance(described.targets, Tokens):
            raise Refusal(
                "The model speaks tokens, but these are rows of numbers. Give Conditioned(vectors, "
                "Tokens)."
            )
        targets = described.targets.under(self.vocabulary)
        said = given_log_probs(self.model, of_vectors(self._given(described.vectors)), targets)
        return TokenScore(said, targets.ended().offsets, int((targets.ids == UNKNOWN).sum()))

    def posterior(
        self, targets: Tokens, vectors: ArrayLike, prior: ArrayLike
    ) -> Float[np.ndarray, "sequence vector"]:
        """Bayes' rule over what could have been given: p(v | x) = p(x | v)·p(v) / Σ p(x |
        v')·p(v'), for each of some `vectors`, of which `prior` are the probabilities before
        anything was seen."""
        held, before = self._given(vectors), np.asarray(prior, np.float64)
        if (
            before.shape != (len(held),)
            or not (before >= 0).all()
            or not abs(before.sum() - 1) < 1e-6
        ):
            raise Refusal(
                f"`prior` must be {len(held)} probabilities that sum to 1, one for each vector, "
                f"but it is {prior!r}."
            )
        scores = [
            self.score(
                Conditioned(np.broadcast_to(v, (len(targets), len(v))).copy(), targets)
            ).totals
            for v in held
        ]
        with np.errstate(divide="ignore"):
            joint = np.stack(scores, axis=1) + np.log(before)
        return np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    def _given(self, vectors: ArrayLike) -> Float[np.ndarray, "sequence feature"]:
        return checked_vectors(vectors, self.features)

    def _said(self, tokens: np.ndarray, log_prob: float) -> Continuation:
        return Continuation(
            self.vocabulary.decode(tokens.tolist()), float(log_prob), bool((tokens == END).any())
        )


def checked_vectors(vectors: ArrayLike, features: int) -> Float[np.ndarray, "sequence feature"]:
    """One vector or several as rows; refuse those of another width, or that are not finite."""
    held = np.atleast_2d(np.asarray(vectors, np.float32))
    if held.ndim != 2 or held.shape[1] != features:
        raise Refusal(
            f"A vector must have {counted(features, 'number')}, as in training, but `vectors` has "
            f"the shape {held.shape}."
        )
    if not np.isfinite(held).all():
        raise Refusal("`vectors` holds a number that is not finite. Give finite numbers.")
    return held
