"""`TranslationModel`: what `fit` returns for pairs of sequences. It turns the one into the other,
and says how probable that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Int32

from .._check import Refusal, whole
from .._types import END, UNKNOWN, Key, Learning
from ..data import Pairs, RowScale, Sequences, Vocabulary, fed_rows, input_sizes
from ..fitted import Fitted
from ..models import Source, TranslatorModel
from ._beam import beam_search
from ._conditional import given_log_probs, of_sources, source_batches
from ._token_score import TokenScore


class AttentionMap(NamedTuple):
    """How much each token of the target (the end last) looked at each token of the source: every
    row sums to 1."""

    weights: Float[np.ndarray, "target source"]
    source: tuple[str, ...]
    target: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TranslationModel(Fitted):
    """An encoder and a decoder, what the sources are (tokens of `source`, or rows at `scale`), and
    the vocabulary of the targets."""

    spec: Any
    model: TranslatorModel
    source: Vocabulary | None
    scale: RowScale | None
    target: Vocabulary
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "translation"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> TranslatorModel:
        """An untrained translator of these sources and targets."""
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
        """Each source's translation, as far as beam search of this `width` finds the best; 1 is
        greedy.

        At most `length` tokens (twice those of the source and 10 more, unless said). Translations
        of unequal length are ranked by log probability / ((5 + n) / 6)^`penalty`, n their tokens.
        `<unk>` is never said.
        """
        found = self._found(inputs, width, length, penalty)
        return tuple(self.target.decode(ids.tolist()) for ids in found)

    def score(self, pairs: Pairs) -> TokenScore:
        """The log probability of every token of the targets and every end, given its source and
        what stands before it."""
        rows, offsets = fed_rows(pairs.inputs, self.source, self.scale)
        targets = pairs.targets.under(self.target)
        said = given_log_probs(self.model, of_sources(rows, offsets), targets)
        return TokenScore(said, targets.ended().offsets, int((targets.ids == UNKNOWN).sum()))

    def attention(self, source: str, target: str | None = None) -> AttentionMap:
        """What each token of a target looked at in its source; of the model's own greedy
        translation unless one is given."""
        rows, offsets = fed_rows([source], self.source, self.scale)
        assert self.source is not None
        ids = (
            self._found([source], 1, None, 0.0)[0] if target is None else self.target.encode(target)
        )
        ended = np.append(ids[ids != END], END).astype(np.int32)
        given = Source(jnp.asarray(rows[None]), jnp.asarray(offsets[-1:], jnp.int32))
        weights = _attended(self.model, given, jnp.asarray(ended[None]), jnp.array([len(ended)]))
        words = (
            tuple(v.words[n] for n in numbers)
            for v, numbers in ((self.source, rows), (self.target, ended))
        )
        return AttentionMap(np.asarray(weights, np.float64)[0], *words)

    def _found(
        self,
        inputs: Sequences | str | Iterable[str],
        width: int,
        length: int | None,
        penalty: float,
    ) -> list[Int32[np.ndarray, " step"]]:
        """The numbers of every translation, END from where it ended."""
        rows, offsets = fed_rows(inputs, self.source, self.scale)
        _check_something(offsets)
        found: list[Any] = [None] * (len(offsets) - 1)
        for members, given in source_batches(rows, offsets):
            state, log_probs = self.model.start(given)
            limit = (
                2 * np.asarray(given.lengths) + 10 if length is None else whole("length", length)
            )
            beams = beam_search(
                self.model.step,
                state,
                log_probs,
                width,
                limit,
                penalty=penalty,
                forbidden=(UNKNOWN,),
            )
            for row, member in enumerate(members):
                found[member] = beams.tokens[row, 0]
        return found


def _check_something(offsets: Int[np.ndarray, " boundary"]) -> None:
    empty = np.flatnonzero(np.diff(offsets) == 0)
    if len(empty):
        raise Refusal(
            f"Sequence {empty[0] + 1} is empty, so there is nothing to translate. Leave it out."
        )


@eqx.filter_jit
def _attended(
    model: TranslatorModel, given: Source, target: Array, lengths: Array
) -> Float[Array, "batch time source"]:
    return model.attended(given, target, lengths)
