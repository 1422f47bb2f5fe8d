"""The softmax over words and its gradient: the kernel against the equations in float64, and what is
made of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead import models, native
from stepahead.ops import softmax_loss

needs_kernels = pytest.mark.skipif(not native.available(), reason=native.reason())


def drawn(rows, width, words, seed=0):
    draw = np.random.default_rng(seed)
    hidden, weight = draw.normal(size=(rows, width)), draw.normal(size=(words, width))
    share = draw.random(rows) * (draw.random(rows) < 0.8)  # some rows do not count
    arrays = (hidden, weight / width**0.5, draw.normal(size=words), share)
    hidden, weight, bias, share = (a.astype(np.float32) for a in arrays)
    target = draw.integers(words, size=rows).astype(np.int32)
    return hidden, weight, bias, target, share


def oracle(hidden, weight, bias, target, share):
    """Loss of every row and the gradients of their sum, in float64, from the whole matrix."""
    hidden, weight, bias, share = (np.asarray(a, np.float64) for a in (hidden, weight, bias, share))
    scores = hidden @ weight.T + bias
    scores -= scores.max(axis=1, keepdims=True)
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    true = np.arange(len(weight)) == np.asarray(target)[:, None]
    slopes = share[:, None] * (softmax - true)
    loss = np.log(np.exp(scores).sum(axis=1)) - scores[true]
    return loss, slopes @ weight, slopes.T @ hidden, slopes.sum(axis=0)


def by_kernel(*arrays):
    return native.cross_entropies(*jax.device_put(arrays))


def assert_near(got, want, at_most=1e-6):
    got = np.asarray(got, np.float64)
    assert got.shape == want.shape
    assert np.linalg.norm(got - want) <= at_most * np.linalg.norm(want) + 1e-12


@needs_kernels
@pytest.mark.parametrize(
    ("rows", "width", "words"),
    [(1, 1, 2), (5, 3, 96), (17, 16, 97), (37, 19, 700), (600, 7, 40), (130, 700, 300)],
)
def test_the_kernel_equals_the_equations(rows, width, words) -> None:
    # 600 rows are two blocks, 130 of width 700 are two as well; 96 words are one chunk
    arrays = drawn(rows, width, words)
    for got, want in zip(by_kernel(*arrays), oracle(*arrays), strict=True):
        assert_near(got, want)


@needs_kernels
def test_scores_far_from_zero_neither_overflow_nor_vanish() -> None:
    hidden, weight, bias, target, share = drawn(20, 4, 200)
    arrays = (hidden, 1000 * weight, bias - 5000, target, share)
    for got, want in zip(by_kernel(*arrays), oracle(*arrays), strict=True):
        assert_near(got, want, 1e-5)


@needs_kernels
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_row_that_is_not_finite_has_no_loss_and_its_neighbours_keep_theirs(wrong) -> None:
    hidden, *others = drawn(20, 4, 200)
    hidden[3, 0] = wrong
    loss = np.asarray(by_kernel(hidden, *others).loss)
    assert np.flatnonzero(np.isnan(loss)).tolist() == [3]


@needs_kernels
def test_a_target_that_is_no_word_has_no_loss() -> None:
    hidden, weight, bias, target, share = drawn(3, 4, 200)
    target[1] = 200
    loss = np.asarray(by_kernel(hidden, weight, bias, target, share).loss)
    assert np.isnan(loss).tolist() == [False, True, False]


@pytest.mark.parametrize("words", [40, 600])
def test_the_loss_and_its_gradient_equal_the_equations(words) -> None:
    hidden, weight, bias, target, share = arrays = jax.device_put(drawn(30, 8, words))
    value = jax.jit(jax.value_and_grad(softmax_loss, (0, 1, 2, 4)))
    loss, gradients = value(*arrays)
    wanted = oracle(*arrays)
    assert_near(loss, np.sum(wanted[0] * share))
    for got, want in zip(gradients, (*wanted[1:], wanted[0]), strict=True):
        assert_near(got, want)
    tripled = jax.grad(lambda hidden: 3 * softmax_loss(hidden, weight, bias, target, share))
    assert_near(tripled(hidden), 3 * wanted[1])


@pytest.mark.parametrize("tied", [False, True])
def test_the_mean_loss_of_a_language_model_counts_by_weight(tied) -> None:
    spec = models.Embedded(models.GRU(8), width=8, tied=tied)
    model, draw = spec.build(600, 0), np.random.default_rng(1)
    tokens = jnp.asarray(draw.integers(600, size=(4, 9)), jnp.int32)
    weight = jnp.asarray(draw.integers(2, size=(4, 9)), jnp.float32)

    def by_mean_loss(model):
        hidden, _ = model.hidden(tokens, model.body.initial_state(4), None, None)
        return model.mean_loss(hidden, tokens, weight)

    def by_formula(model):
        hidden, _ = model.hidden(tokens, model.body.initial_state(4), None, None)
        losses = models.cross_entropy(model.logits(hidden), tokens)
        return (losses * weight).sum() / weight.sum(), weight.sum()

    (got, count), gradients = jax.value_and_grad(by_mean_loss, has_aux=True)(model)
    (want, total), wanted = jax.value_and_grad(by_formula, has_aux=True)(model)
    assert count == total
    np.testing.assert_allclose(got, want, rtol=1e-6)
    for a, b in zip(jax.tree.leaves(gradients), jax.tree.leaves(wanted), strict=True):
        assert_near(a, np.asarray(b, np.float64), 1e-5)
    assert model.mean_loss(jnp.zeros((1, 1, 8)), tokens[:1, :1], jnp.zeros((1, 1))) == (0, 0)
