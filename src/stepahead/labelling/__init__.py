"""Labelling: fitted classifiers of sequences, fitted taggers of words, and their scores."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._hmm_tag_model import HMMTagModel as HMMTagModel
    from ._label_model import LabelModel as LabelModel
    from ._label_model import label_indices as label_indices
    from ._label_score import LabelScore as LabelScore
    from ._label_score import auroc as auroc
    from ._label_score import label_score as label_score
    from ._tag_model import FIRST_TAG as FIRST_TAG
    from ._tag_model import TagModel as TagModel
    from ._tag_model import TagScore as TagScore
    from ._tag_model import tag_indices as tag_indices
    from ._tag_network import TagNetwork as TagNetwork
else:
    __getattr__, __dir__ = _door(__name__)
