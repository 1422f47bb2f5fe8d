"""Tables from a backtest: scores, the coverage of intervals, and the points that were left out of
each mean."""

import numpy as np
from jaxtyping import Bool, Float

from ._report import Backtest
from .metrics import (
    Columns,
    bias,
    coverage,
    crps_from_quantiles,
    mae,
    mape,
    mase,
    msis,
    owa,
    pinball,
    rmse,
    rmsse,
    smape,
    width,
    winkler,
    wql,
)


def scores(report: Backtest) -> Columns:
    """Return all scores, a row for each model, best MASE first, pooled over origins, series, steps
    and channels unless noted.

    Columns: model, bias, mae, rmse (in the unit), mape, smape (percent), mase, rmsse, owa (without
    unit; `owa` averages per origin and series first, relative to Naive2) and, if a model has
    quantiles, pinball, crps (in the unit) and wql. A score that is undefined is NaN: `left_out`
    gives the reason. See the functions of these names for formula and source.

    >>> from stepahead import Prediction, evaluation, data
    >>> panel = data.Panel.from_arrays([[0.0, 1.0, 0.0]])
    >>> report = evaluation.backtest(
    ...     {"one": lambda seen: lambda seen: Prediction(np.ones((1, 1, 1)))}, panel, 1, 2
    ... )
    >>> table = evaluation.scores(report)
    >>> table["mape"].tolist(), table["bias"].tolist()  # one of the two actual values is 0
    ([0.0, 100.0, 100.0], [0.5, 0.0, 0.0])
    """
    counted = report.counted
    table: dict[str, np.ndarray] = {"model": np.array(list(report.mean), dtype=object)}
    for name, metric in (
        ("bias", bias),
        ("mae", mae),
        ("rmse", rmse),
        ("mape", mape),
        ("smape", smape),
    ):
        table[name] = np.array(
            [float(metric(report.actual, mean, mask=counted)) for mean in report.mean.values()]
        )
    wide = {"mase": (mase, report.scale), "rmsse": (rmsse, report.square_scale)}
    for name, (scaled, scale) in wide.items():
        defined = (counted & (scale[:, :, None] > 0)).any()
        table[name] = np.array(
            [
                (
                    float(scaled(report.actual, mean, scale[:, :, None], mask=counted))
                    if defined
                    else np.nan
                )
                for mean in report.mean.values()
            ]
        )
    table["owa"] = np.array([_owa(report, mean, counted) for mean in report.mean.values()])
    for row, (name, probabilities) in enumerate(
        (name, report.probabilities.get(name)) for name in report.mean
    ):
        if probabilities:
            quantiles = report.quantiles[name]
            loss = float(pinball(report.actual, quantiles, probabilities, mask=counted).mean())
            crps, relative = (
                float(f(report.actual, quantiles, probabilities, mask=counted))
                for f in (crps_from_quantiles, wql)
            )
            for column, value in (("pinball", loss), ("crps", crps), ("wql", relative)):
                table.setdefault(column, np.full(len(report.mean), np.nan))[row] = value
    order = np.lexsort((table["mae"], table["mase"]))
    return Columns({name: column[order] for name, column in table.items()})


