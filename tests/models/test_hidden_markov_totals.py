"""Sums over the steps that forward-backward keeps without a probability of every step: the same as
from those probabilities."""

from itertools import pairwise

import numpy as np
import pytest

import stepahead as sa
from stepahead import models, native
from stepahead.data import Tokens
from stepahead.native import Source
from stepahead.ops import Expected, LogChain, expected_states, expected_totals
from stepahead.training import Hidden, ObservedNumbers, ObservedTokens, Rules, iteration

pytestmark = pytest.mark.skipif(not native.available(), reason=native.reason())


def drawn(states: int):
    """A chain, and where sequences from 0 to 199 steps long begin."""
    draws = np.random.default_rng(states)
    offsets = np.concatenate([[0], np.cumsum(draws.integers(0, 200, 30))])
    first, matrix = draws.dirichlet(np.ones(states)), draws.dirichlet(np.ones(states), states)
    return draws, offsets, LogChain(np.log(first), np.log(matrix))


def same(found, wanted, emitted) -> None:
    np.testing.assert_allclose(found.emitted, emitted, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.steps, wanted.steps, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.first, wanted.first, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found.log_likelihood, wanted.log_likelihood.sum(), rtol=1e-12)


@pytest.mark.parametrize("states", [1, 3, 4, 16, 20])
def test_tokens_are_counted_as_their_probabilities_say(states: int) -> None:
    draws, offsets, chain = drawn(states)
    ids = draws.integers(0, 7, offsets[-1]).astype(np.int32)
    table = np.log(draws.dirichlet(np.ones(9), states)).T
    wanted = expected_states(table[ids], offsets, chain, compiled=False)
    counts = np.zeros(table.shape)
    np.add.at(counts, ids, wanted.posterior)
    same(expected_totals(Source(ids, table), offsets, chain), wanted, counts)
    np.testing.assert_allclose(Source(ids, table).weighed(wanted.posterior), counts)


@pytest.mark.parametrize("states", [1, 3, 4, 16, 20])
def test_moments_of_normal_channels_with_gaps_are_those_of_the_probabilities(states: int) -> None:
    draws, offsets, chain = drawn(states)
    values = draws.normal(0, 2, (offsets[-1], 2))
    values[draws.random(values.shape) < 0.2] = np.nan
    mean, deviation = draws.normal(size=(2, states)), draws.uniform(0.5, 2, (2, states))
    off = values[:, :, None] - mean
    density = -0.5 * np.square(off / deviation) - np.log(deviation) - 0.5 * np.log(2 * np.pi)
    wanted = expected_states(np.nansum(density, axis=1), offsets, chain, compiled=False)
    weight = wanted.posterior[:, None] * np.isfinite(values)[:, :, None]
    off = np.nan_to_num(off)
    moments = np.stack([(weight * off**power).sum(axis=0) for power in range(3)], axis=1)
    source = Source(values=values, mean=mean, deviation=deviation)
    sums = moments.reshape(-1, states)
    same(expected_totals(source, offsets, chain), wanted, sums)
    np.testing.assert_allclose(source.weighed(wanted.posterior), sums, rtol=1e-12)


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_threads_gives_the_same_bits(threads: int) -> None:
    draws, offsets, chain = drawn(5)
    source = Source(draws.integers(0, 7, offsets[-1]), np.log(draws.dirichlet(np.ones(7), 5)).T)
    parts = source, offsets, np.exp(chain.start), np.exp(chain.transition)
    one, many = (native.expected_totals(*parts, threads=n) for n in (1, threads))
    assert one is not None and many is not None
    for alone, together in zip(one, many, strict=True):
        assert np.asarray(alone).tobytes() == np.asarray(together).tobytes()


def test_where_probabilities_vanish_there_are_no_sums() -> None:
    chain = LogChain(np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.1, 0.9]]))
    with np.errstate(divide="ignore"):
        source = Source(np.zeros(3, np.int32), np.log(np.zeros((1, 2))))
    assert expected_totals(source, np.array([0, 3]), chain) is None
    many = Source(np.zeros(3, np.int32), np.zeros((native.MOST_SUMS, 2)))
    assert expected_totals(many, np.array([0, 3]), chain) is None


def test_evidence_that_turns_around_at_every_step() -> None:
    """Each state is impossible but for e⁻²⁰⁰ at every other step, and none is ever left: without
    scaling at each step nothing would be left of either."""
    with np.errstate(divide="ignore"):
        chain = LogChain(np.log([0.5, 0.5]), np.log(np.eye(2)))
    found = expected_totals(
        Source(np.arange(70, dtype=np.int32) % 2, np.array([[0.0, -200.0], [-200.0, 0.0]])),
        np.array([0, 70]),
        chain,
    )
    assert found is not None
    np.testing.assert_allclose(found.emitted, np.full((2, 2), 17.5))
    np.testing.assert_allclose(found.steps, 34.5 * np.eye(2))
    np.testing.assert_allclose(found.log_likelihood, -7000.0)


def long(states: int) -> tuple[Source, np.ndarray, LogChain]:
    """Two sequences so long that they are cut in the middle, and a short one between them."""
    draws, _, chain = drawn(states)
    offsets = np.cumsum([0, 16_400, 70, 16_501])
    ids = draws.integers(0, 7, offsets[-1]).astype(np.int32)
    return Source(ids, np.log(draws.dirichlet(np.ones(7), states)).T), offsets, chain


