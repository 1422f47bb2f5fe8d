"""`conformal`: intervals around any model, read off the errors that it made before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._check import options_known
from .._types import Key
from ..data import Panel
from ..forecasting import Conformal, Method, Predictor
from ..models import Specification
from ..tasks import fit_forecast
from ._fit import fit


@dataclass(frozen=True)
class Fitting:
    """A model together with what `fit` is told about it, as a `Method`."""

    spec: Specification
    options: Mapping[str, Any]

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """As `fit`."""
        return fit(self.spec, panel, horizon, key=key, season=season, **self.options)

    def __repr__(self) -> str:
        return ", ".join(
            [repr(self.spec), *(f"{name}={value!r}" for name, value in self.options.items())]
        )


@options_known(fit_forecast)
def conformal(
    spec: Specification | Method,
    *,
    windows: int | None = None,
    step: int | None = None,
    gain: float = 0.0,
    **options: Any,
) -> Conformal:
    """Give any model intervals that hold as often as they say, however wrong its own are: `fit` and
    `backtest` take it like a model.

    They are as wide as the errors that the model made at `windows` origins inside the history,
    `step` steps apart (chosen by the length of the series unless said), by step ahead and pooled
    over series by their scale: split conformal prediction. They hold if errors to come are like
    those. Where errors drift, a `gain` above 0 adapts: 0.05 follows within some 20 origins, less is
    steadier. The mean is the model's own, and `options` go to `fit` (head, scaler, strategy,
    training): a head without spread, `Point()`, will do. See `forecasting.Conformal` and
    `ops.conformal_quantiles` for formula and source.

    >>> import jax, numpy as np, stepahead as sa
    >>> noise = np.random.default_rng(0).standard_t(2, size=400)
    >>> fitted = sa.fit(
    ...     sa.conformal(sa.models.Mean()),
    ...     sa.Panel.from_arrays([noise]),
    ...     horizon=1,
    ...     key=jax.random.key(0),
    ... )
    >>> table = fitted.forecast(levels=(80,))
    >>> (
    ...     bool(abs(table["hi-80"][0] - 1.89) < 0.4),
    ...     bool(abs(table["lo-80"][0] + 1.89) < 0.4),
    ... )  # Student's t, 2 degrees: ±1.886
    (True, True)
    """
    if isinstance(spec, Method):
        return Conformal(spec, windows, step, gain)
    return Conformal(Fitting(spec, options), windows, step, gain)
