"""The order of a Markov chain, and intervals for its transitions."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from stepahead import Refusal, models, training
from stepahead.data import END, Tokens, Vocabulary
from stepahead.evaluation import bits_ahead, markov_orders, transitions

LETTERS = Vocabulary.of([list("aaabbc")])


def drawn(rows: np.ndarray, reach: int, sequences: int, length: int, seed: int) -> Tokens:
    """Sequences of three letters, `rows` being probabilities by the last `reach` of them, and all
    letters alike at the beginning."""
    rng = np.random.default_rng(seed)
    letters, draws, edges = (
        rng.integers(0, 3, (length, sequences)),
        rng.random((length, sequences)),
        np.cumsum(rows, axis=1)[:, :2],
    )
    for t in range(reach, length):
        at = letters[t - 1] if reach == 1 else 3 * letters[t - 2] + letters[t - 1]
        letters[t] = (draws[t][:, None] > edges[at]).sum(axis=1)
    return Tokens(
        (letters.T.ravel() + 2).astype(np.int32), np.arange(sequences + 1) * length, LETTERS
    )


SECOND = np.random.default_rng(3).dirichlet(np.full(3, 0.7), 9)


def test_every_criterion_finds_the_order_of_a_chain_that_remembers_two_tokens() -> None:
    train, held_out = drawn(SECOND, 2, 40, 60, seed=0), drawn(SECOND, 2, 40, 60, seed=1)
    found = markov_orders(
        train,
        range(1, 6),
        held_out=held_out,
        fit=lambda n, text: training.count(models.NGram(n, models.AddK(0.1)), text),
    )
    assert (found.by_aic, found.by_bic, found.by_held_out) == (3, 3, 3)
    assert found.by_test(0.001) == 3
    assert found.fits[2].p < 1e-9 < found.fits[3].p


def test_the_likelihood_is_that_of_the_model_by_maximum_likelihood() -> None:
    tokens = drawn(SECOND, 2, 5, 20, seed=2)
    ended = tokens.with_ends()
    for fit in markov_orders(tokens, (2, 3, 4)).fits:
        model = training.count(models.NGram(fit.order, models.MaximumLikelihood()), tokens)
        np.testing.assert_allclose(
            fit.log_likelihood, model.log_probs(ended.ids, ended.offsets).sum(), rtol=1e-10
        )
    contexts = {
        tuple(line[max(0, at - 2) : at])
        for line in ([END, *ids] for ids in ended)
        for at in range(1, len(line))
    }
    assert markov_orders(tokens, (3,)).fits[0].parameters == len(contexts) * 3


def test_the_statistic_is_chi_squared_where_more_context_tells_nothing() -> None:
    alike = np.full((3, 3), 1 / 3)
    found = [markov_orders(drawn(alike, 1, 1, 800, seed), (2, 3)).fits[1] for seed in range(30)]
    mean = np.mean([fit.g2 for fit in found])
    inner = 3 * 2 * 2  # contexts of two letters for one, each with two free probabilities
    assert abs(mean - inner) < 4 * np.sqrt(2 * inner / len(found)) + 2


def test_intervals_are_wilsons() -> None:
    tokens = drawn(SECOND, 2, 5, 20, seed=2)
    found = transitions(tokens, [2, 3], level=90)
    low, high = proportion_confint(found.counts, found.total, alpha=0.1, method="wilson")
    np.testing.assert_allclose(found.low, low, atol=1e-12)
    np.testing.assert_allclose(found.high, high, atol=1e-12)
    line = [END, *tokens.with_ends().ids.tolist()]
    assert found.counts.tolist() == [
        sum(line[at : at + 3] == [2, 3, w] for at in range(len(line))) for w in range(5)
    ]
    begun = transitions(tokens, [END])
    assert (
        begun.counts.tolist() == np.bincount(tokens.ids[tokens.offsets[:-1]], minlength=5).tolist()
    )


def test_bits_ahead_rise_to_those_of_no_context() -> None:
    step = np.array([[0.9, 0.1, 0.0], [0.0, 0.9, 0.1], [0.1, 0.0, 0.9]])
    train, held_out = drawn(step, 1, 1, 10_000, seed=5), drawn(step, 1, 1, 10_000, seed=6)
    found = bits_ahead(
        lambda text: training.count(models.NGram(2, models.AddK(0.01)), text), train, held_out, 40
    )
    powers = [np.linalg.matrix_power(step, d) for d in (1, 2, 40)]
    expected = [-(np.where(p > 0, p * np.log2(np.where(p > 0, p, 1)), 0)).sum() / 3 for p in powers]
    np.testing.assert_allclose(found[[0, 1, 39]], expected, atol=0.05)


def test_what_cannot_be_compared_is_refused() -> None:
    tokens = Tokens.from_texts(["a b a"])
    with pytest.raises(Refusal, match="must rise one by one"):
        markov_orders(tokens, (1, 3))
    with pytest.raises(Refusal, match="give both or neither"):
        markov_orders(tokens, (1, 2), held_out=tokens)
    with pytest.raises(Refusal, match="No held-out text was scored"):
        _ = markov_orders(tokens, (1, 2)).by_held_out
    with pytest.raises(Refusal, match=r"The context \[3, 3\] never occurs"):
        transitions(tokens, [3, 3])
