"""The commands that evaluate models at past origins."""

from ._backtest import backtest as backtest
from ._search import search as search
