"""`Predictor`: anything fitted that forecasts series. A leaf says what comes next; everything else
is written here, once."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float

from .._check import Refusal, counted, options_known, probabilities, whole
from .._fitted import Fitted
from .._types import Key, Learning, Levels, Prediction, Probabilities
from ..data import CovariateScale, Panel, concatenated, require_panel
from ..inference import Score
from ..ops import as_key
from ._table import PERCENT, forecast_table

Leaf = TypeVar("Leaf", bound="Predictor")


class Asked(NamedTuple):
    """What is to be forecast: the `horizon` steps after every series of `panel`, with quantiles at
    these `probabilities`.

    `own`: these are the series that the predictor remembers. Whoever samples draws so many `paths`,
    from `key` where one is given. `on_event` hears the number of each series where one is fitted
    after the other.
    """

    panel: Panel
    own: bool
    horizon: int
    probabilities: tuple[float, ...] = ()
    paths: int = 400
    key: Key | None = None
    on_event: Callable[[int], None] | None = None


class Predictor(Fitted):
    """What was fitted to series, and forecasts them or others. A frozen value: `update` returns a
    new one.

    A leaf has the fields (or properties) `history` and `horizon`, and says `ahead`. Without a
    history (`without_history`) it holds no series, and forecasts those that it is given.
    """

    history: Panel | None
    horizon: int

    @abstractmethod
    def ahead(self, asked: Asked) -> Prediction:
        """What comes next: point forecasts, and quantiles where they are asked for."""

    @property
    def levels(self) -> Levels:
        """The interval levels of a table, in percent, where none are asked for."""
        return PERCENT

    @property
    def forecasters(self) -> "tuple[Predictor, ...]":
        """The predictors that this one is made of: itself, unless it is an ensemble."""
        return (self,)

    @property
    def covariates(self) -> CovariateScale | None:
        """Which columns it sees beside the values, and their scale."""
        return None

    def each(self: Leaf, change: Callable[[Any], Any]) -> Leaf:
        """The same with every forecaster in it that holds a net changed; refused where there is
        none."""
        raise Refusal(
            f"A {type(self).__name__} has no weights that could learn on. Fit it again, on the "
            "data joined."
        )

    @property
    def remembered(self) -> Panel:
        """The history; refused where there is none."""
        if self.history is None:
            raise Refusal(
                f"This {type(self).__name__} was saved without the series that taught it. Give "
                "`panel=`."
            )
        return self.history

    @options_known()
    def predict(
        self,
        horizon: int | None = None,
        *,
        levels: Levels = (),
        quantiles: Probabilities = (),
        panel: Panel | None = None,
        paths: int = 400,
        key: Key | None = None,
        on_event: Callable[[int], None] | None = None,
    ) -> Prediction:
        """Forecast as arrays `[series, horizon, channel]`, with quantiles where they are asked for.

        `levels`, in percent, asks for the ends of central intervals (`done.interval(80)` gives
        them), `quantiles` for those at any probabilities in (0, 1).

        Forecasts its own series, or those of `panel`, which it need not have seen: their scale is
        then read off their own history, nothing else is fitted. The panel must bring the covariates
        that the model was fitted with, and those that are known beforehand as far as they are
        forecast; what is missing is refused by column, series and stamp. `horizon` is free,
        whatever it was fitted for: a model that emits H steps at once is fed its own forecasts
        beyond them. Sampled paths use the `key` of the fit where none is given. `on_event` hears
        the number of each series where one is fitted after the other.
        """
        series = self.remembered if panel is None else require_panel("panel", panel)
        return self.ahead(
            Asked(
                series,
                panel is None,
                self.horizon if horizon is None else whole("horizon", horizon),
                probabilities(levels, quantiles),
                whole("paths", paths),
                None if key is None else as_key(key),
                on_event,
            )
        )

    @options_known()
    def forecast(
        self,
        horizon: int | None = None,
        *,
        levels: Levels | None = None,
        panel: Panel | None = None,
        paths: int = 400,
        key: Key | None = None,
        lower: float | None = None,
    ) -> Any:
        """Forecast as a table: unique_id, ds, forecast, and lo-L, hi-L for each level L, in percent
        (80 and 95 unless said).

        The table is of the kind of data frame that the panel came from, pandas where it came from
        none. With several channels there is a column `channel`. What lies below `lower` is put on
        it, intervals included; unless given, what lies below 0 of a series that never did (−inf:
        nothing is moved; `predict` gives the numbers as the model says them). See `predict` for the
        rest.
        """
        levels = self.levels if levels is None else levels
        done = self.predict(horizon, levels=levels, panel=panel, paths=paths, key=key)
        return forecast_table(self.remembered if panel is None else panel, done, levels, lower)

    def update(self: Leaf, new: Panel) -> Leaf:
        """Take in new observations, which must follow on from the history of the same series;
        nothing is fitted again."""
        return self.with_history(concatenated(self.remembered, new))

    def with_history(self: Leaf, history: Panel | None) -> Leaf:
        """The same with another history, or none."""
        return replace(self, history=history)  # type: ignore[type-var]  # leaves are data classes

    def without_history(self: Leaf) -> Leaf:
        """The same without the series that it remembers, for whoever must not see them; it
        forecasts those that it is given."""
        return self.with_history(None)

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """The one-step-ahead forecast of every row of `history`, in its unit; the error is this −
        the value seen.

        The model sees the true values before each step, but its weights and scales were learned
        from the whole history, so that these errors are smaller than those of a real forecast. NaN
        for the first steps, which the model needs before its first forecast.

        >>> import jax, numpy as np, stepahead as sa
        >>> naive = sa.fit(
        ...     sa.models.Naive(),
        ...     sa.Panel.from_arrays([[1.0, 2.0, 4.0]]),
        ...     horizon=1,
        ...     key=jax.random.key(0),
        ... )
        >>> naive.fitted_values()[:, 0].round(4).tolist()
        [nan, 1.0, 2.0]
        """
        raise Refusal(
            f"A {type(self).__name__} has no fitted values. Fit the model inside by itself."
        )

    def score(self, panel: Panel | None = None) -> Score:
        """Log likelihood, in nats, of its own history or of another panel: see
        `stepahead.score`."""
        raise Refusal(
            f"A {type(self).__name__} gives no density of every step, so it cannot be scored or "
            "sampled. Fit one of `models`."
        )

    def summary(self) -> str:
        """In a few lines: what was fitted on what, and how it went."""
        return "\n".join([self.says, *self._about_history(), f"training: {_course(self.learning)}"])

    @property
    def says(self) -> str:
        """The specification, in a line."""
        return repr(self.spec)

    def _about_history(self) -> list[str]:
        if self.history is None:
            return [f"without the series that taught it, horizon {self.horizon}"]
        history = self.history
        return [
            f"{len(history)} series, {counted(len(history.values), 'step')} "
            f"({counted(history.missing, 'value')} missing), "
            f"frequency {history.frequency.name}, horizon {self.horizon}"
        ]

    def __repr__(self) -> str:
        known = "" if self.history is None else f"series={len(self.history)}, "
        return f"{type(self).__name__}({self.spec!r}, {known}horizon={self.horizon})"


def _course(learning: Learning) -> str:
    return learning.stopped + (f"; last loss {learning.losses[-1]:.4g}" if learning.losses else "")
