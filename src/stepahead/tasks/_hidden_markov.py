"""The task `forecast` for hidden Markov models: fitted by expectation maximisation, or by gradient
descent on whole series."""

from functools import partial
from typing import Any

import numpy as np

from .._check import Refusal
from .._types import Channels, Key, Learning
from ..data import Panel, Scaler, identity, standard, without_covariates, without_leading_gaps
from ..forecasting import Forecaster
from ..models import HMM, Model
from ..ops import as_key, in_double, split_key
from ..training import BaumWelch, BySequence, Gradient, by_whole_sequences, learn_states
from ..training import known_states as checked_states
from ._forecast_checks import check_readable
from ._learn import Runner
from ._task import ForecastOptions


def fit_hidden_markov(
    spec: HMM,
    panel: Panel,
    *,
    key: Key,
    run: Runner,
    options: ForecastOptions,
) -> Forecaster:
    """Fit a hidden Markov model to a panel, in float64.

    It uses the whole history, and outputs the exact distribution of all `horizon` steps at once,
    except for an autoregressive emission, whose sampled values are fed back. Counts are not scaled;
    other values are standardised series by series. Covariates are not used. `known_states` holds
    the state of every step at which it is known, numbered from 1, and 0 elsewhere, series by
    series: if all are known, fitting is counting.
    """
    horizon, known_states = options.horizon, options.known_states
    recipe = recipe_of_states(options.training, int(panel.lengths.max()))
    head, blank = spec.head(horizon), spec.blank(panel.channels)
    for channel, kind in enumerate(blank.kinds):
        check_readable(kind, panel, channel)
    scaler = _scaler_of(blank.counts) if options.scaler is None else options.scaler
    scaled = scaler.fit(panel)
    inside = without_leading_gaps(scaled.apply(without_covariates(panel)))
    of_weights, of_training, of_paths = split_key(as_key(key), 3)
    alone = Channels(panel.channels)
    if blank.lags:
        head = spec.head(1)
    body = spec.build(alone, head, of_weights)
    known = None
    if known_states is not None:
        checked = checked_states("known_states", known_states, spec.states, len(panel.values))
        known = _of_last_steps(checked, panel, inside)
    trained = run(partial(learn_states, body, spec, inside, recipe, key=of_training, known=known))
    learning = Learning(trained.losses, trained.validation, trained.stopped)
    fitted = Model(in_double(trained.model), head, alone)
    return Forecaster(
        spec, fitted, scaler, scaled, panel, horizon, None, options.season, of_paths, learning
    )


def _scaler_of(counts: np.ndarray) -> Scaler:
    """The scaler that leaves counts unchanged."""
    if counts.all():
        return identity()
    return standard(tuple(np.flatnonzero(~counts).tolist()) if counts.any() else None)


def _of_last_steps(known: np.ndarray, panel: Panel, inside: Panel) -> np.ndarray:
    """The known states of the steps that remain after leading gaps are removed."""
    ends = zip(panel.offsets[1:], inside.lengths, strict=True)
    return np.concatenate([known[end - length : end] for end, length in ends])


def recipe_of_states(training: Any, longest: int) -> BaumWelch | BySequence:
    """Return the recipe for a hidden Markov model of sequences of at most this length; any other
    kind is refused."""
    if training is None:
        return BaumWelch()
    if isinstance(training, BaumWelch):
        return training
    if not isinstance(training, Gradient | BySequence):
        raise Refusal(
            "A hidden Markov model is learned by `training.BaumWelch(...)`, or by gradient by "
            f"`training.BySequence(...)`, but `training` is {training!r}. Leave it out, or give "
            "one."
        )
    return by_whole_sequences(training, longest)


def refuse_expectation(training: Any) -> None:
    """Refuse a `BaumWelch` recipe for a model that is trained by gradient descent."""
    if isinstance(training, BaumWelch):
        raise Refusal(
            "`training.BaumWelch(...)` learns hidden Markov models, `models.HMM(states)`. Leave it "
            "out, or give `training.Gradient(...)`."
        )
