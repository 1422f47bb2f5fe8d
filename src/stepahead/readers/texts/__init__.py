"""Texts, labelled and parallel lines, and sequences of public archives."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._kind import is_text as is_text
    from ._kind import runs_on as runs_on
    from ._labelled import read_labelled as read_labelled
    from ._monash import read_tsf as read_tsf
    from ._pairs import read_pairs as read_pairs
    from ._piano import key_names as key_names
    from ._piano import read_piano_rolls as read_piano_rolls
    from ._tagged import read_conllu as read_conllu
    from ._text import read_text as read_text
    from ._text import text_of as text_of
    from ._ts import read_ts as read_ts
else:
    __getattr__, __dir__ = _door(__name__)
