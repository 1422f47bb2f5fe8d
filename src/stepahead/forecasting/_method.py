"""`Method`: the protocol of a forecasting method with its own way of fitting."""

from typing import Any, Protocol, runtime_checkable

from .._types import Key
from ..data import Panel
from ._predictor import Predictor


@runtime_checkable
class Method(Protocol):
    """A forecasting method with its own way of fitting: `ETS`, `Theta`, `Regressor`, or one that
    you define.

    `stepahead.fit` and `stepahead.backtest` accept it like a model, but without the options head,
    strategy and training.
    """

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Fit to every series of this panel and return the forecaster. `key` is passed on as the
        caller gave it (`ops.as_key` turns a number into a JAX key)."""
        ...


def method_of(spec: Any) -> Method | None:
    """Return the method that fits a specification: the specification itself if it is a method,
    `StateSpaceMethod` for a state-space model, None for a network, which is trained.

    >>> from stepahead.models import LocalLevel, Naive, StateSpace
    >>> method_of(Naive()) is None, type(method_of(StateSpace(LocalLevel()))).__name__
    (True, 'StateSpaceMethod')
    """
    if isinstance(spec, Method):
        return spec
    from ..models import StateSpace  # imported only if it is no local method
    from .statespace import StateSpaceMethod

    return StateSpaceMethod(spec) if isinstance(spec, StateSpace) else None
