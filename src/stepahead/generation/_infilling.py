"""`fill`: what stood in a gap, from both sides, exact for n-gram models of any order."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from .._types import END
from ..inference import smooth
from ..models import NGramModel
from ._best_sequences import Found, Gap, best_of, impossible


class Filling(NamedTuple):
    """What a gap may have held: `posterior[i, w]`, the probability that its token i was w, given
    both sides; `best`, its most likely tokens as a whole; and the log probability in nats of all
    that comes after `before`, whatever the gap held."""

    posterior: Float[np.ndarray, "place vocab"]
    best: Found
    log_evidence: float


def fill(
    model: NGramModel,
    before: Sequence[int],
    length: int,
    after: Sequence[int],
    *,
    fixed: Mapping[int, int] | None = None,
    forbidden: Sequence[int] = (END,),
) -> Filling:
    """What stood in a gap of `length` tokens between `before` and `after`: p(gap | both sides), by
    sums over all fillings.

    `before` begins with END if it begins the sequence, `after` ends with END if it ends it. `fixed`
    says which tokens of the gap are known (place from 0 on: token), `forbidden` which stand nowhere
    in it. Exact for any order, at the cost of all n-grams a token.

    >>> from stepahead import data, training
    >>> from stepahead.models import NGram, WittenBell
    >>> tokens = data.Tokens.from_texts(["the cat sat", "the dog ran", "a cat sat"])
    >>> words, model = tokens.vocabulary, training.count(NGram(2, WittenBell()), tokens)
    >>> found = fill(model, [END, *words.encode("the")], 1, [*words.encode("ran"), END])
    >>> words.decode(found.best.tokens), words.words[found.posterior[0].argmax()]
    ('dog', 'dog')
    """
    gap = Gap.of(model, before, length, after, fixed, forbidden)
    contexts = gap.contexts
    start = contexts.advance(contexts.at(gap.start))
    found = smooth(contexts, gap.allowed[None], start, contexts.expect)
    log_evidence = float(found.log_likelihood.sum())
    if not np.isfinite(log_evidence):
        raise impossible()
    return Filling(found.belief[0, :length], best_of(gap, 1)[0], log_evidence)
