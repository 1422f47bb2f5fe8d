"""Forecasts of more series than fit into memory: chunk by chunk, on any engine, to the same
bytes."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._calls import changes_of_chunk as changes_of_chunk
    from ._calls import forecast_chunk as forecast_chunk
    from ._calls import survey_chunk as survey_chunk
    from ._forecast import FailedSeries as FailedSeries
    from ._forecast import LargeForecast as LargeForecast
    from ._forecast import forecast_in_chunks as forecast_in_chunks
    from ._task import ChunkDone as ChunkDone
else:
    __getattr__, __dir__ = _door(__name__)
