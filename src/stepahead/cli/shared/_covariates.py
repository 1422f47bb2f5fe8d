"""Covariates of the commands that fit: calendar columns if asked for, and columns whose future is
known."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...data import Panel


def with_covariates(
    panel: "Panel", horizon: int, *, calendar: bool, holidays: str | None = None
) -> "Panel":
    """The panel with calendar covariates if `calendar`, and with the holidays of this file.
    Covariates without the future values that they need are an error, before anything is fitted."""
    if not calendar and holidays is None and panel.covariates is None:
        return panel
    from ...data import refuse_missing, with_calendar, with_holidays

    extended = with_calendar(panel, horizon) if calendar else panel
    if holidays is not None:
        from ...readers import read_days

        extended = with_holidays(extended, read_days(holidays), horizon)
    refuse_missing(extended, horizon)
    return extended


def known_beforehand(panel: "Panel") -> bool:
    """True if the user named covariates that are known in advance; the calendar alone adds nothing
    to a model with a season."""
    from ...data import CALENDAR

    names = () if panel.covariates is None else panel.covariates.known_names
    return bool(names) and not set(names) & set(CALENDAR)
