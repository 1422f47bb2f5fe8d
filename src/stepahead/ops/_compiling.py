"""The time that this process has spent on compilation."""

from functools import cache

import jax

_COMPILING = (
    "/jax/core/compile/jaxpr_to_mlir_module_duration",
    "/jax/core/compile/backend_compile_duration",
)


class _Spent:
    """Seconds of compilation that JAX reported so far."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, event: str, duration_secs: float, **kwargs: str | int) -> None:
        if event in _COMPILING:
            self.seconds += duration_secs


@cache
def _spent() -> _Spent:
    """The only listener of this process: JAX keeps listeners until the process ends."""
    spent = _Spent()
    jax.monitoring.register_event_duration_secs_listener(spent)
    return spent


def compiling_seconds() -> float:
    """Seconds of compilation by JAX since the first call; take the difference of two calls for the
    time between them.

    >>> import jax.numpy as jnp
    >>> before = compiling_seconds()
    >>> _ = jax.jit(lambda x: x + 41)(jnp.ones(3))
    >>> compiling_seconds() > before
    True
    """
    return _spent().seconds
