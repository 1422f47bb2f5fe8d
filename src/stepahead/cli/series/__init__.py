"""Commands on the series themselves: look at them, fill their gaps, take them apart."""

from ._decompose import decompose as decompose
from ._impute import impute as impute
from ._inspect import inspect as inspect
from ._states import states as states
