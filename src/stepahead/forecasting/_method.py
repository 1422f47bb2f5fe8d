"""`Method`: the protocol of a forecasting method that fits itself."""

from typing import Any, Protocol, runtime_checkable

from .._types import Key
from ..data import Panel
from ..models import StateSpace
from ._predictor import Predictor


@runtime_checkable
class Method(Protocol):
    """A forecasting method that is not a step and fits itself: `ETS`, `Theta`, `Regressor`, or your
    own.

    `stepahead.fit` and `stepahead.backtest` take it like a model, without the options head,
    strategy and training.
    """

    def fitted(self, panel: Panel, horizon: int, *, key: Key, season: int) -> Predictor:
        """Fit on every series of this panel, and on nothing else."""
        ...


def method_of(spec: Any) -> Method | None:
    """The method by which a specification fits itself: itself, the search for a state-space
    model's parameters; None where it is built and trained.

    >>> from stepahead.models import LocalLevel, Naive
    >>> method_of(Naive()) is None, type(method_of(StateSpace(LocalLevel()))).__name__
    (True, 'StateSpaceMethod')
    """
    from .statespace import StateSpaceMethod

    if isinstance(spec, StateSpace):
        return StateSpaceMethod(spec)
    return spec if isinstance(spec, Method) else None
