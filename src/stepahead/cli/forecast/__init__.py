"""The commands that forecast: from a file, with a saved model, and after new observations."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._fitting import remove_checkpoint as remove_checkpoint
    from ._forecast import forecast as forecast
    from ._predict import predict as predict
    from ._update import update as update
else:
    __getattr__, __dir__ = _door(__name__)
