"""Defaults of `fit` by the kind of model."""

from dataclasses import dataclass

from ..data import CovariateScale, Panel, Scaler, asinh, identity, pipeline, standard, step_scale
from ..forecasting import Strategy, anchored, mimo, recursive
from ..models import (
    Drift,
    Gaussian,
    Head,
    LinearAR,
    Location,
    Mean,
    Naive,
    SeasonalNaive,
    Specification,
)
from ..training import EVERY, LAST, Gradient, LossSteps, adam, cosine
from ._lag_window import context_length

EPOCHS, UPDATES, BATCH, RATE = 20, 50, 64, 3e-3
"""The default training: epochs, minibatches in each, windows in a minibatch, and the learning rate,
which falls to 0 along a cosine."""

PLACES = 32
"""The most steps of a window at which the loss of a recurrent model counts by default."""

BASELINES = (Naive, SeasonalNaive, Drift, Mean)
"""Specifications that use only the series, and no covariates."""

EXACT = (*BASELINES, LinearAR)
"""Specifications that are fitted in closed form unless a training recipe is given."""


@dataclass(frozen=True)
class Plan:
    """The head, scaler and strategy that `fit` uses by default."""

    head: Head
    scaler: Scaler
    strategy: Strategy


def exact_plan(
    spec: Specification, head: Head | None, season: int, covariates: CovariateScale | None = None
) -> Plan:
    """Return the defaults for models fitted in closed form: recursive forecasts; with past
    covariates, which end with the series, all steps at once.

    Their errors are Gaussian, in units of the series' standard deviation (linear AR) or of its
    changes over a season (baselines).
    """
    scaler = standard() if isinstance(spec, LinearAR) else step_scale(season)
    past = covariates is not None and bool(covariates.past)
    return Plan(Gaussian() if head is None else head, scaler, mimo if past else recursive)


def gradient_plan(head: Head | None, panel: Panel) -> Plan:
    """Return the defaults for models trained by gradient descent: all steps at once, as changes
    from the last value; standardised, after `asinh` if all values are positive.

    Asinh is approximately logarithmic, so that changes are relative, and still accepts zeros in
    later data. A head for counts gets the counts themselves.
    """
    chosen = Gaussian() if head is None else head
    if not isinstance(chosen, Location):
        return Plan(chosen, identity(), mimo)
    positive = bool((panel.values[panel.observed] > 0).all())
    return Plan(chosen, pipeline(asinh(), standard()) if positive else standard(), anchored(mimo))


def gradient_recipe(reach: int | None, panel: Panel, horizon: int, season: int) -> Gradient:
    """Return the default recipe: a thousand minibatches with Adam. The loss counts at the last step
    of each window for a windowed model (whose `reach` is the number of its steps), and along the
    window for a recurrent one."""
    span = context_length(panel, horizon, season) if reach is None else reach
    return Gradient(
        span=span,
        epochs=EPOCHS,
        steps=UPDATES,
        batch=BATCH,
        optimizer=adam(cosine(RATE, EPOCHS * UPDATES)),
        loss_steps=along(span) if reach is None else LAST,
    )


def tuning_recipe(
    span: int,
    reach: int | None,
    epochs: int = EPOCHS // 4,
    updates: int = UPDATES,
    batch: int = BATCH,
) -> Gradient:
    """Return the default recipe of `fine_tune`: a quarter of the epochs of a fit, at a third of its
    learning rate, on windows of `span` steps."""
    optimizer = adam(cosine(RATE / 3, epochs * updates))
    steps = along(span) if reach is None else LAST
    return Gradient(
        span=span, epochs=epochs, steps=updates, batch=batch, optimizer=optimizer, loss_steps=steps
    )


def along(span: int) -> LossSteps:
    """Return the steps of a window of length `span` at which the loss counts: all, or in a longer
    window at most `PLACES`, evenly spaced and including the last.

    For a head that emits many steps, computing the loss takes most of the time, and neighbouring
    steps are nearly redundant.

    >>> along(20) is EVERY, along(100)[:3], along(100)[-1]
    (True, (-97, -93, -89), -1)
    """
    if span <= PLACES:
        return EVERY
    stride = -(-span // PLACES)
    return tuple(range(-1, -span - 1, -stride))[::-1]
