"""Work on more series than fit into memory: in chunks, on any engine, with the same output
bytes."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._backtest import LargeBacktest as LargeBacktest
    from ._backtest import backtest_chunk as backtest_chunk
    from ._backtest import backtest_in_chunks as backtest_in_chunks
    from ._forecast import LargeForecast as LargeForecast
    from ._forecast import forecast_chunk as forecast_chunk
    from ._forecast import forecast_in_chunks as forecast_in_chunks
    from ._impute import LargeImputation as LargeImputation
    from ._impute import impute_chunk as impute_chunk
    from ._impute import impute_in_chunks as impute_in_chunks
    from ._learning import fit_in_chunks as fit_in_chunks
    from ._passes import changes_of_chunk as changes_of_chunk
    from ._passes import survey_chunk as survey_chunk
    from ._search import Search as Search
    from ._search import search as search
    from ._search import search_task as search_task
    from ._shard import gradient_of_shard as gradient_of_shard
    from ._task import ChunkDone as ChunkDone
    from ._task import FailedSeries as FailedSeries
else:
    __getattr__, __dir__ = _door(__name__)
