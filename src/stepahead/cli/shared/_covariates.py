"""Covariates of the commands that fit: calendar columns where wanted, and what is known of the
future."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...data import Panel


def with_covariates(
    panel: "Panel", horizon: int, *, calendar: bool, holidays: str | None = None
) -> "Panel":
    """The panel with calendar covariates where wanted, and with the holidays of this file; refuse
    covariates whose future values are missing, before anything is fitted."""
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
    """True where columns of the user's own are known beforehand; the calendar alone tells a model
    with a season nothing."""
    from ...data import CALENDAR

    names = () if panel.covariates is None else panel.covariates.known_names
    return bool(names) and not set(names) & set(CALENDAR)
