"""Covariates of the commands: the calendar where it is wanted, the columns that a saved model was fitted with."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..data import CovariateScale, Panel


def covered(panel: "Panel", horizon: int, *, calendar: bool) -> "Panel":
    """The panel with the calendar beside where it is wanted; refuse what is not known of the steps to come, before anything is fitted."""
    if not calendar and panel.covariates is None:
        return panel
    from ..data import refuse_missing, with_calendar

    covered = with_calendar(panel, horizon) if calendar else panel
    refuse_missing(covered, horizon)
    return covered


@dataclass(frozen=True)
class Fed:
    """What a saved model sees besides values: the columns that a table must have (known, past, static), and whether the calendar."""

    columns: tuple[list[str], list[str], list[str]]
    calendar: bool

    def beside(self, panel: "Panel", horizon: int) -> "Panel":
        """The panel with the calendar made for it, `horizon` steps on."""
        from ..data import with_calendar

        return with_calendar(panel, horizon) if self.calendar else panel


def recalled(forecaster: Any, horizon: int) -> Any:
    """The forecaster with the calendar of its own series made `horizon` steps on, their scales kept."""
    from ..data import with_calendar

    if hasattr(forecaster, "members"):
        return replace(forecaster, members=tuple(recalled(member, horizon) for member in forecaster.members))
    return replace(forecaster, history=with_calendar(forecaster.history, horizon))


def fed(forecaster: Any) -> Fed:
    """What this forecaster sees besides values."""
    from ..data import CALENDAR

    scale: CovariateScale | None = getattr(getattr(forecaster, "members", (forecaster,))[0], "covariates", None)
    if scale is None:
        return Fed(([], [], []), calendar=False)
    known = [name for name in scale.known if name not in CALENDAR]
    return Fed((known, list(scale.past), list(scale.static)), calendar=len(known) < len(scale.known))
