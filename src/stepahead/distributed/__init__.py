"""Engines that call a function, given by name, on many small chunks of work, on this machine or on
others."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._dask import Dask as Dask
    from ._engine import Chunk as Chunk
    from ._engine import Engine as Engine
    from ._engine import Outcome as Outcome
    from ._engine import outcome_of as outcome_of
    from ._loop import Loop as Loop
    from ._named import NAMES as NAMES
    from ._named import engine_named as engine_named
    from ._processes import Processes as Processes
    from ._ray import Ray as Ray
    from ._worker import serve as serve
else:
    __getattr__, __dir__ = _door(__name__)
