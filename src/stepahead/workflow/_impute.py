"""`impute`: fill the gaps of a panel, by a method that was told or by the one that fills hidden values best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from .._check import Refusal, between, whole
from .._types import Key
from ..data import Panel
from ..imputation import (
    BLOCKS,
    RANDOM,
    FittedImputer,
    HiddenError,
    Imputed,
    Imputer,
    Kalman,
    Linear,
    NetworkImputer,
    Seasonal,
    errors_on,
    filled,
    gap_scale,
    hide,
    typical_change,
    typical_gap,
)
from ..models import Bidirectional
from ..ops import as_key, generator, split
from ..training import Gradient, adam, cosine, train_imputer

Method = Imputer | Bidirectional
"""What can fill gaps: an imputer that fits itself, or a part that is trained here."""

EPOCHS, UPDATES, BATCH, RATE = 10, 150, 32, 5e-3
"""A default training run of the recurrent imputer: epochs, minibatches in each, windows in a minibatch, a rate that falls to 0."""


class HiddenScore(NamedTuple):
    """A line of the table of methods: which, how values were hidden, and the errors on them."""

    name: str
    pattern: str
    error: HiddenError


@dataclass(frozen=True, eq=False)
class Imputation:
    """What `impute` found: the filled panel, the method's name, and how the methods compared did on hidden values."""

    filled: Imputed
    name: str
    scores: tuple[HiddenScore, ...] = ()


def impute_methods(season: int) -> dict[str, Method]:
    """The methods that are compared, simplest first; those that need a season only where there is one."""
    seasonal: dict[str, Method] = {"seasonal": Seasonal(season)} if season > 1 else {}
    return {"linear": Linear(), **seasonal, "kalman": Kalman(season), "recurrent": Bidirectional()}


def impute(
    panel: Panel,
    method: Method | None = None,
    *,
    key: Key,
    season: int | None = None,
    share: float = 0.1,
    block: int | None = None,
    training: Gradient | None = None,
    on_event: Callable[[Any], None] | None = None,
) -> Imputation:
    """Fill the gaps of every series, looking at both sides of each; what was seen stays as it is, what is imputed is marked.

    `method` is `imputation.Linear()`, `Seasonal(season)`, `Kalman(season)`, `models.Bidirectional(width)`, or your own; without
    one, all four are scored by `imputation_scores` and the one with the smallest mean error is fitted to all that is known. The
    recurrent one is trained on the panel itself by hiding known values (`training` overrules how), and sees covariates and the
    other channels. Refused: a panel without gaps.

    >>> from stepahead.imputation import Linear
    >>> done = impute(Panel.from_arrays([[1.0, np.nan, 3.0]]), Linear(), key=0)
    >>> done.filled.table()["y"].tolist(), done.filled.table()["imputed"].tolist()
    ([1.0, 2.0, 3.0], [False, True, False])
    """
    if not panel.missing:
        raise Refusal("Nothing is missing, so there is nothing to impute. A gap is an empty cell, or a stamp without a row.")
    season = panel.frequency.season if season is None else whole("season", season)
    scores: tuple[HiddenScore, ...] = ()
    name = repr(method)
    if method is None:
        methods = impute_methods(season)
        scores = imputation_scores(panel, methods, key=key, share=share, block=block, training=training, on_event=on_event)
        name = best_imputer(scores)
        method = methods[name]
    return Imputation(filled(panel, fit_imputer(method, panel, key=key, training=training)), name, scores)


def imputation_scores(
    panel: Panel,
    methods: dict[str, Method],
    *,
    key: Key,
    share: float = 0.1,
    block: int | None = None,
    training: Gradient | None = None,
    on_event: Callable[[Any], None] | None = None,
) -> tuple[HiddenScore, ...]:
    """How far each method errs on `share` of the known values, hidden one by one, and in runs of `block` steps of all channels.

    `block` is the typical length of a gap of the panel where none is given. Every method learns from what is left only.
    """
    between("share", share, 0.001, 1)
    block = typical_gap(panel) if block is None else whole("block", block)
    draws = generator(as_key(key))
    rows = []
    for pattern, length in ((RANDOM, None), (BLOCKS, block)):
        hidden = hide(panel, share, draws=draws, block=length)
        for name, method in methods.items():
            imputer = fit_imputer(method, hidden.panel, key=key, training=training)
            rows.append(HiddenScore(name, pattern, errors_on(hidden, panel, imputer.fill(hidden.panel))))
            if on_event is not None:
                on_event(rows[-1])
    return tuple(rows)


def best_imputer(scores: Sequence[HiddenScore]) -> str:
    """The method with the smallest mean absolute error, both ways of hiding counted alike; the earlier one of equals."""
    names = list(dict.fromkeys(score.name for score in scores))
    return min(names, key=lambda name: np.mean([score.error.mae for score in scores if score.name == name]))


def fit_imputer(method: Method, panel: Panel, *, key: Key, training: Gradient | None = None) -> FittedImputer:
    """The method, fitted to what the panel holds."""
    if not isinstance(method, Bidirectional):
        return method.fitted(panel, key=key)
    of_weights, of_training = split(as_key(key), 2)
    scale = gap_scale(panel)
    inside, _, _ = scale.apply(panel)
    columns = 0 if inside.covariates is None else len(inside.covariates.past_names)
    recipe = _recipe(panel) if training is None else training
    body = method.build(jnp.asarray(typical_change(inside), jnp.float32), columns, of_weights)
    body = train_imputer(body, inside, recipe, key=of_training)
    return NetworkImputer(body, scale)


def _recipe(panel: Panel) -> Gradient:
    """Windows of 8 gaps or 4 seasons, between 24 and 192 steps, at most the median series."""
    wanted = min(max(8 * typical_gap(panel), 4 * panel.frequency.season, 24), 192)
    span = int(max(2, min(wanted, np.median(panel.lengths))))
    return Gradient(span=span, epochs=EPOCHS, steps=UPDATES, batch=BATCH, optimizer=adam(cosine(RATE, EPOCHS * UPDATES)))
