"""Covariates of the commands: the calendar where it is wanted, and the observations of a saved
model, read as those it was fitted to."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..shared import Console, Source

if TYPE_CHECKING:
    from ...data import CovariateScale, Panel
    from ...readers import Reading


def covered(panel: "Panel", horizon: int, *, calendar: bool) -> "Panel":
    """The panel with the calendar beside where it is wanted; refuse what is not known of the steps
    to come, before anything is fitted."""
    if not calendar and panel.covariates is None:
        return panel
    from ...data import refuse_missing, with_calendar

    covered = with_calendar(panel, horizon) if calendar else panel
    refuse_missing(covered, horizon)
    return covered


@dataclass(frozen=True)
class Fed:
    """What a saved model sees besides values: the columns that a table must have (known, past,
    static), and whether the calendar."""

    columns: tuple[list[str], list[str], list[str]]
    calendar: bool


def recalled(forecaster: Any, horizon: int) -> Any:
    """The forecaster with the calendar of its own series made `horizon` steps on, their scales
    kept."""
    from ...data import with_calendar

    return forecaster.with_history(with_calendar(forecaster.remembered, horizon))


def observed(
    source: Source, forecaster: Any, horizon: int, console: Console, *, own: bool
) -> "Reading":
    """What the user gives to a saved model, read as its own series were: same frequency, columns
    and calendar, `horizon` steps on.

    `own`: these are its series, so that their column of values has the name that it had; those of
    others may have any.
    """
    from ...data import with_calendar

    history, sees = forecaster.history, fed(forecaster)
    by_name = history.names != ("y",) if own else history.channels > 1 or any(sees.columns)
    known, past, static = sees.columns
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
        replace(reading, panel=with_calendar(reading.panel, horizon)) if sees.calendar else reading
    )


def fed(forecaster: Any) -> Fed:
    """What this forecaster sees besides values."""
    from ...data import CALENDAR

    scale: CovariateScale | None = forecaster.covariates
    if scale is None:
        return Fed(([], [], []), calendar=False)
    known = [name for name in scale.known if name not in CALENDAR]
    return Fed(
        (known, list(scale.past), list(scale.static)), calendar=len(known) < len(scale.known)
    )
