"""`backtest` and `leak_check`: evaluate models by their forecasts, each fitted by `fit`."""

from collections.abc import Callable, Sequence
from inspect import isfunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import store
from .._check import Refusal, options_known, percents
from .._types import Key, Levels, Listener, Prediction
from ..data import Panel, require_panel
from ..evaluation import Backtest, Fit, OriginDone
from ..evaluation import backtest as judged
from ..evaluation import leak_check as checked
from ..forecasting import Method, Predictor, method_of, with_lower_bound
from ..tasks import fit_forecast
from ._fit import fit
from .choice import run_identity

if TYPE_CHECKING:
    from ..models import Specification, StateSpace


@options_known(fit_forecast)
def backtest(
    specs: "Sequence[Specification | Method | StateSpace]",
    panel: Panel,
    horizon: int,
    windows: int,
    *,
    key: Key,
    step: int = 1,
    length: int | None = None,
    refit: int = 1,
    levels: Levels = (80, 95),
    on_event: Listener | None = None,
    checkpoint: Path | None = None,
    **options: Any,
) -> Backtest:
    """Fit and evaluate several models at rolling origins. Each model sees only the values before
    its origin.

    `options` go to `fit` (head, scaler, strategy, training, season), the same for every model; a
    `Method` takes the season alone. For `step`, `length`, `refit` and the result see
    `evaluation.backtest`. With `checkpoint`, every prediction is saved to that folder, and the same
    call after a crash resumes there and ends with the same result. The files are deleted at the
    end.

    >>> import numpy as np, stepahead as sa
    >>> panel, specs = (
    ...     sa.Panel.from_arrays([np.arange(30.0)]),
    ...     [sa.models.Drift(), sa.models.Mean()],
    ... )
    >>> sa.backtest(specs, panel, horizon=2, windows=3, key=0, levels=()).leaderboard()["model"][0]
    'Drift()'
    """
    require_panel("panel", panel)
    fits = _fits(specs, horizon, key, levels, options)
    season = options.get("season")

    def judge(kept: dict[tuple[str, int], Prediction], listener: Listener | None) -> Backtest:
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
    rolling = (horizon, windows, step, length, refit)
    settings = (tuple(specs), *rolling, percents(levels), sorted(options.items()))
    run = run_identity(panel, key, *settings)

    def save(event: OriginDone) -> None:
        if not event.kept:
            store.save_origin(event.prediction, checkpoint, event.model, event.number, run)
        if on_event is not None:
            on_event(event)

    report = judge(store.saved_origins(checkpoint, run), save)
    for path in checkpoint.glob("*.origin"):
        path.unlink(missing_ok=True)
    return report


@options_known(fit_forecast)
def leak_check(
    model: (
        "Specification | Method | StateSpace | "
        "Callable[[Panel], Specification | Method | StateSpace]"
    ),
    panel: Panel,
    horizon: int,
    windows: int = 2,
    *,
    key: Key,
    step: int = 1,
    levels: Levels = (80,),
    **options: Any,
) -> int:
    """Check, to the bit, that a model's forecasts do not depend on values after their origin.
    Return how many forecasts were compared.

    The model is fitted as `backtest` fits it, before each of `windows` origins, `step` steps apart.
    To check preprocessing of the whole panel too, give a function from a panel to a model instead:
    `leak_check(lambda panel: prepared(panel), panel, …)`. `evaluation.leak_check` describes which
    values are replaced.

    >>> import numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(30.0) ** 1.5])
    >>> sa.leak_check(sa.models.Drift(), panel, horizon=2, key=0)
    2
    """

    require_panel("panel", panel)
    if any(held is panel for held in getattr(model, "__dict__", {}).values()):
        raise Refusal(
            f"{model!r} holds the whole panel, and so the future. To check what it does with it, "
            "give a function that makes the model from any panel: `leak_check(lambda panel: "
            "it(panel), panel, …)`."
        )

    def make(whole: Panel) -> dict[str, Fit]:
        made: Any = model(whole) if isfunction(model) else model
        return _fits([made], horizon, key, levels, options)

    return checked(make, panel, horizon, windows, step)


def _fits(
    specs: "Sequence[Specification | Method | StateSpace]",
    horizon: int,
    key: Key,
    levels: Levels,
    options: dict[str, Any],
) -> dict[str, Fit]:
    """The function that `evaluation.backtest` calls to fit each model, by the model's name."""
    if not isinstance(specs, Sequence):
        raise Refusal(
            f"`specs` must be a list of models, but it is {specs!r}. Put it into brackets."
        )
    names = [repr(spec) for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Refusal(f"The model {twice[0]} is named twice. Give each once.")
    levels = percents(levels)

    def forecaster_of(spec: "Specification | Method | StateSpace", history: Panel) -> Predictor:
        method = method_of(spec)
        try:
            if method is not None:
                return fit(method, history, horizon, key=key, season=options.get("season"))
            return fit(spec, history, horizon, key=key, **options)
        except Refusal as refused:
            if len(names) == 1:
                raise
            named = Refusal(f"{spec!r} cannot be compared: {refused}")
            named.model = repr(spec)
            raise named from refused

    def fitted(spec: "Specification | Method | StateSpace") -> Fit:
        def learn(history: Panel) -> Callable[[Panel], Prediction]:
            forecaster = forecaster_of(spec, history)
            wanted = levels if forecaster.levels else ()  # a point head has no intervals

            def predict(seen: Panel) -> Prediction:
                panel = None if seen is history else seen
                return with_lower_bound(
                    forecaster.predict(horizon, levels=wanted, panel=panel), seen
                )

            return predict

        return learn

    return {name: fitted(spec) for name, spec in zip(names, specs, strict=True)}
