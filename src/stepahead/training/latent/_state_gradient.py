"""Hidden Markov models trained by gradient descent on the exact log likelihood of whole sequences,
differentiated through the forward pass."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Int, PyTree

from ..._check import Refusal
from ..._types import Key
from ...models import Transition
from ...ops import as_key, generator
from .._by_sequence import BySequence
from .._descent import Epoch, Progress, Trained, descend, epochs
from .._loop import Gradient
from .._loss import EVERY
from ._baum_welch import BaumWelch, Hidden, Observed, Rules, first_guess, iteration
from ._unconstrained import Emitted, FreeChain, Sequences, bound, freed, log_likelihood


def learn_by_gradient(
    blank: Hidden,
    observed: Observed,
    emitted: Emitted,
    transition: Transition,
    recipe: BySequence,
    *,
    key: Key,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Train a hidden Markov model by gradient descent on minus the mean log likelihood of an
    observation, from the first start of the Baum–Welch algorithm.

    A minibatch holds whole sequences, so that the gradient is exact. There is no prior: this is
    maximum likelihood.
    """
    key = as_key(key)
    begun = first_guess(blank, observed, Rules(transition, len(blank.chain.start), 0.1), 0, key)
    rules = Rules(transition, len(blank.chain.start), 0.0)
    iteration(begun, observed, rules)  # refuses impossible observations

    def loss(free: FreeChain, state: PyTree, batch: Sequences) -> tuple[Array, tuple]:
        total = log_likelihood(free, rules, emitted, batch).sum()
        count = batch.inside.sum().astype(total.dtype)
        return -total / jnp.maximum(count, 1), (count, state)

    @eqx.filter_jit
    def descent(free: FreeChain, state: optax.OptState, batches: Sequences) -> tuple:
        done = descend(free, state, None, batches, loss, recipe.optimizer)
        return done.model, done.optimizer_state, done.total / done.seen

    def run_epoch(
        epoch: int, free: FreeChain, state: optax.OptState
    ) -> tuple[FreeChain, optax.OptState, float]:
        order = generator(key, epoch).permutation(len(observed.offsets) - 1)
        free, state, mean = descent(free, state, _minibatches(observed.offsets, order, recipe))
        return free, state, float(mean)

    with jax.enable_x64(True):
        free = jax.tree.map(jnp.asarray, freed(begun, rules, emitted))
        done = epochs(free, recipe.optimizer, recipe, run_epoch, None, on_event, resume)
        return done._replace(model=bound(done.model, rules, emitted))


def _minibatches(
    offsets: Int[np.ndarray, " boundary"], order: Int[np.ndarray, " sequence"], recipe: BySequence
) -> Sequences:
    """Sequences in this order; the last minibatch is padded with empty ones."""
    lengths = np.diff(offsets)
    batch = min(recipe.batch, len(order))
    rounds = -(-len(order) // batch)
    place = np.arange(max(1, int(lengths.max())))
    inside = np.zeros((rounds * batch, len(place)), bool)
    rows = np.zeros(inside.shape, np.int32)
    inside[: len(order)] = place < lengths[order, None]
    rows[: len(order)] = np.where(inside[: len(order)], offsets[order, None] + place, 0)
    shape = (rounds, batch, len(place))
    return Sequences(jnp.asarray(rows.reshape(shape)), jnp.asarray(inside.reshape(shape)))


def by_whole_sequences(training: Gradient | BySequence | BaumWelch, longest: int) -> BySequence:
    """Return the recipe with whole sequences in its minibatches; refuse one that asks for parts of
    sequences."""
    recipe = training
    if isinstance(training, Gradient):
        plain = training.steps is None and training.loss_steps is EVERY and not training.shorter
        if training.span < longest or not plain:
            raise Refusal(
                "A hidden Markov model is learned by gradient from whole series, of which the "
                f"longest has {longest} steps, but `training` is {training!r}. Give "
                "`training.BySequence(epochs=…, batch=…, optimizer=…)`, or a `span` of at least "
                "that many steps and no `steps`, `loss_steps` or `shorter`."
            )
        recipe = BySequence(training.epochs, training.batch, training.optimizer, training.patience)
    assert isinstance(recipe, BySequence)
    if recipe.patience is not None:
        raise Refusal(
            "`patience` waits for held-out data, which a hidden Markov model is not judged by. "
            "Leave it out."
        )
    return recipe
