"""Markov chains: what powers, sums over paths and simulations of their matrix say."""

from fractions import Fraction
from unittest.mock import patch

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from stepahead import Refusal
from stepahead.ops import _elimination as elimination
from stepahead.ops import hitting_times, reversed_chain, state_distributions, stationary
from stepahead.ops._chains import Matrix

P = np.random.default_rng(0).dirichlet(np.ones(4), 4)
PERIODIC = np.array([[0, 1.0, 0, 0], [0.3, 0, 0.7, 0], [0, 0.4, 0, 0.6], [0, 0, 1.0, 0]])
LEFT = np.array([[0.5, 0.5, 0.0], [0.0, 0.2, 0.8], [0.0, 0.9, 0.1]])
TWO = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    "matrix", [P, PERIODIC, LEFT, sp.csr_array(LEFT)], ids=["dense", "periodic", "left", "sparse"]
)
def test_the_stationary_distribution_stays_and_is_what_powers_come_to(matrix: Matrix) -> None:
    found = stationary(matrix)
    dense = matrix.toarray() if sp.issparse(matrix) else matrix
    powers = (np.linalg.matrix_power(dense, 4_000) + np.linalg.matrix_power(dense, 4_001)) / 2
    np.testing.assert_allclose(
        found, np.tile([0.25] * 4, 2)[: len(found)] @ powers * 4 / len(found), atol=1e-9
    )


def test_hitting_times_are_the_sum_over_paths_that_have_not_come_there() -> None:
    outside = P.copy()
    outside[:, 2] = 0
    still_out = np.eye(4)
    expected = np.zeros(4)
    for _ in range(3_000):
        expected += still_out.sum(axis=1)
        still_out = still_out @ outside
    expected[2] = 0
    np.testing.assert_allclose(hitting_times(P, np.array([2])), expected, rtol=1e-8)


def test_a_target_that_may_be_missed_is_infinitely_far() -> None:
    assert hitting_times(TWO, np.array([2])).tolist() == [np.inf, np.inf, 0.0]
    np.testing.assert_allclose(hitting_times(TWO, np.array([1, 2])), [2.0, 0.0, 0.0])
    np.testing.assert_allclose(
        hitting_times(sp.csr_array(LEFT), np.array([1])), [2.0, 0.0, 1 / 0.9]
    )


def test_the_reversed_chain_gives_every_path_the_same_probability() -> None:
    weights, back = stationary(PERIODIC), reversed_chain(PERIODIC)
    for path in [(0, 1, 2), (3, 2, 1), (1, 2, 3), (1, 0, 1)]:
        there = weights[path[0]] * PERIODIC[path[0], path[1]] * PERIODIC[path[1], path[2]]
        again = weights[path[2]] * back[path[2], path[1]] * back[path[1], path[0]]
        np.testing.assert_allclose(there, again, rtol=1e-12)
    np.testing.assert_allclose(reversed_chain(sp.csr_array(PERIODIC)).toarray(), back, atol=1e-15)


def test_steps_ahead_are_powers() -> None:
    start = np.array([0.1, 0.2, 0.3, 0.4])
    expected = [start @ np.linalg.matrix_power(P, k) for k in (1, 2, 3)]
    np.testing.assert_allclose(state_distributions(P, start, 3), expected, rtol=1e-12)
    np.testing.assert_allclose(state_distributions(sp.csr_array(P), start, 3), expected, rtol=1e-12)


def test_what_is_no_chain_or_has_no_answer_is_refused() -> None:
    with pytest.raises(Refusal, match="2 closed classes of states, such as those of 1 and 2"):
        stationary(TWO)
    with pytest.raises(Refusal, match="State 0 is left for ever"):
        reversed_chain(LEFT)
    with pytest.raises(Refusal, match="row 1 does not"):
        stationary(np.array([[0.5, 0.5], [0.5, 0.4]]))
    with pytest.raises(Refusal, match=r"shape \(1, 2\)"):
        stationary(np.array([[0.5, 0.5]]))
    with pytest.raises(Refusal, match="names no state"):
        hitting_times(P, np.array([], np.int64))
    for strange in (-1, 4):
        with pytest.raises(Refusal, match=f"from 0 to 3, but {strange} is named"):
            hitting_times(P, np.array([1, strange]))
    for start, said in [
        ([0.5, 0.4, 0.0, 0.0], "sum to 0.9"),
        ([1.5, -0.5, 0, 0], "the least -0.5"),
        ([1.0], r"its shape is \(1,\)"),
    ]:
        with pytest.raises(Refusal, match=f"`start` .*{said}"):
            state_distributions(P, np.array(start), 1)
    for wrong in (
        np.array([[1.5, -0.5], [0.5, 0.5]]),
        np.array([[np.nan, 1.0], [0.0, 1.0]]),
        sp.csr_array([[1.5, -0.5], [0.5, 0.5]]),
    ):
        with pytest.raises(Refusal, match="row 0 does not"):
            stationary(wrong)


