"""The kernel call of a softmax over a vocabulary: cross-entropies and their gradient together."""

from typing import NamedTuple

from jaxtyping import Array, Float, Int

from ._ffi import kernel_call


class CrossEntropies(NamedTuple):
    """The cross-entropy of every row, and the gradients of their sum, with each row times its
    share."""

    loss: Float[Array, " row"]
    d_hidden: Float[Array, "row state"]
    d_weight: Float[Array, "word state"]
    d_bias: Float[Array, " word"]


def cross_entropies(
    hidden: Float[Array, "row state"],
    weight: Float[Array, "word state"],
    bias: Float[Array, " word"],
    target: Int[Array, " row"],
    share: Float[Array, " row"],
) -> CrossEntropies:
    """Return log Σ exp z − z[target] for the scores z = W h + b (`weight`, `hidden`, `bias`) of
    every row, without storing the matrix of all scores, and the gradients of Σ share · that.
    float32 on the CPU."""
    shapes = [(len(hidden),), hidden.shape, weight.shape, bias.shape]
    arrays = hidden, weight, bias, target.astype("int32"), share
    return CrossEntropies(*kernel_call("softmax", shapes, *arrays))
