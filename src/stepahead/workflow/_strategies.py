"""`strategies`: one model with every multi-step strategy, compared by error and by cost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import equinox as eqx
import jax
import numpy as np

from .._check import Refusal, options_known
from .._types import Key, Listener, Prediction
from ..data import Panel, season_of
from ..evaluation import Backtest, Columns
from ..evaluation import backtest as judged
from ..forecasting import (
    Forecaster,
    Strategy,
    anchored,
    direct,
    method_of,
    mimo,
    recursive,
    with_lower_bound,
)
from ..models import LinearAR, LocationBody, Model, Point, Specification, build
from ..tasks import BASELINES, gradient_recipe
from ..training import EVERY, LAST, Gradient
from ._fit import fit

STRATEGIES: dict[str, Strategy] = {"recursive": recursive, "direct": direct, "MIMO": mimo}
EVERY_STEP = "MIMO, every step trained"


class Cost(NamedTuple):
    """The number of trained parameters, and the seconds that all fits took, compilation
    included."""

    weights: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Strategies:
    """The result of `strategies`: the backtest that compares them, and the cost of each by name."""

    report: Backtest
    costs: dict[str, Cost]

    def table(self) -> Columns:
        """One row for each strategy, best MASE first, the naive baselines among them: model, mase,
        mae, weights, seconds."""
        board = self.report.leaderboard()
        costs = [self.costs.get(name, Cost(0, 0.0)) for name in board["model"].tolist()]
        own = {
            "weights": np.array([cost.weights for cost in costs]),
            "seconds": np.array([cost.seconds for cost in costs]),
        }
        return Columns({name: board[name] for name in ("model", "mase", "mae")} | own)


@options_known()
def strategies(
    spec: Specification,
    panel: Panel,
    horizon: int,
    windows: int,
    *,
    key: Key,
    clock: Callable[[], float],
    step: int = 1,
    refit: int = 0,
    season: int | None = None,
    training: Gradient | None = None,
    on_event: Listener | None = None,
) -> Strategies:
    """Compare the recursive, direct and MIMO strategies of one model at the same origins; for a
    recurrent model also MIMO trained at every step.

    Recursive: one step, fed back. Direct: a copy of the model for each step ahead. MIMO: all
    `horizon` steps at once. The loss of these three counts at the last step of each training
    window; the fourth is MIMO with the loss at every step. A windowed model needs no fourth: each
    of its places is the end of a window. Trained models are models of changes (`models.Anchored`),
    as in `fit`; linear AR is solved in closed form, where direct and MIMO have the same weights.
    `training` is the recipe of all but its `loss_steps`; `clock` gives seconds. For `windows`,
    `step`, `refit` and the report see `evaluation.backtest`.

    >>> import time, stepahead as sa
    >>> from stepahead.workflow import strategies
    >>> panel = sa.Panel.from_arrays([np.sin(np.arange(60.0))])
    >>> found = strategies(sa.models.LinearAR(2), panel, 4, 3, key=0, clock=time.perf_counter)
    >>> {name: cost.weights for name, cost in found.costs.items()}
    {'recursive': 4, 'direct': 16, 'MIMO': 16}
    """
    if method_of(spec) is not None or isinstance(spec, BASELINES):
        raise Refusal(
            f"{spec!r} sees every step ahead in one way only. Give a model that learns, such as "
            "LinearAR(12) or GRU(32)."
        )
    arranged: dict[str, tuple[Strategy, Gradient | None]] = {
        name: (one, training) for name, one in STRATEGIES.items()
    }
    if not isinstance(spec, LinearAR):
        arranged = {name: (anchored(one), recipe) for name, (one, recipe) in arranged.items()}
    if _recurrent(spec, panel):
        steps = season_of(panel) if season is None else season
        recipe = gradient_recipe(None, panel, horizon, steps) if training is None else training
        arranged = {
            name: (one, replace(recipe, loss_steps=LAST)) for name, (one, _) in arranged.items()
        }
        arranged[EVERY_STEP] = anchored(mimo), replace(recipe, loss_steps=EVERY)
    costs: dict[str, Cost] = {}

    def learning(
        name: str, strategy: Strategy, recipe: Gradient | None
    ) -> Callable[[Panel], Callable[[Panel], Prediction]]:
        def learn(history: Panel) -> Callable[[Panel], Prediction]:
            start = clock()
            forecaster: Forecaster = fit(
                spec, history, horizon, key=key, strategy=strategy, training=recipe, season=season
            )
            seconds = costs.get(name, Cost(0, 0.0)).seconds + clock() - start
            costs[name] = Cost(weight_count(forecaster.model), seconds)
            return lambda seen: with_lower_bound(
                forecaster.predict(horizon, panel=None if seen is history else seen), seen
            )

        return learn

    fits = {name: learning(name, *how) for name, how in arranged.items()}
    report = judged(
        fits, panel, horizon, windows, step, refit=refit, season=season, on_event=on_event
    )
    return Strategies(report, costs)


def weight_count(model: Model) -> int:
    """The number of trained parameters, the spread of the errors included where the head has one.

    >>> from stepahead import models
    >>> model = models.build(models.RNN(2), 1, models.Point(), jax.random.key(0))
    >>> weight_count(model)  # 2 + 4 + 2 in the layer, 2 + 1 in the output layer
    11
    """
    weights = sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array)))
    if not isinstance(model.body, LocationBody):
        return weights
    # The location of the error distribution is always 0, so it is not learned.
    return weights - model.body.shape.size // model.head.parameters


def _recurrent(spec: Specification, panel: Panel) -> bool:
    """True if the model sees the whole past and not a lag window."""
    return build(spec, panel.channels, Point(), jax.random.key(0)).body.reach is None
