"""Operations on the native kernels, and the reasons if they cannot run."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._native import NATIVE as NATIVE
    from ._native import refusal as refusal
    from ._native import unfit as unfit
    from ._softmax_loss import softmax_loss as softmax_loss
else:
    __getattr__, __dir__ = _door(__name__)
