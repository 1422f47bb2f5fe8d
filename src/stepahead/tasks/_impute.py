"""The task `impute`: fill the missing values of a panel from the values on both sides."""

from functools import partial

import jax.numpy as jnp
import numpy as np

from .._types import Key
from ..data import Panel, season_of
from ..imputation import (
    FittedImputer,
    HiddenMarkov,
    Imputer,
    NetworkImputer,
    gap_scale,
    typical_change,
    typical_gap_length,
)
from ..models import HMM, Bidirectional
from ..ops import as_key, split_key
from ..training import Gradient, adam, cosine, train_imputer
from ._learn import Runner

ImputationMethod = Imputer | Bidirectional | HMM
"""An imputer that fits itself, a network that is trained here, or a hidden Markov model."""

EPOCHS, UPDATES, BATCH, RATE = 10, 150, 32, 5e-3
"""The default training of the recurrent imputer: epochs, minibatches in each, windows in a
minibatch, and the learning rate, which falls to 0."""


def fit_imputer(
    method: ImputationMethod,
    panel: Panel,
    *,
    key: Key,
    run: Runner | None = None,
    training: Gradient | None = None,
) -> FittedImputer:
    """Fit an imputation method to a panel. A network is trained on masked known values, by the
    recipe `training` if given."""
    if isinstance(method, HMM):
        method = HiddenMarkov(method)
    if not isinstance(method, Bidirectional):
        return method.fitted(panel, key=key)
    of_weights, of_training = split_key(as_key(key), 2)
    scale = gap_scale(panel)
    inside, _, _ = scale.apply(panel)
    columns = 0 if inside.covariates is None else len(inside.covariates.past_names)
    recipe = imputer_recipe(panel) if training is None else training
    body = method.build(jnp.asarray(typical_change(inside), jnp.float32), columns, of_weights)
    train = partial(train_imputer, body, inside, recipe, key=of_training)
    return NetworkImputer((train() if run is None else run(train)).model, scale)


def imputer_recipe(panel: Panel) -> Gradient:
    """The default recipe: windows of 8 gaps or 4 seasons, between 24 and 192 steps, at most the
    median series."""
    wanted = min(max(8 * typical_gap_length(panel), 4 * season_of(panel), 24), 192)
    span = int(max(2, min(wanted, np.median(panel.lengths))))
    return Gradient(
        span=span,
        epochs=EPOCHS,
        steps=UPDATES,
        batch=BATCH,
        optimizer=adam(cosine(RATE, EPOCHS * UPDATES)),
    )
