"""The cross-entropy of a softmax over a large vocabulary, together with its gradient."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from ... import native
from ._native import unfit

_FEW = 512
"""With a smaller vocabulary the matrix of scores is small, and the plain formula is as fast."""


def softmax_loss(
    hidden: Float[Array, "row state"],
    weight: Float[Array, "word state"],
    bias: Float[Array, " word"],
    target: Int[Array, " row"],
    share: Float[Array, " row"],
) -> Float[Array, ""]:
    """Return Σ share · (log Σ exp z − z[target]) over all rows, in nats, with the scores z = W h +
    b (`weight`, `hidden`, `bias`).

    If it is differentiated, and native kernels are available, the gradient is computed with the
    loss, for a part of the vocabulary at a time, and the matrix of all scores is neither stored nor
    computed twice. First derivatives in reverse mode only; a target outside the vocabulary gives
    NaN.

    >>> rows, words = jnp.array([[1.0, 0.0]]), jnp.array([[0.0, 0.0], [jnp.log(3.0), 0.0]])
    >>> loss = softmax_loss(rows, words, jnp.zeros(2), jnp.array([1]), jnp.ones(1))
    >>> round(float(jnp.exp(-loss)), 4)  # 3 / (1 + 3)
    0.75
    """
    if len(weight) < _FEW or unfit(hidden) is not None:
        return _by_formula(hidden, weight, bias, target, share)
    return _with_gradient(hidden, weight, bias, target, share)


def _by_formula(hidden: Array, weight: Array, bias: Array, target: Array, share: Array) -> Array:
    scores = hidden @ weight.T + bias
    chosen = jnp.take_along_axis(scores, target[:, None], axis=1)[:, 0]
    return ((jax.nn.logsumexp(scores, axis=1) - chosen) * share).sum()


_with_gradient = jax.custom_vjp(_by_formula)


def _forward(*arrays: Array) -> tuple[Array, native.CrossEntropies]:
    found = native.cross_entropies(*arrays)
    return (found.loss * arrays[-1]).sum(), found


def _backward(found: native.CrossEntropies, slope: Array) -> tuple[Any, ...]:
    by_hidden, by_weight, by_bias = (slope * gradient for gradient in found[1:])
    return by_hidden, by_weight, by_bias, None, slope * found.loss


_with_gradient.defvjp(_forward, _backward)
