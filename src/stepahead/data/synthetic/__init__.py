"""Synthetic series with known distributions."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._generators import Regimes as Regimes
    from ._generators import adapting_baseline as adapting_baseline
    from ._generators import ar_error as ar_error
    from ._generators import ar_process as ar_process
    from ._generators import decaying_jump as decaying_jump
    from ._generators import noisy_sine as noisy_sine
    from ._generators import random_walk as random_walk
    from ._generators import regime_switch as regime_switch
    from ._generators import seasonal as seasonal
    from ._generators import two_sines as two_sines
else:
    __getattr__, __dir__ = _door(__name__)
