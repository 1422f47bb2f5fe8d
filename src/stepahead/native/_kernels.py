"""The native kernels that need JAX, registered with it on first use."""

import ctypes
from dataclasses import dataclass
from functools import cache

from .._extras import installed
from ._library import load

_INSTEAD = "recurrences run on lax.scan."


@dataclass(frozen=True)
class Kernels:
    """A loaded set of kernels, or None with the reason why there are none."""

    library: ctypes.CDLL | None
    reason: str


def available() -> bool:
    """Return True if the native kernels can be called in this process."""
    return kernels().library is not None


def reason() -> str:
    """Return a sentence that says which kernels are used, or why there are none."""
    return kernels().reason


@cache
def kernels() -> Kernels:
    """Load the best kernels for this machine and register them with XLA; done once, on first
    use."""
    found = load("kernels")
    library = found.best
    if library is None:
        return Kernels(None, f"{found.missing}; {_INSTEAD}")
    if not installed("jax"):
        return Kernels(
            None, f"Series run on compiled kernels ({found.name}); JAX, for networks, is not there."
        )
    try:
        import jax

        library.stepahead_room.argtypes = [ctypes.c_int64, ctypes.c_int64]
        library.stepahead_room.restype = ctypes.c_int64
        for name in ("forward", "backward", "softmax", "adam", "window_step", "window_epoch"):
            target = f"stepahead_{name}"
            jax.ffi.register_ffi_target(target, jax.ffi.pycapsule(library[target]), platform="cpu")
    # A jaxlib without FFI, or one that refuses the target. The scan path is there.
    except (AttributeError, ImportError, RuntimeError, TypeError, ValueError) as problem:
        return Kernels(None, f"The compiled kernels do not fit this jaxlib ({problem}); {_INSTEAD}")
    return Kernels(library, f"Recurrences run on compiled kernels ({found.name}).")
