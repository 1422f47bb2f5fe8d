"""The loss of a minibatch of windows, with gathering inside the compiled step."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, Shaped

from .._types import Key, Observation
from ..data import Covariates, Panel, Windows, carried_forward
from ..models import Model, ModelState, known_ahead, unroll

LossSteps = tuple[int, ...] | None
"""The steps of a window at which the loss counts: None for every step, `LAST`, or chosen positions
(negative ones count from the end)."""

EVERY: LossSteps = None
"""The loss counts at every step of a window."""

LAST: LossSteps = (-1,)
"""The loss counts at the last step of a window only."""


class SeriesCovariates(NamedTuple):
    """The covariates of a panel: for each row of values, `place` is its row in `known`, and `owner`
    its series."""

    past: Float[Array, "total past"]
    known: Float[Array, "reached known"]
    static: Float[Array, "series static"]
    place: Int[Array, " total"]
    owner: Int[Array, " total"]


class Series(NamedTuple):
    """A panel for training: all series in one scaled array on the device. `observed` is None if
    nothing is missing, and `covariates` is None if there are none."""

    values: Float[Array, "total channel"]
    observed: Bool[Array, "total channel"] | None
    covariates: SeriesCovariates | None = None


def series_of(panel: Panel, dtype: Any) -> Series:
    """Return a scaled panel as device arrays. Known covariates must extend as far beyond each end
    as the model looks ahead."""
    values, observed = (
        jnp.asarray(carried_forward(panel), dtype),
        jnp.asarray(panel.observed) if panel.missing else None,
    )
    covariates = panel.covariates
    if covariates is None:
        return Series(values, observed)
    past, known, static = (
        jnp.asarray(block, dtype)
        for block in (covariates.past, covariates.known, covariates.static)
    )
    where = (jnp.asarray(each, jnp.int32) for each in places_of_steps(panel, covariates))
    return Series(values, observed, SeriesCovariates(past, known, static, *where))


def places_of_steps(
    panel: Panel, covariates: Covariates
) -> tuple[Int[np.ndarray, " total"], Int[np.ndarray, " total"]]:
    """Return the row in `known` of each row of values, and its series."""
    owner = panel.series_of_step
    shift = covariates.offsets[:-1] - panel.offsets[:-1]
    return shift[owner] + np.arange(len(owner)), owner


class Batch(NamedTuple):
    """A minibatch of windows, as indices into `Series`; weight 0 is padding."""

    start: Int[Array, "*round batch"]
    length: Int[Array, "*round batch"]
    stop: Int[Array, "*round batch"]
    weight: Float[Array, "*round batch"]


class WindowFacts(NamedTuple):
    """Properties that hold for all windows, so that the compiled step can skip masks: `filled` if
    every window is as long as the span; `complete` if also every target is before the stop."""

    filled: bool
    complete: bool


def window_facts(windows: Windows, span: int, horizon: int) -> WindowFacts:
    """Return the properties of these windows, for a model that looks `horizon` steps ahead."""
    filled = bool((np.asarray(windows.length) == span).all())
    return WindowFacts(
        filled,
        filled
        and bool((np.asarray(windows.start) + span + horizon <= np.asarray(windows.stop)).all()),
    )


def batch_loss(
    model: Model,
    series: Series,
    batch: Batch,
    state: ModelState | None,
    key: Key | None,
    *,
    span: int,
    steps: LossSteps,
    facts: WindowFacts,
) -> tuple[Float[Array, ""], tuple[Float[Array, ""], ModelState]]:
    """Return the mean loss over all (window, step, step ahead, channel) that count, their number,
    and the final state.

    A term counts if its step is within the window's length, and its target is observed and before
    the window's stop. If `facts` says that all terms count, no mask is computed.
    """
    horizon = model.head.horizon
    rows = jnp.minimum(
        batch.start[:, None] + jnp.arange(span + horizon), series.values.shape[0] - 1
    )
    values = series.values[rows]
    seen = None if series.observed is None else series.observed[rows]
    places = _places(batch, span, steps)
    xs = Observation(
        values[:, :span],
        None if seen is None else seen[:, :span],
        *_window_covariates(series.covariates, batch, rows, span, horizon),
    )
    lengths = None if facts.filled else batch.length
    if state is None and seen is not None:
        state = model.initial_state(len(values), values[:, 0])  # a window may begin in a gap
    run = unroll(
        model,
        xs,
        state,
        lengths=lengths,
        at=None if steps is None else jnp.clip(places, 0, span - 1),
        key=key,
    )
    ahead = places[:, :, None] + 1 + jnp.arange(horizon)
    target = _targets(values, ahead, every=steps is None, span=span, horizon=horizon)
    if facts.complete and seen is None:
        total = batch.weight.sum() * (target.size // target.shape[0])
        loss = _by_window(model.head.loss(run.out, target)) @ batch.weight
        return loss / jnp.maximum(total, 1.0), (total, run.state)
    counts = (places >= 0)[..., None] & (places < batch.length[:, None])[..., None]
    counts = (counts & (batch.start[:, None, None] + ahead < batch.stop[:, None, None]))[..., None]
    if seen is not None:
        counts = counts & _targets(seen, ahead, every=steps is None, span=span, horizon=horizon)
    weight = jnp.where(counts, batch.weight[:, None, None, None], 0.0).astype(values.dtype)
    weight = jnp.broadcast_to(weight, target.shape)
    # A masked target may be NaN: masking the loss alone would leave NaN in the gradient (0 · NaN).
    safe = jnp.where(weight > 0, target, 0.0)
    loss = jnp.where(weight > 0, model.head.loss(run.out, safe), 0.0)
    total = _by_window(weight).sum()
    return _by_window(loss * weight).sum() / jnp.maximum(total, 1.0), (total, run.state)


def _by_window(loss: Float[Array, "batch ..."]) -> Float[Array, " batch"]:
    """The sum over all axes but the first."""
    # As a matrix product: XLA's reduction over so many axes takes up to a hundred times longer.
    return loss.reshape(loss.shape[0], -1) @ jnp.ones(loss.size // loss.shape[0], loss.dtype)


def _window_covariates(
    covariates: SeriesCovariates | None, batch: Batch, rows: Array, span: int, horizon: int
) -> tuple[Array | None, Array | None]:
    """The known covariates ahead of each step, and the past covariates at it."""
    if covariates is None:
        return None, None
    past = covariates.past[rows[:, :span]] if covariates.past.shape[1] else None
    if not covariates.known.shape[1] + covariates.static.shape[1]:
        return None, past
    ahead = jnp.minimum(
        covariates.place[batch.start][:, None] + jnp.arange(span + horizon),
        len(covariates.known) - 1,
    )
    return (
        known_ahead(
            covariates.known[ahead], covariates.static[covariates.owner[batch.start]], span, horizon
        ),
        past,
    )


def _places(batch: Batch, span: int, steps: LossSteps) -> Int[Array, "batch chosen"]:
    if steps is None:
        return jnp.broadcast_to(jnp.arange(span), (batch.start.shape[0], span))
    chosen = jnp.asarray(steps)
    return jnp.where(chosen < 0, batch.length[:, None] + chosen, chosen)


def _targets(
    values: Array, ahead: Array, *, every: bool, span: int, horizon: int
) -> Shaped[Array, "batch chosen horizon channel"]:
    """The values at the positions `ahead` of each window: by slices if every step counts, else by a
    gather."""
    if every:
        return jnp.stack([values[:, k : k + span] for k in range(1, horizon + 1)], axis=2)
    return jax.vmap(lambda row, at: row[at])(values, jnp.clip(ahead, 0, values.shape[1] - 1))


@eqx.filter_jit
def mean_loss(
    model: Model, series: Series, batches: Batch, *, span: int, steps: LossSteps, facts: WindowFacts
) -> Float[Array, ""]:
    """Return the mean loss over many minibatches (the leading axis of `batches`), without training
    or dropout."""

    def one(carry: tuple[Array, Array], batch: Batch) -> tuple[tuple[Array, Array], None]:
        loss, (count, _) = batch_loss(
            model, series, batch, None, None, span=span, steps=steps, facts=facts
        )
        return (carry[0] + loss * count, carry[1] + count), None

    zero = jnp.zeros((), series.values.dtype)
    (total, count), _ = jax.lax.scan(one, (zero, zero), batches)
    return total / jnp.maximum(count, 1.0)
