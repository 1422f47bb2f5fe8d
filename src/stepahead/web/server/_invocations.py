"""`/invocations`: MLflow's scoring protocol, with the same calls."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..._check import Refusal, known_name
from ...data import Frequency, Panel, panel_from_long
from ._asking import Asking
from ._body import Fields
from ._models import Served
from ._series import read_stamp, stamp_text
from ._service import Forecasted, Service

KNOWN = ("dataframe_split", "dataframe_records", "inputs", "instances", "params", "model")

COLUMNS = ("unique_id", "ds", "y")
"""Columns of a table of observations."""


async def invoked(asking: Asking, fields: Fields) -> dict[str, Any]:
    """The predictions of the only model, or of the one that `params` names: a forecast of the
    table's series; or the label, the tags, the translation or the score of each text."""
    fields.only(KNOWN)
    params = fields.fields("params")
    name = params.text("model", "") or None
    models = asking.models
    if name is None and len(models) > 1:
        raise Refusal(
            f"`params` must name a `model`, one of {', '.join(models)}. Give "
            '{"params": {"model": …}}.'
        )
    served = models.named(name or next(iter(models)), "")
    if "forecast" in served.service.verbs:
        return {"predictions": await _forecast(asking, served, fields, params)}
    params.only(("model",))
    inputs = Fields({"inputs": fields.held.get("inputs", fields.held.get("instances"))})
    texts = inputs.texts("inputs")
    return {"predictions": await asking.each(served, _verb(served.service), texts)}


def _verb(service: Service) -> Callable[[Sequence[str]], list[Any]]:
    """The verb that scoring a text means for this model."""
    able: dict[str, Callable[[Sequence[str]], list[Any]]] = {
        "label": service.labels,
        "tag": service.tags,
        "translate": service.translations,
        "score": service.scores,
    }
    return next(able[verb] for verb in able if verb in service.verbs)


async def _forecast(
    asking: Asking, served: Served, fields: Fields, params: Fields
) -> list[dict[str, Any]]:
    params.only(("model", "horizon", "levels", "quantiles", "frequency"))
    service = served.service
    columns = _columns(fields)
    if columns is None:
        options, levels = asking.forecast_options(
            params, service, int(service.described()["series"])
        )
        done = await asking.own(served, (), options)
        return list(records(done, levels))
    asking.limits.within("values", len(columns["y"]))
    panel = _panel(columns, params.text("frequency", "") or None)
    asking.limits.within("series", len(panel))
    asking.limits.within("values", len(panel.values))
    options, levels = asking.forecast_options(params, service, len(panel))
    done = await asking.panel(served, panel, options)
    return list(records(done, levels))


def _columns(fields: Fields) -> dict[str, list[Any]] | None:
    """The columns of the table in a request; None if there is none."""
    if fields.has("dataframe_split"):
        split = fields.fields("dataframe_split").only(("columns", "data", "index"))
        names, rows = split.texts("columns"), split.held.get("data")
        if not isinstance(rows, list) or not all(
            isinstance(row, list) and len(row) == len(names) for row in rows
        ):
            raise Refusal("`data` must hold a list of values for each row, one a column.")
        table = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    elif fields.has("dataframe_records"):
        found = [each.held for each in fields.objects("dataframe_records")]
        names = list(found[0]) if found else []
        table = {name: [row.get(name) for row in found] for name in names}
    elif fields.has("inputs") or fields.has("instances"):
        raise Refusal(
            "A forecaster reads a table. Give `dataframe_split` or `dataframe_records` with the "
            "columns unique_id, ds and y; or nothing, for its own series."
        )
    else:
        return None
    for name in table:
        known_name("column", name, COLUMNS)
    for name in COLUMNS[1:]:
        if not table.get(name):
            raise Refusal(f"There is no column '{name}'. Give ds and y, and unique_id for several.")
    return table


def _panel(columns: dict[str, list[Any]], frequency: str | None) -> Panel:
    values = columns["y"]
    if not set(map(type, values)) <= {int, float, type(None)}:
        raise Refusal("Column 'y' must hold numbers; null is a missing value. Correct it.")
    stamps = [read_stamp(each) for each in columns["ds"]]
    if len({type(each) for each in stamps}) != 1 or stamps[0] is None:
        raise Refusal("Column 'ds' must hold dates, or whole numbers, in every row. Correct it.")
    ids = [str(each) for each in columns.get("unique_id", ["1"] * len(values))]
    times, numbers = np.array(stamps), np.array(values, np.float64)
    given = None if frequency is None else Frequency.parse(frequency)
    return panel_from_long(ids, times, numbers, frequency=given)


def records(found: Forecasted, levels: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    """Rows of a forecast: unique_id, ds, channel if there are several, forecast, and lo-L and hi-L
    for each level, or else each quantile."""
    done = found.done
    ends = {
        f"{side}-{level:g}": end
        for level in levels
        for side, end in zip(("lo", "hi"), done.interval(level), strict=True)
    }
    shown = {p for level in levels for p in ((100 - level) / 200, (100 + level) / 200)}
    ends |= {
        f"q-{p:g}": done.quantiles[..., at]
        for at, p in enumerate(done.probabilities)
        if p not in shown
    }
    series, horizon, channels = done.mean.shape
    for place in range(series):
        for step in range(horizon):
            for channel in range(channels):
                at = (place, step, channel)
                yield {
                    "unique_id": found.ids[place],
                    "ds": stamp_text(found.stamps[place, step]),
                    **({"channel": channel} if channels > 1 else {}),
                    "forecast": float(done.mean[at]),
                    **{name: float(end[at]) for name, end in ends.items()},
                }
