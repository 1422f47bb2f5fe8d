"""`Generator`: a fitted model of token sequences conditioned on vectors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from .._check import Refusal, counted, options_known, whole
from .._fitted import FittedNetwork
from .._types import END, UNKNOWN, Key, Learning
from ..data import ConditionalSequences, Tokens, Vocabulary
from ..inference import (
    Filter,
    TokenScore,
    beam_search,
    conditional_log_probs,
    draw_tokens,
    vector_conditions,
)
from ._language_model import Continuation

if TYPE_CHECKING:
    from ..models import TokenDecoder


@dataclass(frozen=True, eq=False)
class Generator(FittedNetwork):
    """A fitted model of token sequences, each conditioned on a vector of `features` numbers.
    `names` may name the numbers of a vector."""

    spec: Any
    model: Any  # by JAX, or in NumPy where it was loaded to be asked
    vocabulary: Vocabulary
    features: int
    learning: Learning = field(default_factory=Learning)
    names: tuple[str, ...] = ()
    kind: ClassVar[str] = "generator"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> "TokenDecoder":
        """Return an untrained decoder from vectors to tokens of this vocabulary."""
        return fields["spec"].of_tokens(len(fields["vocabulary"]), fields["features"], key)

    @options_known()
    def sample(
        self,
        vectors: ArrayLike,
        length: int = 50,
        *,
        key: Key,
        filtered: Filter | None = None,
        unknown: bool = False,
    ) -> tuple[Continuation, ...]:
        """Draw a sequence of at most `length` tokens for each of the `vectors` (`[feature]` or
        `[sequence, feature]`). `filtered` holds the sampling options (temperature, top-k, nucleus);
        `<unk>` is drawn only with `unknown`."""
        filtered = Filter() if filtered is None else filtered
        state, log_probs = self.model.start(self._checked(vectors))
        drawn = draw_tokens(
            self.model.step,
            state,
            log_probs,
            whole("length", length),
            filtered if unknown else filtered.without(UNKNOWN),
            key=key,
        )
        return tuple(
            self._continuation(row, value)
            for row, value in zip(drawn.tokens, drawn.log_probs, strict=True)
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
        """Return the most probable sequence of at most `length` tokens for each of the `vectors`,
        by beam search of this `width` (1 is greedy); for `penalty` see `inference.beam_search`.
        `<unk>` is possible only with `unknown`."""
        state, log_probs = self.model.start(self._checked(vectors))
        forbidden = () if unknown else (UNKNOWN,)
        found = beam_search(
            self.model.step, state, log_probs, width, length, penalty=penalty, forbidden=forbidden
        )
        return tuple(
            self._continuation(row[0], value[0])
            for row, value in zip(found.tokens, found.log_probs, strict=True)
        )

    @options_known()
    def score(self, data: ConditionalSequences) -> TokenScore:
        """Return the log probability of every token and every end, given its vector and the tokens
        before it."""
        if not isinstance(data.targets, Tokens):
            raise Refusal(
                "The model speaks tokens, but these are rows of numbers. Give "
                "ConditionalSequences(vectors, Tokens)."
            )
        targets = data.targets.with_vocabulary(self.vocabulary)
        log_probs = conditional_log_probs(
            self.model, vector_conditions(self._checked(data.vectors)), targets
        )
        return TokenScore(
            log_probs, targets.with_ends().offsets, int((targets.ids == UNKNOWN).sum())
        )

    def posterior(
        self, targets: Tokens, vectors: ArrayLike, prior: ArrayLike
    ) -> Float[np.ndarray, "sequence vector"]:
        """Return the posterior probability of each of some `vectors` given each of the `targets`,
        by Bayes' rule: p(v | x) = p(x | v)·p(v) / Σ p(x | v')·p(v'), with `prior` p(v)."""
        held, before = self._checked(vectors), np.asarray(prior, np.float64)
        shaped = before.shape == (len(held),)
        if not shaped or not (before >= 0).all() or not abs(before.sum() - 1) < 1e-6:
            raise Refusal(
                f"`prior` must be {len(held)} probabilities that sum to 1, one for each vector, "
                f"but it is {prior!r}."
            )
        repeated = (np.broadcast_to(v, (len(targets), len(v))).copy() for v in held)
        scores = [self.score(ConditionalSequences(same, targets)).totals for same in repeated]
        with np.errstate(divide="ignore"):
            joint = np.stack(scores, axis=1) + np.log(before)
        return np.exp(joint - np.logaddexp.reduce(joint, axis=1, keepdims=True))

    def _checked(self, vectors: ArrayLike) -> Float[np.ndarray, "sequence feature"]:
        return checked_vectors(vectors, self.features)

    def _continuation(self, tokens: np.ndarray, log_prob: float) -> Continuation:
        return Continuation(
            self.vocabulary.decode(tokens.tolist()), float(log_prob), bool((tokens == END).any())
        )


def checked_vectors(vectors: ArrayLike, features: int) -> Float[np.ndarray, "sequence feature"]:
    """Return one or several vectors as rows; refuse another width, and numbers that are not
    finite."""
    held = np.atleast_2d(np.asarray(vectors, np.float32))
    if held.ndim != 2 or held.shape[1] != features:
        raise Refusal(
            f"A vector must have {counted(features, 'number')}, as in training, but `vectors` has "
            f"the shape {held.shape}."
        )
    if not np.isfinite(held).all():
        raise Refusal("`vectors` holds a number that is not finite. Give finite numbers.")
    return held
