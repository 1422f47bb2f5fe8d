"""Optimizers from parts of optax: gradient clipping, an update rule, a schedule. The same call
returns the same object."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PyTree

from ._adam import FIRST, SECOND, clipped_adam

Rate = float | Callable[[Array], Array]
"""A learning rate, or a schedule: a function from the number of updates to the rate."""


@lru_cache
def adam(
    rate: Rate = 1e-3, *, clip: float | None = 1.0, decay: float = 0.0
) -> optax.GradientTransformation:
    """Return Adam (Kingma & Ba 2015; β 0.9 and 0.999, ε 1e-8) with the gradient's global norm
    clipped to `clip` (None: no clipping).

    With `decay`, every update also subtracts rate · `decay` of each weight (AdamW, Loshchilov &
    Hutter 2019): with few examples and many words, 1.0 keeps the embeddings of rare words small.

    >>> adam(1e-3) is adam(1e-3)  # so a second fit with it does not compile again
    True
    """
    shrink = (optax.add_decayed_weights(decay),) if decay else ()
    rule = optax.chain(clipped_adam(clip), *shrink, optax.scale_by_learning_rate(rate))
    return optax.GradientTransformation(
        rule.init, AdamUpdate(AdamSettings(rate, clip, decay), rule)
    )


class AdamSettings(NamedTuple):
    """The arguments of `adam`."""

    rate: Rate
    clip: float | None
    decay: float

    def rates(
        self, done: Float[Array, ""] | Array, updates: int
    ) -> tuple[Float[Array, " update"], Float[Array, "update 2"]]:
        """The learning rates of the next updates after so many, and what divides both of Adam's
        means: 1 - β^t, t counted from 1."""
        counts = done + jnp.arange(updates)
        rates = self.rate(counts) if callable(self.rate) else jnp.full(updates, self.rate)
        corrections = jnp.stack([1 - FIRST ** (counts + 1), 1 - SECOND ** (counts + 1)], axis=1)
        return rates.astype(jnp.float32), corrections.astype(jnp.float32)


@dataclass(frozen=True)
class AdamUpdate:
    """The update function of `adam`, from which its settings can be read (`adam_settings`). Two
    with the same settings and rule are equal, so that copies of a specification are."""

    settings: AdamSettings
    rule: optax.GradientTransformation

    def __call__(self, *arguments: PyTree) -> tuple[PyTree, optax.OptState]:
        """As the `update` of the rule."""
        return self.rule.update(*arguments)


def adam_settings(optimizer: optax.GradientTransformation) -> AdamSettings | None:
    """The arguments with which `adam` made an optimizer; None for another one."""
    update = optimizer.update
    return update.settings if isinstance(update, AdamUpdate) else None


@lru_cache
def rmsprop(
    rate: Rate = 1e-3, *, decay: float = 0.9, clip: float | None = None
) -> optax.GradientTransformation:
    """Return RMSprop (Tieleman & Hinton 2012) with this learning `rate`: g / (√(running mean of g²)
    + 1e-7), where the mean has the factor `decay`; optionally with the global norm of the gradient
    clipped to `clip`."""
    return _clipped(optax.rmsprop(rate, decay=decay, eps=1e-7, eps_in_sqrt=False), clip)


@lru_cache
def cosine(rate: float, updates: int, *, warmup: int = 0) -> Callable[[Array], Array]:
    """Return a learning rate schedule: linear from 0 to `rate` over `warmup` updates, then a half
    cosine down to 0 at `updates`."""
    if not warmup:
        return optax.cosine_decay_schedule(rate, updates)
    return optax.warmup_cosine_decay_schedule(0.0, rate, warmup, updates)


def _clipped(
    rule: optax.GradientTransformation, clip: float | None
) -> optax.GradientTransformation:
    return rule if clip is None else optax.chain(optax.clip_by_global_norm(clip), rule)
