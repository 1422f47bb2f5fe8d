"""The local app: a file in, and a page with its forecast and trust horizon, which is filled step by
step."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._application import application as application
    from ._files import Given as Given
    from ._state import State as State
else:
    __getattr__, __dir__ = _door(__name__)
