"""Covariates of a panel: adding them, extending them beyond the end, calendar columns, holidays."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._calendar import CALENDAR as CALENDAR
    from ._calendar import with_calendar as with_calendar
    from ._future import disagreements as disagreements
    from ._future import with_future as with_future
    from ._future import with_known_ahead as with_known_ahead
    from ._holidays import HOLIDAY as HOLIDAY
    from ._holidays import holiday_column as holiday_column
    from ._holidays import with_holidays as with_holidays
    from ._with_covariates import as_covariates as as_covariates
    from ._with_covariates import as_past as as_past
    from ._with_covariates import with_covariates as with_covariates
    from ._with_covariates import without_covariates as without_covariates
else:
    __getattr__, __dir__ = _door(__name__)
