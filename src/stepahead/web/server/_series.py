"""Series in requests and forecasts in answers, in KServe's time series format."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from ..._check import Refusal
from ..._types import Prediction
from ...data import Frequency, Panel
from ._body import Fields
from ._columns import FIELDS as COLUMNS
from ._columns import Columns, read_columns, size
from ._limits import Limits
from ._service import Forecasted, Service

UNIVARIATE, MULTIVARIATE = "univariate_time_series", "multivariate_time_series"

PLAIN = {"second": "s", "minute": "min", "hour": "h", "day": "D", "week": "W", "S": "s"}
"""KServe's names of frequencies with even steps, and the alias of each."""

OF_MONTHS = {"month": "M", "quarter": "Q", "year": "Y", "M": "M", "Q": "Q", "Y": "Y"}
"""KServe's names of frequencies whose steps keep the day of the month."""

FIELDS = ("type", "name", "series", "frequency", "start_timestamp", *COLUMNS)
"""The fields of an input; others are ignored, because KServe's schema has more."""


class SeriesInput(NamedTuple):
    """One series of a request. `values` is None for a series of the model itself, `called` is the
    frequency as the request has it, `columns` are its covariates."""

    name: str
    values: np.ndarray | None
    frequency: Frequency | None
    called: str | None
    start: np.datetime64 | int | None
    columns: Columns | None = None

    @property
    def panel(self) -> Panel:
        """The series as a panel."""
        assert self.values is not None and self.frequency is not None
        start = 0 if self.start is None else self.start
        panel = Panel.from_arrays([self.values], [self.name], start, self.frequency)
        return panel if self.columns is None else self.columns.beside(panel)

    def checked(self, horizon: int) -> None:
        """Raise an error for covariates that do not fit the series and the horizon."""
        if self.columns is not None:
            own = self.values is None
            self.columns.checked(0 if self.values is None else len(self.values), horizon, own)


