"""`TranslationModel`: a fitted sequence-to-sequence model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Int32

from .._check import Refusal, options_known, whole
from .._fitted import FittedNetwork
from .._types import END, UNKNOWN, Key, Learning
from ..data import Pairs, RowScale, Sequences, Vocabulary, input_sizes, model_inputs
from ..inference import (
    TokenScore,
    beam_search,
    conditional_log_probs,
    source_batches,
    source_conditions,
)
from ..models import Source

if TYPE_CHECKING:
    from ..models import TranslatorModel


class AttentionMap(NamedTuple):
    """Attention weights of each target token (the end last) over the source tokens; every row sums
    to 1."""

    weights: Float[np.ndarray, "target source"]
    source: tuple[str, ...]
    target: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TranslationModel(FittedNetwork):
    """A fitted encoder–decoder, the inputs of its encoder (tokens of the vocabulary `source`, or
    numeric rows scaled by `scale`), and the vocabulary of the targets."""

    spec: Any
    model: Any  # by JAX, or in NumPy where it was loaded to be asked
    source: Vocabulary | None
    scale: RowScale | None
    target: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "translation"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> "TranslatorModel":
        """Return an untrained translator of these sources and targets."""
        return fields["spec"].build(
            len(fields["target"]), key, **input_sizes(fields["source"], fields["scale"])
        )

    def translate(
        self,
        inputs: Sequences | str | Iterable[str],
        *,
        width: int = 1,
        length: int | None = None,
        penalty: float = 1.0,
    ) -> tuple[str, ...]:
        """Return the translation of each of the `inputs`, by beam search of this `width`; 1 is
        greedy.

        A translation has at most `length` tokens (by default twice the length of the source plus
        10). Translations of unequal length are ranked by log probability / ((5 + n) / 6)^`penalty`,
        n their number of tokens. `<unk>` is never produced.
        """
        found = self._translations(inputs, width, length, penalty)
        return tuple(self.target.decode(ids.tolist()) for ids in found)

    @options_known()
    def score(self, pairs: Pairs) -> TokenScore:
        """Return the log probability of every target token and every end, given its source and the
        target tokens before it."""
        rows, offsets = model_inputs(pairs.inputs, self.source, self.scale)
        targets = pairs.targets.with_vocabulary(self.target)
        log_probs = conditional_log_probs(self.model, source_conditions(rows, offsets), targets)
        return TokenScore(
            log_probs, targets.with_ends().offsets, int((targets.ids == UNKNOWN).sum())
        )

    def attention(self, source: str, target: str | None = None) -> AttentionMap:
        """Return the attention weights of each target token over the source, for the given target
        or the model's greedy translation."""
        rows, offsets = model_inputs([source], self.source, self.scale)
        assert self.source is not None
        ids = (
            self._translations([source], 1, None, 0.0)[0]
            if target is None
            else self.target.encode(target)
        )
        ended = np.append(ids[ids != END], END).astype(np.int32)
        sources = Source(rows[None], offsets[-1:].astype(np.int32))
        weights = self.model.attended(sources, ended[None], np.array([len(ended)], np.int32))
        words = (
            tuple(v.words[n] for n in numbers)
            for v, numbers in ((self.source, rows), (self.target, ended))
        )
        return AttentionMap(np.asarray(weights, np.float64)[0], *words)

    def _translations(
        self,
        inputs: Sequences | str | Iterable[str],
        width: int,
        length: int | None,
        penalty: float,
    ) -> list[Int32[np.ndarray, " step"]]:
        """The token numbers of every translation, padded with END."""
        rows, offsets = model_inputs(inputs, self.source, self.scale)
        _check_no_empty(offsets)
        found: list[Any] = [None] * (len(offsets) - 1)
        for members, sources in source_batches(rows, offsets):
            state, log_probs = self.model.start(sources)
            default = 2 * np.asarray(sources.lengths) + 10
            limit = default if length is None else whole("length", length)
            start = (self.model.step, state, log_probs)
            beams = beam_search(*start, width, limit, penalty=penalty, forbidden=(UNKNOWN,))
            for row, member in enumerate(members):
                found[member] = beams.tokens[row, 0]
        return found


def _check_no_empty(offsets: Int[np.ndarray, " boundary"]) -> None:
    empty = np.flatnonzero(np.diff(offsets) == 0)
    if len(empty):
        raise Refusal(
            f"Sequence {empty[0] + 1} is empty, so there is nothing to translate. Leave it out."
        )
