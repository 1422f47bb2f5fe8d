"""The compiled kernels: of the recurrent layers, and of the Kalman filter (`native.kalman`, which
needs no JAX).

What needs JAX is loaded on its first use.

>>> isinstance(available(), bool), reason().endswith(".")
(True, True)
"""

from typing import TYPE_CHECKING
from typing import Any as _Any

from ._kernels import available as available
from ._kernels import reason as reason

if TYPE_CHECKING:
    from ._calls import KINDS as KINDS
    from ._calls import Layer as Layer
    from ._calls import Results as Results
    from ._calls import backward as backward
    from ._calls import forward as forward


def __getattr__(name: str) -> _Any:
    if name not in ("KINDS", "Layer", "Results", "backward", "forward"):
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from . import _calls

    return getattr(_calls, name)
