"""The native kernels: recurrent layers, softmax over a vocabulary, hidden Markov models, and the
Kalman filter (`native.kalman`, which needs no JAX).

Parts that need JAX are imported on first use.

>>> isinstance(available(), bool), reason().endswith(".")
(True, True)
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._adam import Moments as Moments
    from ._adam import adam_moments as adam_moments
    from ._calls import Layer as Layer
    from ._calls import Results as Results
    from ._calls import backward as backward
    from ._calls import forward as forward
    from ._hidden_markov import MOST_STATES as MOST_STATES
    from ._hidden_markov import MOST_SUMS as MOST_SUMS
    from ._hidden_markov import Source as Source
    from ._hidden_markov import Sums as Sums
    from ._hidden_markov import Totals as Totals
    from ._hidden_markov import best_paths as best_paths
    from ._hidden_markov import expected_totals as expected_totals
    from ._hidden_markov import forward_backward as forward_backward
    from ._hidden_markov import moved as moved
    from ._kernels import available as available
    from ._kernels import reason as reason
    from ._library import StaleKernels as StaleKernels
    from ._library import cores as cores
    from ._softmax import CrossEntropies as CrossEntropies
    from ._softmax import cross_entropies as cross_entropies
    from ._unroll import KINDS as KINDS
    from ._unroll import LayerArrays as LayerArrays
    from ._unroll import can_unroll as can_unroll
    from ._unroll import unroll as unroll
    from ._windows import MOST_UNITS as MOST_UNITS
    from ._windows import StackShape as StackShape
    from ._windows import WindowEpoch as WindowEpoch
    from ._windows import window_epoch as window_epoch
    from ._windows import window_step as window_step
else:
    __getattr__, __dir__ = _door(__name__)
