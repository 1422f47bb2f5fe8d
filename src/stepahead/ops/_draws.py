"""Random numbers on the host: NumPy generators and further keys from a JAX key, without
compilation.

Initial weights and the order of minibatches are drawn once and are small; drawing them with JAX
would take seconds of compilation before the first training step. If the key is traced (under
`jax.vmap` or `jax.jit`), the host is called back when the program runs, and gives the same numbers.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from .._check import Refusal
from .._types import Key, checked_key


def as_key(key: Key) -> PRNGKeyArray:
    """Return the key itself, or the key of a whole number: the same as `jax.random.key(number)`.

    >>> bool((jax.random.key_data(as_key(7)) == jax.random.key_data(jax.random.key(7))).all())
    True
    """
    checked_key(key)
    if isinstance(key, jax.Array):
        return key
    with jax.ensure_compile_time_eval():
        return _wrapped(np.array(divmod(int(key), 2**32), np.uint32))


def generator(key: PRNGKeyArray, *place: int) -> np.random.Generator:
    """Return the NumPy generator of a key; with `place`, one of many independent ones, for example
    one for each epoch.

    A traced key, whose numbers are not known yet, is refused (see `drawn`).

    >>> one, again, other = (generator(as_key(0), epoch).random() for epoch in (1, 1, 2))
    >>> one == again, one == other
    (True, False)
    """
    if isinstance(key, jax.core.Tracer):
        raise Refusal(
            "`key` is traced by `jax.jit` or `jax.vmap`, but what is asked for draws on the host. "
            "Call it outside of them."
        )
    return np.random.default_rng(_seed(_words(key), place))


def drawn(
    key: PRNGKeyArray, shape: tuple[int, ...], draw: Callable[[np.random.Generator], np.ndarray]
) -> Float[Array, "..."]:
    """Return `draw(generator)`, an array of this `shape`, in float32: drawn on the host with the
    key's generator, at once, or when the program runs if the key is traced.

    >>> def normal(draws):
    ...     return draws.normal(size=2)
    >>> keys = jax.random.split(jax.random.key(0), 3)
    >>> mapped = jax.vmap(lambda key: drawn(key, (2,), normal))(keys)
    >>> bool((mapped[1] == drawn(keys[1], (2,), normal)).all())
    True
    """
    return _on_host(
        key,
        shape,
        np.dtype(np.float32),
        lambda words: draw(np.random.default_rng(_seed(words, ()))),
    )


def split_key(key: PRNGKeyArray, count: int) -> tuple[PRNGKeyArray, ...]:
    """Return `count` further keys, independent of each other and of the numbers of `generator`.

    >>> len(split_key(as_key(0), 3))
    3
    """

    def states(words: list[int]) -> np.ndarray:
        return np.stack([_seed(words, (k,), branch=1).generate_state(2) for k in range(count)])

    if isinstance(key, jax.core.Tracer):
        return tuple(
            jax.random.wrap_key_data(_on_host(key, (count, 2), np.dtype(np.uint32), states))
        )
    with jax.ensure_compile_time_eval():
        return tuple(_wrapped(state) for state in states(_words(key)))


def _on_host(
    key: PRNGKeyArray,
    shape: tuple[int, ...],
    dtype: np.dtype,
    make: Callable[[list[int]], np.ndarray],
) -> Array:
    """Call `make` on the words of a key: at once, or on the host when the program runs if the key
    is traced."""

    def made(words: Any) -> np.ndarray:
        return make(np.asarray(words).tolist()).astype(dtype)

    if not isinstance(key, jax.core.Tracer):
        return jax.device_put(made(_words(key)))
    return jax.pure_callback(
        made, jax.ShapeDtypeStruct(shape, dtype), jax.random.key_data(key), vmap_method="sequential"
    )


def _words(key: PRNGKeyArray) -> list[int]:
    # A concrete key stays concrete while a program is traced.
    with jax.ensure_compile_time_eval():
        return np.asarray(jax.random.key_data(key)).tolist()


def _seed(words: list[int], place: tuple[int, ...], branch: int = 0) -> np.random.SeedSequence:
    return np.random.SeedSequence(words, spawn_key=(branch, *place))


def _wrapped(words: np.ndarray) -> PRNGKeyArray:
    return jax.random.wrap_key_data(jax.device_put(words))
