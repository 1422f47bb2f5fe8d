"""Elimination of the states of a Markov chain one after the other, without subtractions: every
entry of the result has a small relative error (Grassmann, Taksar and Heyman 1985).

An eliminated state k passes its incoming probability on to its targets: p_ij += p_ik·p_kj/s_k, with
s_k = Σ_j p_kj over the remaining states. Usually s_k is computed as 1 − p_kk; here it is a sum of
positive numbers, so nothing cancels. The expected number of steps c spent in a state before it is
left is passed on in the same way.
"""

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float, Int

from .._check import Refusal

DENSE = 12_000
"""The most states for which a full matrix is used, 1.2 GB."""

FEW = 400
"""The number of states below which they are eliminated in a full matrix, which is then faster than
following neighbours one by one."""

CHEAPER = 500
"""The number of entries of a full matrix that are updated in the time of one entry of a sparse
one."""

BLOCK = 64

UNDERFLOW, LEAVING = 1e-300, 1e-50
"""A product below the first may underflow to 0. That is harmless as long as every state is left
with a probability above the second: the error then stays below 1e-250."""


class Eliminated(NamedTuple):
    """A state that was eliminated: the probability `leaving` of leaving it, the expected `steps` in
    it, the transition probabilities `coming` from `sources` (not divided by `leaving`), and `going`
    to `targets`, which sum to 1."""

    state: int
    leaving: float
    steps: float
    sources: Int[np.ndarray, " source"]
    coming: Float[np.ndarray, " source"]
    targets: Int[np.ndarray, " target"]
    going: Float[np.ndarray, " target"]


def eliminated(matrix: sp.csr_array, last: int) -> Iterator[Eliminated]:
    """Eliminate every state but `last`, and yield them in reverse order of elimination. So the
    sources and targets of each are `last` or were yielded before it (back substitution).

    The diagonal is ignored; `last` must be reachable from every state. Probabilities that are too
    small for floating-point numbers are refused.
    """
    rows, order, sparse, underflow = _eliminated_sparse_part(matrix, last)
    leaving, underflow_too = _eliminate_full(rows)
    least = min(leaving.min(), *(one.leaving for one in sparse), np.inf)
    if not least > (LEAVING if underflow or underflow_too else 0):
        raise Refusal(
            "Some states of this chain are left, or come to, with a probability that is smaller "
            "than numbers hold (1e-308). Take fewer "
            "states, or join those that are hardly left."
        )
    for k in range(1, len(order)):
        into, to = np.flatnonzero(rows[:k, k + 1]), np.flatnonzero(rows[k, 1 : k + 1])
        yield Eliminated(
            int(order[k]),
            float(leaving[k]),
            float(rows[k, 0]),
            order[into],
            rows[into, k + 1],
            order[to],
            rows[k, to + 1],
        )
    yield from reversed(sparse)


def _eliminated_sparse_part(
    matrix: sp.csr_array, last: int
) -> tuple[Float[np.ndarray, "left column"], Int[np.ndarray, " left"], list[Eliminated], bool]:
    """Eliminate states in sparse form as long as that is faster than in a full matrix.

    Return the rows of the remaining states as a full matrix (column 0 holds the steps), the numbers
    of these states, `last` first, the eliminated states, and whether a product underflowed.
    """
    size = matrix.shape[0]
    rows, steps, done, underflow = None, np.ones(size), list[Eliminated](), False
    if size > FEW and _is_sparse(matrix):
        rows, steps, done, underflow = _eliminate_sparse(matrix, last)
    left = np.array(
        [last, *(k for k in range(size) if k != last and (rows is None or rows[k] is not None))]
    )
    if len(left) > DENSE:
        raise Refusal(
            f"The {size:,} states of this chain are joined so closely that {len(left):,} of them "
            "must be solved at once, more than "
            f"{DENSE:,}. Take fewer states, such as those of a lower order."
        )
    full = np.zeros((len(left), len(left) + 1))
    full[:, 0] = steps[left]
    if rows is None:
        full[:, 1:] = matrix[left][:, left].toarray()
    else:
        place = np.zeros(size, np.int64)
        place[left] = np.arange(len(left)) + 1
        for row, state in enumerate(left):
            going = rows[state] or {}
            full[row, place[list(going)]] = list(going.values())
    return full, left, done, underflow


def _is_sparse(matrix: sp.csr_array) -> bool:
    """True if at most one in 20 entries is not 0."""
    return matrix.nnz < matrix.shape[0] ** 2 // 20


def _eliminate_sparse(
    matrix: sp.csr_array, last: int
) -> tuple[list[dict[int, float] | None], Float[np.ndarray, " state"], list[Eliminated], bool]:
    """Eliminate the state with the fewest neighbours, again and again, until a full matrix would be
    quicker: the minimum degree rule, which keeps fill-in small."""
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
    steps, done, underflow = np.ones(size), list[Eliminated](), False
    queue = [(len(rows[k] or ()) * len(into[k]), -k) for k in range(size) if k != last]
    heapq.heapify(queue)
    while queue:
        work, k = heapq.heappop(queue)
        k = -k
        row, left = rows[k], size - len(done)
        # An entry of the queue is outdated once a neighbour was eliminated: a newer one follows.
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
            underflow = underflow or weight * least < UNDERFLOW
            steps[i] += weight * spent  # the expected steps in k, passed on to i
            for j, p in going.items():
                if j != i:  # the diagonal is never needed: a row is divided by its other entries
                    other[j] = other.get(j, 0.0) + weight * p
                    into[j].add(i)
        for j in going:
            into[j].discard(k)
        done.append(
            Eliminated(
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
    return rows, steps, done, underflow


def _eliminate_full(
    full: Float[np.ndarray, "left column"],
) -> tuple[Float[np.ndarray, " left"], bool]:
    """Eliminate all states but the first in a full matrix, in place, from the last to the second,
    in blocks, so that most of the work is matrix products. Return the probability of leaving each
    state, and whether a product underflowed."""
    size, underflow = len(full), False
    leaving = np.ones(size)
    for stop in range(size, 1, -BLOCK):
        first = max(stop - BLOCK, 1)
        for k in range(stop - 1, first - 1, -1):
            leaving[k] = full[k, 1 : k + 1].sum()
            if not leaving[k]:
                return leaving, True
            full[k, : k + 1] /= leaving[k]
            smallest = _least(full[:k, k + 1]) * _least(full[k, 1 : k + 1])
            underflow = underflow or smallest < UNDERFLOW
            # Whole rows for states of this block; for earlier ones only the columns of the block,
            # which the next eliminations read. Their other columns follow in the product below.
            full[first:k, : k + 1] += full[first:k, k + 1, None] * full[k, : k + 1]
            full[:first, first + 1 : k + 1] += (
                full[:first, k + 1, None] * full[k, first + 1 : k + 1]
            )
        full[:first, : first + 1] += (
            full[:first, first + 1 : stop + 1] @ full[first:stop, : first + 1]
        )
    return leaving, underflow


def _least(numbers: Float[np.ndarray, " number"]) -> float:
    """The smallest number that is not 0."""
    return float(np.min(numbers, where=numbers > 0, initial=np.inf))
