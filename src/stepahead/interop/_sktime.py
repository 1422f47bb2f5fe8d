"""`SktimeForecaster`: an sktime forecaster that uses a method or model of stepahead."""

import warnings
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .._extras import absent
from ..data import Panel
from ..forecasting import Predictor
from ..workflow import fit

try:
    from sktime.forecasting.base import BaseForecaster
except ImportError:

    class BaseForecaster:  # type: ignore[no-redef]
        """A stand-in that says what is missing, when a forecaster is made."""

        def __init__(self) -> None:
            raise absent("sktime")


class SktimeForecaster(BaseForecaster):  # type: ignore[misc]  # untyped, or the stand-in
    """An sktime forecaster, for its pipelines, tuning and evaluation; it passes sktime's own checks
    (`sktime.utils.estimator_checks.check_estimator`).

    `method` is anything that `stepahead.fit` fits to a panel (`forecasting.ETS()`,
    `models.GRU(32)`, `sa.Auto()`), `season` the season length in steps (sktime's `sp`), and `key`
    the random key of the fit. Forecasts, quantiles and intervals are in the order of sktime's `fh`;
    in-sample steps get one-step-ahead fitted values, without intervals. `update` with
    `update_params=False` appends observations without fitting again. The columns of a data frame
    are the channels of one series, panels and hierarchies are forecast one series at a time, and
    missing values are skipped. `X` is not used.

    >>> from importlib.util import find_spec
    >>> if find_spec("sktime"):
    ...     import pandas as pd, stepahead as sa
    ...     from stepahead.interop import SktimeForecaster
    ...
    ...     forecaster = SktimeForecaster(sa.forecasting.ETS("A,N,A"), season=2)
    ...     _ = forecaster.fit(pd.Series([3.0, 5.0] * 10), fh=[1, 2])
    ...     assert forecaster.predict().round(3).tolist() == [3.0, 5.0]
    """

    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["stepahead"],
        "python_dependencies": "stepahead",
        "y_inner_mtype": "pd.DataFrame",
        "capability:multivariate": True,
        "capability:exogenous": False,
        "capability:missing_values": True,
        "capability:insample": True,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:update": True,
        "requires-fh-in-fit": False,
    }

    def __init__(self, method: Any, season: int = 1, key: int = 0) -> None:
        self.method = method
        self.season = season
        self.key = key
        with warnings.catch_warnings():  # of a memory for series that is not used here
            warnings.filterwarnings("ignore", message="The default of config")
            super().__init__()

    def _fit(self, y: pd.DataFrame, X: Any, fh: Any) -> "SktimeForecaster":
        self.seen_ = y
        ahead = 1 if fh is None else max(1, int(self._steps(fh).max()))
        self.predictor_: Predictor = fit(
            self.method, _panel(y), ahead, key=self.key, season=self.season
        )
        return self

    def _update(self, y: pd.DataFrame, X: Any = None, update_params: bool = True) -> Any:
        self.seen_ = y.combine_first(self.seen_)[list(self.seen_.columns)]
        if update_params:
            return self._fit(self.seen_, X, self._fh)
        self.predictor_ = self.predictor_.with_history(_panel(self.seen_))
        return self

    def _predict(self, fh: Any, X: Any) -> pd.DataFrame:
        steps = self._steps(fh)
        known = [self.predictor_.fitted_values()] if steps.min() < 1 else []
        ahead = self.predictor_.predict(max(1, int(steps.max()))).mean[0]
        rows = np.concatenate([*known, ahead])[steps - 1 + sum(map(len, known))]
        return pd.DataFrame(rows, fh.to_absolute_index(self.cutoff), self._get_varnames())

    def _predict_quantiles(self, fh: Any, X: Any, alpha: list[float]) -> pd.DataFrame:
        steps = self._steps(fh)
        done = self.predictor_.predict(int(steps.max()), quantiles=alpha)
        order = [done.probabilities.index(p) for p in alpha]
        rows = done.quantiles[0, steps - 1][..., order].reshape(len(steps), -1)
        columns = pd.MultiIndex.from_product([self._get_varnames(), alpha])
        return pd.DataFrame(rows, fh.to_absolute_index(self.cutoff), columns)

    def _steps(self, fh: Any) -> np.ndarray:
        """The steps after the last observation; 0 is the last observation itself."""
        return np.asarray(fh.to_relative(self.cutoff).to_numpy(), dtype=np.int64)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Return arguments with which sktime's checks construct forecasters."""
        from ..forecasting import ETS, Theta

        return [{"method": ETS("A,N,N")}, {"method": Theta(), "season": 4, "key": 1}]


def _panel(y: pd.DataFrame) -> Panel:
    return Panel.from_arrays([y.to_numpy(np.float64)], names=[str(name) for name in y.columns])
