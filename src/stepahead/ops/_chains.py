"""What a Markov chain on finitely many states can answer exactly, from its transition matrix, dense or sparse."""

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.sparse.linalg import LinearOperator, gmres

from .._check import Refusal, whole

Matrix: TypeAlias = np.ndarray | sp.csr_array
"""`matrix[i, j]` is the probability to go from state i to state j; every row sums to 1."""

SOLVED = 2_000
"""Up to so many states equations are solved directly, above them by iteration."""

CLOSE = 1e-12
"""An iteration ends when a step changes a distribution by no more than this in all."""

MOST_STEPS = 50_000


def transition_matrix(matrix: Any) -> Matrix:
    """The matrix, if it is one of probabilities whose rows sum to 1; refuse any other, naming the row."""
    matrix = sp.csr_array(matrix) if sp.issparse(matrix) else np.asarray(matrix, np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.shape[0]:
        raise Refusal(f"A transition matrix is square, a row a state, but this one has the shape {matrix.shape}.")
    values = matrix.data if sp.issparse(matrix) else matrix
    off = np.abs(np.asarray(matrix.sum(axis=1)).ravel() - 1)
    if not (values >= 0).all() or not off.max() < 1e-6:
        row = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        raise Refusal(
            f"The rows of a transition matrix are probabilities and sum to 1, but row {row} does not. Divide each row by its sum."
        )
    return matrix


def propagate(matrix: Matrix, start: Float[np.ndarray, " state"], steps: int) -> Float[np.ndarray, "step state"]:
    """The distribution over states 1, 2, …, `steps` steps after `start`: x ↦ xP, again and again.

    >>> propagate(np.array([[0.0, 1.0], [0.5, 0.5]]), np.array([1.0, 0.0]), 3).tolist()
    [[0.0, 1.0], [0.5, 0.5], [0.25, 0.75]]
    """
    matrix, found, x = transition_matrix(matrix), [], np.asarray(start, np.float64)
    for _ in range(whole("steps", steps)):
        x = x @ matrix
        found.append(x)
    return np.stack(found)


def stationary(matrix: Matrix) -> Float[np.ndarray, " state"]:
    """The one distribution with π = πP; refuse a chain that has several, which is one with more than one closed class of states.

    States that the chain leaves for ever have π = 0. A periodic chain has a stationary distribution, though it need not converge to it.

    >>> stationary(np.array([[0.0, 1.0], [0.5, 0.5]])).round(6).tolist()
    [0.333333, 0.666667]
    """
    matrix = transition_matrix(matrix)
    graph = sp.csr_array(matrix)
    count, member = connected_components(graph, connection="strong")
    source = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    crossing = (member[source] != member[graph.indices]) & (graph.data > 0)
    closed = np.setdiff1d(np.arange(count), member[source[crossing]])
    if len(closed) > 1:
        first, second, *_ = sorted(int(np.argmax(member == one)) for one in closed)
        raise Refusal(
            f"This chain has no unique stationary distribution: it has {len(closed)} closed classes of states, such as those of {first} "
            f"and {second}, and stays in the one that it comes to. Take one class, or a smoothed model, in which all states are joined."
        )
    inside = np.flatnonzero(member == closed[0])
    found = np.zeros(graph.shape[0])
    found[inside] = _fixed_point(graph[inside][:, inside])
    return found


def _fixed_point(matrix: sp.csr_array) -> Float[np.ndarray, " state"]:
    """π of a chain whose states all reach each other."""
    size = matrix.shape[0]
    if size <= SOLVED:
        equations = (np.eye(size) - matrix.toarray()).T
        equations[-1] = 1
        found = np.linalg.solve(equations, np.eye(size)[-1])
        return np.maximum(found, 0) / np.maximum(found, 0).sum()
    found = np.full(size, 1 / size)
    for _ in range(MOST_STEPS):
        after = (found + found @ matrix) / 2
        moved, found = np.abs(after - found).sum(), after / after.sum()
        if moved < CLOSE:
            return found
    raise Refusal(
        f"The stationary distribution of these {size:,} states was not found in {MOST_STEPS:,} steps: the chain mixes too slowly."
    )


def hitting_times(matrix: Matrix, targets: Int[np.ndarray, " target"]) -> Float[np.ndarray, " state"]:
    """The expected number of steps from every state until one of `targets` is first reached: h = 1 + Ph outside, 0 in them.

    Infinite where the chain may never come to a target.

    >>> hitting_times(np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.0, 1.0]]), np.array([2])).tolist()
    [4.0, 2.0, 0.0]
    """
    matrix = transition_matrix(matrix)
    graph = sp.csr_array(matrix)
    is_target = np.zeros(graph.shape[0], bool)
    is_target[targets] = True
    if not is_target.any():
        raise Refusal("`targets` names no state, so there is nothing to come to. Name at least one.")
    lost = ~_coming_to(graph, is_target)
    kept = sp.csr_array(sp.diags_array((~is_target).astype(np.float64)) @ graph)
    never = _coming_to(kept, lost) if lost.any() else lost
    found = np.where(never, np.inf, 0.0)
    open_ = np.flatnonzero(~never & ~is_target)
    if len(open_):
        found[open_] = _waiting(graph[open_][:, open_])
    return found


def _coming_to(graph: sp.csr_array, goal: Bool[np.ndarray, " state"]) -> Bool[np.ndarray, " state"]:
    """States from which one of `goal` can be reached."""
    size = graph.shape[0]
    graph = graph.copy()
    graph.eliminate_zeros()
    into = sp.vstack([graph.T, sp.csr_array(goal[None].astype(np.float64))], format="csr")
    found = np.zeros(size + 1, bool)
    found[breadth_first_order(sp.hstack([into, sp.csr_array((size + 1, 1))], format="csr"), size, return_predecessors=False)] = True
    return found[:size]


def _waiting(inside: sp.csr_array) -> Float[np.ndarray, " state"]:
    """h = 1 + Qh."""
    size = inside.shape[0]
    if size <= SOLVED:
        return np.linalg.solve(np.eye(size) - inside.toarray(), np.ones(size))
    left_out = LinearOperator((size, size), matvec=lambda x: x - inside @ x, dtype=np.float64)
    found, failed = gmres(left_out, np.ones(size), rtol=1e-10, restart=100, maxiter=50)
    if failed:
        raise Refusal(f"The hitting times of these {size:,} states were not found in 5,000 steps. Take targets that are reached sooner.")
    return found


def reversed_chain(matrix: Matrix) -> Matrix:
    """The same chain seen from its end to its beginning, in its stationary distribution: P̂[i, j] = π[j]·P[j, i]/π[i].

    Refused where a state is left for ever (π = 0): nothing comes before it.

    >>> reversed_chain(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    weights = stationary(matrix)
    if not weights.all():
        raise Refusal(f"State {int(np.argmin(weights))} is left for ever, so the reversed chain has no row for it. Leave such states out.")
    if sp.issparse(matrix):
        return sp.csr_array(sp.diags_array(1 / weights) @ sp.csr_array(matrix).T @ sp.diags_array(weights))
    return np.asarray(matrix).T * weights / weights[:, None]
