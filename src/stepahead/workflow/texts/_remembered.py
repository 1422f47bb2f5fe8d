"""A cache of recent tokens for a language model of running text."""

from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
from jaxtyping import Float

from ...data import Tokens
from ...generation import LanguageModel
from ...models import HiddenTokenStep, RecentTokens, mixing_weights, recent_log_probs, with_recent

SHARPNESSES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
"""The values of sharpness that are tried: with a larger one, similar contexts count more."""

WINDOWS = (500, 2000)
"""The numbers of remembered tokens that are tried: sharpness is chosen with the smallest."""

LEAST_SHARE, MOST_SHARE = 0.01, 0.9
"""The least share of recent tokens, below which they are left out, and the most. Without a maximum,
an untrained network would get no share next to n-grams, and tokens that are not recent would have
probability 0 without them."""


def remembering(
    network: LanguageModel,
    said: Float[np.ndarray, "model token"],
    heldout: Tokens,
    most: int,
) -> tuple[LanguageModel, Float[np.ndarray, " token"]] | None:
    """Return the network with a cache of recent tokens, and its log probabilities of the held-out
    text; None if recent tokens do not help.

    `said` holds the log probabilities under the n-grams and under the network. Sharpness, share and
    number of remembered tokens maximise the likelihood of the first `most` held-out tokens in a
    mixture of all three.
    """
    inner = cast(HiddenTokenStep, network.model)
    ended = network.tokens(heldout).with_ends()
    begun = ended.ids[:most], np.array([0, min(most, len(ended.ids))])

    def tried(sharpnesses: tuple[float, ...], window: int) -> list[_Tried]:
        recent = recent_log_probs(inner, sharpnesses, window, *begun)
        pairs = zip(sharpnesses, recent, strict=True)
        return [_judged(said[:, :most], one, window, sharpness) for sharpness, one in pairs]

    best = min(tried(SHARPNESSES, WINDOWS[0]))
    if best.share < LEAST_SHARE:
        return None
    for window in WINDOWS[1:]:
        best = min(best, *tried((best.sharpness,), window))
    model = RecentTokens(inner, best.share, best.sharpness, best.window)
    (recent,) = recent_log_probs(inner, (best.sharpness,), best.window, ended.ids, ended.offsets)
    mixed = with_recent(said[1], recent, model.shares(ended.offsets))
    return replace(network, model=model), mixed


class _Tried(NamedTuple):
    """The loss of the mixture with recent tokens, in nats per token; the number of tokens
    remembered; the sharpness; and the share of recent tokens in the network's probability."""

    loss: float
    window: int
    sharpness: float
    share: float


def _judged(
    said: Float[np.ndarray, "model token"],
    recent: Float[np.ndarray, " token"],
    window: int,
    sharpness: float,
) -> _Tried:
    """The share with the greatest likelihood, and its loss; the share grows while the cache
    fills."""
    counts, told, remembered = mixing_weights(np.concatenate([said, recent[None]]))
    share = min(remembered / (told + remembered), MOST_SHARE)
    full = np.minimum(np.arange(len(recent)), window) / window
    network = with_recent(said[1], recent, share * full)
    mixed = np.logaddexp(said[0] + np.log(counts), network + np.log(told + remembered))
    return _Tried(float(-mixed.mean()), window, sharpness, share)
