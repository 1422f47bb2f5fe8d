"""Randomness on the host: from a key to NumPy's generators and to further keys, without compiling anything.

Initial weights and the order of minibatches are drawn once and are small: drawn by JAX they would cost seconds of compilation
before the first step of training.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from .._check import Refusal
from .._types import Key


def as_key(key: Key) -> PRNGKeyArray:
    """The key itself, or the key of a whole number: the same as `jax.random.key(number)`.

    >>> bool((jax.random.key_data(as_key(7)) == jax.random.key_data(jax.random.key(7))).all())
    True
    """
    if isinstance(key, jax.Array) and jnp.issubdtype(key.dtype, jax.dtypes.prng_key):
        return key
    if isinstance(key, bool) or not isinstance(key, int | np.integer) or not 0 <= key < 2**64:
        raise Refusal(f"`key` must be a whole number from 0 on, or a key of JAX such as `jax.random.key(0)`, but it is {key!r}.")
    return _wrapped(np.array(divmod(int(key), 2**32), np.uint32))


def generator(key: PRNGKeyArray, *place: int) -> np.random.Generator:
    """NumPy's generator for a key; with `place`, one of many that are independent of each other, for example one an epoch.

    >>> one, again, other = (generator(as_key(0), epoch).random() for epoch in (1, 1, 2))
    >>> one == again, one == other
    (True, False)
    """
    return np.random.default_rng(_seed(key, place))


def split(key: PRNGKeyArray, count: int) -> tuple[PRNGKeyArray, ...]:
    """So many further keys, independent of each other and of the draws of `generator`. A traced key stands for all of them.

    >>> len(split(as_key(0), 3))
    3
    """
    if isinstance(key, jax.core.Tracer):
        return (key,) * count
    states = (_seed(key, (k,), branch=1).generate_state(2) for k in range(count))
    return tuple(_wrapped(state) for state in states)


def _seed(key: PRNGKeyArray, place: tuple[int, ...], branch: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(np.asarray(jax.random.key_data(key)).tolist(), spawn_key=(branch, *place))


def _wrapped(words: np.ndarray) -> PRNGKeyArray:
    return jax.random.wrap_key_data(jax.device_put(words))
