"""`infill`: the tokens in a gap given both sides, exact for n-gram models of any order."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ..._types import END
from ...models import NGramModel
from ..latent import smooth
from ._best_sequences import Gap, ScoredTokens, best_of, no_sequence_fits


class Infilling(NamedTuple):
    """The result of `infill`: `posterior[i, w]`, the probability that token i of the gap is w given
    both sides; `best`, the most probable tokens as a whole; and the log probability, in nats, of
    everything after `before`, summed over all fillings."""

    posterior: Float[np.ndarray, "place vocab"]
    best: ScoredTokens
    log_evidence: float


def infill(
    model: NGramModel,
    before: Sequence[int],
    length: int,
    after: Sequence[int],
    *,
    fixed: Mapping[int, int] | None = None,
    forbidden: Sequence[int] = (END,),
) -> Infilling:
    """Posterior over the `length` tokens in a gap between `before` and `after`, by the
    forward–backward algorithm.

    `before` starts with END if it starts the sequence, and `after` ends with END if it ends it.
    `fixed` maps positions in the gap (from 0 on) to known tokens; `forbidden` tokens are not used
    in it. Exact for any order, at the cost of all n-grams for each token.

    >>> from stepahead import data, training
    >>> from stepahead.models import NGram, WittenBell
    >>> tokens = data.Tokens.from_texts(["the cat sat", "the dog ran", "a cat sat"])
    >>> words, model = tokens.vocabulary, training.count(NGram(2, WittenBell()), tokens)
    >>> found = infill(model, [END, *words.encode("the")], 1, [*words.encode("ran"), END])
    >>> words.decode(found.best.tokens), words.words[found.posterior[0].argmax()]
    ('dog', 'dog')
    """
    gap = Gap.of(model, before, length, after, fixed, forbidden)
    contexts = gap.contexts
    start = contexts.advance(contexts.at(gap.start))
    found = smooth(contexts, gap.allowed[None], start, contexts.expect)
    log_evidence = float(found.log_likelihood.sum())
    if not np.isfinite(log_evidence):
        raise no_sequence_fits()
    return Infilling(found.belief[0, :length], best_of(gap, 1)[0], log_evidence)
