"""`Totals`: the errors of a backtest as sums and counts, which can be added over chunks of
series."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from ._report import Backtest
from .metrics import Columns, coverage, mae, mase, mse, pinball, smape

FIRST = ("mase", "smape", "mae", "mse")
"""The measures of every forecast; forecasts with intervals have more."""


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums of the errors of every model over series and channels, by origin and step ahead, and the
    numbers of points in them.

    >>> from stepahead import Panel, Prediction, evaluation
    >>> one, other = (Panel.from_arrays([[0.0, 1.0, each]]) for each in (2.0, 7.0))
    >>> two = [
    ...     Totals.of(
    ...         evaluation.backtest(
    ...             {"zero": lambda seen: lambda seen: Prediction(np.zeros((1, 1, 1)))}, panel, 1, 1
    ...         )
    ...     )
    ...     for panel in (one, other)
    ... ]
    >>> dict(
    ...     zip(
    ...         ("model", "mae"),
    ...         (Totals.joined(two).leaderboard()[c].tolist() for c in ("model", "mae")),
    ...     )
    ... )
    {'model': ['last value', 'last season', 'zero'], 'mae': [3.5, 3.5, 4.5]}
    """

    models: tuple[str, ...]
    measures: tuple[str, ...]
    sums: Float[np.ndarray, "measure model origin step"]
    counts: Int[np.ndarray, "measure model origin step"]

    @classmethod
    def of(cls, report: Backtest, percents: Sequence[float] = ()) -> "Totals":
        """Return the totals of one backtest, with the coverage of its intervals of these
        `percents`."""
        sums, counts, names = [], [], []
        for name, values in point_scores(report, percents):
            there = np.isfinite(values)
            names.append(name)
            sums.append(np.where(there, values, 0.0).sum(axis=(2, 4)))
            counts.append(there.sum(axis=(2, 4)))
        return cls(tuple(report.mean), tuple(names), np.stack(sums), np.stack(counts))

    @classmethod
    def joined(cls, parts: "Sequence[Totals]") -> "Totals":
        """Return the totals of all parts (at least one), added in this order."""
        sums, counts = parts[0].sums, parts[0].counts
        for part in parts[1:]:
            sums, counts = sums + part.sums, counts + part.counts
        return cls(parts[0].models, parts[0].measures, sums, counts)

    def leaderboard(self) -> Columns:
        """As `Backtest.leaderboard`: one row for each model, best MASE first."""
        table = {"model": np.array(self.models, dtype=object)}
        for name, total, count in zip(
            self.measures, self.sums.sum(axis=(2, 3)), self.counts.sum(axis=(2, 3)), strict=True
        ):
            score = _mean(total, count)
            table["rmse" if name == "mse" else name] = np.sqrt(score) if name == "mse" else score
        order = np.lexsort((table["mae"], table["mase"]))
        return Columns({name: column[order] for name, column in table.items()})

    def by_step(self) -> Columns:
        """As `Backtest.by_step`: the MASE by step ahead, a column for each model; the MAE if that
        is undefined."""
        counts = self.counts.sum(axis=2)
        place = self.measures.index("mase" if counts[0].any() else "mae")
        errors = _mean(self.sums.sum(axis=2)[place], counts[place])
        steps = {"step": np.arange(1, errors.shape[1] + 1)}
        return Columns(steps | dict(zip(self.models, errors, strict=True)))


def scores_by_series(report: Backtest, percents: Sequence[float] = ()) -> dict[str, np.ndarray]:
    """Return the scores of every model by series, pooled over origins, steps and channels: a row
    for each series and model, in the order of the series. A score that is undefined is NaN.

    >>> from stepahead import Panel, Prediction, evaluation
    >>> panel = Panel.from_arrays([[0.0, 1.0, 2.0], [5.0, 6.0, 9.0]])
    >>> report = evaluation.backtest(
    ...     {"zero": lambda seen: lambda seen: Prediction(np.zeros((2, 1, 1)))}, panel, 1, 1
    ... )
    >>> scores_by_series(report)["mae"].tolist()  # zero, last value, last season
    [2.0, 1.0, 1.0, 9.0, 3.0, 3.0]
    """
    models = len(report.mean)
    table = {
        "unique_id": np.repeat(report.ids, models),
        "model": np.tile(np.array(list(report.mean), dtype=object), len(report.ids)),
    }
    for name, values in point_scores(report, percents):
        there = np.isfinite(values)
        total = np.where(there, values, 0.0).sum(axis=(1, 3, 4))
        score = _mean(total, there.sum(axis=(1, 3, 4))).T.ravel()
        table["rmse" if name == "mse" else name] = np.sqrt(score) if name == "mse" else score
    return table


def point_scores(
    report: Backtest, percents: Sequence[float] = ()
) -> Iterator[tuple[str, Float[np.ndarray, "model origin series horizon channel"]]]:
    """Yield every measure at every point; NaN if it is undefined or there is no actual value."""
    actual, mask = report.actual, report.counted
    scale = np.broadcast_to(report.scale[:, :, None], actual.shape)
    nothing = np.full(actual.shape, np.nan)
    scaled = bool((mask & (scale > 0)).any())
    for name in FIRST:
        rows = []
        for mean in report.mean.values():
            if not mask.any() or (name == "mase" and not scaled):
                rows.append(nothing)
            elif name == "mase":
                rows.append(np.asarray(mase(actual, mean, scale, axis=(), mask=mask)))
            else:
                metric = {"smape": smape, "mae": mae, "mse": mse}[name]
                rows.append(np.asarray(metric(actual, mean, axis=(), mask=mask)))
        yield name, np.stack(rows)
    if not percents:
        return
    ends = {name: _ends(report, name) for name in report.quantiles} if mask.any() else {}
    yield (
        "pinball",
        np.stack([_pinball(report, name) if name in ends else nothing for name in report.mean]),
    )
    for percent in percents:
        rows = []
        for name in report.mean:
            low_high = ends.get(name, {}).get(percent)
            rows.append(
                nothing
                if low_high is None
                else np.asarray(coverage(actual, *low_high, axis=(), mask=mask))
            )
        yield f"coverage-{percent:g}", np.stack(rows)


def _ends(report: Backtest, name: str) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """The bounds of every central interval of a model, by its percentage."""
    return {percent: (low, high) for percent, low, high in report.central_intervals(name)}


def _pinball(report: Backtest, name: str) -> np.ndarray:
    """The pinball loss at every point, averaged over quantiles."""
    quantiles, at = report.quantiles[name], report.probabilities[name]
    loss = pinball(report.actual, quantiles, at, axis=(), mask=report.counted)
    return np.asarray(loss).mean(axis=-1)


def _mean(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Sums divided by counts; NaN if the count is 0."""
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
