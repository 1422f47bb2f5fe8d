"""Tables of numbers: columns and their roles, formats of numbers, series from rows and columns."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._assemble import assemble as assemble
    from ._far_values import far_values_notes as far_values_notes
    from ._ids import id_cell as id_cell
    from ._last_rows import holds as holds
    from ._last_rows import spare_columns as spare_columns
    from ._notes import blank_end_note as blank_end_note
    from ._notes import early_ends_note as early_ends_note
    from ._notes import sum_notes as sum_notes
    from ._notes import unused_columns_note as unused_columns_note
    from ._roles import assign as assign
    from ._roles import is_role as is_role
    from ._tables import matching as matching
    from ._tables import scanned as scanned
    from ._tables import table_of_frame as table_of_frame
    from ._tables import table_of_paths as table_of_paths
    from ._tables import table_of_query as table_of_query
else:
    __getattr__, __dir__ = _door(__name__)
