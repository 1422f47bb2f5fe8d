"""`fit_panel`: from a specification and a panel to a forecaster, in one page of composition."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .._check import Refusal, counted, options_known, whole
from .._types import Channels, Key, Learning
from ..data import (
    CovariateScale,
    Panel,
    Scaler,
    covariate_scale,
    covered,
    dense,
    ending,
    given_panel,
    refuse_too_fine,
    say,
    season_of,
    trimmed,
)
from ..forecasting import Forecaster, Method, Predictor, Strategy
from ..models import Anchored, Direct, Head, LinearAR, Model, NegativeBinomial, Specification, build
from ..ops import as_key, split
from ..training import Gradient, Trained, has_closed_form, series_of, solve, train
from ._defaults import BASELINES, EXACT, exact_plan, gradient_plan, gradient_recipe
from ._resumable import resumable

FEWEST_CHANGES = 20
"""Changes from one step to the next, in all series together, below which no network is trained unless the recipe is given."""


@options_known()
def fit_panel(
    spec: Specification | Method,
    panel: Panel,
    horizon: int,
    *,
    key: Key,
    head: Head | None = None,
    scaler: Scaler | None = None,
    strategy: Strategy | None = None,
    training: Gradient | None = None,
    season: int | None = None,
    on_event: Callable[[Any], None] | None = None,
    checkpoint: Path | None = None,
) -> Forecaster | Predictor:
    """Fit a model on every series of a panel and return a `Forecaster` for `horizon` steps.

    Baselines and linear AR are fitted exactly, also on changes (`Anchored`), unless a `training` recipe is given; they forecast one step
    and feed it back.
    The others are trained by gradient and emit all steps at once, as changes from the last value (`anchored(mimo)`). What is
    learned, scales included, is learned from this panel alone. With `training.patience`, the last `horizon` steps of each
    series are held back from training to decide when to stop; the scales of training, and those of covariates for good, are then learned
    from what lies before them, and the values' own anew from the whole history when all is done. Covariates of the panel
    (`data.with_covariates`) are used by all but the baselines and the methods that fit themselves; with past ones, linear AR emits all
    steps at once too. `season` overrules the season length of the frequency. The result is a function of the arguments; `on_event`
    receives one event an epoch. With `checkpoint`, training writes where it stands to that file after every epoch, and the same call made
    again after a crash goes on from there to the same end; the file is deleted when training is done.

    A `Method` (`forecasting.ETS`, `Theta`, `Regressor`) fits itself and takes `key` and `season` alone.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(20.0)])
    >>> forecaster = sa.fit(sa.models.Drift(), panel, horizon=2, key=jax.random.key(0))
    >>> forecaster.forecast(levels=())["forecast"].round(4).tolist()
    [20.0, 21.0]
    """
    whole("horizon", horizon)
    _check_arguments(spec, panel)
    key = as_key(key)
    season = season_of(panel) if season is None else whole("season", season)
    if isinstance(spec, Method):
        _refuse_given(spec, head=head, scaler=scaler, strategy=strategy, training=training, checkpoint=checkpoint)
        return spec.fitted(panel, horizon, key=key, season=season)
    exact = training is None and isinstance(spec.spec if isinstance(spec, Anchored) else spec, EXACT)
    trained_on = panel if training is None or training.patience is None else _before(panel, horizon)
    covariates = None if isinstance(spec, BASELINES) else covariate_scale(trained_on)
    plan = exact_plan(spec, head, season, covariates) if exact else gradient_plan(head, trained_on)
    scaler = plan.scaler if scaler is None else scaler
    arranged, read = (plan.strategy if strategy is None else strategy)(spec, plan.head, horizon)
    arranged = _solved_at_once(arranged) if exact else arranged
    _check_ridge(spec, exact)
    if isinstance(read, NegativeBinomial):
        _check_counts(panel)
    _check_past(covariates, read.horizon, horizon)
    scaled = scaler.fit(panel)
    in_training = scaled if trained_on is panel else scaler.fit(trained_on)
    inside = covered(trimmed(in_training.apply(panel)), covariates, read.horizon, carried=True)
    of_weights, of_training, of_paths = split(key, 3)
    model = build(arranged, channels_of(inside, covariates, read.horizon), read, of_weights)
    reach = model.body.reach
    if exact and has_closed_form(model):
        model, learning, context = solve(model, inside), Learning(), reach
    else:
        if training is None:
            _check_enough(panel)
        refuse_too_fine(inside)
        recipe = gradient_recipe(reach, inside, horizon, season) if training is None else training
        trained = by_gradient(model, inside, horizon, recipe, of_training, on_event, checkpoint)
        model, learning = trained.model, Learning(trained.losses, trained.validation, trained.stopped)
        context = recipe.span if reach is None else reach
    return Forecaster(arranged, model, scaler, scaled, panel, horizon, context, season, of_paths, learning, covariates)


def _before(panel: Panel, horizon: int) -> Panel:
    """Every series without its last `horizon` steps; whole where nothing was observed before them, as nothing of it is trained on then."""
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    early = (place < np.repeat(panel.lengths - horizon, panel.lengths))[:, None] & panel.observed
    learns = np.logical_or.reduceat(early, panel.offsets[:-1], axis=0).all(axis=1)
    return panel.slice(np.zeros_like(panel.lengths), np.where(learns, panel.lengths - horizon, panel.lengths))


def _solved_at_once(arranged: Specification) -> Specification:
    """Least squares fits every step ahead by itself as it is: nothing has to be copied for each."""
    if isinstance(arranged, Anchored):
        return replace(arranged, spec=_solved_at_once(arranged.spec))
    return arranged.spec if isinstance(arranged, Direct) else arranged


def channels_of(inside: Panel, covariates: CovariateScale | None, horizon: int) -> Channels:
    """How wide the input is of a model that emits `horizon` steps at once."""
    mask = bool(inside.missing)
    return Channels(inside.channels, mask=mask) if covariates is None else covariates.channels(inside.channels, mask, horizon)


def by_gradient(
    model: Model,
    inside: Panel,
    horizon: int,
    recipe: Gradient,
    key: Key,
    on_event: Callable[[Any], None] | None,
    checkpoint: Path | None,
) -> Trained:
    """Train on all windows; with patience, on those before the last `horizon` steps, judged on these."""
    series = series_of(inside, model.dtype)
    if recipe.patience is None:
        windows, judged = dense(inside.offsets, recipe.span, shorter=recipe.shorter), None
    else:
        windows = dense(inside.offsets, recipe.span, shorter=recipe.shorter, hold=horizon)
        judged = ending(inside.offsets, inside.lengths - horizon, recipe.span)
    run = partial(train, model, series, windows, recipe, key=key, validation=judged)
    return resumable(run, checkpoint, on_event)


def _check_arguments(spec: Any, panel: Any) -> None:
    """Refuse what is no model or no panel before anything begins."""
    if isinstance(spec, type) or not (isinstance(spec, Method) or hasattr(spec, "build")):
        wrap = " Wrap it: `stepahead.forecasting.Regressor(it, lags=12)`." if hasattr(spec, "predict") else ""
        raise Refusal(f"`spec` must be a model such as `stepahead.models.GRU(32)`, but it is {spec!r}.{wrap}")
    given_panel("panel", panel)


def _refuse_given(spec: Method, **options: Any) -> None:
    """Refuse what a method that fits itself would not hear."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise Refusal(f"`{given[0]}` shapes models that are built and trained here, but {spec!r} fits itself. Leave it out.")


