"""Files and tables before the roles of their columns are known: the engine that reads them
(DuckDB), their format, and the user's options."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._cell_counts import LETTERS as LETTERS
    from ._cell_counts import UNIT as UNIT
    from ._cell_counts import CellCounts as CellCounts
    from ._cell_counts import Cells as Cells
    from ._cell_counts import ambiguous_number as ambiguous_number
    from ._cell_counts import cell as cell
    from ._cell_counts import count_cells as count_cells
    from ._cell_counts import lettered as lettered
    from ._covariate_columns import CovariateColumns as CovariateColumns
    from ._covariate_columns import as_covariate_columns as as_covariate_columns
    from ._covariate_columns import covariate_columns as covariate_columns
    from ._covariate_columns import covariates_note as covariates_note
    from ._covariate_columns import flag as flag
    from ._covariate_columns import future_notes as future_notes
    from ._covariate_columns import is_flag as is_flag
    from ._covariate_columns import refuse_covariates as refuse_covariates
    from ._date_formats import BARE_WEEK as BARE_WEEK
    from ._date_formats import BEGUN as BEGUN
    from ._date_formats import DATE_FORMATS as DATE_FORMATS
    from ._date_formats import DAY_FIRST as DAY_FIRST
    from ._date_formats import DAY_WITHOUT_YEAR as DAY_WITHOUT_YEAR
    from ._date_formats import FISCAL_YEAR as FISCAL_YEAR
    from ._date_formats import ISO as ISO
    from ._date_formats import MONTH as MONTH
    from ._date_formats import MONTH_FIRST as MONTH_FIRST
    from ._date_formats import SHORT_MONTH as SHORT_MONTH
    from ._date_formats import SHORT_YEAR_FIRST as SHORT_YEAR_FIRST
    from ._date_formats import DateFormat as DateFormat
    from ._date_formats import looks_like_stamp as looks_like_stamp
    from ._engine import Column as Column
    from ._engine import Table as Table
    from ._engine import confined as confined
    from ._engine import engine as engine
    from ._engine import first_line as first_line
    from ._engine import quoted as quoted
    from ._engine import run as run
    from ._layout import Layout as Layout
    from ._months import month_of as month_of
    from ._read_options import ReadOptions as ReadOptions
    from ._read_options import checked_fill as checked_fill
    from ._read_options import checked_missing as checked_missing
    from ._read_options import requested_frequency as requested_frequency
    from ._sniffing import MISSING as MISSING
    from ._sniffing import Dialect as Dialect
    from ._sniffing import FileHead as FileHead
    from ._sniffing import are_dates as are_dates
    from ._sniffing import dialect as dialect
    from ._sniffing import readable as readable
    from ._sniffing import sniff as sniff
    from ._sniffing import whole_text as whole_text
    from ._workbook import read_workbook as read_workbook
else:
    __getattr__, __dir__ = _door(__name__)
