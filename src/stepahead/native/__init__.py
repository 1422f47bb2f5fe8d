"""The compiled kernels: of the recurrent layers, of hidden Markov models, and of the Kalman filter
(`native.kalman`, which needs no JAX).

What needs JAX is loaded on its first use.

>>> isinstance(available(), bool), reason().endswith(".")
(True, True)
"""

from typing import TYPE_CHECKING
from typing import Any as _Any

from ._kernels import available as available
from ._kernels import reason as reason

_JAX = ("KINDS", "Layer", "Results", "backward", "forward")
_HIDDEN = ("MOST_STATES", "Sums", "best_paths", "forward_backward")

if TYPE_CHECKING:
    from ._calls import KINDS as KINDS
    from ._calls import Layer as Layer
    from ._calls import Results as Results
    from ._calls import backward as backward
    from ._calls import forward as forward
    from ._hidden_markov import MOST_STATES as MOST_STATES
    from ._hidden_markov import Sums as Sums
    from ._hidden_markov import best_paths as best_paths
    from ._hidden_markov import forward_backward as forward_backward


def __getattr__(name: str) -> _Any:
    if name in _JAX:
        from . import _calls

        return getattr(_calls, name)
    if name in _HIDDEN:
        from . import _hidden_markov

        return getattr(_hidden_markov, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
