"""`strategies`: one model arranged in every way to see several steps ahead, judged side by side,
with what each costs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np

from .._check import Refusal, options_known
from .._types import Key, Prediction
from ..data import Panel, season_of
from ..evaluation import Backtest, Columns
from ..evaluation import backtest as judged
from ..forecasting import Forecaster, Method, Strategy, anchored, direct, floored, mimo, recursive
from ..models import LinearAR, Located, Model, Point, Specification, build
from ..tasks import BASELINES, gradient_recipe
from ..training import EVERY, LAST, Gradient
from ._fit import fit

STRATEGIES: dict[str, Strategy] = {"recursive": recursive, "direct": direct, "MIMO": mimo}
EVERY_STEP = "MIMO, every step trained"


class Cost(NamedTuple):
    """How many numbers a model learned, and the seconds that all its fits took, compiling
    included."""

    weights: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Strategies:
    """The strategies by name: the backtest that compares them, and what each cost."""

    report: Backtest
    costs: dict[str, Cost]

    def table(self) -> Columns:
        """Give one row a strategy, best MASE first, the naive guesses among them: model, mase, mae,
        weights, seconds."""
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
    on_event: Callable[[Any], None] | None = None,
) -> Strategies:
    """Judge one model as recursive, direct and MIMO, and if it is recurrent as MIMO trained at
    every step, at the same origins.

    Recursive: one step, fed back. Direct: a copy for each step ahead. MIMO: all `horizon` steps at
    once. These three learn at the last step of each training window; the fourth is MIMO that learns
    at every step of it. A windowed model learns at every place anyway, as each is the end of a
    window of its own. Models that are trained are models of changes, as in `fit`; linear AR is
    fitted exactly, and then direct and MIMO are the same weights. `training` is the recipe of all,
    its loss steps aside; `clock` tells the seconds. See `evaluation.backtest` for `step`, `refit`
    and the report.

    >>> import time, stepahead as sa
    >>> from stepahead.workflow import strategies
    >>> panel = sa.Panel.from_arrays([np.sin(np.arange(60.0))])
    >>> found = strategies(sa.models.LinearAR(2), panel, 4, 3, key=0, clock=time.perf_counter)
    >>> {name: cost.weights for name, cost in found.costs.items()}
    {'recursive': 4, 'direct': 16, 'MIMO': 16}
    """
    if isinstance(spec, (Method, *BASELINES)):
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
            began = clock()
            forecaster: Forecaster = fit(
                spec, history, horizon, key=key, strategy=strategy, training=recipe, season=season
            )
            costs[name] = Cost(
                weight_count(forecaster.model),
                costs.get(name, Cost(0, 0.0)).seconds + clock() - began,
            )
            return lambda seen: floored(
                forecaster.predict(horizon, panel=None if seen is history else seen), seen
            )

        return learn

    fits = {name: learning(name, *how) for name, how in arranged.items()}
    report = judged(
        fits, panel, horizon, windows, step, refit=refit, season=season, on_event=on_event
    )
    return Strategies(report, costs)


def weight_count(model: Model) -> int:
    """How many numbers a model learned, the spread of its errors included where a head has one.

    >>> from stepahead import models
    >>> weight_count(
    ...     models.build(models.RNN(2), 1, models.Point(), jax.random.key(0))
    ... )  # 2 + 4 + 2 and 2 + 1 to read it out
    11
    """
    places = (
        model.body.shape.size // model.head.parameters if isinstance(model.body, Located) else 0
    )  # the location's, always 0
    return (
        sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(model, eqx.is_inexact_array))) - places
    )


def _recurrent(spec: Specification, panel: Panel) -> bool:
    """Whether a model looks back to the start and not over a window."""
    return build(spec, panel.channels, Point(), jax.random.key(0)).body.reach is None
