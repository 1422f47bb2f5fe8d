"""Markov chains: what powers, sums over paths and simulations of their matrix say."""

import numpy as np
import pytest
import scipy.sparse as sp

from stepahead import Refusal
from stepahead.ops import _chains as chains
from stepahead.ops import hitting_times, propagate, reversed_chain, stationary

P = np.random.default_rng(0).dirichlet(np.ones(4), 4)
PERIODIC = np.array([[0, 1.0, 0, 0], [0.3, 0, 0.7, 0], [0, 0.4, 0, 0.6], [0, 0, 1.0, 0]])
LEFT = np.array([[0.5, 0.5, 0.0], [0.0, 0.2, 0.8], [0.0, 0.9, 0.1]])
TWO = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize("solved", [2_000, 0], ids=["solved", "iterated"])
@pytest.mark.parametrize("matrix", [P, PERIODIC, LEFT, sp.csr_array(LEFT)], ids=["dense", "periodic", "left", "sparse"])
def test_the_stationary_distribution_stays_and_is_what_powers_come_to(
    matrix: chains.Matrix, solved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "SOLVED", solved)
    found = stationary(matrix)
    dense = matrix.toarray() if sp.issparse(matrix) else matrix
    powers = (np.linalg.matrix_power(dense, 4_000) + np.linalg.matrix_power(dense, 4_001)) / 2
    np.testing.assert_allclose(found, np.tile([0.25] * 4, 2)[: len(found)] @ powers * 4 / len(found), atol=1e-9)


@pytest.mark.parametrize("solved", [2_000, 0], ids=["solved", "iterated"])
def test_hitting_times_are_the_sum_over_paths_that_have_not_come_there(solved: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "SOLVED", solved)
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
    np.testing.assert_allclose(hitting_times(sp.csr_array(LEFT), np.array([1])), [2.0, 0.0, 1 / 0.9])


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
    np.testing.assert_allclose(propagate(P, start, 3), expected, rtol=1e-12)
    np.testing.assert_allclose(propagate(sp.csr_array(P), start, 3), expected, rtol=1e-12)


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
