"""`Regressor`: any scikit-learn regressor as a forecaster, on lags, one step ahead, recursively."""

import copy
import zlib
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted, whole
from .._settings import Settings
from .._types import Key, Learning, Prediction
from ..data import Panel, Scaler, carried_forward, standard, without_leading_gaps
from ..inference import LARGEST_FAN, bridge_trailing_gaps, keep_constant
from ..models import lag_order
from ..ops import as_key
from ._predictor import ForecastRequest, Predictor

FOLDS = 5
"""The number of folds, blocks of time, that are held out in turn to estimate the regressor's
errors."""

Window = Float[np.ndarray, "row lag column"]


@dataclass(frozen=True)
class Regressor(Settings):
    """A regressor with scikit-learn's `fit(X, y)` and `predict(X)` on the lags of every series, one
    model for all of them.

    A row of X holds the values at `lags` (4 means the last four; (1, 2, 12) exactly these) of all
    channels, oldest first, and a mask of observed values if the panel has gaps; y is the next
    value, scaled like X. Each channel has its own copy of the estimator; the one you pass is not
    changed. Trees cannot extrapolate beyond the range of y: for series with a trend use a scaler
    with a difference. Covariates of the panel are ignored.

    >>> class Median:
    ...     def fit(self, X, y):
    ...         self.value = np.median(y)
    ...
    ...     def predict(self, X):
    ...         return np.full(len(X), self.value)
    >>> panel = Panel.from_arrays([[1.0, 2.0, 9.0, 2.0, 1.0, 2.0, 9.0, 2.0]])
    >>> forecaster = Regressor(Median(), lags=1).fitted(panel, 2, key=jax.random.key(0))
    >>> forecaster.predict().mean.ravel().round(6).tolist()
    [2.0, 2.0]
    """

    estimator: Any
    lags: int | tuple[int, ...]
    scaler: Scaler = field(default_factory=standard)

    def __post_init__(self) -> None:
        lag_order(self.lags)
        if isinstance(self.estimator, type) or not (
            hasattr(self.estimator, "fit") and hasattr(self.estimator, "predict")
        ):
            raise Refusal(
                "`estimator` must be an object with `fit(X, y)` and `predict(X)`, such as "
                f"Ridge(), but it is {self.estimator!r}."
            )

    def __repr__(self) -> str:
        scaler = "" if self.scaler == standard() else f", scaler={self.scaler!r}"
        return f"Regressor({' '.join(repr(self.estimator).split())}, lags={self.lags!r}{scaler})"

    def fitted(
        self, panel: Panel, horizon: int, *, key: Key, season: int = 1
    ) -> "RegressorForecaster":
        """Fit to all windows of all series, and once without each of `FOLDS` folds to estimate the
        errors.

        `season` has no effect: the lags and the scaler determine which past values are used.
        """
        whole("horizon", horizon)
        scaled = self.scaler.fit(panel)
        inside = without_leading_gaps(scaled.apply(panel))
        masked = bool(inside.missing)
        examples = _examples(inside, lag_order(self.lags), masked)
        copies = self._copies(examples.features, examples.targets)
        return RegressorForecaster(
            self, copies, masked, self._errors(examples), scaled, panel, horizon, as_key(key)
        )

    def _copies(self, features: np.ndarray, targets: np.ndarray) -> tuple[Any, ...]:
        copies = tuple(copy.deepcopy(self.estimator) for _ in range(targets.shape[1]))
        for channel, one in enumerate(copies):
            one.fit(features, targets[:, channel])
        return copies

    def _errors(self, examples: "Examples") -> Float[np.ndarray, "row channel"]:
        """Target − forecast for every window, by copies fitted without its fold, minus the mean."""
        parts = np.array_split(
            np.argsort(examples.age, kind="stable"), min(FOLDS, len(examples.age))
        )
        errors = np.empty_like(examples.targets)
        for part in parts:
            rest = np.setdiff1d(np.arange(len(errors)), part)
            copies = self._copies(examples.features[rest], examples.targets[rest])
            errors[part] = examples.targets[part] - _regress(copies, examples.features[part])
        return errors - errors.mean(axis=0)


