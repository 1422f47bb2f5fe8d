"""Timestamps in files: dates, weeks, days since 1899, seconds since 1970, time zones."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._clock import clock_change as clock_change
    from ._clock import instants_of as instants_of
    from ._clock import skipped_hour as skipped_hour
    from ._days import read_days as read_days
    from ._joined_time import is_part_of_time as is_part_of_time
    from ._joined_time import with_joined_time as with_joined_time
    from ._stamps import Stamps as Stamps
    from ._stamps import parse_numeric_stamps as parse_numeric_stamps
    from ._stamps import parse_stamps as parse_stamps
    from ._time_column import is_time_name as is_time_name
    from ._time_column import time_column as time_column
    from ._year_rows import months_of_years as months_of_years
    from ._year_rows import refuse_time_in_two as refuse_time_in_two
    from ._year_rows import year_rows as year_rows
else:
    __getattr__, __dir__ = _door(__name__)
