"""Training in closed form: least squares for linear autoregression, of values or changes, and every
baseline's own errors."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted
from ..data import Panel, carried_forward, padded_batches
from ..models import AnchoredBody, LinearBody, Located, Model, unroll
from ..ops import in_double, least_squares, precision_of

CUTOFF = 1e-5
"""Covariates of neighbouring steps tell nearly the same (a calendar turns little in a step);
smaller differences are not learned from."""


def has_closed_form(model: Model) -> bool:
    """Whether `solve` can fit this model exactly: linear autoregression and the baselines, on
    changes (`Anchored`) too."""
    return isinstance(_inner(model), Located)


def _inner(model: Model) -> Any:
    """What is fitted: the body, or the one that a model of changes is built around."""
    return model.body.body if isinstance(model.body, AnchoredBody) else model.body


def solve(model: Model, panel: Panel) -> Model:
    """Fit exactly: the weights by least squares (linear AR), then the distribution of errors by
    step ahead and channel.

    Errors are target − forecast over all places at which the model has seen the `needs` values that
    it needs. The panel is already scaled, covariates too; missing targets do not count. A model of
    changes is regressed on changes: targets are counted from the last value, and the first value of
    a series, which has no change, is no lag. What is fitted so is kept, and computes, in float64.
    """
    body = _inner(model)
    if not isinstance(body, Located):
        raise Refusal(f"{type(body).__name__} has no closed form. Train it by gradient.")
    if isinstance(body, LinearBody):
        weight, bias = _regression(
            body, panel, model.head.horizon, changes=isinstance(model.body, AnchoredBody)
        )
        body = eqx.tree_at(
            lambda b: (b.weight, b.bias),
            body,
            (np.asarray(weight, np.float64), np.asarray(bias, np.float64)),
        )
    model = in_double(
        eqx.tree_at(_inner, model, eqx.tree_at(lambda b: b.shape, body, np.zeros(body.shape.shape)))
    )
    shape = np.zeros(body.shape.shape)
    for step, errors in enumerate(_residuals(model, panel)):
        for channel in range(panel.channels):
            seen = errors[:, channel][~np.isnan(errors[:, channel])]
            if len(seen) == 0:
                raise Refusal(
                    f"No series is long enough to learn the error {counted(step + 1, 'step')} "
                    "ahead: this model needs "
                    f"{model.body.needs} values before its first forecast. "
                    "Give longer series, fewer lags, or a shorter horizon."
                )
            shape[step, channel] = body.head.shape(seen)
    return eqx.tree_at(lambda m: _inner(m).shape, model, shape)


def _regression(
    body: LinearBody, panel: Panel, horizon: int, *, changes: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and intercepts over all windows with every target observed; columns in the order of
    `Channels`."""
    level = carried_forward(panel)
    held = panel.covariates
    seen = np.diff(level, axis=0, prepend=level[:1]) if changes else level
    columns = [
        seen,
        *([panel.observed] if body.window.channels.mask else []),
        *([] if held is None else [held.past]),
    ]
    rows = np.concatenate(columns, axis=1)
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    left = np.repeat(panel.lengths, panel.lengths) - place
    needs = body.window.reach + changes
    ends = np.flatnonzero((place >= needs - 1) & (left > horizon))
    ahead = panel.values[ends[:, None] + np.arange(1, horizon + 1)]
    targets = (ahead - level[ends, None] if changes else ahead).reshape(
        len(ends), horizon * panel.channels
    )
    complete = ~np.isnan(targets).any(axis=1)
    ends, targets = ends[complete], targets[complete]
    if len(ends) == 0:
        raise Refusal(
            f"No series has {counted(needs + horizon, 'step')}, which "
            f"{counted(body.window.reach, 'lag')}{' of changes' if changes else ''} and "
            f"{counted(horizon, 'step')} ahead need; "
            f"the longest has {panel.lengths.max()}. Use fewer lags, or recursive forecasts."
        )
    features = rows[ends[:, None] + 1 - np.asarray(body.window.lags)].reshape(len(ends), -1)
    if held is not None:
        owner = panel.series_of_step[ends]
        later = (held.offsets[owner] + place[ends])[:, None] + np.arange(1, horizon + 1)
        features = np.concatenate(
            [features, held.known[later].reshape(len(ends), -1), held.static[owner]], axis=1
        )
    return least_squares(features, targets, body.ridge, cutoff=None if held is None else CUTOFF)


def _residuals(model: Model, panel: Panel) -> list[Float[np.ndarray, "row channel"]]:
    """Target − location for every step ahead, NaN where there is no target or too little was
    seen."""
    horizon, needs = model.head.horizon, model.body.needs
    found: list[list[np.ndarray]] = [[] for _ in range(horizon)]
    for batch in padded_batches(panel, horizon=horizon):
        with precision_of(model):
            before = model.initial_state(len(batch.lengths), jnp.asarray(batch.before, model.dtype))
            out = _run(
                model, batch.observation(model.dtype), before, jnp.asarray(batch.lengths)
            ).out
        location = np.asarray(out)[..., 0]
        values = np.where(
            np.ones(batch.values.shape, bool) if batch.observed is None else batch.observed,
            batch.values,
            np.nan,
        )
        values[np.arange(values.shape[1]) >= batch.lengths[:, None]] = np.nan
        for step in range(horizon):
            error = (
                values[:, needs + step :]
                - location[:, needs - 1 : values.shape[1] - step - 1, step]
            )
            found[step].append(error.reshape(-1, panel.channels))
    return [np.concatenate(rows) for rows in found]


_run = eqx.filter_jit(lambda model, xs, before, lengths: unroll(model, xs, before, lengths=lengths))
