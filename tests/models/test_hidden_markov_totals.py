"""Sums over the steps that forward-backward keeps without a probability of every step: the same as
from those probabilities."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import models, native
from stepahead.data import Tokens
from stepahead.native import Source
from stepahead.ops import LogChain, expected_states, expected_totals
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
    same(expected_totals(source, offsets, chain), wanted, moments.reshape(-1, states))


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
