"""`bits_ahead`: how well a model of tokens predicts the token at every distance ahead."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ..._check import Refusal, counted, whole
from ..._types import Key, TokenStep
from ...data import Tokens
from ...ops import host_generator
from ._beam import taken

READ = 32
"""The most tokens that are read before the first prediction."""

CELLS = 4_000_000
"""The most probabilities that are held at a time."""


@dataclass(frozen=True, eq=False)
class BitsAhead:
    """Mean bits of the token 1, 2, … `steps` ahead: under the model, under the `frequencies` of
    tokens, and the standard error of their difference, at so many `places`."""

    steps: Int[np.ndarray, " step"]
    bits: Float[np.ndarray, " step"]
    frequencies: Float[np.ndarray, " step"]
    error: Float[np.ndarray, " step"]
    places: int

    @property
    def known(self) -> int:
        """The number of steps ahead up to which the model is better than the frequencies by at
        least two standard errors."""
        better = self.frequencies - self.bits > 2 * self.error
        return int(np.append(better, False).argmin())


def bits_ahead(
    model: TokenStep,
    tokens: Tokens,
    log_frequencies: Float[np.ndarray, " vocab"],
    steps: int,
    *,
    key: Key,
    places: int = 200,
    draws: int = 16,
) -> BitsAhead:
    """Return the bits of the tokens 1 … `steps` ahead at `places` random positions of a text.

    p(x_{t+k} | x_1 … x_t) is estimated by the mean, over `draws` continuations sampled from the
    model, of the probability of x_{t+k} after the k − 1 sampled tokens; the frequency counts as one
    more draw, so that no probability is 0. The model reads at most `READ` tokens before.

    >>> from stepahead import training
    >>> from stepahead.models import NGram
    >>> text = Tokens.from_texts(["a b c d " * 30] * 8)
    >>> model = training.count(NGram(3), text)
    >>> found = bits_ahead(model, text, text.log_frequencies(), 4, key=0)
    >>> found.known, bool((found.bits < 0.3).all()), found.frequencies.round(1).tolist()
    (4, True, [2.0, 2.0, 2.0, 2.0])
    """
    whole("steps", steps)
    lengths = tokens.lengths
    read = int(min(READ, max(1, np.median(lengths) // 2)))
    usable = np.maximum(lengths - read - steps + 1, 0)
    if not usable.sum():
        raise Refusal(
            f"No sequence has the {counted(read + steps, 'token')} that are needed to look "
            f"{counted(steps, 'step')} ahead. Give longer ones, or look less far."
        )
    generator = host_generator(key)
    places = int(min(places, usable.sum()))
    chosen = np.sort(generator.choice(int(usable.sum()), places, replace=False))
    of = np.searchsorted(np.cumsum(usable), chosen, side="right")
    starts = tokens.offsets[of] + chosen - (np.cumsum(usable) - usable)[of]
    ids = tokens.ids[starts[:, None] + np.arange(read + steps)]
    at_once = max(1, CELLS // (draws * model.size))
    parts = [
        _probabilities(model, part, read, draws, generator)
        for part in np.array_split(ids, -(-places // at_once))
    ]
    base = np.exp(log_frequencies)[ids[:, read:]]
    known = (np.concatenate(parts) * draws + base) / (draws + 1)
    gain = np.log2(known) - np.log2(base)
    return BitsAhead(
        np.arange(1, steps + 1),
        -np.log2(known).mean(axis=0),
        -np.log2(base).mean(axis=0),
        gain.std(axis=0) / np.sqrt(places),
        places,
    )


def _probabilities(
    model: TokenStep,
    ids: Int[np.ndarray, "place time"],
    read: int,
    draws: int,
    generator: np.random.Generator,
) -> Float[np.ndarray, "place step"]:
    """The mean probability of the tokens after the first `read`, over samples of those in
    between."""
    state, log_probs = model.start(len(ids))
    for column in ids[:, :read].T:
        state, log_probs = model.step(state, column.astype(np.int32))
    rows = np.repeat(np.arange(len(ids)), draws)
    every, state, log_probs = ids[rows], taken(state, rows), np.asarray(log_probs)[rows]
    found: Sequence[np.ndarray] = []
    for column in every[:, read:].T:
        probabilities = np.exp(np.asarray(log_probs, np.float64))
        own = probabilities[np.arange(len(every)), column]
        found = [*found, own.reshape(-1, draws).mean(axis=1)]
        if len(found) == every.shape[1] - read:
            break
        cumulative = probabilities.cumsum(axis=1)
        u = generator.random((len(every), 1)) * cumulative[:, -1:]
        drawn = (cumulative <= u).sum(axis=1).astype(np.int32)
        state, log_probs = model.step(state, drawn)
    return np.stack(found, axis=1)
