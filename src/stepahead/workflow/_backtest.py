"""`backtest` and `leak_check`: what a user judges models by, each model fitted as `fit` fits it."""

from collections.abc import Callable, Sequence
from inspect import isfunction
from pathlib import Path
from typing import Any

from .._check import Refusal, options_known, percents
from .._types import Key, Levels, Prediction
from ..data import Panel, given_panel
from ..evaluation import Backtest, Fit, OriginDone
from ..evaluation import backtest as judged
from ..evaluation import leak_check as checked
from ..forecasting import Method, Predictor, floored
from ..models import Specification
from ..store import save_origin, saved_origins
from ..tasks import fit_forecast
from ._comparison_checkpoint import run_of
from ._fit import fit


@options_known(fit_forecast)
def backtest(
    specs: Sequence[Specification | Method],
    panel: Panel,
    horizon: int,
    windows: int,
    *,
    key: Key,
    step: int = 1,
    length: int | None = None,
    refit: int = 1,
    levels: Levels = (80, 95),
    on_event: Callable[[Any], None] | None = None,
    checkpoint: Path | None = None,
    **options: Any,
) -> Backtest:
    """Fit and judge several models at rolling origins; each is handed only what lies before the
    origin.

    `options` go to `fit` (head, scaler, strategy, training, season), the same for every model; a
    method that fits itself hears only of the season. See `evaluation.backtest` for `step`,
    `length`, `refit` and the result. With `checkpoint`, every prediction is written to that folder
    as it is made, and the same call made again after a crash goes on from there to the same result;
    the files are deleted when it is done.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(30.0)])
    >>> report = sa.backtest(
    ...     [sa.models.Drift(), sa.models.Mean()],
    ...     panel,
    ...     horizon=2,
    ...     windows=3,
    ...     key=jax.random.key(0),
    ...     levels=(),
    ... )
    >>> report.leaderboard()["model"][0]
    'Drift()'
    """
    given_panel("panel", panel)
    fits = _fits(specs, horizon, key, levels, options)
    season = options.get("season")

    def judge(
        kept: dict[tuple[str, int], Prediction], listener: Callable[[Any], None] | None
    ) -> Backtest:
        return judged(
            fits,
            panel,
            horizon,
            windows,
            step,
            length=length,
            refit=refit,
            season=season,
            kept=kept,
            on_event=listener,
        )

    if checkpoint is None:
        return judge({}, on_event)
    run = run_of(
        panel,
        key,
        tuple(specs),
        horizon,
        windows,
        step,
        length,
        refit,
        percents(levels),
        sorted(options.items()),
    )

    def keep(event: OriginDone) -> None:
        if not event.kept:
            save_origin(event.prediction, checkpoint, event.model, event.number, run)
        if on_event is not None:
            on_event(event)

    report = judge(saved_origins(checkpoint, run), keep)
    for path in checkpoint.glob("*.origin"):
        path.unlink(missing_ok=True)
    return report


@options_known(fit_forecast)
def leak_check(
    model: Specification | Method | Callable[[Panel], Specification | Method],
    panel: Panel,
    horizon: int,
    windows: int = 2,
    *,
    key: Key,
    step: int = 1,
    levels: Levels = (80,),
    **options: Any,
) -> int:
    """Assert that a model's forecasts do not depend on what comes after their origin, to the bit;
    return how many were compared.

    The model is fitted as `backtest` fits it. One that was prepared on the whole panel is caught
    where a function is given in its place that prepares it on any: `leak_check(lambda panel:
    prepared(panel), panel, …)`. See `evaluation.leak_check` for what is replaced.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(30.0) ** 1.5])
    >>> sa.leak_check(sa.models.Drift(), panel, horizon=2, key=jax.random.key(0))
    2
    """

    given_panel("panel", panel)
    if any(held is panel for held in getattr(model, "__dict__", {}).values()):
        raise Refusal(
            f"{model!r} holds the whole panel, and so the future. To check what it does with it, "
            "give a function that makes the model "
            "from any panel: `leak_check(lambda panel: it(panel), panel, …)`."
        )

    def make(whole: Panel) -> dict[str, Fit]:
        made: Any = model(whole) if isfunction(model) else model
        return _fits([made], horizon, key, levels, options)

    return checked(make, panel, horizon, windows, step)


def _fits(
    specs: Sequence[Specification | Method],
    horizon: int,
    key: Key,
    levels: Levels,
    options: dict[str, Any],
) -> dict[str, Fit]:
    """Each model by its name, as a backtest takes it."""
    if not isinstance(specs, Sequence):
        raise Refusal(
            f"`specs` must be a list of models, but it is {specs!r}. Put it into brackets."
        )
    names = [repr(spec) for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refusal(f"The model {twice[0]} is named twice. Give each once.")
    levels = percents(levels)

    def fitted(spec: Specification | Method) -> Fit:
        def learn(history: Panel) -> Callable[[Panel], Prediction]:
            forecaster: Predictor
            if isinstance(spec, Method):
                forecaster = fit(spec, history, horizon, key=key, season=options.get("season"))
            else:
                forecaster = fit(spec, history, horizon, key=key, **options)
            wanted = levels if forecaster.levels else ()  # a single number has no intervals

            def predict(seen: Panel) -> Prediction:
                return floored(
                    forecaster.predict(
                        horizon, levels=wanted, panel=None if seen is history else seen
                    ),
                    seen,
                )

            return predict

        return learn

    return {name: fitted(spec) for name, spec in zip(names, specs, strict=True)}
