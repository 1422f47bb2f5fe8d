"""A pilot: the variance of the gradient where a target is drawn, against the exact expected loss.

    python pretraining/exact_loss.py

Series are AR(1) with a coefficient of 0.5 … 1, whose law of the next patch, given the series so
far, is known: normal. The expected pinball loss is its mean over 16 nodes of Gauss and Hermite, on
the tokens' scale. Each batch is read once with the targets that were drawn and once with their law;
printed are the sums of variances of all slopes over the batches, for the initial weights and for
those that the package carries.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from stepahead.pretrained import WIDTH, carried, initial_weights
from stepahead.pretrained._tokens import LEVELS, PATCH, scale_of, tokens
from stepahead.pretrained._training import outputs

BATCHES, SERIES, PATCHES, NODES = 24, 128, 16, 16


def drawn(rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Tokens, targets drawn `[series, patch, step, 1]`, nodes of their law, and steps that count:
    those of the second half."""
    steps = (PATCHES + 1) * PATCH
    phi = rng.uniform(0.5, 1, SERIES)
    e = rng.standard_normal((SERIES, steps))
    x = 3 * e
    for t in range(1, steps):
        x[:, t] = phi * x[:, t - 1] + e[:, t]
    scale = scale_of(x, np.full(SERIES, PATCHES // 2))
    none = np.zeros((SERIES, 2), int)
    inputs = tokens(x[:, :-PATCH], none, scale).inputs
    ahead = np.arange(1, PATCH + 1)
    mean = x[:, PATCH - 1 : -PATCH : PATCH, None] * phi[:, None, None] ** ahead
    sd = np.sqrt((phi[:, None] ** (2 * (ahead - 1))).cumsum(axis=1))[:, None, :, None]
    node = np.polynomial.hermite_e.hermegauss(NODES)[0]
    one = x[:, PATCH:].reshape(SERIES, PATCHES, PATCH, 1)
    centre, spread = (part[:, :, None, None] for part in scale)
    told = [np.arcsinh((y - centre) / spread) for y in (one, mean[..., None] + sd * node)]
    counted = np.zeros((SERIES, PATCHES, PATCH))
    counted[:, PATCHES // 2 :] = 1
    return inputs, *(each.astype(np.float32) for each in (*told, counted))


def expected(weights: Any, inputs: Any, nodes: Any, shares: Any, counted: Any) -> Any:
    """The loss of training, with the mean over nodes of these shares for each target."""
    quantiles, level = outputs(weights, inputs), jnp.asarray(LEVELS, jnp.float32)
    total = 0.0
    for k in range(nodes.shape[-1]):
        error = nodes[..., k, None] - quantiles
        total += shares[k] * jnp.maximum(level * error, (level - 1) * error).mean(axis=-1)
    return 2 * (total * counted).sum() / counted.sum()


def main() -> None:
    """Print both variances, by weights."""
    slope = jax.jit(jax.grad(expected))
    law = np.polynomial.hermite_e.hermegauss(NODES)[1]
    law = (law / law.sum()).astype(np.float32)
    begun = initial_weights(np.random.default_rng(0), WIDTH, 128, 2)
    for name, weights in (("initial", begun), ("carried", dict(carried().weights))):
        each: tuple[list[np.ndarray], list[np.ndarray]] = [], []
        for number in range(BATCHES):
            inputs, one, nodes, counted = drawn(np.random.default_rng((7, number)))
            for kept, y, shares in ((each[0], one, np.ones(1, np.float32)), (each[1], nodes, law)):
                leaves = jax.tree.leaves(slope(weights, inputs, y, shares, counted))
                kept.append(np.concatenate([np.ravel(leaf) for leaf in leaves]))
        told = [float(np.var(kept, axis=0, ddof=1).sum()) for kept in each]
        print(f"{name}: drawn {told[0]:.5f}, exact {told[1]:.5f}, {told[1] / told[0]:.2f} of it")


if __name__ == "__main__":
    main()
