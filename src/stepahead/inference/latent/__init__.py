"""Exact inference in models with a latent state: filtering, smoothing, the most probable path, and
propagation."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._verbs import Filtered as Filtered
    from ._verbs import Smoothed as Smoothed
    from ._verbs import decode as decode
    from ._verbs import filter as filter  # noqa: A004 - the word of the field
    from ._verbs import propagate as propagate
    from ._verbs import smooth as smooth
else:
    __getattr__, __dir__ = _door(__name__)
