"""Frequencies, grids of times, and time zones."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._frequency import Frequency as Frequency
    from ._frequency import format_stamp as format_stamp
    from ._grids import DAY as DAY
    from ._grids import SECOND as SECOND
    from ._grids import WEEK as WEEK
    from ._grids import BusinessGrid as BusinessGrid
    from ._grids import EvenGrid as EvenGrid
    from ._grids import MonthGrid as MonthGrid
    from ._grids import day_of_month as day_of_month
    from ._grids import month_number as month_number
    from ._grids import weekday as weekday
    from ._inference import infer_frequency as infer_frequency
    from ._inference import refuse_two_frequencies as refuse_two_frequencies
    from ._zones import to_instants as to_instants
    from ._zones import to_wall as to_wall
else:
    __getattr__, __dir__ = _door(__name__)