def by_rows(scores: np.ndarray, offsets: np.ndarray, chain: LogChain) -> Expected:
    """Rabiner's recursions, a step at a time: in log space so many steps would cost digits."""
    start, matrix = np.exp(chain.start), np.exp(chain.transition)
    filtered, posterior = np.exp(scores), np.empty(scores.shape)
    scale, steps, first = np.empty(len(scores)), np.zeros(matrix.shape), np.zeros(len(matrix))
    for begin, end in pairwise(offsets):
        for t in range(begin, end):
            filtered[t] *= filtered[t - 1] @ matrix if t > begin else start
            scale[t] = filtered[t].sum()
            filtered[t] /= scale[t]
        behind = np.ones(len(matrix))
        for t in range(end - 1, begin - 1, -1):
            posterior[t] = filtered[t] * behind
            weight = np.exp(scores[t]) * behind / scale[t]
            if t > begin:
                steps += np.outer(filtered[t - 1], weight) * matrix
            behind = matrix @ weight
        first += posterior[begin]
    return Expected(posterior, steps, first, np.log(scale))


@pytest.mark.parametrize("states", [3, 5])
def test_long_sequences_are_shared_by_threads_and_give_the_same_sums(states: int) -> None:
    source, offsets, chain = long(states)
    assert source.ids is not None and source.table is not None
    scores = source.table[source.ids]
    wanted = by_rows(scores, offsets, chain)
    counts = np.zeros(source.table.shape)
    np.add.at(counts, source.ids, wanted.posterior)
    same(expected_totals(source, offsets, chain), wanted, counts)
    found = expected_states(scores, offsets, chain, compiled=True)
    np.testing.assert_allclose(found.posterior, wanted.posterior, atol=1e-12)
    np.testing.assert_allclose(found.log_likelihood, wanted.log_likelihood, atol=1e-12)
    np.testing.assert_allclose(found.steps, wanted.steps, rtol=1e-11)
    np.testing.assert_allclose(found.first, wanted.first, rtol=1e-11)


@pytest.mark.parametrize(("threads", "states"), [(2, 3), (4, 3), (4, 5)])
def test_long_sequences_give_the_same_bits_on_any_number_of_threads(
    threads: int, states: int
) -> None:
    source, offsets, chain = long(states)
    begins = np.exp(chain.start), np.exp(chain.transition)
    for ends in (offsets, offsets[2:] - offsets[2]):  # as many sequences as threads, or fewer
        held = Source(source.ids[: ends[-1]], source.table)  # type: ignore[index]
        scores = held.table[held.ids]  # type: ignore[index]
        for work, parts in (
            (native.expected_totals, (held, ends, *begins)),
            (native.forward_backward, (scores, ends, *begins)),
        ):
            one, many = (work(*parts, threads=n) for n in (1, threads))  # type: ignore[operator]
            for alone, together in zip(one, many, strict=True):
                assert np.asarray(alone).tobytes() == np.asarray(together).tobytes()


def test_a_future_that_speaks_for_a_state_that_cannot_be() -> None:
    """Only the first state is possible, and all observations speak for the other one: how likely
    they are from the first is too small beside the other for a double to hold."""
    with np.errstate(divide="ignore"):
        chain = LogChain(np.log([1.0, 0.0]), np.log(np.eye(2)))
    scores = np.tile([-300.0, 0.0], (9, 1))
    offsets = np.array([0, 2, 7, 9])
    found = expected_states(scores, offsets, chain, compiled=True)
    np.testing.assert_allclose(found.posterior, np.tile([1.0, 0.0], (9, 1)), atol=1e-12)
    np.testing.assert_allclose(found.steps, [[6.0, 0.0], [0.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(found.first, [3.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(found.log_likelihood, -300.0)


class InFull:
    """Observations of which the kernels get scores alone."""

    def __init__(self, observed) -> None:
        self.observed, self.offsets = observed, observed.offsets
        self.scores, self.learned = observed.scores, observed.learned

    def source(self, emission) -> None:
        return None


@pytest.mark.parametrize("prior", [0.0, 0.3])
def test_an_iteration_learns_the_same_with_and_without_the_probabilities(prior: float) -> None:
    draws, offsets, chain = drawn(3)
    values = draws.normal(0, 2, (offsets[-1], 2))
    values[draws.random(values.shape) < 0.2] = np.nan
    panel = sa.Panel.from_arrays([s for s in np.split(values, offsets[1:-1]) if len(s)])
    numbers = ObservedNumbers(panel, 0, prior)
    emission = models.HMM(3).blank(2)
    guess = numbers.guess(3, 0, draws)
    ids = draws.integers(0, 5, offsets[-1]).astype(np.int32)
    vocabulary = sa.data.Vocabulary(("<unk>", "</s>", "a", "b", "c"))
    tokens = ObservedTokens(Tokens(ids, offsets, vocabulary), prior, ends=False)
    table = np.log(draws.dirichlet(np.ones(5), 3))
    rules = Rules(models.Full(), 3, prior)
    for observed, held in ((numbers, numbers.learned(emission, guess)), (tokens, table)):
        hidden = Hidden(chain, held)
        short = iteration(hidden, observed, rules)
        full = iteration(hidden, InFull(observed), rules)
        assert observed.source(held) is not None
        np.testing.assert_allclose(short.log_likelihood, full.log_likelihood, rtol=1e-11)
        for one, other in zip(leaves(short.hidden), leaves(full.hidden), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9)


def leaves(hidden: Hidden) -> tuple[np.ndarray, ...]:
    emission = hidden.emission
    held = emission if isinstance(emission, np.ndarray) else emission.parameters
    return hidden.chain.start, hidden.chain.transition, np.asarray(held)
