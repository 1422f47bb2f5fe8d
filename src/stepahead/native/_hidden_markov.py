"""The kernels of hidden Markov models: forward-backward and Viterbi over many sequences, on the
host, in float64."""

import ctypes
import os
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._kernels import kernels

MOST_STATES = 64
"""The largest number of states that forward-backward is compiled for."""


class Sums(NamedTuple):
    """The result of forward-backward: the probability of every state at every step, expected steps
    from state to state, expected first states, and log p(x_t | x₁ … x_{t−1}) of every step, NaN at
    the first of a sequence that has to be done again in log space."""

    posterior: Float[np.ndarray, "total state"] | None
    steps: Float[np.ndarray, "state state"]
    first: Float[np.ndarray, " state"]
    log_likelihood: Float[np.ndarray, " total"]


def forward_backward(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    start: Float[np.ndarray, " state"],
    transition: Float[np.ndarray, "state state"],
    *,
    posterior: bool = True,
    threads: int | None = None,
) -> Sums:
    """Forward-backward with scaling; `start` and `transition` are probabilities."""
    library, (total, states) = _library(), scores.shape
    found = Sums(
        np.empty((total, states)) if posterior else None,
        np.zeros((states, states)),
        np.zeros(states),
        np.empty(total),
    )
    held = [np.ascontiguousarray(a, np.float64) for a in (scores, start, transition)]
    ends = np.ascontiguousarray(offsets, np.int64)
    library.stepahead_forward_backward(
        _at(held[0]),
        _at(ends),
        ctypes.c_int64(len(ends) - 1),
        ctypes.c_int64(states),
        _at(held[1]),
        _at(held[2]),
        None if found.posterior is None else _at(found.posterior),
        _at(found.log_likelihood),
        _at(found.steps),
        _at(found.first),
        ctypes.c_int(_threads() if threads is None else threads),
    )
    return found


def best_paths(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    log_start: Float[np.ndarray, " state"],
    log_transition: Float[np.ndarray, "state state"],
    *,
    threads: int | None = None,
) -> tuple[Int[np.ndarray, " total"], Float[np.ndarray, " sequence"]]:
    """The most probable path of every sequence, of equal ones the first, and its log
    probability."""
    library, (total, states) = _library(), scores.shape
    held = [np.ascontiguousarray(a, np.float64) for a in (scores, log_start, log_transition)]
    ends = np.ascontiguousarray(offsets, np.int64)
    path, highest = np.zeros(total, np.int32), np.zeros(len(ends) - 1)
    library.stepahead_best_paths(
        _at(held[0]),
        _at(ends),
        ctypes.c_int64(len(ends) - 1),
        ctypes.c_int64(states),
        _at(held[1]),
        _at(held[2]),
        _at(path),
        _at(highest),
        ctypes.c_int(_threads() if threads is None else threads),
    )
    return path, highest


def _library() -> ctypes.CDLL:
    library = kernels().library
    assert library is not None  # `available()` was asked before
    return library


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
