"""The result of a backtest: forecasts with the actual values, and tables made from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from .._types import Prediction
from ..data import Panel, to_frame, without_last_steps
from ._naive2 import Naive2AtOrigins
from ._predictability import Predictability, predictability
from ._trust import Trust, trust_horizon
from .metrics import Columns, Score, coverage, mae, mase, pinball, rmse, smape

LAST_VALUE = "last value"
"""The name of the naive forecast that repeats the last observed value."""
LAST_SEASON = "last season"
"""The name of the naive forecast that repeats the last season (for a series shorter than two
seasons, the last value)."""


@dataclass(frozen=True, eq=False)
class Backtest:
    """Forecasts and actual values, `[origin, series, horizon, channel]`, origin 0 the oldest, step
    k = 1 at index 0.

    `mean` and `quantiles` are by model name, including the naive forecasts "last value" and "last
    season". `origins` are the last times observed, `stamps` the times that are forecast. `scale` is
    the seasonal naive MAE of each history, the denominator of the MASE; `square_scale` its naive
    MSE, that of the RMSSE; `reference` gives the forecasts that the OWA needs. `season` is the
    season length; neighbouring origins are `spacing` steps apart. `kind` and `zone` are the data
    frame library and the time zone of the panel.
    """

    ids: np.ndarray
    names: tuple[str, ...]
    season: int
    origins: np.ndarray
    stamps: np.ndarray
    actual: Float[np.ndarray, "origin series horizon channel"]
    scale: Float[np.ndarray, "origin series channel"]
    square_scale: Float[np.ndarray, "origin series channel"]
    reference: Naive2AtOrigins
    mean: dict[str, Float[np.ndarray, "origin series horizon channel"]]
    quantiles: dict[str, Float[np.ndarray, "origin series horizon channel quantile"]] = field(
        default_factory=dict
    )
    probabilities: dict[str, tuple[float, ...]] = field(default_factory=dict)
    spacing: int = 1
    kind: str = "pandas"
    zone: str | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models, without the naive forecasts."""
        return tuple(name for name in self.mean if name not in (LAST_VALUE, LAST_SEASON))

    @property
    def horizon(self) -> int:
        """The number of steps ahead that were forecast."""
        return self.actual.shape[2]

    @property
    def naive2(self) -> Float[np.ndarray, "origin series horizon channel"]:
        """The Naive2 forecasts, the reference of the OWA."""
        return self.reference.values

    @property
    def counted(self) -> Bool[np.ndarray, "origin series horizon channel"]:
        """A mask of the points at which models are compared: those with an actual value, in series
        whose history has at least one value."""
        return ~np.isnan(self.actual) & np.isfinite(self.mean[LAST_VALUE])

    def since(self, number: int) -> "Backtest":
        """Return the report without its first `number` origins."""
        alike = ("origins", "stamps", "actual", "scale", "square_scale")
        cut: dict[str, Any] = {name: vars(self)[name][number:] for name in alike}
        cut |= {"reference": self.reference.since(number)}
        mean = {name: values[number:] for name, values in self.mean.items()}
        quantiles = {name: values[number:] for name, values in self.quantiles.items()}
        return replace(self, **cut, mean=mean, quantiles=quantiles)

    def __repr__(self) -> str:
        return (
            f"Backtest({', '.join(self.models)}; origins={len(self.origins)},"
            f" series={len(self.ids)}, horizon={self.horizon})"
        )

    def _repr_html_(self) -> str:
        return self.leaderboard()._repr_html_()

    def columns(self) -> Columns:
        """Return a long table of all forecasts: a row for each model, origin, series, step and
        channel.

        Columns: model, unique_id, origin, ds, step, channel, actual, forecast, and `q-0.1`, ... for
        every quantile of any model (NaN for a model without that quantile).
        """
        shape = self.actual.shape
        ids, origins, stamps = (
            self.ids[None, :, None, None],
            self.origins[:, :, None, None],
            self.stamps[..., None],
        )
        one = {
            "unique_id": ids,
            "origin": origins,
            "ds": stamps,
            "step": np.arange(1, shape[2] + 1)[:, None],
            "channel": np.array(self.names, dtype=object),
            "actual": self.actual,
        }
        count = len(self.mean)
        table = {"model": np.repeat(np.array(list(self.mean), dtype=object), self.actual.size)}
        table |= {
            name: np.tile(np.broadcast_to(column, shape).ravel(), count)
            for name, column in one.items()
        }
        table["forecast"] = np.concatenate([mean.ravel() for mean in self.mean.values()])
        for p in sorted({p for each in self.probabilities.values() for p in each}):
            table[f"q-{p:g}"] = np.concatenate(
                [self._quantile(name, p).ravel() for name in self.mean]
            )
        return Columns(table)

    def table(self) -> Any:
        """Return the long table as a data frame of the kind that the panel came from;
        `stepahead.readers.write_parquet` saves it."""
        return to_frame(self.columns(), self.kind, self.zone)

    def leaderboard(self) -> Columns:
        """Return one row for each model, best MASE first (best MAE if the MASE is undefined),
        including the naive forecasts.

        Columns: model, mase, smape (over all points), mae, rmse; if a model has quantiles also
        pinball (the mean over its own quantiles) and `coverage-80`, ... for each pair of
        probabilities symmetric about 0.5, to be compared with the nominal percentage.
        """
        nan = np.full(len(self.mean), np.nan)
        table = {"model": np.array(list(self.mean), dtype=object)}
        table["mase"] = np.array([self._mase(mean) for mean in self.mean.values()])
        for name, metric in (("smape", smape), ("mae", mae), ("rmse", rmse)):
            table[name] = np.array(
                [float(metric(self.actual, mean, mask=self.counted)) for mean in self.mean.values()]
            )
        for row, name in enumerate(self.mean):
            if name in self.quantiles:
                loss = pinball(
                    self.actual, self.quantiles[name], self.probabilities[name], mask=self.counted
                )
                table.setdefault("pinball", nan.copy())[row] = loss.mean()
                for percent, low, high in self.central_intervals(name):
                    table.setdefault(f"coverage-{percent:g}", nan.copy())[row] = coverage(
                        self.actual, low, high, mask=self.counted
                    )
        order = np.lexsort((table["mae"], table["mase"]))
        return Columns({name: column[order] for name, column in table.items()})

    def by_step(self, metric: Callable[..., Score] | None = None) -> Columns:
        """Return the error by step ahead: `step` from 1 to the horizon, and a column for each model
        and naive forecast.

        `metric` is `mae`, `mse`, `rmse`, `smape` or any function (actual, forecast, axis=...,
        mask=...); by default the MASE, or the MAE if the MASE is undefined. A step without actual
        values is NaN.
        """
        judge = self._scaled if metric is None else metric
        table = {"step": np.arange(1, self.horizon + 1)}
        errors = {
            name: np.asarray(judge(self.actual, mean, axis=(0, 1, 3), mask=self.counted))
            for name, mean in self.mean.items()
        }
        return Columns(table | errors)

    def trust_horizon(
        self, level: float = 0.05, models: Sequence[str] | None = None
    ) -> dict[str, Trust]:
        """Return the trust horizon of every model, or of `models`: the number of steps ahead up to
        which it is significantly better than the naive forecasts. Print a `Trust` to get a
        sentence.

        The loss of a series at an origin is the absolute error divided by the MASE's scale (the
        absolute error itself if that is undefined), averaged over channels. The test takes into
        account that series move together and that forecasts overlap: see `diebold_mariano`. Without
        a season the two naive forecasts are the same.
        """
        rivals = {name: self.losses(name) for name in self.rivals}
        return {
            name: trust_horizon(name, self.losses(name), rivals, spacing=self.spacing, level=level)
            for name in (self.models if models is None else models)
        }

    def predictability(self, panel: Panel) -> dict[str, Predictability]:
        """Return by model how much narrower its interval at the newest origin is than the spread of
        the values before (`evaluation.predictability`). It needs one origin only.

        `panel` is the one that the models were evaluated on. Models without an interval of at most
        90 % are left out.
        """
        before = without_last_steps(panel, np.full(len(panel), self.horizon))
        return {
            name: predictability(
                Prediction(self.mean[name][-1], values[-1], self.probabilities[name]), before
            )
            for name, values in self.quantiles.items()
            if any(level <= 90 for level, _, _ in self.central_intervals(name))
        }

    @property
    def rivals(self) -> tuple[str, ...]:
        """The naive forecasts that a model is compared with; without a season both are the same,
        and there is one."""
        return (LAST_VALUE,) if self.season == 1 else (LAST_VALUE, LAST_SEASON)

    @property
    def scaled(self) -> bool:
        """True if at least some errors can be scaled; otherwise losses are in the unit of the
        series."""
        return bool((self.counted & (self.scale[:, :, None] > 0)).any())

    def losses(self, name: str) -> Float[np.ndarray, "origin series horizon"]:
        """Return the loss of a model by origin, series and step; NaN if there is no actual
        value."""
        mean = self.mean[name]
        return np.asarray(self._scaled(self.actual, mean, axis=(3,), mask=self.counted))

    def _scaled(
        self,
        actual: np.ndarray,
        mean: np.ndarray,
        *,
        axis: tuple[int, ...] | None,
        mask: np.ndarray,
    ) -> Score:
        scale = np.broadcast_to(self.scale[:, :, None], actual.shape)
        if not (mask & (scale > 0)).any():
            return mae(actual, mean, axis=axis, mask=mask)
        return mase(actual, mean, scale, axis=axis, mask=mask)

    def _mase(self, mean: np.ndarray) -> float:
        if not self.scaled:
            return np.nan
        return float(self._scaled(self.actual, mean, axis=None, mask=self.counted))

    def _quantile(self, name: str, probability: float) -> np.ndarray:
        """One quantile of one model; NaN if the model does not have it."""
        if probability not in self.probabilities.get(name, ()):
            return np.full(self.actual.shape, np.nan)
        return self.quantiles[name][..., self.probabilities[name].index(probability)]

    def central_intervals(self, name: str) -> list[tuple[float, np.ndarray, np.ndarray]]:
        """Return the central intervals of a model, narrowest first, each as nominal percentage,
        lower bound and upper bound."""
        at = np.array(self.probabilities[name])
        pairs = [
            (low, np.flatnonzero(np.isclose(at, 1 - at[low])))
            for low in np.flatnonzero(at < 0.5)[::-1]
        ]
        quantiles = self.quantiles[name]
        return [
            (float(round(100 * (1 - 2 * at[low]), 6)), quantiles[..., low], quantiles[..., high[0]])
            for low, high in pairs
            if len(high)
        ]
