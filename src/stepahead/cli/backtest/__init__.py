"""The command that measures models at past origins."""

from ._backtest import backtest as backtest
