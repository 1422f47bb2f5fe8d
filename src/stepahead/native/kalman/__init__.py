"""The native Kalman filter and smoother: one call for many series, without JAX.

>>> isinstance(available(), bool), reason().endswith(".")
(True, True)
"""

import ctypes
from collections.abc import Mapping
from functools import cache

import numpy as np

from .._library import load

SIZES = (
    "series",
    "states",
    "transitions",
    "shocks",
    "designs",
    "columns",
    "groups",
    "channels",
    "threads",
)
"""The numbers in the header `problem.h`, in its order."""

ARRAYS = {
    "offsets": np.int64,
    "values": np.float64,
    "covariates": np.float64,
    "transition_row": np.int32,
    "transition_column": np.int32,
    "shock_row": np.int32,
    "shock_column": np.int32,
    "design_state": np.int32,
    "design_group": np.int32,
    "column_state": np.int32,
    "column_group": np.int32,
    "diffuse": np.int32,
    "design": np.float64,
    "transition": np.float64,
    "shock": np.float64,
    "noise": np.float64,
    "start_mean": np.float64,
    "start_cov": np.float64,
}
"""The input arrays, in the order of `problem.h`."""

RESULTS = (
    "log_likelihood",
    "steps",
    "mean",
    "variance",
    "end_mean",
    "end_cov",
    "end_diffuse",
    "d_noise",
    "d_shock",
    "d_transition",
    "d_start_cov",
    "smooth_mean",
    "smooth_cov",
    "signal_mean",
    "signal_variance",
    "smooth_error",
    "error_variance",
    "smooth_shock",
    "shock_variance",
)
"""The output arrays, which are written if they are given, in the order of `problem.h`."""


class _Problem(ctypes.Structure):
    _fields_ = tuple(
        [(name, ctypes.c_int64) for name in SIZES]
        + [(name, ctypes.c_void_p) for name in (*ARRAYS, *RESULTS)]
    )


def available() -> bool:
    """Return True if the native filter can be called in this process."""
    return _library()[0] is not None


def reason() -> str:
    """Return the instruction set that is used, or the reason why there is none, as a sentence."""
    return _library()[1]


def solve(
    sizes: Mapping[str, int], arrays: Mapping[str, np.ndarray], results: Mapping[str, np.ndarray]
) -> None:
    """Filter and smooth every series; fill the `results` that are given, which are float64 and
    contiguous.

    The result does not depend, to the bit, on the number of `threads`. `arrays` are converted if
    necessary.
    """
    read = {name: np.ascontiguousarray(arrays[name], kind) for name, kind in ARRAYS.items()}
    places = {name: each.ctypes.data for name, each in {**read, **results}.items()}
    problem = _Problem(**sizes, **{name: ctypes.c_void_p(at) for name, at in places.items()})
    library = _library()[0]
    assert library is not None  # `available()` was asked before
    library.stepahead_kalman(ctypes.byref(problem))


@cache
def _library() -> tuple[ctypes.CDLL | None, str]:
    """The best library for this machine, or None; and a sentence about it."""
    found = load("kernels_kalman")
    if found.best is None:
        return None, f"{found.missing}; NumPy filters."
    found.best.stepahead_kalman.argtypes = [ctypes.POINTER(_Problem)]
    found.best.stepahead_kalman.restype = None
    return found.best, f"State-space models run on compiled kernels ({found.name})."
