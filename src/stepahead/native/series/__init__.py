"""The native kernels of exponential smoothing, the Theta method and ARIMA: one call for many
series, without JAX.

>>> isinstance(available(), bool)
True
"""

import ctypes
from functools import cache
from typing import Any

import numpy as np

from .._library import load


def available() -> bool:
    """Return True if the kernels were built, run on this machine and are not switched off;
    otherwise NumPy is used."""
    return bool(_libraries())


def call(name: str, *arguments: Any) -> None:
    """Call a kernel: arrays are passed by address, whole numbers as 64-bit integers, Python floats
    as doubles."""
    symbol = f"stepahead_{name}"
    library = next(each for each in _libraries() if hasattr(each, symbol))
    function = library[symbol]
    function.restype = None
    function(*(_passed(each) for each in arguments))


def _passed(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        assert value.flags.c_contiguous and value.dtype in (np.int64, np.float64)
        return value.ctypes.data_as(ctypes.c_void_p)
    return ctypes.c_double(value) if isinstance(value, float) else ctypes.c_int64(int(value))


@cache
def _libraries() -> tuple[ctypes.CDLL, ...]:
    """The best library for this machine, or the one that the environment names, and the baseline,
    which has functions that do not benefit from wider vectors; empty if they cannot be used."""
    found = load("kernels_series")
    return tuple(each for each in (found.best, found.baseline) if each is not None)
