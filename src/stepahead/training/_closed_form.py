"""Closed-form fits: least squares for linear autoregression, on values or changes, and the error
distributions of all baselines."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted
from ..data import Panel, carried_forward, padded_batches
from ..models import AnchoredBody, LinearBody, LocationBody, Model, unroll
from ..ops import in_double, least_squares, precision_of

CUTOFF = 1e-5
"""Relative cutoff for singular values with covariates: neighbouring steps of a covariate are nearly
collinear (calendar columns hardly change in one step)."""


def has_closed_form(model: Model) -> bool:
    """Return True if `solve` can fit this model exactly: linear autoregression and the baselines,
    also on changes (`Anchored`)."""
    return isinstance(_inner(model), LocationBody)


def _inner(model: Model) -> Any:
    """The body that is fitted: that of the model, or the one inside `Anchored`."""
    return model.body.body if isinstance(model.body, AnchoredBody) else model.body


def solve(model: Model, panel: Panel) -> Model:
    """Return the model fitted in closed form: the weights of linear AR by least squares, then the
    error distribution by step ahead and channel.

    Errors are target − forecast at all positions after the `needs` values that the model needs
    first. The panel must be scaled, covariates too; missing targets do not count. With `Anchored`,
    the regression is on changes: targets are differences from the last value, and the first value
    of a series, which has no change, is not used as a lag. The result is float64, and so are its
    forecasts.
    """
    body = _inner(model)
    if not isinstance(body, LocationBody):
        raise Refusal(f"{type(body).__name__} has no closed form. Train it by gradient.")
    if isinstance(body, LinearBody):
        changes = isinstance(model.body, AnchoredBody)
        solved = _regression(body, panel, model.head.horizon, changes=changes)
        solution = tuple(np.asarray(part, np.float64) for part in solved)
        body = eqx.tree_at(lambda b: (b.weight, b.bias), body, solution)
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
                    f"ahead: this model needs {model.body.needs} values before its first forecast. "
                    "Give longer series, fewer lags, or a shorter horizon."
                )
            shape[step, channel] = body.head.shape(seen)
    return eqx.tree_at(lambda m: _inner(m).shape, model, shape)


def _regression(
    body: LinearBody, panel: Panel, horizon: int, *, changes: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and intercepts over all windows whose targets are all observed; columns in the order
    of `Channels`."""
    level = carried_forward(panel)
    covariates = panel.covariates
    seen = np.diff(level, axis=0, prepend=level[:1]) if changes else level
    columns = [
        seen,
        *([panel.observed] if body.window.channels.mask else []),
        *([] if covariates is None else [covariates.past]),
    ]
    rows = np.concatenate(columns, axis=1)
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    steps_left = np.repeat(panel.lengths, panel.lengths) - place
    needs = body.window.reach + changes
    # Windows end at `ends`: all lags lie inside the series, and so do all targets.
    ends = np.flatnonzero((place >= needs - 1) & (steps_left > horizon))
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
    if covariates is not None:
        owner = panel.series_of_step[ends]
        later = (covariates.offsets[owner] + place[ends])[:, None] + np.arange(1, horizon + 1)
        features = np.concatenate(
            [features, covariates.known[later].reshape(len(ends), -1), covariates.static[owner]],
            axis=1,
        )
    return least_squares(
        features, targets, body.ridge, cutoff=None if covariates is None else CUTOFF
    )


def _residuals(model: Model, panel: Panel) -> list[Float[np.ndarray, "row channel"]]:
    """Target − location for every step ahead; NaN without a target and before the first
    forecast."""
    horizon, needs = model.head.horizon, model.body.needs
    found: list[list[np.ndarray]] = [[] for _ in range(horizon)]
    for batch in padded_batches(panel, horizon=horizon):
        with precision_of(model):
            before = model.initial_state(len(batch.lengths), jnp.asarray(batch.before, model.dtype))
            out = _run(
                model, batch.observation(model.dtype), before, jnp.asarray(batch.lengths)
            ).out
        location = np.asarray(out)[..., 0]
        everywhere = np.ones(batch.values.shape, bool)
        observed = everywhere if batch.observed is None else batch.observed
        values = np.where(observed, batch.values, np.nan)
        values[np.arange(values.shape[1]) >= batch.lengths[:, None]] = np.nan
        for step in range(horizon):
            target = values[:, needs + step :]
            forecast = location[:, needs - 1 : values.shape[1] - step - 1, step]
            found[step].append((target - forecast).reshape(-1, panel.channels))
    return [np.concatenate(rows) for rows in found]


_run = eqx.filter_jit(lambda model, xs, before, lengths: unroll(model, xs, before, lengths=lengths))
