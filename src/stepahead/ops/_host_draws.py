"""The NumPy generator of a key, without JAX if the key is a whole number."""

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