WAYS = {"full": {"BLOCK": 3}, "sparse": {"FEW": 0, "CHEAPER": 0, "_is_sparse": lambda matrix: True}}
"""Both ways to take states out, on small chains too: from a full matrix in several blocks, and by
their neighbours."""


SHARES = st.sampled_from([0, 0, 1, 1, 0.3, 1e-3, 1e-9, 1e-16, 3e-16])


@st.composite
def chains(draw: st.DrawFn) -> np.ndarray:
    """Small chains whose rows sum to 1 as nearly as numbers do, with entries down to 1e-16."""
    size = draw(st.integers(1, 7))
    rows = np.array([[draw(SHARES) for _ in range(size)] for _ in range(size)], float)
    for row in rows:
        row[draw(st.integers(0, size - 1))] += 0.5
    return rows / rows.sum(axis=1, keepdims=True)


def solved(rows: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss's elimination in exact numbers."""
    held = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for k in range(len(held)):
        at = next(i for i in range(k, len(held)) if held[i][k])
        held[k], held[at] = held[at], held[k]
        held[k] = [value / held[k][k] for value in held[k]]
        for i in range(len(held)):
            if i != k and held[i][k]:
                held[i] = [a - held[i][k] * b for a, b in zip(held[i], held[k], strict=True)]
    return [row[-1] for row in held]


def reached(matrix: np.ndarray) -> np.ndarray:
    """The states that can be reached from each, itself included."""
    return np.linalg.matrix_power((matrix > 0) + np.eye(len(matrix)), len(matrix)) > 0


def exact(matrix: np.ndarray) -> list[list[Fraction]]:
    """The chain that is meant: off the diagonal as it stands, on it what is left of 1."""
    rows = [[Fraction(p) for p in row] for row in matrix.tolist()]
    for k, row in enumerate(rows):
        row[k] = 1 - sum(p for j, p in enumerate(row) if j != k)
    return rows


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=60)
@given(matrix=chains(), sparse=st.booleans())
def test_the_stationary_law_is_that_of_exact_fractions(
    way: str, matrix: np.ndarray, sparse: bool
) -> None:
    held: Matrix = sp.csr_array(matrix) if sparse else matrix
    reach = reached(matrix)
    closed = {frozenset(np.flatnonzero(row)) for row in reach if reach[np.ix_(row, row)].all()}
    if len(closed) > 1:
        with pytest.raises(Refusal, match=f"{len(closed)} closed classes"):
            stationary(held)
        return
    with patch.multiple(elimination, **WAYS[way]):
        found = stationary(held)
    rows, size = exact(matrix), len(matrix)
    equations = [[rows[i][j] - (i == j) for i in range(size)] for j in range(size - 1)] + [
        [Fraction(1)] * size
    ]
    inside = found > 0
    expected = solved(equations, [Fraction(0)] * (size - 1) + [Fraction(1)])
    assert [value > 0 for value in expected] == inside.tolist()
    np.testing.assert_allclose(found, [float(value) for value in expected], rtol=1e-13)
    if inside.all():
        with patch.multiple(elimination, **WAYS[way]):
            back = reversed_chain(held)
        back = back.toarray() if sp.issparse(back) else back
        np.testing.assert_allclose(back.sum(axis=1), 1, rtol=1e-12)
        off = ~np.eye(size, dtype=bool)
        flow = found[:, None] * matrix
        np.testing.assert_allclose((found[:, None] * back).T[off], flow[off], rtol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=60)
