"""Covariates of the commands: calendar columns where wanted, and the same columns for a saved model
as it was fitted with."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..shared import Console, Source

if TYPE_CHECKING:
    from ...data import CovariateScale
    from ...readers import Reading


@dataclass(frozen=True)
class CovariateColumns:
    """The covariates of a saved model: the columns that a table must have (known, past, static),
    and whether it uses the calendar."""

    columns: tuple[list[str], list[str], list[str]]
    calendar: bool


def with_extended_calendar(forecaster: Any, horizon: int) -> Any:
    """The forecaster with the calendar of its own series extended by `horizon` steps, their scales
    unchanged."""
    from ...data import with_calendar

    return forecaster.with_history(with_calendar(forecaster.required_history, horizon))


def read_for_model(
    source: Source, forecaster: Any, horizon: int, console: Console, *, own: bool
) -> "Reading":
    """New data for a saved model, read like its own series: same frequency, columns and calendar,
    `horizon` steps on.

    `own`: these are new steps of its own series, so that the column of values has the same name;
    other series may have any.
    """
    from ...data import with_calendar

    history, seen = forecaster.history, covariate_columns(forecaster)
    by_name = history.names != ("y",) if own else history.channels > 1 or any(seen.columns)
    known, past, static = seen.columns
    reading = replace(
        source,
        target=source.target or (list(history.names) if by_name else None),
        frequency=history.frequency.name,
        zone=source.zone or history.frequency.zone,
        known=known,
        past=past,
        static=static,
    ).read(console)
    console.say(reading.summary)
    return (
        replace(reading, panel=with_calendar(reading.panel, horizon)) if seen.calendar else reading
    )


def covariate_columns(forecaster: Any) -> CovariateColumns:
    """The covariates of this forecaster."""
    from ...data import CALENDAR

    scale: CovariateScale | None = forecaster.covariates
    if scale is None:
        return CovariateColumns(([], [], []), calendar=False)
    known = [name for name in scale.known if name not in CALENDAR]
    return CovariateColumns(
        (known, list(scale.past), list(scale.static)), calendar=len(known) < len(scale.known)
    )