def intervals(report: Backtest, *, by_step: bool = False) -> Columns:
    """Return coverage, width and score of the intervals with their nominal level: a row for each
    model and level, or with `by_step` for each step ahead too.

    Columns: model, level (nominal, percent), step (with `by_step`), coverage (percent), width and
    winkler (in the unit), msis (NaN if undefined). A model without a pair of quantiles symmetric
    about the median has no row. Coverage far below `level` means that the intervals are too narrow.

    >>> from stepahead import Prediction, evaluation, data
    >>> ends = Prediction(np.zeros((1, 2, 1)), np.tile([-1.0, 1.0], (1, 2, 1, 1)), (0.1, 0.9))
    >>> panel = data.Panel.from_arrays([[0.0, 1.0, 0.0, 5.0]])
    >>> intervals(
    ...     evaluation.backtest({"mine": lambda seen: lambda seen: ends}, panel, 2, 1), by_step=True
    ... )
    model  level  step  coverage  width  winkler  msis
    mine      80     1       100      2        2     2
    mine      80     2         0      2       42    42
    """
    axis = (0, 1, 3) if by_step else None
    scale = np.broadcast_to(report.scale[:, :, None], report.actual.shape)
    scaled = bool((report.counted & (scale > 0)).any())
    rows: dict[str, list[np.ndarray]] = {}
    for name in report.probabilities:
        for level, low, high in report.central_intervals(name):
            found = {
                "coverage": (
                    100 * coverage(report.actual, low, high, axis=axis, mask=report.counted)
                ),
                "width": width(report.actual, low, high, axis=axis, mask=report.counted),
                "winkler": winkler(report.actual, low, high, level, axis=axis, mask=report.counted),
            }
            found["msis"] = (
                msis(report.actual, low, high, level, scale, axis=axis, mask=report.counted)
                if scaled
                else np.full_like(found["width"], np.nan)
            )
            each = {key: np.atleast_1d(value) for key, value in found.items()}
            count = len(each["width"])
            step = {"step": np.arange(1, count + 1)} if by_step else {}
            for key, value in (
                {"model": np.full(count, name, object), "level": np.full(count, level)}
                | step
                | each
            ).items():
                rows.setdefault(key, []).append(value)
    return Columns({key: np.concatenate(values) for key, values in rows.items()})


def left_out(report: Backtest) -> tuple[str, ...]:
    """Return sentences on the points left out of each mean, and why; empty if all points count.

    The rule: a point at which a metric is undefined is left out of that metric as if it were
    missing, for all models, and of no other metric; a metric without any points is NaN.

    >>> from stepahead import Prediction, evaluation, data
    >>> panel = data.Panel.from_arrays([[3.0, 3.0, 3.0, 0.0]], ids=["a"])
    >>> report = evaluation.backtest(
    ...     {"mine": lambda seen: lambda seen: Prediction(np.ones((1, 1, 1)))}, panel, 1, 1
    ... )
    >>> for sentence in left_out(report):
    ...     print(sentence)
    1 of 1 actual values are 0 (series 'a'), where a percentage is undefined: they are left out of
    mape.
    1 of 1 histories never change (series 'a'), so that there is nothing to scale by: they are left
    out of mase, rmsse, owa and msis.
    """
    came = ~np.isnan(report.actual)
    found = []
    for where, what in (
        (~came, "values to be forecast never came{}: they are left out everywhere"),
        (
            came & ~report.counted,
            "values follow a history in which nothing was seen{}: they are left out everywhere",
        ),
        (
            report.counted & (report.actual == 0),
            "actual values are 0{}, where a percentage is undefined: they are left out of mape",
        ),
    ):
        if where.any():
            found.append(
                f"{where.sum()} of {where.size} "
                f"{what.format(_named(report, where.any(axis=(0, 2, 3))))}."
            )
    flat, unknown = report.scale == 0, np.isnan(report.scale)
    for where, what in (
        (flat, "histories never change{}, so that there is nothing to scale by"),
        (
            unknown,
            "histories hold no two values to compare{}, so that there is nothing to scale by",
        ),
    ):
        if where.any():
            named = what.format(_named(report, where.any(axis=(0, 2))))
            found.append(
                f"{where.sum()} of {where.size} {named}: they are left out of mase, rmsse, owa and "
                "msis."
            )
    return tuple(found)


def _named(report: Backtest, series: Bool[np.ndarray, " series"]) -> str:
    names = [f"'{name}'" for name in report.ids[series]]
    return (
        f" (series {', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''})"
    )


def _owa(report: Backtest, mean: np.ndarray, counted: np.ndarray) -> float:
    """The OWA, with each channel of each series at each origin as a separate series; NaN if it is
    undefined."""
    scale = report.scale.reshape(-1)
    flat = [_of_series(part) for part in (report.actual, mean, report.naive2, counted)]
    actual, forecast, reference, mask = flat
    defined = (mask & (scale[:, None] > 0)).any(axis=1)
    if not defined.any() or not (np.abs(reference - actual)[mask] > 0).any():
        return np.nan
    return owa(
        actual[defined], forecast[defined], reference[defined], scale[defined], mask=mask[defined]
    )


def _of_series(
    values: np.ndarray,
) -> Float[np.ndarray, "curve horizon"] | Bool[np.ndarray, "curve horizon"]:
    return np.moveaxis(values, 3, 2).reshape(-1, values.shape[2])
