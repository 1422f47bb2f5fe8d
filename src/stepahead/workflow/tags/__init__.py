"""Automatic selection of a tagger: candidates, held-out sentences, and the combination of the good
ones."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._auto_tag import TagChoice as TagChoice
    from ._auto_tag import auto_tag as auto_tag
    from ._candidates import TagCandidate as TagCandidate
    from ._candidates import tag_candidates as tag_candidates
    from ._candidates import tag_method as tag_method
    from ._candidates import tag_network as tag_network
    from ._comparison import TagCandidateDone as TagCandidateDone
    from ._comparison import TagRow as TagRow
else:
    __getattr__, __dir__ = _door(__name__)