def _check_enough(panel: Panel) -> None:
    """Refuse to train by our own recipe on so little that a network knows it by heart and takes itself for certain."""
    changes = int(panel.observed.any(axis=1).sum()) - len(panel)
    if changes < FEWEST_CHANGES:
        raise Refusal(
            f"A network needs at least {FEWEST_CHANGES} changes from step to step to learn from, but all series together have "
            f"{max(changes, 0)}: it would know them by heart, and its intervals would be next to nothing. "
            "Take a random walk, whose intervals say how little is known, or give more data."
        )


def _check_ridge(spec: Specification, exact: bool) -> None:
    """Refuse a penalty that training by gradient would not see."""
    inner = spec.spec if isinstance(spec, Anchored | Direct) else spec
    if not exact and isinstance(inner, LinearAR) and inner.ridge > 0:
        raise Refusal(
            f"`ridge` is a penalty of least squares, which training by gradient does not see, but {spec!r} was to be trained so. "
            "Leave `training` out, or `ridge` at 0."
        )


def _check_past(covariates: CovariateScale | None, own: int, horizon: int) -> None:
    """Refuse past covariates of a model that has to be fed beyond the end of a series."""
    if covariates is not None and covariates.past and own < horizon:
        raise Refusal(
            f"Past covariates ({', '.join(covariates.past)}) end with the series, so a model that feeds back its own forecasts cannot be "
            f"given them after {counted(own, 'step')}. Use `strategy=mimo` or `strategy=direct`, which answer "
            f"{counted(horizon, 'step')} at once, or name them "
            "as known."
        )


def _check_counts(panel: Panel) -> None:
    """Refuse what is not a count."""
    values = np.where(panel.observed, panel.values, 0)
    wrong = np.argwhere((values < 0) | (values != np.round(values)))
    if len(wrong):
        row = int(wrong[0, 0])
        raise Refusal(
            f"NegativeBinomial is for counts (0, 1, 2, …), but series '{panel.ids[panel.series_of_step[row]]}' holds "
            f"{values[tuple(wrong[0])]:g} at {say(panel.times[row])}. Use Gaussian() or Quantiles()."
        )
