"""`Combination`: a weighted mean of different forecasters of the same series, with interval widths
from errors at earlier origins."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from .._types import Learning, Prediction
from ..classical import normal_quantiles
from ..data import CovariateScale, Panel
from ._lower_bound import ValueRange, within_range
from ._pool import KNOTS, pooled_quantiles, weights_at_steps, with_knots
from ._predictor import ForecastRequest, Predictor
from ._several import Several
from ._work import WorkItem, work_done

LEVELS = (80, 95)
"""The central intervals, in percent, whose width factors are learned."""


def width_factors(
    widths: Float[np.ndarray, " horizon *level"], probabilities: tuple[float, ...]
) -> Float[np.ndarray, "horizon quantile"]:
    """Return the factors for the distances of quantiles from the forecast, given those of the
    `LEVELS`.

    A quantile inside the 80 % interval has its factor, a quantile outside the 95 % interval that
    one, and in between the logarithm of the factor is interpolated linearly in the normal quantile.
    A single factor for a step holds for all its quantiles.

    >>> width_factors(np.array([[1.0, 4.0]]), (0.025, 0.06, 0.3, 0.9)).round(2).tolist()
    [[4.0, 1.75, 1.0, 1.0]]
    """
    if widths.ndim == 1:
        return np.repeat(widths[:, None], len(probabilities), axis=1)
    inner, outer = normal_quantiles(0.5 + level / 200 for level in LEVELS)
    place = np.clip((np.abs(normal_quantiles(probabilities)) - inner) / (outer - inner), 0, 1)
    logs = np.log(widths)
    return np.exp(logs[:, :1] * (1 - place) + logs[:, 1:] * place)


MEDIAN = (0.5,)
"""The probability of the median."""


def toward_median(
    mean: Float[np.ndarray, "*place series horizon channel"],
    median: Float[np.ndarray, "*place series horizon channel"],
    share: float,
    seen: ValueRange,
) -> Float[np.ndarray, "*place series horizon channel"]:
    """Return the point forecast of a mixture: so far from its mean to its median.

    The forecast of a series with values of 0 and none below stays the mean: of demand on few days
    the median is 0, and the sum of the forecasts should be the demand.

    >>> seen = ValueRange.of(Panel.from_arrays([[3.0, 5.0], [3.0, 0.0]]))
    >>> toward_median(np.full((2, 1, 1), 4.0), np.full((2, 1, 1), 2.0), 0.5, seen).ravel().tolist()
    [3.0, 4.0]
    """
    return np.where(seen.zeros[:, None], mean, mean + share * (median - mean))


@dataclass(frozen=True, eq=False, repr=False)
class Combination(Several):
    """A weighted mean of different forecasters of the same series.

    The forecast of series s is Σ_m w[s, m] · forecast of member m. By default the quantiles are
    averaged in the same way (Vincent's average: the interval is as wide as those of the members on
    average, however far apart their means are). If `pooled`, quantiles are those of the mixture of
    the members' distributions (`pooled_quantiles`), which is wider if members disagree. The
    distances of the quantiles from this mean are then multiplied by `widths[k − 1]` for k steps
    ahead; beyond the last step the last width is used.

    With `median_share` the point forecast lies so far between the mean and the median of the
    mixture, which a member far from the others moves less (`toward_median`); this needs `pooled`.

    `weights` has a row for each series of the history; `shared` holds the weights for other series.
    Rows sum to 1. With `steps`, factors by step ahead, the weights of a step are in proportion to
    weights · factors (`weights_at_steps`). `work` is the record of the automatic selection that
    made it.

    After the first update, `seen` holds the range of the history's values, so that an update and
    the next forecast take no longer than those of the members.
    """

    members: tuple[Predictor, ...]
    names: tuple[str, ...]
    weights: Float[np.ndarray, "series member"]
    shared: Float[np.ndarray, " member"]
    widths: Float[np.ndarray, " horizon *level"]
    work: tuple[WorkItem, ...] = ()
    pooled: bool = False
    trusted_steps: int | None = None
    median_share: float = 0.0
    steps: Float[np.ndarray, "horizon member"] | None = None
    seen: ValueRange | None = None
    kind: ClassVar[str] = "combination"

    @property
    def stored(self) -> dict[str, Any]:
        """As `Fitted.stored`, without fields that the history determines."""
        return {name: each for name, each in super().stored.items() if name != "seen"}

    @property
    def ends(self) -> Panel:
        """As `Predictor.ends`; after an update, the ends of a member."""
        return self.required_history if self.seen is None else self.members[0].ends

    @property
    def spec(self) -> Any:
        """The specifications of the members."""
        return tuple(member.spec for member in self.members)

    @property
    def learning(self) -> Learning:  # type: ignore[override]
        """The training history of the member that was trained by gradients, if there is one."""
        each = [member.learning for member in self.members]
        return next((one for one in each if one.losses), each[0])

    @property
    def covariates(self) -> CovariateScale | None:
        """The covariates of the member that reads the most."""
        each = [one for member in self.members if (one := member.covariates) is not None]
        return max(each, key=lambda one: len(one.shift), default=None)

    def make_prediction(self, request: ForecastRequest) -> Prediction:
        """The weighted mean of the members' forecasts, moved toward their median by its share, with
        the quantiles scaled by the widths."""
        weights = self.weights if request.own else np.tile(self.shared, (len(request.panel), 1))
        weights = weights_at_steps(weights, self.steps, request.horizon)
        wanted, between = request.probabilities, self.pooled and self.median_share > 0
        known = with_knots(wanted) if self.pooled else wanted
        known = known or KNOTS * between
        inner = request._replace(probabilities=known)
        each = [
            member.make_prediction(inner._replace(panel=member.ends) if request.own else inner)
            for member in self.members
        ]
        seen = self.seen if request.own else None
        seen = ValueRange.of(request.panel) if seen is None else seen
        parts = np.moveaxis(weights, -1, 0)[..., None]
        mean = sum(part * one.mean for part, one in zip(parts, each, strict=True))
        if not known:
            return within_range(each[0]._replace(mean=mean), seen)
        quantiles, point = np.stack([one.quantiles for one in each]), mean
        widths = self.widths[np.minimum(np.arange(request.horizon), len(self.widths) - 1)]
        if between:  # from the same quantiles whatever is asked, and so the same forecast
            places = [int(np.abs(np.subtract(known, knot)).argmin()) for knot in KNOTS]
            median = pooled_quantiles(weights, quantiles[..., places], KNOTS, MEDIAN)[..., 0]
            median = mean + width_factors(widths, MEDIAN) * (median - mean)
            point = toward_median(mean, median, self.median_share, seen)
        if not wanted:
            return within_range(Prediction(point), seen)
        ends = (
            pooled_quantiles(weights, quantiles, known, wanted)
            if self.pooled
            else np.einsum("shm,mshcq->shcq", weights, quantiles)
        )
        wide = width_factors(widths, wanted)[:, None]
        quantiles = mean[..., None] + wide * (ends - mean[..., None])
        return within_range(Prediction(point, quantiles, wanted), seen)

    def update(self, new: Panel) -> "Combination":
        """Return the combination with every member updated; the weights stay."""
        members = tuple(member.update(new) for member in self.members)
        before = self.ends
        seen = ValueRange.of(before) if self.seen is None else self.seen
        places = {name: place for place, name in enumerate(before.ids)}
        seen = seen.joined(new, np.array([places[name] for name in new.ids]))
        return replace(self, members=members, seen=seen)

    def with_history(self, history: Panel | None) -> "Combination":
        """Return the combination with this history in every member. Series that were in the old
        history keep their weights; others get the `shared` ones."""
        members = tuple(member.with_history(history) for member in self.members)
        known = self.history
        if history is None:
            weights = np.zeros((0, len(members)))
        elif known is not None and np.array_equal(known.ids, history.ids):
            weights = self.weights
        else:
            weights = np.tile(self.shared, (len(history), 1))
        return replace(self, members=members, weights=weights, seen=None)

    def fitted_values(self) -> Float[np.ndarray, "total channel"]:
        """The mean of the members' fitted values, weighted as one step ahead; NaN where one that
        has weight has none."""
        series = self.required_history.series_of_step
        weights = weights_at_steps(self.weights, self.steps, 1)[:, 0]
        return sum(
            weight[series, None] * member.fitted_values()
            for weight, member in zip(weights.T, self.members, strict=True)
            if weight.any()
        )

    @property
    def description(self) -> str:
        """The members with their weights, the description of each, and the record of the
        selection."""
        each = (f"- {member.description}" for member in self.members)
        return "\n".join([self.chosen, *each, *([work_done(self.work)] if self.work else [])])

    @property
    def chosen(self) -> str:
        """The members and their mean weights over series and steps, largest first."""
        own = self.weights if len(self.weights) else self.shared[None]
        mean = weights_at_steps(own, self.steps, max(1, self.horizon)).mean(axis=(0, 1))
        order = np.argsort(-mean, kind="stable")
        return ", ".join(f"{mean[m]:.0%} {self.names[m]}" for m in order)
