"""`TrustSums`: the trust horizon of a backtest from sums that can be added over chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from ._equal_loss import Moments
from ._report import Backtest
from ._trust import Trust, blocks, concluded, mean_step


@dataclass(frozen=True, eq=False)
class TrustSums:
    """Sums over series of the losses of every model and of their differences from the naive
    forecasts, by origin, and sums of their products by pair of origins.

    They are kept by series and by origin as the clusters of `diebold_mariano` require, so the
    verdicts equal those of the whole backtest (up to rounding), however many series there are.
    `scaled` is False if no error has a MASE scale: such sums are in the unit of the series, and are
    used only if all parts are like that. `moments` holds the five sums of `Moments` of every column
    one after the other, then its number of series.

    >>> from stepahead import Panel, Prediction, evaluation
    >>> draws = np.random.default_rng(0).normal(size=(4, 40))
    >>> parts = [
    ...     TrustSums.of(
    ...         evaluation.backtest(
    ...             {"zero": lambda seen: lambda seen: Prediction(np.zeros((len(seen), 1, 1)))},
    ...             Panel.from_arrays(some),
    ...             horizon=1,
    ...             windows=30,
    ...         )
    ...     )
    ...     for some in (draws[:2], draws[2:])
    ... ]
    >>> print(TrustSums.joined(parts).trust_horizon()["zero"])
    zero beats the last value one step ahead (p < 0.05, 30 origins).
    """

    models: tuple[str, ...]
    rivals: tuple[str, ...]
    spacing: int
    horizon: int
    scaled: bool
    moments: Float[np.ndarray, "column number"]

    @classmethod
    def of(cls, report: Backtest) -> "TrustSums":
        """Return the sums of one backtest."""
        found = [_flat(Moments.of(column)) for column in _columns(report)]
        sizes = report.spacing, report.horizon, report.scaled
        return cls(report.models, report.rivals, *sizes, np.stack(found))

    @classmethod
    def joined(cls, parts: "Sequence[TrustSums]") -> "TrustSums":
        """Return the sums of all parts (at least one), added in this order."""
        alike = [part for part in parts if part.scaled] or list(parts)
        total = alike[0].moments
        for part in alike[1:]:
            total = total + part.moments
        return replace(alike[0], moments=total)

    def trust_horizon(self, level: float = 0.05) -> dict[str, Trust]:
        """As `Backtest.trust_horizon`: the verdict on every model."""
        spans = [k / self.spacing for k in range(1, self.horizon + 1)]
        ends = [at.stop / self.spacing for at in blocks(self.horizon)]
        columns = iter([_moments(row) for row in self.moments])
        names = (*self.rivals, *self.models)
        means = {name: [next(columns).test(span) for span in spans] for name in names}
        found: dict[str, Trust] = {}
        for model in self.models:
            tests = [[next(columns).test(end) for end in ends] for _ in self.rivals]
            together = [next(columns).test(spans[-1]).p for _ in self.rivals]
            losses = [means[name] for name in (model, *self.rivals)]
            found[model] = concluded(
                model,
                self.rivals,
                self._origins,
                level,
                spans,
                list(zip(*tests, strict=True)),
                list(zip(*losses, strict=True)),
                together,
            )
        return found

    @property
    def _origins(self) -> int:
        return _origins_of(self.moments.shape[1])


def _columns(report: Backtest) -> Iterator[Float[np.ndarray, "origin series"]]:
    """The losses of the naive forecasts and of the models by step; then, for each model, the
    differences from each rival by block of steps, and those averaged over all."""
    losses = {name: report.losses(name) for name in (*report.rivals, *report.models)}
    for loss in losses.values():
        yield from np.moveaxis(loss, 2, 0)
    for model in report.models:
        apart = [losses[model] - losses[rival] for rival in report.rivals]
        for difference in apart:
            yield from (mean_step(difference[..., at]) for at in blocks(difference.shape[2]))
        for difference in apart:
            yield mean_step(difference)


def _flat(moments: Moments) -> Float[np.ndarray, " number"]:
    return np.concatenate([np.ravel(each) for each in moments])


def _moments(row: Float[np.ndarray, " number"]) -> Moments:
    """The `Moments` that a row of numbers holds."""
    origins = _origins_of(len(row))
    products, beside, shared = row[2 * origins : -1].reshape(3, origins, origins)
    total, number = row[: 2 * origins].reshape(2, origins)
    return Moments(total, number, products, beside, shared, float(row[-1]))


def _origins_of(numbers: int) -> int:
    """The number n of origins, given the number of sums 2 n + 3 n² + 1."""
    return int((np.sqrt(12 * numbers - 8) - 2) / 6 + 0.5)
