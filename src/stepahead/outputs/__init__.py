"""Outputs that the commands and the app share: tables, rounded and written; the report of a
forecast; and the cache."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._bounds import clipped as clipped
    from ._cache import cache_compiled as cache_compiled
    from ._cache import cache_folder as cache_folder
    from ._cache import cached_text as cached_text
    from ._cache import probe as probe
    from ._cache import usable as usable
    from ._columns import Table as Table
    from ._columns import aligned as aligned
    from ._columns import cells as cells
    from ._columns import rows_in as rows_in
    from ._columns import write_csv as write_csv
    from ._fitted_model import FittedModel as FittedModel
    from ._forecast_columns import fitted_columns as fitted_columns
    from ._forecast_columns import forecast_columns as forecast_columns
    from ._page import stationarity_tests as stationarity_tests
    from ._page import write_page as write_page
    from ._report import drawing as drawing
    from ._report import provenance as provenance
    from ._report import write_report as write_report
    from ._rounding import components_rounded as components_rounded
    from ._rounding import imputed_rounded as imputed_rounded
    from ._rounding import rounded as rounded
    from ._rounding import significant as significant
    from ._write import write_table as write_table
else:
    __getattr__, __dir__ = _door(__name__)
