"""Elimination of the states of a Markov chain one after the other, without a subtraction: exact in
every entry, however small (Grassmann, Taksar and Heyman 1985).

A state k that is taken out hands what comes into it on to where it leads: p_ij += p_ik·p_kj/s_k,
with s_k = Σ_j p_kj over the states that are left. Where others would compute 1 − p_kk, s_k is a sum
of positive numbers, so nothing cancels. With every state go the steps c that are spent in it until
it is left, which are handed on in the same way.
"""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from .._check import Refusal

DENSE = 12_000
"""The largest number of states for which a full matrix is made, 1.2 GB."""

FEW = 400
"""The number of states from which on they are eliminated in a full matrix: quicker than to look at
their neighbours one by one."""

CHEAPER = 500
"""The number of entries of a full matrix that are changed in the time of one entry of a sparse
one."""

BLOCK = 64

LOST, HELD = 1e-300, 1e-50
"""A product below the first may be lost; that does no harm where every state is left with more than
the second: what is lost then stays below 1e-250."""


class TakenOut(NamedTuple):
    """A state, the probability to leave it, its steps, whence it was come to (not divided), and
    where it leads, in shares of 1."""

    state: int
    leaving: float
    steps: float
    sources: Int[np.ndarray, " source"]
    coming: Float[np.ndarray, " source"]
    targets: Int[np.ndarray, " target"]
    going: Float[np.ndarray, " target"]


def taken_out(matrix: sp.csr_array, last: int) -> Iterator[TakenOut]:
    """Every state but `last`, in the reverse of the order in which they were taken out: each sees
    only `last` and those before it.

    The diagonal is not looked at; every state must come to `last`. Refused where probabilities are
    too small for a number to hold.
    """
    rows, order, sparse, lost = _apart(matrix, last)
    leaving, lost_too = _eliminated(rows)
    if not min(leaving.min(), *(one.leaving for one in sparse), np.inf) > (
        HELD if lost or lost_too else 0
    ):
        raise Refusal(
            "Some states of this chain are left, or come to, with a probability that is smaller "
            "than numbers hold (1e-308). Take fewer "
            "states, or join those that are hardly left."
        )
    for k in range(1, len(order)):
        into, to = np.flatnonzero(rows[:k, k + 1]), np.flatnonzero(rows[k, 1 : k + 1])
        yield TakenOut(
            int(order[k]),
            float(leaving[k]),
            float(rows[k, 0]),
            order[into],
            rows[into, k + 1],
            order[to],
            rows[k, to + 1],
        )
    yield from reversed(sparse)


def _apart(
    matrix: sp.csr_array, last: int
) -> tuple[Float[np.ndarray, "left column"], Int[np.ndarray, " left"], list[TakenOut], bool]:
    """The rows of what is left for a full matrix (column 0 the steps), which states these are,
    `last` first, those that were taken out before, and whether a product was lost in that."""
    size = matrix.shape[0]
    rows, steps, done, lost = None, np.ones(size), list[TakenOut](), False
    if size > FEW and _thin(matrix):
        rows, steps, done, lost = _sparse(matrix, last)
    left = np.array(
        [last, *(k for k in range(size) if k != last and (rows is None or rows[k] is not None))]
    )
    if len(left) > DENSE:
        raise Refusal(
            f"The {size:,} states of this chain are joined so closely that {len(left):,} of them "
            "must be solved at once, more than "
            f"{DENSE:,}. Take fewer states, such as those of a lower order."
        )
    held = np.zeros((len(left), len(left) + 1))
    held[:, 0] = steps[left]
    if rows is None:
        held[:, 1:] = matrix[left][:, left].toarray()
    else:
        place = np.zeros(size, np.int64)
        place[left] = np.arange(len(left)) + 1
        for row, state in enumerate(left):
            going = rows[state] or {}
            held[row, place[list(going)]] = list(going.values())
    return held, left, done, lost


def _thin(matrix: sp.csr_array) -> bool:
    """True where a state has few neighbours."""
    return matrix.nnz < matrix.shape[0] ** 2 // 20


def _sparse(
    matrix: sp.csr_array, last: int
) -> tuple[list[dict[int, float] | None], Float[np.ndarray, " state"], list[TakenOut], bool]:
    """Take out the state with the fewest neighbours, again and again, until a full matrix would be
    quicker."""
    size = matrix.shape[0]
    cuts = matrix.indptr.tolist()
    cells = list(zip(matrix.indices.tolist(), matrix.data.tolist(), strict=True))
    rows: list[dict[int, float] | None] = [
        {j: p for j, p in cells[cuts[i] : cuts[i + 1]] if j != i} for i in range(size)
    ]
    into: list[set[int]] = [set() for _ in range(size)]
    for i, row in enumerate(rows):
        for j in row or ():
            into[j].add(i)
    steps, done, lost = np.ones(size), list[TakenOut](), False
    queue = [(len(rows[k] or ()) * len(into[k]), -k) for k in range(size) if k != last]
    heapq.heapify(queue)
    while queue:
        work, k = heapq.heappop(queue)
        k = -k
        row, left = rows[k], size - len(done)
        if row is None or work != len(row) * len(into[k]):
            continue
        leaving = sum(row.values())
        if left <= FEW or work * CHEAPER > left**2 or not leaving:
            break
        going = {j: p / leaving for j, p in row.items()}
        spent, coming = steps[k] / leaving, list[float]()
        least = min(going.values())
        for i in into[k]:
            other = rows[i]
            assert other is not None
            weight = other.pop(k)
            coming.append(weight)
            lost = lost or weight * least < LOST
            steps[i] += weight * spent
            for j, p in going.items():
                if j != i:
                    other[j] = other.get(j, 0.0) + weight * p
                    into[j].add(i)
        for j in going:
            into[j].discard(k)
        done.append(
            TakenOut(
                k,
                leaving,
                spent,
                np.array(list(into[k]), int),
                np.array(coming),
                np.array(list(going), int),
                np.array(list(going.values())),
            )
        )
        rows[k] = None
        for i in {*into[k], *going} - {last}:
            heapq.heappush(queue, (len(rows[i] or ()) * len(into[i]), -i))
    return rows, steps, done, lost


def _eliminated(held: Float[np.ndarray, "left column"]) -> tuple[Float[np.ndarray, " left"], bool]:
    """The same in a full matrix, in place, some states at a time, so that most of the work is one
    product of matrices: with which probability each is left, and whether a product was lost."""
    size, lost = len(held), False
    leaving = np.ones(size)
    for stop in range(size, 1, -BLOCK):
        first = max(stop - BLOCK, 1)
        for k in range(stop - 1, first - 1, -1):
            leaving[k] = held[k, 1 : k + 1].sum()
            if not leaving[k]:
                return leaving, True
            held[k, : k + 1] /= leaving[k]
            lost = lost or _least(held[:k, k + 1]) * _least(held[k, 1 : k + 1]) < LOST
            held[first:k, : k + 1] += held[first:k, k + 1, None] * held[k, : k + 1]
            held[:first, first + 1 : k + 1] += (
                held[:first, k + 1, None] * held[k, first + 1 : k + 1]
            )
        held[:first, : first + 1] += (
            held[:first, first + 1 : stop + 1] @ held[first:stop, : first + 1]
        )
    return leaving, lost


def _least(numbers: Float[np.ndarray, " number"]) -> float:
    """The smallest that is not 0."""
    return float(np.min(numbers, where=numbers > 0, initial=np.inf))
