"""Finding, choosing and registering the compiled kernels, at their first use."""

import ctypes
import os
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

SETS = ("baseline", "avx2", "avx512")
"""The sets of instructions that the kernels are compiled for, by rising level."""

CHOICE = "STEPAHEAD_KERNELS"
"""The environment variable that names one of `SETS`, or `none`; unset, the best that the machine
supports is taken."""


@dataclass(frozen=True)
class Kernels:
    """A loaded set of kernels, or None with the reason why there is none."""

    library: ctypes.CDLL | None
    reason: str


def available() -> bool:
    """True if the compiled kernels can be called in this process."""
    return kernels().library is not None


def reason() -> str:
    """A sentence that says which kernels are used, or why there are none."""
    return kernels().reason


@cache
def kernels() -> Kernels:
    """Load the best kernels for this machine and register them with XLA; done once, when first
    asked for."""
    folder = folder_of("kernels")
    choice = os.environ.get(CHOICE, "")
    if choice == "none":
        return Kernels(
            None,
            f"Compiled kernels are switched off by {CHOICE}=none; recurrences run on lax.scan.",
        )
    if not _file(folder, "baseline").exists():
        return Kernels(
            None,
            "The package was built without its compiled kernels; recurrences run on lax.scan. "
            "Install a C++17 compiler.",
        )
    try:
        import jax

        best = _open(folder, "baseline").stepahead_level()
        levels = [n for n in SETS[: best + 1] if _file(folder, n).exists()]
        if choice and choice not in levels:
            return Kernels(
                None,
                f"{CHOICE}={choice} is not among what this machine can run: {', '.join(levels)}, "
                "none. Using lax.scan.",
            )
        name = choice or levels[-1]
        library = _open(folder, name)
        for target in ("stepahead_forward", "stepahead_backward"):
            jax.ffi.register_ffi_target(target, jax.ffi.pycapsule(library[target]), platform="cpu")
    # A library that cannot be loaded or lacks a function; a jaxlib without FFI, or one that refuses
    # the target. The scan path is there.
    except (OSError, AttributeError, ImportError, RuntimeError, TypeError, ValueError) as problem:
        return Kernels(
            None,
            f"The compiled kernels do not fit this machine or this jaxlib ({problem}); recurrences "
            "run on lax.scan.",
        )
    return Kernels(library, f"Recurrences run on compiled kernels ({name}).")


def folder_of(stem: str) -> Path:
    """The folder with these built kernels: beside this file, or, in an editable installation, among
    the installed files."""
    beside = Path(__file__).parent
    if (beside / f"_{stem}_baseline.so").exists():
        return beside
    try:
        return Path(str(distribution("stepahead").locate_file("stepahead/native")))
    except PackageNotFoundError:
        return beside


def _file(folder: Path, name: str) -> Path:
    return folder / f"_kernels_{name}.so"


def _open(folder: Path, name: str) -> ctypes.CDLL:
    library = ctypes.CDLL(str(_file(folder, name)))
    library.stepahead_room.argtypes = [ctypes.c_int64, ctypes.c_int64]
    library.stepahead_room.restype = ctypes.c_int64
    return library
