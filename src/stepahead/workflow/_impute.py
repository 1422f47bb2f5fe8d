"""`impute`: fill the gaps of a panel by a given method, or by the one with the smallest error on
masked values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .._check import Refusal, between, options_known, whole
from .._extras import installed
from .._types import Key, Listener
from ..data import Panel, require_panel, season_of
from ..imputation import (
    BLOCKS,
    RANDOM,
    FittedImputer,
    ImputationErrors,
    Imputed,
    Imputer,
    Kalman,
    Linear,
    Seasonal,
    fill_gaps,
    mask_values,
    masked_errors,
    typical_gap_length,
)
from ..ops import host_generator

if TYPE_CHECKING:
    from ..tasks import ImputationMethod
    from ..training import Gradient


class ImputationScore(NamedTuple):
    """One row of the comparison: a method, the masking pattern, and the errors on masked values."""

    name: str
    pattern: str
    error: ImputationErrors


ENOUGH_TO_LEARN = 10_000
"""The number of known values from which on the recurrent method is compared. It is trained on the
panel itself, and takes longer than all other methods together."""


@dataclass(frozen=True, eq=False)
class Imputation:
    """The result of `impute`: the filled panel, the method's name, and the scores of the methods
    that were compared."""

    filled: Imputed
    name: str
    scores: tuple[ImputationScore, ...] = ()


def impute_methods(season: int) -> "dict[str, ImputationMethod]":
    """Return the imputation methods by name, simplest first. The seasonal one is included if the
    season is longer than 1, the recurrent one if JAX is installed."""
    methods: dict[str, ImputationMethod] = {"linear": Linear()}
    if season > 1:
        methods["seasonal"] = Seasonal(season)
    methods["kalman"] = Kalman(season)
    if installed("jax"):
        from ..models import Bidirectional

        methods["recurrent"] = Bidirectional()
    return methods


def compared_methods(panel: Panel, season: int) -> "dict[str, ImputationMethod]":
    """The methods that `impute` compares on this panel: those of `impute_methods`, the recurrent
    one only from 10,000 known values on.

    >>> list(compared_methods(Panel.from_arrays([[1.0, np.nan, 3.0]]), 4))
    ['linear', 'seasonal', 'kalman']
    """
    enough = int(panel.observed.sum()) >= ENOUGH_TO_LEARN
    methods = impute_methods(season)
    return {name: each for name, each in methods.items() if enough or isinstance(each, Imputer)}


@options_known()
def impute(
    panel: Panel,
    method: "ImputationMethod | None" = None,
    *,
    key: Key,
    season: int | None = None,
    share: float = 0.1,
    block: int | None = None,
    training: "Gradient | None" = None,
    on_event: Listener | None = None,
) -> Imputation:
    """Fill the gaps of every series from the values on both sides. Observed values stay as they
    are; imputed ones are marked.

    `method` is `imputation.Linear()`, `Seasonal(season)`, `Kalman(season)`,
    `models.Bidirectional(width)`, `models.HMM(states)`, or your own. Without one, the first four
    (those of `compared_methods`) are scored by `imputation_scores` (on a `share` of the known
    values, masked singly and in runs of `block` steps), and the one with the smallest mean error is
    fitted to all known values. The recurrent one is trained on the panel itself by masking known
    values (`training` overrules the default recipe), and sees covariates and the other channels. A
    panel without gaps is refused.

    >>> from stepahead.imputation import Linear
    >>> done = impute(Panel.from_arrays([[1.0, np.nan, 3.0]]), Linear(), key=0)
    >>> done.filled.table()["y"].tolist(), done.filled.table()["imputed"].tolist()
    ([1.0, 2.0, 3.0], [False, True, False])
    """
    if not require_panel("panel", panel).missing:
        raise Refusal(
            "Nothing is missing, so there is nothing to impute. A gap is an empty cell, or a stamp "
            "without a row."
        )
    season = season_of(panel) if season is None else whole("season", season)
    scores: tuple[ImputationScore, ...] = ()
    name = repr(method)
    if method is None:
        methods = compared_methods(panel, season)
        scores = imputation_scores(
            panel, methods, key=key, share=share, block=block, training=training, on_event=on_event
        )
        name = best_imputer(scores)
        method = methods[name]
    return Imputation(
        fill_gaps(panel, _fitted(method, panel, key=key, training=training)), name, scores
    )


def imputation_scores(
    panel: Panel,
    methods: "dict[str, ImputationMethod]",
    *,
    key: Key,
    share: float = 0.1,
    block: int | None = None,
    training: "Gradient | None" = None,
    on_event: Listener | None = None,
) -> tuple[ImputationScore, ...]:
    """The errors of each method on a `share` of the known values, masked at random places and in
    runs of `block` steps of all channels.

    `block` is the typical length of a gap of the panel unless given. Methods are fitted to the
    values that are not masked; `training` is the recipe of those that are networks.
    """
    between("share", share, 0.001, 1)
    block = typical_gap_length(panel) if block is None else whole("block", block)
    draws = host_generator(key)
    rows = []
    for pattern, length in ((RANDOM, None), (BLOCKS, block)):
        masked = mask_values(panel, share, draws=draws, block=length)
        for name, method in methods.items():
            imputer = _fitted(method, masked.panel, key=key, training=training)
            rows.append(
                ImputationScore(
                    name, pattern, masked_errors(masked, panel, imputer.fill(masked.panel))
                )
            )
            if on_event is not None:
                on_event(rows[-1])
    return tuple(rows)


def _fitted(
    method: "ImputationMethod", panel: Panel, *, key: Key, training: "Gradient | None"
) -> FittedImputer:
    """The method fitted to a panel, by its own `fitted` or by the task, which imports JAX."""
    if isinstance(method, Imputer):
        return method.fitted(panel, key=key)
    from ..tasks import fit_imputer

    return fit_imputer(method, panel, key=key, training=training)


def best_imputer(scores: Sequence[ImputationScore]) -> str:
    """The method with the smallest mean absolute error over both masking patterns. Ties go to the
    earlier one."""
    names = list(dict.fromkeys(score.name for score in scores))
    return min(
        names, key=lambda name: np.mean([score.error.mae for score in scores if score.name == name])
    )
