"""The candidates of `auto_tag`: the taggers that it compares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._types import Key
from ...data import Tagged
from ...labelling import TagModel
from ...models import CRFTagger, HMMTagger, MostFrequentTag
from ...tasks import fit_crf
from .. import fit

Share = Callable[[float], None]
"""Receives the share of a fit that is done; may raise an error to stop the fit."""

ENOUGH = 1_000
"""The number of sentences from which on a network is compared."""


EPOCHS, LEAST_A_WORD = 8, 4e-5
"""The epochs of the network, and a lower bound of the seconds per word and epoch (half of what was
measured)."""


@dataclass(frozen=True)
class TagCandidate:
    """A tagger to compare: its name, and `fit`, which takes sentences, a key and a callback for the
    share that is done. `least` is a lower bound of the seconds of a fit: without that much time
    left, the fit is not started."""

    name: str
    fit: Callable[[Tagged, Key, Share], TagModel]
    least: float = 0.0


BASELINE = TagCandidate(
    "most-frequent", lambda tagged, key, on_share: fit(MostFrequentTag(), tagged)
)
"""The most frequent tag of each word."""


def tag_candidates(tagged: Tagged) -> tuple[TagCandidate, ...]:
    """Return the taggers that `auto_tag` compares with the most frequent tag of each word, cheapest
    first.

    >>> from stepahead.data import Tokens
    >>> tagged = Tagged(Tokens.from_texts(["a cat"]), Tokens.from_texts(["D N"]))
    >>> [each.name for each in tag_candidates(tagged)]
    ['hmm', 'crf']
    """
    found = (tag_method("hmm", HMMTagger()), tag_method("crf", CRFTagger()))
    if len(tagged) < ENOUGH:
        return found
    least = LEAST_A_WORD * EPOCHS * len(tagged.inputs.ids)
    return *found, tag_network("lstm", _recurrent(), EPOCHS, least=least)


def tag_method(name: str, spec: HMMTagger | CRFTagger) -> TagCandidate:
    """Return a candidate that needs no network."""

    def fitted(tagged: Tagged, key: Key, on_share: Share) -> TagModel:
        if isinstance(spec, HMMTagger):
            return fit(spec, tagged)
        return fit_crf(
            spec,
            tagged,
            key=key,
            on_epoch=lambda number, right: on_share(number / spec.epochs),
        )

    return TagCandidate(name, fitted)


def tag_network(
    name: str, spec: Any, epochs: int, *, rate: float = 4e-3, least: float = 0.0
) -> TagCandidate:
    """Return a candidate for the network `spec`, trained for this number of `epochs`; the learning
    rate falls from `rate` to 0 along a cosine. `least` is a lower bound of the seconds of a fit."""

    def fitted(tagged: Tagged, key: Key, on_share: Share) -> TagModel:
        from ...training import BySequence, adam, cosine

        batch = max(1, min(32, len(tagged) // 8))
        optimizer = adam(cosine(rate, epochs * (-(-len(tagged) // batch) + 4)))
        recipe = BySequence(epochs=epochs, batch=batch, optimizer=optimizer)
        return fit(
            spec,
            tagged,
            key=key,
            training=recipe,
            on_event=lambda event: on_share(event.number / epochs),
        )

    return TagCandidate(name, fitted, least)


def _recurrent() -> Any:
    """A network that reads the words, and the characters of each word, in both directions."""
    from ...models import GRU, LSTM, Encoder, Tagger

    words = Encoder(LSTM(100), bidirectional=True, embedding=100, dropout=0.4, word_dropout=0.2)
    return Tagger(words, Encoder(GRU(32), bidirectional=True, embedding=24, dropout=0.1))
