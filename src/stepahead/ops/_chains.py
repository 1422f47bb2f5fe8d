"""Markov chains with finitely many states: exact results from the transition matrix, dense or
sparse."""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import breadth_first_order, connected_components

from .._check import Refusal, whole
from ._elimination import eliminated

Matrix: TypeAlias = np.ndarray | sp.csr_array
"""`matrix[i, j]` is the probability of going from state i to state j; every row sums to 1."""

CLOSE = 1e-6
"""Tolerance for sums of probabilities."""


def transition_matrix(matrix: Any) -> Matrix:
    """Return a transition matrix, checked: probabilities whose rows sum to 1. Any other is refused,
    with the row. Stored zeros are removed."""
    if sp.issparse(matrix):
        matrix = sp.csr_array(matrix, dtype=np.float64, copy=True)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
    else:
        matrix = np.asarray(matrix, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
        raise Refusal(
            "A transition matrix is square, a row a state, but this one has the shape "
            f"{matrix.shape}."
        )
    low = np.asarray(
        matrix.min(axis=1).toarray() if sp.issparse(matrix) else matrix.min(axis=1)
    ).ravel()
    off = np.abs(np.asarray(matrix.sum(axis=1)).ravel() - 1)
    wrong = np.flatnonzero(~((low >= 0) & (off < CLOSE)))
    if len(wrong):
        raise Refusal(
            f"The rows of a transition matrix are probabilities and sum to 1, but row {wrong[0]} "
            "does not. Divide each row by its sum."
        )
    return matrix


def state_distributions(
    matrix: Matrix, start: Float[np.ndarray, " state"], steps: int
) -> Float[np.ndarray, "step state"]:
    """Return the distribution over states 1, 2, …, `steps` steps after `start` under the transition
    `matrix`: x ↦ xP, repeated. A `start` that is not a distribution is refused.

    >>> state_distributions(np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([1.0, 0.0]), 3).tolist()
    [[0.0, 1.0], [0.5, 0.5], [0.25, 0.75]]
    """
    matrix, rows, x = transition_matrix(matrix), [], np.asarray(start, np.float64)
    if x.shape != matrix.shape[:1]:
        raise Refusal(
            f"`start` must be a probability for each of {matrix.shape[0]} states, but its shape is "
            f"{x.shape}."
        )
    if not ((x >= 0).all() and abs(x.sum() - 1) < CLOSE):
        raise Refusal(
            f"`start` must be probabilities that sum to 1, but they sum to {x.sum():g}, the least "
            f"{x.min():g}. Divide by the sum."
        )
    for _ in range(whole("steps", steps)):
        x = x @ matrix
        rows.append(x)
    return np.stack(rows)


def stationary(matrix: Matrix) -> Float[np.ndarray, " state"]:
    """Return the stationary distribution, π = πP. A chain with several is refused: one with more
    than one closed class of states.

    States that the chain leaves for ever have π = 0. A periodic chain has a stationary distribution
    too, though it need not converge to it. The elimination has no subtractions: every π has about
    14 correct digits, however slowly the chain mixes. Values below 1e-250 may be 0.

    >>> stationary(np.array([[0.0, 1.0], [0.5, 0.5]])).round(6).tolist()
    [0.333333, 0.666667]
    >>> stationary(np.array([[1 - 1e-16, 1e-16], [5e-17, 1 - 5e-17]])).round(6).tolist()
    [0.333333, 0.666667]
    """
    weights = _weights(sp.csr_array(transition_matrix(matrix)))
    return np.ldexp(weights.part, weights.power)


class _Weights(NamedTuple):
    """The stationary distribution as part·2^power, with part between ½ and 1, so that tiny
    probabilities do not underflow; `left` is True for states that are left for ever."""

    part: Float[np.ndarray, " state"]
    power: Int[np.ndarray, " state"]
    left: Bool[np.ndarray, " state"]


def _weights(graph: sp.csr_array) -> _Weights:
    count, member = connected_components(graph, connection="strong")
    source = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    # A strongly connected class is closed if no transition leaves it.
    closed = np.setdiff1d(np.arange(count), member[source[member[source] != member[graph.indices]]])
    if len(closed) > 1:
        first, second, *_ = sorted(int(np.argmax(member == one)) for one in closed)
        raise Refusal(
            f"This chain has no unique stationary distribution: it has {len(closed)} closed "
            f"classes of states, such as those of {first} "
            f"and {second}, and stays in the one that it comes to. Take one class, or a smoothed "
            "model, in which all states are joined."
        )
    inside = np.flatnonzero(member == closed[0])
    part, power = np.zeros(graph.shape[0]), np.zeros(graph.shape[0], np.int64)
    part[inside], power[inside] = _fixed_point(graph[inside][:, inside])
    return _Weights(part, power, member != closed[0])


def _fixed_point(
    matrix: sp.csr_array,
) -> tuple[Float[np.ndarray, " state"], Int[np.ndarray, " state"]]:
    """The stationary distribution of a chain whose states all reach each other, by back
    substitution: each state from those that remained when it was eliminated."""
    part, power = np.ones(matrix.shape[0]), np.zeros(matrix.shape[0], np.int64)
    for one in eliminated(matrix, 0):
        # Scaled by the highest power first, so that the sum neither overflows nor underflows.
        highest = power[one.sources].max()
        there = np.ldexp(part[one.sources], power[one.sources] - highest)
        divisor, more = np.frexp(one.leaving)
        part[one.state], risen = np.frexp(float(there @ one.coming) / divisor)
        power[one.state] = highest + risen - more
    power -= power.max()
    total, risen = np.frexp(np.ldexp(part, power).sum())
    part, carried = np.frexp(part / total)
    return part, power + carried - risen


def hitting_times(
    matrix: Matrix, targets: Int[np.ndarray, " target"]
) -> Float[np.ndarray, " state"]:
    """Return the expected number of steps from every state until one of `targets` is first reached:
    h = 1 + Ph outside, 0 in them.

    Infinite if the chain may never reach a target. By elimination without subtractions, as
    `stationary`.

    >>> hitting_times(
    ...     np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]]), np.array([2])
    ... ).tolist()
    [4.0, 2.0, 0.0]
    """
    graph = sp.csr_array(transition_matrix(matrix))
    is_target = _marked(targets, graph.shape[0])
    cannot = ~_reaching(graph, is_target)
    # A state from which one of those can be reached before a target may never come to a target
    # either, so that its expected time is infinite; targets lead nowhere in this graph.
    before = sp.csr_array(sp.diags_array((~is_target).astype(np.float64)) @ graph)
    before.eliminate_zeros()
    infinite = _reaching(before, cannot) if cannot.any() else cannot
    times = np.where(infinite, np.inf, 0.0)
    unknown = np.flatnonzero(~infinite & ~is_target)
    if len(unknown):
        to_target = graph[unknown][:, np.flatnonzero(is_target)].sum(axis=1)
        times[unknown] = _expected_times(graph[unknown][:, unknown], to_target)
    return times


def _marked(targets: Int[np.ndarray, " target"], size: int) -> Bool[np.ndarray, " state"]:
    """A mask of the named states; refuse numbers that are not states."""
    named = np.asarray(targets)
    if not named.size:
        raise Refusal(
            "`targets` names no state, so there is nothing to come to. Name at least one."
        )
    strange = (
        named[~((named >= 0) & (named < size))]
        if np.issubdtype(named.dtype, np.integer)
        else named.ravel()
    )
    if len(strange):
        raise Refusal(
            f"`targets` are numbers of states, from 0 to {size - 1}, but {strange[0]!s} is named. "
            "Name states of this chain."
        )
    return np.isin(np.arange(size), named)


def _reaching(graph: sp.csr_array, goal: Bool[np.ndarray, " state"]) -> Bool[np.ndarray, " state"]:
    """States from which one of `goal` can be reached."""
    # One search backwards from an extra node that leads to every goal.
    size = graph.shape[0]
    into = sp.vstack([graph.T, sp.csr_array(goal[None].astype(np.float64))], format="csr")
    backward = sp.hstack([into, sp.csr_array((size + 1, 1))], format="csr")
    reached = np.zeros(size + 1, bool)
    reached[breadth_first_order(backward, size, return_predecessors=False)] = True
    return reached[:size]


def _expected_times(
    inside: sp.csr_array, to_target: Float[np.ndarray, " state"]
) -> Float[np.ndarray, " state"]:
    """Solve h = 1 + Qh, with all targets as one state, the last one."""
    size = inside.shape[0]
    target = [[inside, to_target[:, None]], [None, sp.csr_array((1, 1))]]
    joined = sp.csr_array(sp.block_array(target))
    times = np.zeros(size + 1)
    with np.errstate(over="ignore", invalid="ignore"):
        for one in eliminated(joined, size):
            times[one.state] = one.steps + one.going @ times[one.targets]
    if not np.isfinite(times).all():
        raise Refusal(
            "From some states it takes more than 1e308 steps to come to the targets, more than a "
            "number holds. Take nearer ones."
        )
    return times[:size]


def reversed_chain(matrix: Matrix) -> Matrix:
    """Return the chain in reversed time, in its stationary distribution: P̂[i, j] = π[j]·P[j,
    i]/π[i].

    A chain that leaves some state for ever (π = 0) is refused: nothing precedes that state.

    >>> reversed_chain(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    matrix = transition_matrix(matrix)
    part, power, left = _weights(sp.csr_array(matrix))
    if left.any():
        raise Refusal(
            f"State {int(np.argmax(left))} is left for ever, so the reversed chain has no row for "
            "it. Leave such states out."
        )
    back = sp.coo_array(sp.csr_array(matrix).T)
    i, j = back.coords
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        values = np.ldexp(back.data * (part[j] / part[i]), power[j] - power[i])
    backward = sp.csr_array((values, (i, j)), shape=back.shape)
    off = np.abs(backward.sum(axis=1) - 1)
    if not (off < 2 * CLOSE).all():
        raise Refusal(
            f"State {int(np.argmax(~(off < 2 * CLOSE)))} is too rare to be told from one that "
            "never occurs. Leave such states out."
        )
    return backward if sp.issparse(matrix) else backward.toarray()
