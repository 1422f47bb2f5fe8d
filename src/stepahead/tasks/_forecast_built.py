"""The task `forecast` for models that are built from a specification and trained."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

import jax
import numpy as np

from .._check import Refusal
from .._types import Channels, Key, Learning
from ..data import (
    CovariateScale,
    Panel,
    Scaler,
    covariate_scale,
    last_windows,
    refuse_too_fine,
    scaled_covariates,
    sliding_windows,
    without_leading_gaps,
)
from ..forecasting import Forecaster, Predictor, Strategy
from ..models import (
    HMM,
    Anchored,
    Direct,
    Model,
    Specification,
    build,
)
from ..ops import as_key, split_key
from ..training import Gradient, Trained, has_closed_form, series_of, solve, train
from ._defaults import BASELINES, EXACT, exact_plan, gradient_plan, gradient_recipe
from ._forecast_checks import check_enough, check_past, check_readable, check_ridge
from ._hidden_markov import fit_hidden_markov, refuse_expectation
from ._learn import Runner
from ._task import OF_HIDDEN, ForecastOptions, refuse_options

SOLVED = "holds weights that training begins with, but this model is solved in closed form"
"""The reason why a model that is not trained refuses a start."""

OWN_WAY: dict[type, Callable[..., Predictor]] = {HMM: fit_hidden_markov}
"""Specifications with their own way of training, and the functions that fit them."""


def fit_built(
    spec: Specification,
    panel: Panel,
    *,
    key: Key,
    run: Runner,
    options: ForecastOptions,
) -> Predictor:
    """Build a model, and solve or train it, as described in `fit_forecast`."""
    key = as_key(key)
    if type(spec) in OWN_WAY:
        why = f"shapes models that are trained by gradient, but {spec!r} is learned in its own way"
        refuse_options(why, head=options.head, strategy=options.strategy, start=options.start)
        return OWN_WAY[type(spec)](spec, panel, key=key, run=run, options=options)
    horizon, season, head, start = options.horizon, options.season, options.head, options.start
    training: Gradient | None = options.training
    refuse_options(OF_HIDDEN, known_states=options.known_states)
    refuse_expectation(training)
    exact = training is None and isinstance(
        spec.spec if isinstance(spec, Anchored) else spec, EXACT
    )
    trained_on = panel if training is None or training.patience is None else _before(panel, horizon)
    covariates = None if isinstance(spec, BASELINES) else covariate_scale(trained_on)
    plan = exact_plan(spec, head, season, covariates) if exact else gradient_plan(head, trained_on)
    scaler: Scaler = plan.scaler if options.scaler is None else options.scaler
    strategy: Strategy = plan.strategy if options.strategy is None else options.strategy
    arranged, read = strategy(spec, plan.head, horizon)
    arranged = _solved_at_once(arranged) if exact else arranged
    check_ridge(spec, exact)
    check_readable(read, panel)
    check_past(covariates, read.horizon, horizon)
    scaled = scaler.fit(panel)
    in_training = scaled if trained_on is panel else scaler.fit(trained_on)
    inside = scaled_covariates(
        without_leading_gaps(in_training.apply(panel)), covariates, read.horizon, carried=True
    )
    of_weights, of_training, of_paths = split_key(key, 3)
    model = build(arranged, channels_of(inside, covariates, read.horizon), read, of_weights)
    reach = model.body.reach
    if exact and has_closed_form(model):
        refuse_options(SOLVED, start=start)
        model, learning, context = solve(model, inside), Learning(), reach
    else:
        if training is None:
            check_enough(panel)
        refuse_too_fine(inside)
        model = model if start is None else _weights_of(start, model)
        recipe = gradient_recipe(reach, inside, horizon, season) if training is None else training
        trained = by_gradient(model, inside, horizon, recipe, of_training, run)
        model, learning = (
            trained.model,
            Learning(trained.losses, trained.validation, trained.stopped),
        )
        context = recipe.span if reach is None else reach
    return Forecaster(
        arranged,
        model,
        scaler,
        scaled,
        panel,
        horizon,
        context,
        season,
        of_paths,
        learning,
        covariates,
    )


def _before(panel: Panel, horizon: int) -> Panel:
    """Every series without its last `horizon` steps. A series without observations before them
    stays whole, because nothing is fitted to it then."""
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    early = (place < np.repeat(panel.lengths - horizon, panel.lengths))[:, None] & panel.observed
    learns = np.logical_or.reduceat(early, panel.offsets[:-1], axis=0).all(axis=1)
    return panel.slice(
        np.zeros_like(panel.lengths), np.where(learns, panel.lengths - horizon, panel.lengths)
    )


def _solved_at_once(arranged: Specification) -> Specification:
    """The specification without `Direct`: least squares fits every step ahead separately anyway."""
    if isinstance(arranged, Anchored):
        return replace(arranged, spec=_solved_at_once(arranged.spec))
    return arranged.spec if isinstance(arranged, Direct) else arranged


def channels_of(inside: Panel, covariates: CovariateScale | None, horizon: int) -> Channels:
    """The input columns of a model that emits `horizon` steps at once."""
    mask = bool(inside.missing)
    return (
        Channels(inside.channels, mask=mask)
        if covariates is None
        else covariates.channels(inside.channels, mask, horizon)
    )


def by_gradient(
    model: Model,
    inside: Panel,
    horizon: int,
    recipe: Gradient,
    key: Key,
    run: Runner,
) -> Trained:
    """Train on all windows; with patience, on those before the last `horizon` steps, validated on
    these."""
    series = series_of(inside, model.dtype)
    if recipe.patience is None:
        windows, judged = sliding_windows(inside.offsets, recipe.span, shorter=recipe.shorter), None
    else:
        windows = sliding_windows(inside.offsets, recipe.span, shorter=recipe.shorter, hold=horizon)
        judged = last_windows(inside.offsets, inside.lengths - horizon, recipe.span)
    return run(partial(train, model, series, windows, recipe, key=key, validation=judged))


def _weights_of(start: Predictor, model: Model) -> Model:
    """The model that `start` holds, in place of this one, which is built alike."""
    held = getattr(start, "model", None)
    if _outline(held) != _outline(model):
        raise Refusal(
            "`start` must be a fitted forecaster of the same model, with weights of the same names "
            f"and sizes, but it is {start!r}. Give the model, horizon, head and covariates that "
            "it was fitted with, or leave `start` out."
        )
    return cast(Model, held)


def _outline(model: Any) -> Any:
    """Names and sizes of the weights."""
    sized = [getattr(leaf, "shape", None) for leaf in jax.tree.leaves(model)]
    return jax.tree.structure(model), sized