@dataclass(frozen=True, eq=False, repr=False)
class RegressorForecaster(Predictor):
    """A fitted `Regressor` and its history: `copies` of the estimator, one for each channel, and
    their `errors`.

    Intervals are quantiles of sampled paths: each step is the regressor's forecast plus an error
    drawn from `errors`, fed back.
    """

    spec: Regressor
    copies: tuple[Any, ...]
    masked: bool
    errors: Float[np.ndarray, "row channel"]
    scaled: Any
    history: Panel | None
    horizon: int
    key: Key
    kind: ClassVar[str] = "regressor"

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """The error on held-out folds."""
        spread = np.sqrt(np.mean(np.square(self.errors)))
        windows = counted(len(self.errors), "window")
        return Learning(
            stopped=(
                f"{windows}; one step ahead, held back, it errs by {spread:.4g} (scaled, root mean"
                " square)"
            )
        )

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """Recursive forecasts, with quantiles from sampled paths. The paths of a series do not
        depend on the other series."""
        history, scaled = request.panel, self._scaled(request.panel, request.own)
        at, paths, drawn = (
            request.probabilities,
            request.paths,
            self.key if request.key is None else as_key(request.key),
        )

        def answer(chosen: np.ndarray, seen: Panel, steps: int) -> Prediction:
            return self._from_end(
                scaled if len(chosen) == len(history) else scaled.take(chosen),
                seen,
                steps,
                at,
                paths,
                drawn,
            )

        return bridge_trailing_gaps(answer, history, request.horizon)

    def _from_end(
        self, scaled: Any, history: Panel, horizon: int, at: tuple[float, ...], paths: int, key: Key
    ) -> Prediction:
        """Forecast `horizon` steps after each history, which must end in an observed value."""
        inside = without_leading_gaps(scaled.apply(history))
        keep = keep_constant(scaled, inside)
        windows = self._newest(inside)
        mean = scaled.invert(keep(self._roll(windows, horizon)), history)
        if not at:
            return Prediction(mean, np.zeros((*mean.shape, 0)), ())
        fan = np.empty((*mean.shape, paths))
        few = max(1, LARGEST_FAN // paths)
        for first in range(0, len(history), few):
            chosen = slice(first, first + few)
            shocks = np.concatenate(
                [self._shocks(name, horizon, paths, key) for name in history.ids[chosen]]
            )
            rolled = self._roll(np.repeat(windows[chosen], paths, axis=0), horizon, shocks)
            fan[chosen] = np.moveaxis(rolled.reshape(-1, paths, *mean.shape[1:]), 1, -1)
        return Prediction(
            mean,
            np.moveaxis(np.quantile(scaled.invert(keep(fan), history), at, axis=-1), 0, -1),
            at,
        )

    def with_history(self, history: Panel | None) -> "RegressorForecaster":
        """The same forecaster with another history of the same series, or with none."""
        return replace(self, history=history, scaled=None if history is None else self.scaled)

    def _scaled(self, panel: Panel, own: bool) -> Any:
        if own:
            return self.scaled
        if panel.channels != len(self.copies):
            raise Refusal(
                f"The regressor was fitted on {counted(len(self.copies), 'channel')}, but this "
                f"panel has {panel.channels}."
            )
        return self.spec.scaler.fit(panel)

    def _newest(self, panel: Panel) -> Window:
        """The last window of every series. Steps before its start have its first value and count as
        missing."""
        back = np.arange(lag_order(self.spec.lags)[0], 0, -1)
        window = _rows(panel, self.masked)[
            np.maximum(panel.offsets[1:, None] - back, panel.offsets[:-1, None])
        ]
        if self.masked:
            window[..., panel.channels :] *= (back <= panel.lengths[:, None])[..., None]
        return window

    def _shocks(
        self, name: object, horizon: int, paths: int, key: Key
    ) -> Float[np.ndarray, "path horizon channel"]:
        seeds = [zlib.crc32(str(name).encode()), *np.asarray(jax.random.key_data(key)).tolist()]
        drawn = np.random.default_rng(seeds).integers(len(self.errors), size=(horizon, paths))
        return self.errors[drawn.T]

    def _roll(
        self, window: Window, horizon: int, shocks: np.ndarray | None = None
    ) -> Float[np.ndarray, "row horizon channel"]:
        """Forecast a step, append it to the window, and repeat."""
        places = window.shape[1] - np.asarray(lag_order(self.spec.lags))
        ahead = np.zeros((len(window), horizon, len(self.copies)))
        for step in range(horizon):
            ahead[:, step] = _regress(self.copies, window[:, places].reshape(len(window), -1))
            if shocks is not None:
                ahead[:, step] += shocks[:, step]
            row = (
                np.concatenate([ahead[:, step], np.ones_like(ahead[:, step])], axis=1)
                if self.masked
                else ahead[:, step]
            )
            window = np.concatenate([window[:, 1:], row[:, None]], axis=1)
        return ahead


class Examples(NamedTuple):
    """The training data of a regressor; `age` is the relative position, from 0 to 1, of a target in
    its series."""

    features: Float[np.ndarray, "row feature"]
    targets: Float[np.ndarray, "row channel"]
    age: Float[np.ndarray, " row"]


def _examples(panel: Panel, lags: tuple[int, ...], masked: bool) -> Examples:
    """All positions in all series that have the oldest lag before them and an observed target."""
    place = np.arange(len(panel.values)) - np.repeat(panel.offsets[:-1], panel.lengths)
    length = np.repeat(panel.lengths, panel.lengths)
    ends = np.flatnonzero((place >= lags[0] - 1) & (place < length - 1))
    ends = ends[panel.observed[ends + 1].all(axis=1)]
    if len(ends) < 2:
        raise Refusal(
            f"A regressor on {counted(lags[0], 'lag')} needs two windows with the step after them, "
            "but there "
            f"{'is one' if len(ends) else 'is none'}; "
            f"the longest series has {counted(panel.lengths.max(), 'step')}. Use fewer lags, or "
            "give longer series."
        )
    features = _rows(panel, masked)[ends[:, None] + 1 - np.asarray(lags)].reshape(len(ends), -1)
    return Examples(features, panel.values[ends + 1], (place[ends] + 1) / length[ends])


def _rows(panel: Panel, masked: bool) -> Float[np.ndarray, "total column"]:
    values = carried_forward(panel)
    return np.concatenate([values, panel.observed], axis=1) if masked else values


def _regress(copies: tuple[Any, ...], features: np.ndarray) -> Float[np.ndarray, "row channel"]:
    return np.stack(
        [np.asarray(one.predict(features), np.float64).reshape(len(features)) for one in copies],
        axis=1,
    )
