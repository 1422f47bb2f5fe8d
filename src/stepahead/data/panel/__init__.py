"""Panels of series: construction from rows, splits, windows, batches, concatenation, inspection."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._batches import LARGEST_BATCH as LARGEST_BATCH
    from ._batches import PaddedBatch as PaddedBatch
    from ._batches import padded_batches as padded_batches
    from ._batches import round_up as round_up
    from ._covariates import Covariates as Covariates
    from ._covariates import Names as Names
    from ._covariates import place_rows as place_rows
    from ._covariates import row_ranges as row_ranges
    from ._expected import require_panel as require_panel
    from ._gaps import carried_forward as carried_forward
    from ._gaps import last_observed as last_observed
    from ._gaps import missing_at_end as missing_at_end
    from ._gaps import without_last_steps as without_last_steps
    from ._growing import GrowingPanel as GrowingPanel
    from ._inspection import Inspection as Inspection
    from ._inspection import SeriesSummary as SeriesSummary
    from ._inspection import inspect as inspect
    from ._join import concatenated as concatenated
    from ._join import without_leading_gaps as without_leading_gaps
    from ._long import AbsentRows as AbsentRows
    from ._long import order_of_rows as order_of_rows
    from ._long import panel_from_codes as panel_from_codes
    from ._long import panel_from_long as panel_from_long
    from ._outliers import outliers as outliers
    from ._panel import Panel as Panel
    from ._seasons import describe_seasons as describe_seasons
    from ._seasons import exact_seasons as exact_seasons
    from ._seasons import fits_twice as fits_twice
    from ._seasons import season_and_longer as season_and_longer
    from ._seasons import season_of as season_of
    from ._seasons import seasons as seasons
    from ._splits import Origin as Origin
    from ._splits import rolling_origins as rolling_origins
    from ._splits import split as split
    from ._splits import split_at as split_at
    from ._tables import to_frame as to_frame
    from ._windows import Lanes as Lanes
    from ._windows import Windows as Windows
    from ._windows import consecutive_windows as consecutive_windows
    from ._windows import last_windows as last_windows
    from ._windows import sliding_windows as sliding_windows
    from .by_series import extremes as extremes
    from .by_series import newest_rows as newest_rows
else:
    __getattr__, __dir__ = _door(__name__)
