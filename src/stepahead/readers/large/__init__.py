"""Parquet larger than memory: sorted into series by the engine (DuckDB), which spills to the disk,
and read in chunks."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._neighbours import Neighbours as Neighbours
    from ._neighbours import frequency_of as frequency_of
    from ._neighbours import neighbours_of as neighbours_of
    from ._rows import SeriesRows as SeriesRows
    from ._rows import read_rows as read_rows
    from ._rows import read_some as read_some
    from ._sorting import Sorted as Sorted
    from ._sorting import Spans as Spans
    from ._sorting import ids_of_series as ids_of_series
    from ._sorting import sort_series as sort_series
    from ._sorting import spans_of_series as spans_of_series
    from ._source import files_of as files_of
else:
    __getattr__, __dir__ = _door(__name__)