def read_inputs(inputs: Sequence[Fields], service: Service, limits: Limits) -> list[SeriesInput]:
    """The series of a request. More than the limits allow, and a repeated name, are errors."""
    limits.within("series", len(inputs))
    limits.within("values", sum(_size(each.held.get("series")) + size(each) for each in inputs))
    found = [_read_input(each, service) for each in inputs]
    names = [each.name for each in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refusal(f"Two of the `inputs` are named '{twice}'. Give each a `name` of its own.")
    return found


def _read_input(each: Fields, service: Service) -> SeriesInput:
    name = each.text("name")
    kind = each.text("type", UNIVARIATE)
    if kind not in (UNIVARIATE, MULTIVARIATE):
        raise Refusal(f"`type` must be {UNIVARIATE} or {MULTIVARIATE}. Give one of these.")
    if not each.has("series"):
        return SeriesInput(name, None, None, None, None, read_columns(each))
    values = read_values(each.held["series"], service.channels())
    start = read_stamp(each.held.get("start_timestamp"))
    called = each.text("frequency") if each.has("frequency") else None
    frequency = frequency_of(called, start, service)
    return SeriesInput(name, values, frequency, called, start, read_columns(each))


def _size(series: Any) -> int:
    if not isinstance(series, list):
        return 0
    return len(series) + sum(len(row) for row in series if isinstance(row, list))


def read_values(series: Any, channels: int) -> np.ndarray:
    """Values `[time, channel]` from a list of numbers, or from a list of lists, one for each step;
    null is a missing value.

    >>> read_values([1, None, 2.5], 1)[:, 0].tolist()
    [1.0, nan, 2.5]
    >>> read_values([["1"]], 1)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `series` must be a list of numbers, or of lists with 1 number for each
    step; null is a missing value. Correct it.
    """
    flat = series if isinstance(series, list) else []
    kinds = set(map(type, flat))
    if kinds == {list} and all(len(row) == channels for row in flat):
        flat = [value for row in flat for value in row]
        kinds = set(map(type, flat))
    elif channels > 1:
        flat = []
    if not flat or not kinds <= {int, float, type(None)}:
        raise Refusal(
            f"`series` must be a list of numbers, or of lists with {channels} "
            f"number{'' if channels == 1 else 's'} for each step; null is a missing value. "
            "Correct it."
        )
    try:
        return np.array(flat, np.float64).reshape(-1, channels)
    except OverflowError:
        raise Refusal("`series` holds a whole number above 1e308. Correct it.") from None


def read_stamp(given: Any) -> np.datetime64 | int | None:
    """A time from ISO 8601 (converted to UTC if it has an offset), or a whole number.

    >>> read_stamp("2024-01-31T00:00:00+02:00"), read_stamp(7), read_stamp(None)
    (np.datetime64('2024-01-30T22:00:00.000000'), 7, None)
    """
    if given is None:
        return None
    try:
        if isinstance(given, int) and not isinstance(given, bool):
            return given
        stamp = datetime.fromisoformat(given)
    except (TypeError, ValueError, OverflowError):
        raise Refusal(
            "`start_timestamp` must be a date and time such as '2024-01-31T00:00:00', or a whole "
            "number. Correct it."
        ) from None
    if stamp.tzinfo is not None:
        stamp = stamp.astimezone(UTC).replace(tzinfo=None)
    return np.datetime64(stamp, "us")


def frequency_of(
    called: str | None, start: np.datetime64 | int | None, service: Service
) -> Frequency:
    """The frequency of a series: as named in the request, else that of the model. Without a start
    time steps are numbered; with one, months, quarters and years keep its day of the month."""
    own = service.frequency()
    if start is None or isinstance(start, int):
        season = 1 if own is None else own.season
        return Frequency.integer(season=season)
    if called is None:
        if own is None or not own.dated:
            raise Refusal("`frequency` is missing. Give one, such as 'D', 'hour' or 'month'.")
        return own
    if called not in OF_MONTHS:
        return Frequency.parse(PLAIN.get(called, called))
    day = start.astype("M8[D]")
    last = (day + 1).astype("M8[M]") > day.astype("M8[M]")
    number = int((day - day.astype("M8[M]").astype("M8[D]")).astype(int)) + 1
    return Frequency.parse(f"{OF_MONTHS[called]}-{31 if last else number}")


def content_of(
    asked: SeriesInput,
    own: Frequency | None,
    trusted: int | None,
    found: tuple[Forecasted, int],
    levels: tuple[float, ...],
) -> dict[str, Any]:
    """KServe's forecast of one series, with `intervals` by level, and `trusted_steps`."""
    forecasted, place = found
    done = forecasted.done
    channels = done.mean.shape[2]
    stamp = forecasted.stamps[place, 0]
    called = asked.called or (own.name if own is not None else "1")
    content: dict[str, Any] = {
        "type": UNIVARIATE if channels == 1 else MULTIVARIATE,
        "name": asked.name,
        "mean_forecast": _listed(done.mean[place], channels),
        "frequency": called,
    }
    if asked.start is not None or asked.values is None:
        content["start_timestamp"] = stamp_text(stamp)
    if done.probabilities:
        content["quantiles"] = {
            f"{p:g}": _listed(done.quantiles[place, ..., at], channels)
            for at, p in enumerate(done.probabilities)
        }
    if levels:
        content["intervals"] = _intervals(done, place, levels, channels)
    if trusted is not None and asked.values is None:
        content["trusted_steps"] = trusted
    return content


def _intervals(
    done: Prediction, place: int, levels: tuple[float, ...], channels: int
) -> dict[str, Any]:
    ends = {f"{level:g}": done.interval(level) for level in levels}
    return {
        level: {"lower": _listed(low[place], channels), "upper": _listed(high[place], channels)}
        for level, (low, high) in ends.items()
    }


def stamp_text(stamp: Any) -> str | int:
    """A time for JSON: ISO 8601, or the whole number.

    >>> stamp_text(np.datetime64("2024-01-31", "us")), stamp_text(np.int64(3))
    ('2024-01-31T00:00:00', 3)
    """
    if np.asarray(stamp).dtype.kind != "M":
        return int(stamp)
    return str(np.datetime64(stamp, "us")).removesuffix(".000000")


def _listed(values: np.ndarray, channels: int) -> Any:
    """Values `[horizon, channel]` as a list; as a list of lists if there are several channels."""
    return values[:, 0].tolist() if channels == 1 else values.tolist()
