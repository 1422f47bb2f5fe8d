"""Automatic language model: n-grams, a network trained in the time that is left, and their
mixture."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._auto_text import TextChoice as TextChoice
    from ._auto_text import TextRow as TextRow
    from ._auto_text import auto_text as auto_text
    from ._network import text_network as text_network
else:
    __getattr__, __dir__ = _door(__name__)
