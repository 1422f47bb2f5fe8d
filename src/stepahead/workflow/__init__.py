"""Workflow: what a user calls, each a page of composition."""

from ._fit import fit as fit
from ._verbs import backtest as backtest
from ._verbs import sample as sample
from ._verbs import score as score