@given(matrix=chains(), data=st.data())
def test_hitting_times_are_those_of_exact_fractions(
    way: str, matrix: np.ndarray, data: st.DataObject
) -> None:
    size = len(matrix)
    targets = data.draw(st.sets(st.integers(0, size - 1), min_size=1))
    with patch.multiple(elimination, **WAYS[way]):
        found = hitting_times(matrix, np.array(sorted(targets)))
    lost = ~reached(matrix)[:, sorted(targets)].any(axis=1)
    never = reached(np.where(np.isin(np.arange(size), sorted(targets))[:, None], 0, matrix))[
        :, lost
    ].any(axis=1)
    open_ = [k for k in range(size) if not never[k] and k not in targets]
    rows = exact(matrix)
    expected = np.where(never, np.inf, 0.0)
    expected[open_] = [
        float(h)
        for h in solved(
            [[(i == j) - rows[i][j] for j in open_] for i in open_], [Fraction(1)] * len(open_)
        )
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_a_run_of_heads_is_waited_for_as_long_as_the_formula_says() -> None:
    n, p = 17, 0.1
    coin = np.zeros((n + 1, n + 1))
    coin[:n, 0], coin[range(n), range(1, n + 1)], coin[n, n] = 1 - p, p, 1
    np.testing.assert_allclose(
        hitting_times(coin, np.array([n]))[0], (p**-n - 1) / (1 - p), rtol=1e-12
    )


def ring(size: int, ahead: float = 0.5) -> sp.csr_array:
    at = np.arange(size)
    cells = (
        np.repeat([ahead, 1 - ahead], size),
        (np.tile(at, 2), np.concatenate([(at + 1) % size, (at - 1) % size])),
    )
    return sp.csr_array(cells, shape=(size, size))


def walk(size: int, up: np.ndarray) -> sp.csr_array:
    """Up with these probabilities, else down; it stays at the ends."""
    at = np.arange(size)
    ends = (np.minimum(at + 1, size - 1), np.maximum(at - 1, 0))
    return sp.csr_array(
        (np.concatenate([up, 1 - up]), (np.tile(at, 2), np.concatenate(ends))), shape=(size, size)
    )


def test_rings_and_walks_of_thousands_of_states_are_solved() -> None:
    size, at = 3_000, np.arange(3_000)
    np.testing.assert_allclose(stationary(ring(size)), 1 / size, rtol=1e-12)
    np.testing.assert_allclose(
        hitting_times(ring(size), np.array([0]))[1:], (at * (size - at))[1:], rtol=1e-12
    )
    queue = walk(size, np.full(size, 0.25))
    np.testing.assert_allclose(stationary(queue)[:500], 2 / 3 * 3.0 ** -at[:500], rtol=1e-12)
    np.testing.assert_allclose(reversed_chain(queue).sum(axis=1), 1, rtol=1e-12)


def test_two_wells_that_are_hardly_left_weigh_what_they_should() -> None:
    """Down to the left of the middle and up to the right of it, but a little less there: an
    iteration would stay where it began."""
    size, half = 1_000, 500
    up = np.where(np.arange(size) < half, 0.3, 0.7)
    found = stationary(walk(size, np.where(np.arange(size) == size - 1, 0.6, up)))
    assert found[0] > 0.1 and found[-1] > 0.1
    at = np.arange(half - 1)
    np.testing.assert_allclose(found[at + 1] * 0.7, found[at] * 0.3, rtol=1e-10)
    np.testing.assert_allclose(found[-1] * 0.4, found[-2] * 0.7, rtol=1e-10)
    np.testing.assert_allclose(found[half - 1] * 0.3, found[half] * 0.3, rtol=1e-10)


def test_stored_zeros_are_no_transitions() -> None:
    full = sp.csr_array(
        (
            np.array([0.5, 0.5, 0.0, 1.0, 0.0, 1.0]),
            np.array([0, 1, 2, 0, 0, 2]),
            np.array([0, 3, 4, 6]),
        ),
        shape=(3, 3),
    )
    plain = sp.csr_array(full.toarray())
    for held in (full, plain):
        with pytest.raises(Refusal, match="2 closed classes of states, such as those of 0 and 2"):
            stationary(held)
        assert hitting_times(held, np.array([2])).tolist() == [np.inf, np.inf, 0.0]
    two = sp.csr_array(
        (np.array([0.5, 0.5, 1.0, 0.0]), np.array([0, 1, 0, 1]), np.array([0, 2, 4])), shape=(2, 2)
    )
    np.testing.assert_allclose(stationary(two), [2 / 3, 1 / 3], rtol=1e-14)
    assert full.nnz == 6


def test_what_numbers_or_memory_cannot_hold_is_refused() -> None:
    with (
        patch.object(elimination, "DENSE", 3),
        pytest.raises(Refusal, match="4 of them must be solved at once, more than 3"),
    ):
        stationary(P)
    with pytest.raises(Refusal, match="smaller than numbers hold"):
        hitting_times(walk(1_000, np.full(1_000, 0.1)), np.array([999]))
