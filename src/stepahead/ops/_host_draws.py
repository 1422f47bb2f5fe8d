"""The NumPy generator and the seed of a key, without JAX if the key is a whole number."""

import numpy as np

from .._types import Key, checked_key


def host_generator(key: Key) -> np.random.Generator:
    """Return the generator of a key: the same as `generator(as_key(key))`.

    >>> from stepahead.ops import as_key, generator
    >>> host_generator(7).random() == generator(as_key(7)).random()
    True
    """
    checked_key(key)
    if isinstance(key, int | np.integer):
        words = list(divmod(int(key), 2**32))
        return np.random.default_rng(np.random.SeedSequence(words, spawn_key=(0,)))
    from ._draws import as_key, generator  # imports JAX

    return generator(as_key(key))


def seed_of(key: Key) -> int:
    """Return a whole number for a key: itself if it is one, else a number drawn from it.

    >>> from stepahead.ops import as_key
    >>> seed_of(7), seed_of(as_key(7)) == seed_of(as_key(7)), seed_of(as_key(7)) < 2**62
    (7, True, True)
    """
    checked_key(key)
    if isinstance(key, int | np.integer):
        return int(key)
    from ._draws import generator  # imports JAX

    return int(generator(key).integers(2**62))
