"""`fine_tune`: update a fitted model with new observations and continue training from its
weights."""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from .._check import options_known
from .._fitted import Fitted
from .._types import Key, Learning, Listener
from ..data import Panel, scaled_covariates, sliding_windows, without_leading_gaps
from ..forecasting import Forecaster, Predictor
from ..models import build
from ..ops import as_key, split_key
from ..tasks import by_gradient, channels_of, tuning_recipe
from ..training import Gradient, has_closed_form, loss_of, series_of, solve
from ._resumable import resumable

JUDGED = 4096
"""The most windows, evenly spaced, on which the loss before and after is computed."""


class FineTuned(NamedTuple):
    """The fine-tuned forecaster, and the mean training loss on the joined data with the old and the
    new weights.

    Losses are in the unit of training (nats for a Gaussian head), over windows that both weights
    may have been trained on: they show that training continued, not how well the model forecasts.
    None for models solved in closed form.
    """

    forecaster: Predictor
    before: float | None = None
    after: float | None = None


@options_known()
def fine_tune(
    forecaster: Fitted,
    new: Panel,
    *,
    key: Key,
    training: Gradient | None = None,
    on_event: Listener | None = None,
) -> FineTuned:
    """Append new observations as `update` does and continue training on them. See
    `Predictor.update` for what `new` may hold.

    Training continues from the present weights on all data, old and new, with the scaler of the
    fit: for a quarter of the epochs of a fit at a third of its learning rate, unless a `training`
    recipe is given. Models with a closed-form fit are refitted, scaler included. Local methods keep
    their parameters, so for them this is `update`. The pretrained network is trained for 200
    updates, or as many as at its fit, and keeps the weights that forecast the last steps best.
    Every member of an ensemble is fine-tuned with its own key. `on_event` receives one event for
    each epoch.

    >>> import stepahead as sa
    >>> past = sa.Panel.from_arrays([[1.0, 2.0, 3.0, 4.0]])
    >>> new = sa.Panel.from_arrays([[8.0]], start=4)
    >>> tuned = sa.fine_tune(sa.fit(sa.models.Drift(), past, horizon=1, key=0), new, key=1)
    >>> tuned.forecaster.forecast(levels=())["forecast"].round(4).tolist()  # 8 + (8 − 1) / 4
    [9.75]
    """
    updated = forecaster.update(new)
    members = len(updated.forecasters)
    keys = iter(split_key(as_key(key), members) if members > 1 else (as_key(key),))
    losses: list[tuple[float | None, float | None]] = []

    def learn(later: Forecaster) -> Forecaster:
        done, before, after = _tuned(later, next(keys), training, on_event)
        losses.append((before, after))
        return done

    later, own = updated.each(learn).tuned(as_key(key), on_event)
    losses += own
    return FineTuned(later, *(_mean([pair[side] for pair in losses]) for side in (0, 1)))


def _tuned(
    later: Forecaster, key: Key, training: Gradient | None, on_event: Listener | None
) -> tuple[Forecaster, float | None, float | None]:
    """Fine-tune one forecaster that already holds the new observations. Also return its loss before
    and after."""
    if not later.learning.losses and has_closed_form(later.model):
        return _solved(later), None, None
    inside = scaled_covariates(
        without_leading_gaps(later.own_scale.apply(later.required_history)),
        later.covariates,
        later.model.head.horizon,
        carried=True,
    )
    span = later.context
    assert span is not None  # a model trained by gradient has a context length
    recipe = tuning_recipe(span, later.model.body.reach) if training is None else training
    windows = sliding_windows(inside.offsets, recipe.span)
    stride = -(-len(windows.start) // JUDGED)
    judged = type(windows)(*(part[::stride] for part in windows))
    series = series_of(inside, later.model.dtype)
    run = partial(resumable, checkpoint=None, on_event=on_event)
    trained = by_gradient(later.model, inside, later.horizon, recipe, key, run)
    before, after = (
        loss_of(m, series, judged, span=recipe.span, steps=recipe.loss_steps)
        for m in (later.model, trained.model)
    )
    stopped = f"fine-tuned on new data; {trained.stopped}"
    learned = Learning(trained.losses, trained.validation, stopped)
    return replace(later, model=trained.model, learning=learned), before, after


def _solved(later: Forecaster) -> Forecaster:
    """The same model solved in closed form on its whole history."""
    scaled = later.scaler.fit(later.required_history)
    own = later.model.head.horizon
    inside = scaled_covariates(
        without_leading_gaps(scaled.apply(later.required_history)),
        later.covariates,
        own,
        carried=True,
    )
    model = build(
        later.spec, channels_of(inside, later.covariates, own), later.model.head, later.key
    )
    return replace(later, model=solve(model, inside), scaled=scaled)


def _mean(losses: list[float | None]) -> float | None:
    known = [loss for loss in losses if loss is not None]
    return float(np.mean(known)) if known else None
