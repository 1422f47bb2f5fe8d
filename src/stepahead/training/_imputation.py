"""Training of an imputer: mask known values and minimise the squared error of the imputed ones."""

from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int
from jaxtyping import Key as Keys

from .._check import Refusal
from .._types import Key
from ..data import Panel, sliding_windows
from ..models import BidirectionalBody
from ..ops import as_key, generator, split_key
from ._descent import Epoch, Progress, Trained, descend, epochs
from ._loop import Gradient
from ._loss import Series, series_of

SHARES = (0.05, 0.5)
"""The share of a window's values that is masked at random is drawn between these bounds."""


def train_imputer(
    body: BidirectionalBody,
    panel: Panel,
    recipe: Gradient,
    *,
    key: Key,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Train an imputer on a scaled panel, on windows of `recipe.span` steps, each with a new random
    mask.

    In a third of the windows single values in each channel are masked; in a third a run of steps in
    all channels, as in a sensor outage; in a third a run in some channels. One run in four extends
    to the end of the window, so that nothing after it is observed. Values that are missing already
    are never targets. Past covariates of the panel are inputs at every step. `recipe` gives the
    epochs, the minibatches in each (one for each window if `steps` is None) and the optimizer.
    Losses are in squared units of the panel. `resume` maps the start of the run to the progress
    from which it continues.
    """
    if (panel.lengths < 3).all():
        raise Refusal(
            "No series has three steps, so there is no gap to learn from. Give longer series."
        )
    key = as_key(key)
    series = series_of(panel, jnp.float32)
    windows = sliding_windows(panel.offsets, recipe.span - 1)
    rounds = -(-len(windows.start) // recipe.batch) if recipe.steps is None else recipe.steps

    def run_epoch(
        epoch: int, body: BidirectionalBody, state: optax.OptState
    ) -> tuple[BidirectionalBody, optax.OptState, float]:
        chosen = generator(key, epoch).integers(len(windows.start), size=(rounds, recipe.batch))
        starts, lengths = (
            jax.device_put(part[chosen]) for part in (windows.start, windows.length + 1)
        )
        keys = jax.random.split(split_key(key, recipe.epochs)[epoch], rounds)
        body, state, loss = _epoch(
            body, state, series, (starts, lengths, keys), recipe.span, recipe.optimizer
        )
        return body, state, float(loss)

    return epochs(body, recipe.optimizer, recipe, run_epoch, None, on_event, resume)


@eqx.filter_jit
def _epoch(
    body: BidirectionalBody,
    optimizer_state: optax.OptState,
    series: Series,
    batches: tuple[Int[Array, "round batch"], Int[Array, "round batch"], Keys[Array, " round"]],
    span: int,
    optimizer: optax.GradientTransformation,
) -> tuple[BidirectionalBody, optax.OptState, Float[Array, ""]]:
    """One epoch, and its mean loss."""

    def loss(
        body: BidirectionalBody, state: None, batch: tuple
    ) -> tuple[Array, tuple[Array, None]]:
        return masking_loss(body, series, *batch, span=span), (jnp.ones(()), state)

    done = descend(body, optimizer_state, None, batches, loss, optimizer)
    return done.model, done.optimizer_state, done.total / done.seen


def masking_loss(
    body: BidirectionalBody,
    series: Series,
    start: Int[Array, " batch"],
    length: Int[Array, " batch"],
    key: Array,
    *,
    span: int,
) -> Float[Array, ""]:
    """Return the mean squared error over the values that this key masks."""
    rows = jnp.minimum(start[:, None] + jnp.arange(span), len(series.values) - 1)
    inside = (jnp.arange(span) < length[:, None])[..., None]
    value = series.values[rows]
    observed = inside & (
        jnp.ones(value.shape, bool) if series.observed is None else series.observed[rows]
    )
    hidden = observed & random_mask(key, value.shape, length)
    said = body(value, observed & ~hidden, _known(series, rows), length)
    return jnp.where(hidden, jnp.square(said - value), 0.0).sum() / jnp.maximum(hidden.sum(), 1)


def _known(
    series: Series, rows: Int[Array, "batch time"]
) -> Float[Array, "batch time known"] | None:
    """The covariates of each step."""
    return None if series.covariates is None else series.covariates.past[rows]


@partial(jax.jit, static_argnums=1)
def random_mask(
    key: Array, shape: tuple[int, int, int], length: Int[Array, " batch"]
) -> Bool[Array, "batch time channel"]:
    """Return the masked positions of each window: single values, or one run, in all channels or in
    some."""
    batch, time, channels = shape
    of_kind, of_share, of_place, of_start, of_length, of_tail, of_channel = jax.random.split(key, 7)
    kind = jax.random.randint(of_kind, (batch, 1, 1), 0, 3)
    scattered = jax.random.uniform(of_place, shape) < jax.random.uniform(
        of_share, (batch, 1, 1), minval=SHARES[0], maxval=SHARES[1]
    )
    run = 1 + jnp.floor(jax.random.uniform(of_length, (batch, 1, 1)) * length[:, None, None] / 2)
    begin = jnp.floor(
        jax.random.uniform(of_start, (batch, 1, 1)) * (length[:, None, None] - run + 1)
    )
    run = jnp.where(jax.random.uniform(of_tail, (batch, 1, 1)) < 0.25, time, run)
    place = jnp.arange(time)[None, :, None]
    stopped = (place >= begin) & (place < begin + run) & jnp.ones(shape, bool)
    some = jax.random.uniform(of_channel, (batch, 1, channels)) < 0.5
    return jnp.where(kind == 0, scattered, jnp.where(kind == 1, stopped, stopped & some))
