"""Automatic selection of a classifier: candidates, their cross-validation, and the combination of
the good ones."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._auto_label import LabelChoice as LabelChoice
    from ._auto_label import auto_label as auto_label
    from ._candidates import LabelCandidate as LabelCandidate
    from ._candidates import label_candidates as label_candidates
    from ._candidates import label_counts as label_counts
    from ._candidates import label_method as label_method
    from ._candidates import label_network as label_network
    from ._comparison import LabelCandidateDone as LabelCandidateDone
    from ._comparison import LabelRow as LabelRow
else:
    __getattr__, __dir__ = _door(__name__)
