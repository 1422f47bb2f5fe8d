"""The cache of recent tokens that a language model has in running text."""

from dataclasses import replace
from typing import cast

import numpy as np
from jaxtyping import Float

from ...data import Tokens
from ...generation import LanguageModel
from ...models import HiddenTokenStep, RecentTokens, mixing_weights, recent_log_probs, with_recent

SHARPNESSES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
"""The figures that are tried: the larger, the more a similar context counts."""

WINDOW = 500
"""Tokens that are remembered."""

LEAST_SHARE, MOST_SHARE = 0.01, 0.9
"""Recent tokens of less share are left out, and the most that is left to them: beside counts a
network that had no time to learn would get nothing, and alone the rest would be impossible."""


def remembering(
    network: LanguageModel,
    said: Float[np.ndarray, "model token"],
    heldout: Tokens,
    most: int,
) -> tuple[LanguageModel, Float[np.ndarray, " token"]] | None:
    """The network with a cache of recent tokens, and its log probabilities of the held-out text;
    None where recent tokens tell nothing.

    `said` are the log probabilities by the n-grams and by the network. Sharpness and share are
    those of the greatest likelihood of the first `most` held-out tokens in a mixture of all three.
    """
    inner = cast(HiddenTokenStep, network.model)
    ended = network.tokens(heldout).with_ends()
    begun = ended.ids[:most], np.array([0, min(most, len(ended.ids))])
    found: list[tuple[float, float, float]] = []
    for sharpness, recent in zip(
        SHARPNESSES, recent_log_probs(inner, SHARPNESSES, WINDOW, *begun), strict=True
    ):
        every = np.concatenate([said[:, :most], recent[None]])
        weights = np.array(mixing_weights(every))
        loss = -np.logaddexp.reduce(every + np.log(weights)[:, None], axis=0).mean()
        found.append((float(loss), sharpness, float(weights[2] / weights[1:].sum())))
    _, sharpness, share = min(found)
    if share < LEAST_SHARE:
        return None
    share = min(share, MOST_SHARE)
    model = RecentTokens(inner, share, sharpness, WINDOW)
    (recent,) = recent_log_probs(inner, (sharpness,), WINDOW, ended.ids, ended.offsets)
    mixed = with_recent(said[1], recent, model.shares(ended.offsets))
    return replace(network, model=model), mixed
