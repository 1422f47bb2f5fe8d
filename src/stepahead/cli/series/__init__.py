"""Commands on the series themselves: inspect, impute, decompose, hidden states."""

from ._decompose import decompose as decompose
from ._impute import impute as impute
from ._inspect import inspect as inspect
from ._states import states as states
