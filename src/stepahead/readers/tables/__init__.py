"""Tables of numbers: columns and their roles, marks in numbers, series out of rows and columns."""

from ._assemble import assemble as assemble
from ._remarks import early_ends as early_ends
from ._remarks import sums as sums
from ._remarks import unused as unused
from ._roles import assign as assign
from ._tables import matching as matching
from ._tables import table_of_frame as table_of_frame
from ._tables import table_of_paths as table_of_paths
from ._tables import table_of_query as table_of_query
