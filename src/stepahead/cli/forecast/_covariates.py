"""Covariates of the commands: calendar columns if asked for, and for a saved model the columns with
which it was fitted."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..._check import Refusal
from ..shared import Console, Source

if TYPE_CHECKING:
    from ...data import CovariateScale, Panel
    from ...readers import Reading


@dataclass(frozen=True)
class CovariateColumns:
    """The covariates of a saved model: the columns that a table must have (known, past, static),
    and whether it uses the calendar; `holidays` is one of the known ones."""

    columns: tuple[list[str], list[str], list[str]]
    calendar: bool
    holidays: bool


def with_extended_days(forecaster: Any, horizon: int, holidays: str | None) -> Any:
    """The forecaster with the calendar and the holidays of its series extended by `horizon` steps,
    their scales unchanged; future holidays are those of this file."""
    from ...data import HOLIDAY, holiday_column, with_calendar, with_future

    seen, panel = covariate_columns(forecaster), forecaster.required_history
    check_holidays(seen, holidays)
    if not seen.calendar and not seen.holidays:
        return forecaster
    if seen.calendar:
        panel = with_calendar(panel, horizon)
    if holidays is not None:
        from ...readers import read_days

        panel = with_future(panel, holiday_column(panel, read_days(holidays), horizon))
    elif seen.holidays:
        known = steps_known(panel, HOLIDAY, horizon)
        if known < horizon:
            raise Refusal(
                f"The model reads the covariate '{HOLIDAY}', which it knows {known} steps ahead, "
                f"but {horizon} are asked for. Give the days of these steps: --holidays FILE."
            )
    return forecaster.with_history(panel)


def steps_known(panel: "Panel", name: str, most: int) -> int:
    """The number of steps after the end of every series, at most `most`, for which this covariate
    is known.

    >>> import stepahead as sa
    >>> panel = sa.Panel.from_arrays([[1.0, 2.0]])
    >>> both = sa.Panel.from_arrays([[5.0, 6.0, 7.0]], names=["price"])
    >>> steps_known(sa.data.with_covariates(panel, known=both), "price", 9)
    1
    """
    import numpy as np

    held = panel.covariates
    assert held is not None  # the panel has this covariate
    column = np.append(held.known[:, held.known_names.index(name)], np.nan)
    step = panel.lengths[:, None] + np.arange(most)
    row = np.where(step < held.reaches()[:, None], held.offsets[:-1, None] + step, len(column) - 1)
    return int(np.cumprod(~np.isnan(column[row]), axis=1).sum(axis=1).min())


def check_holidays(seen: CovariateColumns, holidays: str | None) -> None:
    """Raise an error for holidays if the model does not use them."""
    if holidays is not None and not seen.holidays:
        raise Refusal(
            "The model was fitted without --holidays, so it has no weight for them. Leave them "
            "out, or fit it again: stepahead forecast --holidays FILE --save MODEL."
        )


def read_for_model(
    source: Source, forecaster: Any, horizon: int, console: Console, *, own: bool
) -> "Reading":
    """New data for a saved model, read like its own series: with the same frequency, columns and
    calendar, `horizon` steps further.

    `own` is True if these are new steps of its own series: then the column of values must have the
    same name; for other series it can have any.
    """
    from ...data import HOLIDAY, with_calendar, with_holidays

    history, seen = forecaster.history, covariate_columns(forecaster)
    check_holidays(seen, source.holidays)
    by_name = history.names != ("y",) if own else history.channels > 1 or any(seen.columns)
    known, past, static = seen.columns
    if source.holidays is not None:
        known = [name for name in known if name != HOLIDAY]
    asked = replace(
        source,
        target=source.target or (list(history.names) if by_name else None),
        frequency=history.frequency.name,
        zone=source.zone or history.frequency.zone,
        known=known,
        past=past,
        static=static,
    )
    try:
        reading = asked.read(console)
    except Refusal as wrong:
        if not str(wrong).startswith(f"There is no column '{HOLIDAY}'"):
            raise
        raise Refusal(
            f"The model reads the covariate '{HOLIDAY}', which is not a column of these data. Give "
            "the days, those to be forecast too: --holidays FILE."
        ) from wrong
    console.say(reading.summary)
    panel = reading.panel
    if source.holidays is not None:
        from ...readers import read_days

        panel = with_holidays(panel, read_days(source.holidays), horizon)
    return replace(reading, panel=with_calendar(panel, horizon) if seen.calendar else panel)


def covariate_columns(forecaster: Any) -> CovariateColumns:
    """The covariates of this forecaster."""
    from ...data import CALENDAR, HOLIDAY

    scale: CovariateScale | None = forecaster.covariates
    if scale is None:
        return CovariateColumns(([], [], []), calendar=False, holidays=False)
    known = [name for name in scale.known if name not in CALENDAR]
    return CovariateColumns(
        (known, list(scale.past), list(scale.static)),
        calendar=len(known) < len(scale.known),
        holidays=HOLIDAY in known,
    )
