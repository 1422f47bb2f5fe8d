"""`fine_tune`: new observations that a fitted model also learns from, going on from the weights
that it has."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .._check import Refusal, options_known
from .._types import Key, Learning
from ..data import Panel, covered, dense, trimmed
from ..forecasting import Forecaster, Predictor
from ..models import build
from ..ops import as_key, split
from ..tasks import by_gradient, channels_of, tuning_recipe
from ..training import Gradient, has_closed_form, loss_of, series_of, solve
from ._resumable import resumable

JUDGED = 4096
"""Windows over which the loss before and after is taken, at most, evenly spread."""


class Tuned(NamedTuple):
    """The forecaster that has learned on, and the mean training loss on the joined data by the old
    and by the new weights.

    Losses are in the unit of training (nats for a Gaussian head), over windows that both may have
    learned from: they say that learning went on, not how well it forecasts. None where nothing is
    trained by gradient.
    """

    forecaster: Predictor
    before: float | None = None
    after: float | None = None


@options_known()
def fine_tune(
    forecaster: Any,
    new: Panel,
    *,
    key: Key,
    training: Gradient | None = None,
    on_event: Callable[[Any], None] | None = None,
) -> Tuned:
    """Take in new observations as `update` does, and learn from them: see there for what `new` may
    hold.

    Weights that were trained go on from where they are, on all the data joined, with the scales of
    the fit kept: for a quarter of the epochs of a fit at a third of its rate, unless a `training`
    recipe is given. What was solved in closed form is solved anew, scales included. ETS and Theta
    fit themselves whenever they forecast, so for them this is `update`. Every member of an ensemble
    learns on, each with a key of its own made from `key`. `on_event` receives one event an epoch.

    >>> import stepahead as sa
    >>> past, new = (
    ...     sa.Panel.from_arrays([[1.0, 2.0, 3.0, 4.0]]),
    ...     sa.Panel.from_arrays([[8.0]], start=4),
    ... )
    >>> drift = sa.fit(sa.models.Drift(), past, horizon=1, key=0)
    >>> tuned = sa.fine_tune(drift, new, key=1)
    >>> (
    ...     tuned.forecaster.forecast(levels=())["forecast"].round(4).tolist(),
    ...     tuned.before,
    ... )  # 8 + (8 − 1) / 4
    ([9.75], None)
    """
    if not isinstance(forecaster, Predictor):
        raise Refusal(
            f"A {type(forecaster).__name__} forecasts no series, so it cannot learn on from new "
            "ones."
        )
    several = len(forecaster.forecasters) > 1
    keys = iter(split(as_key(key), len(forecaster.forecasters)) if several else (as_key(key),))
    losses: list[tuple[float | None, float | None]] = []

    def learn(later: Forecaster) -> Forecaster:
        done, before, after = _tuned(later, next(keys), training, on_event)
        losses.append((before, after))
        return done

    later = forecaster.update(new).each(learn)
    return Tuned(later, *(_mean([pair[side] for pair in losses]) for side in (0, 1)))


def _tuned(
    later: Forecaster, key: Key, training: Gradient | None, on_event: Callable[[Any], None] | None
) -> tuple[Forecaster, float | None, float | None]:
    """One forecaster that has taken in the new observations, and what it loses before and after it
    learned from them."""
    if not later.learning.losses and has_closed_form(later.model):
        return _solved(later), None, None
    inside = covered(
        trimmed(later.scaled.apply(later.remembered)),
        later.covariates,
        later.model.head.horizon,
        carried=True,
    )
    span = later.context
    assert span is not None  # what is trained by gradient sees windows
    recipe = tuning_recipe(span, later.model.body.reach) if training is None else training
    windows = dense(inside.offsets, recipe.span)
    judged = type(windows)(*(part[:: -(-len(part) // JUDGED)] for part in windows))
    series = series_of(inside, later.model.dtype)
    trained = by_gradient(
        later.model,
        inside,
        later.horizon,
        recipe,
        key,
        partial(resumable, checkpoint=None, on_event=on_event),
    )
    before, after = (
        loss_of(m, series, judged, span=recipe.span, steps=recipe.loss_steps)
        for m in (later.model, trained.model)
    )
    learned = Learning(
        trained.losses, trained.validation, f"learned on from new data; {trained.stopped}"
    )
    return replace(later, model=trained.model, learning=learned), before, after


def _solved(later: Forecaster) -> Forecaster:
    """The same model solved on all of the history that it now has."""
    scaled = later.scaler.fit(later.remembered)
    own = later.model.head.horizon
    inside = covered(trimmed(scaled.apply(later.remembered)), later.covariates, own, carried=True)
    model = build(
        later.spec, channels_of(inside, later.covariates, own), later.model.head, later.key
    )
    return replace(later, model=solve(model, inside), scaled=scaled)


def _mean(losses: list[float | None]) -> float | None:
    known = [loss for loss in losses if loss is not None]
    return float(np.mean(known)) if known else None
