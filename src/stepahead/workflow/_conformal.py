"""`conformal`: calibrated prediction intervals for any model, from its own past errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from .._check import options_known
from .._types import Key
from ..data import Panel
from ..forecasting import Conformal, Method, Predictor, method_of
from ..tasks import fit_forecast
from ._fit import fit

if TYPE_CHECKING:
    from ..models import Specification, StateSpace


@dataclass(frozen=True)
class ModelWithOptions:
    """A `Method` that fits a specification with the given options of `fit`."""

    spec: "Specification"
    options: Mapping[str, Any]

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Call `fit` with these options."""
        return fit(self.spec, panel, horizon, key=key, season=season, **self.options)

    def __repr__(self) -> str:
        return ", ".join(
            [repr(self.spec), *(f"{name}={value!r}" for name, value in self.options.items())]
        )


@options_known(fit_forecast)
def conformal(
    spec: "Specification | Method | StateSpace",
    *,
    windows: int | None = None,
    step: int | None = None,
    gain: float = 0.0,
    **options: Any,
) -> Conformal:
    """Wrap any model in conformal prediction intervals. `fit` and `backtest` take the result like a
    model.

    Split conformal prediction: the intervals are quantiles of the errors that the model made at
    `windows` origins inside the history, `step` steps apart (by default chosen by the length of the
    series), for each step ahead and pooled over series after division by their scale. Their
    coverage is nominal if future errors are like these. If the errors drift, a `gain` above 0
    adapts the width: 0.05 adapts within about 20 origins, less is steadier. The mean is the model's
    own. `options` go to `fit` (head, scaler, strategy, training); a `Point()` head is enough.
    Formula and source: `forecasting.Conformal` and `ops.conformal_quantiles`.

    >>> import numpy as np, stepahead as sa
    >>> noise = np.random.default_rng(0).standard_t(2, size=400)
    >>> panel, spec = sa.Panel.from_arrays([noise]), sa.conformal(sa.models.Mean())
    >>> table = sa.fit(spec, panel, horizon=1, key=0).forecast(levels=(80,))
    >>> exact = 1.886  # the 90 % quantile of Student's t with 2 degrees of freedom
    >>> bool(abs(table["hi-80"][0] - exact) < 0.4), bool(abs(table["lo-80"][0] + exact) < 0.4)
    (True, True)
    """
    method = method_of(spec)
    if method is not None:
        return Conformal(method, windows, step, gain)
    return Conformal(ModelWithOptions(cast("Specification", spec), options), windows, step, gain)
