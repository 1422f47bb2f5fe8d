"""The compiled kernels of exponential smoothing and the Theta method: one call for many series,
without JAX.

>>> isinstance(available(), bool)
True
"""

import ctypes
import os
from functools import cache
from typing import Any

import numpy as np

from .._kernels import CHOICE, SETS, folder_of

_STEM = "kernels_series"


def available() -> bool:
    """True if the kernels were built, run on this machine and are not switched off; else NumPy
    does the work."""
    return _library() is not None


def call(name: str, *arguments: Any) -> None:
    """Call a kernel: arrays go by their address, whole numbers as 64 bits, Python floats as
    doubles."""
    library = _library()
    assert library is not None  # `available()` was asked before
    function = library[f"stepahead_{name}"]
    function.restype = None
    function(*(_passed(each) for each in arguments))


def _passed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        assert value.flags.c_contiguous and value.dtype in (np.int64, np.float64)
        return value.ctypes.data_as(ctypes.c_void_p)
    return ctypes.c_double(value) if isinstance(value, float) else ctypes.c_int64(int(value))


@cache
def _library() -> ctypes.CDLL | None:
    """The best library for this machine, or the one that the environment names."""
    folder, choice = folder_of(_STEM), os.environ.get(CHOICE, "")
    baseline = folder / f"_{_STEM}_baseline.so"
    if choice == "none" or not baseline.exists():
        return None
    try:
        best = ctypes.CDLL(str(baseline)).stepahead_series_level()
        levels = [n for n in SETS[: best + 1] if (folder / f"_{_STEM}_{n}.so").exists()]
        if choice and choice not in levels:
            return None
        return ctypes.CDLL(str(folder / f"_{_STEM}_{choice or levels[-1]}.so"))
    except (OSError, AttributeError):  # of another machine, or of another version
        return None
