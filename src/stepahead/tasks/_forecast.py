"""The task `forecast`: predict the next steps of every series."""

from typing import TYPE_CHECKING, Any, cast

from .._check import Refusal, whole
from .._extras import extras_needed
from .._types import Key, checked_key
from ..data import Panel, Scaler, require_panel, season_of
from ..forecasting import LocalForecaster, Method, Predictor, Pretrained, method_of
from ..models import StateSpace
from ._task import OF_HIDDEN, ForecastOptions, refuse_options, required_key

if TYPE_CHECKING:
    from ..forecasting import Strategy
    from ..models import Head, Specification
    from ..training import Gradient
    from ._learn import Runner


def fit_forecast(
    spec: "Specification | Method | StateSpace",
    panel: Panel,
    *,
    key: Key | None,
    run: "Runner",
    horizon: int,
    head: "Head | None" = None,
    scaler: Scaler | None = None,
    strategy: "Strategy | None" = None,
    training: "Gradient | Any" = None,
    season: int | None = None,
    known_states: Any = None,
    start: Predictor | None = None,
) -> Predictor:
    """Fit the model `spec` to every series of a panel and return a `Forecaster` for `horizon`
    steps.

    Baselines and linear AR are fitted in closed form, also on changes (`Anchored`), unless a
    `training` recipe is given, and forecast recursively. Other models are trained by gradient
    descent and emit all steps at once, as changes from the last value (`anchored(mimo)`); `head`,
    `scaler` and `strategy` replace the defaults. Everything, scales included, is fitted to this
    panel alone. With `training.patience`, the last `horizon` steps of each series are held out to
    decide when to stop; the scales used in training, and the final scales of covariates, are then
    fitted to the steps before them, and the scaler of the values is fitted again to the whole
    history at the end. Covariates of the panel (`data.with_covariates`) are used by all models
    except the baselines and methods that fit themselves; with past covariates linear AR, too, emits
    all steps at once. `season` replaces the season length of the frequency. The result is a
    function of the arguments. `run` calls the training function; `fit` passes it.

    For a hidden Markov model, `known_states` holds the state of every step at which it is known,
    numbered from 1, and 0 elsewhere.

    A `Method` (`forecasting.ETS`, `Theta`, `Regressor`) and a `models.StateSpace` fit themselves
    and accept only `season` and `key`, which is 0 by default.

    >>> import jax, numpy as np, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(20.0)])
    >>> forecaster = sa.fit(sa.models.Drift(), panel, horizon=2, key=jax.random.key(0))
    >>> forecaster.forecast(levels=())["forecast"].round(4).tolist()
    [20.0, 21.0]
    """
    whole("horizon", horizon)
    check_arguments(spec, panel)
    method = method_of(spec)
    key = checked_key(0 if method is not None and key is None else required_key(key))
    season = season_of(panel) if season is None else whole("season", season)
    if method is not None:
        why = f"shapes models that are built and trained here, but {spec!r} fits itself"
        refuse_options(why, head=head, scaler=scaler, strategy=strategy, training=training)
        refuse_options(OF_HIDDEN, known_states=known_states)
        method = method if start is None else _begun(method, start)
        return method.fitted(panel, horizon, key=key, season=season)
    with extras_needed():  # here JAX begins: methods go without it
        from ._forecast_built import fit_built

    return fit_built(
        cast("Specification", spec),
        panel,
        key=key,
        run=run,
        options=ForecastOptions(
            horizon=horizon,
            season=season,
            head=head,
            scaler=scaler,
            strategy=strategy,
            training=training,
            known_states=known_states,
            start=start,
        ),
    )


def check_arguments(spec: Any, panel: Any) -> None:
    """Refuse arguments that are not a model or not a panel."""
    if isinstance(spec, type) or not (method_of(spec) is not None or hasattr(spec, "build")):
        wrap = (
            " Wrap it: `stepahead.forecasting.Regressor(it, lags=12)`."
            if hasattr(spec, "predict")
            else ""
        )
        raise Refusal(
            f"`spec` must be a model such as `stepahead.models.GRU(32)`, but it is {spec!r}.{wrap}"
        )
    require_panel("panel", panel)


def _begun(method: Method, start: Predictor) -> Method:
    """The pretrained network of `start`, to be fine-tuned; other methods have no weights."""
    if not isinstance(method, Pretrained):
        raise Refusal(
            f"`start` holds weights that training begins with, but {method!r} has none. Leave it "
            "out."
        )
    spec = start.spec if isinstance(start, LocalForecaster) else None
    if not isinstance(spec, Pretrained):
        raise Refusal(
            f"`start` must be a fitted forecaster of `Pretrained`, as `fit(Pretrained(), panel, "
            f"horizon)` returns it, but it is {start!r}."
        )
    return method.started(spec)
