"""Distributed training: several processes compute gradients of parts of a minibatch, and one adds
them."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._gradient import GradientSum as GradientSum
    from ._gradient import Pool as Pool
    from ._gradient import gradient_sum as gradient_sum
    from ._gradient import updated as updated
    from ._gradient import weights_of as weights_of
    from ._gradient import with_weights as with_weights
else:
    __getattr__, __dir__ = _door(__name__)
