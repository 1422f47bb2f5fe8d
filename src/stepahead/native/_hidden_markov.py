"""The kernels of hidden Markov models: forward-backward and Viterbi for many sequences, on the
host, in float64."""

import ctypes
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from ._kernels import kernels
from ._library import cores

MOST_STATES = 64
"""The largest number of states that forward-backward supports."""


class Sums(NamedTuple):
    """The result of forward-backward: the probability of every state at every step, expected
    numbers of transitions, expected initial states, and log p(x_t | x₁ … x_{t−1}) of every step;
    NaN at the first step of a sequence that must be computed again in log space."""

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
    """Run scaled forward-backward; `scores`, sequences between `offsets`; `start` and `transition`
    are probabilities. Without `posterior`, only the log probabilities are computed."""
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
        ctypes.c_int(cores() if threads is None else threads),
    )
    return found


class Source(NamedTuple):
    """Observations for which the kernels compute the scores themselves: tokens with the log
    probability of each in every state, or values (NaN if missing) of channels that are normal and
    independent given the state, with mean and standard deviation."""

    ids: Int[np.ndarray, " total"] | None = None
    table: Float[np.ndarray, "token state"] | None = None
    values: Float[np.ndarray, "total channel"] | None = None
    mean: Float[np.ndarray, "channel state"] | None = None
    deviation: Float[np.ndarray, "channel state"] | None = None

    @property
    def parameters(self) -> Float[np.ndarray, "row state"]:
        """The table of log probabilities; or for every channel μ, 1 / 2σ² and −log σ − ½ log 2π, a
        row each."""
        if self.table is not None:
            return np.ascontiguousarray(self.table, np.float64)
        assert self.mean is not None and self.deviation is not None
        level = -np.log(self.deviation) - 0.5 * np.log(2 * np.pi)
        rows = np.stack([self.mean, 0.5 / np.square(self.deviation), level], axis=1)
        return np.ascontiguousarray(rows.reshape(-1, rows.shape[-1]))

    @property
    def reference(self) -> Float[np.ndarray, "channel state"]:
        """The means around which sums are taken; none for tokens."""
        if self.mean is None:
            assert self.table is not None
            return np.zeros((0, self.table.shape[1]))
        return np.asarray(self.mean, np.float64)

    def weighed(
        self, posterior: Float[np.ndarray, "total state"]
    ) -> Float[np.ndarray, "row state"]:
        """Return the sums of `Totals.emitted`, from the probabilities of the states at every
        step."""
        if self.ids is not None:
            assert self.table is not None
            counts = np.zeros(self.table.shape)
            np.add.at(counts, self.ids, posterior)
            return counts
        assert self.values is not None
        rows = []
        for values, mean in zip(self.values.T, self.reference, strict=True):
            weight = np.where(np.isnan(values)[:, None], 0.0, posterior)
            off = np.nan_to_num(values)[:, None] - mean
            rows += [(weight * off**power).sum(axis=0) for power in range(3)]
        return np.stack(rows)


class Totals(NamedTuple):
    """Sums over all steps given all observations. `emitted` has the rows of `Source.parameters`:
    the expected number of each token in every state; or for each channel the sums of the
    probability w of every state, of w·(x − μ) and of w·(x − μ)²."""

    emitted: Float[np.ndarray, "row state"]
    steps: Float[np.ndarray, "state state"]
    first: Float[np.ndarray, " state"]
    log_likelihood: float


def moved(
    emitted: Float[np.ndarray, "row state"], by: Float[np.ndarray, "channel state"]
) -> Float[np.ndarray, "row state"]:
    """Return `Totals.emitted` around other means: `by` is the old ones minus the new ones. Counts
    of tokens, which have no means, are unchanged.

    >>> around_1 = np.array([[2.0], [3.0], [5.0]])  # of 2 and 3
    >>> moved(around_1, np.array([[1.0]])).ravel().tolist()  # around 0
    [2.0, 5.0, 13.0]
    """
    if not len(by):
        return emitted
    count, off, square = np.moveaxis(emitted.reshape(len(by), 3, -1), 1, 0)
    sums = count, off + by * count, square + by * (2 * off + by * count)
    return np.stack(sums, axis=1).reshape(emitted.shape)


MOST_SUMS = 1 << 16
"""The largest number of sums over the steps; each block of a thread has its own."""


def expected_totals(
    source: Source,
    offsets: Int[np.ndarray, " boundary"],
    start: Float[np.ndarray, " state"],
    transition: Float[np.ndarray, "state state"],
    *,
    threads: int | None = None,
) -> Totals | None:
    """Run scaled forward-backward over sequences between `offsets`, keeping only sums: no array
    except the observations has their length. Return None if probabilities underflow, or for too
    many sums.

    The result does not depend, to the bit, on the number of threads.
    """
    rows, states = source.parameters, len(start)
    if rows.size > MOST_SUMS or states > MOST_STATES:
        return None
    emitted, likelihood = np.zeros(rows.shape), np.zeros(1)
    steps, first = np.zeros((states, states)), np.zeros(states)
    chain = [np.ascontiguousarray(a, np.float64) for a in (start, transition)]
    ends, tokens = np.ascontiguousarray(offsets, np.int64), source.ids is not None
    ids = None if source.ids is None else np.ascontiguousarray(source.ids, np.int32)
    values = None if source.values is None else np.ascontiguousarray(source.values, np.float64)
    fine = _library().stepahead_expected_sums(
        _at(ends),
        ctypes.c_int64(len(ends) - 1),
        ctypes.c_int64(states),
        _at(chain[0]),
        _at(chain[1]),
        None if ids is None else _at(ids),
        _at(rows) if tokens else None,
        ctypes.c_int64(len(rows) if tokens else 0),
        None if values is None else _at(values),
        None if tokens else _at(rows),
        ctypes.c_int64(0 if values is None else values.shape[1]),
        _at(likelihood),
        _at(steps),
        _at(first),
        _at(emitted),
        ctypes.c_int(cores() if threads is None else threads),
    )
    return Totals(emitted, steps, first, float(likelihood[0])) if fine == 1 else None


def best_paths(
    scores: Float[np.ndarray, "total state"],
    offsets: Int[np.ndarray, " boundary"],
    log_start: Float[np.ndarray, " state"],
    log_transition: Float[np.ndarray, "state state"],
    *,
    threads: int | None = None,
) -> tuple[Int[np.ndarray, " total"], Float[np.ndarray, " sequence"]]:
    """Return the most probable path of every sequence (the first of equal ones), and its log
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
        ctypes.c_int(cores() if threads is None else threads),
    )
    return path, highest


def _library() -> ctypes.CDLL:
    library = kernels().library
    assert library is not None  # `available()` was asked before
    return library


def _at(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
