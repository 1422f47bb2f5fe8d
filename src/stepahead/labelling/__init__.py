"""Labelling: fitted classifiers of sequences, fitted taggers of words, and their scores."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._calibration import temperature_of as temperature_of
    from ._calibration import tempered as tempered
    from ._crf_tag_model import CRFTagModel as CRFTagModel
    from ._frequent_tag_model import FrequentTagModel as FrequentTagModel
    from ._hmm_tag_model import HMMTagModel as HMMTagModel
    from ._judged import calibration_error as calibration_error
    from ._judged import first_part as first_part
    from ._judged import judged_early as judged_early
    from ._judged import judged_labels as judged_labels
    from ._judged_tags import judged_tags as judged_tags
    from ._label_combination import LabelCombination as LabelCombination
    from ._label_combination import mixed as mixed
    from ._label_model import LabelModel as LabelModel
    from ._label_model import path_log_probs as path_log_probs
    from ._label_predictor import LabelPredictor as LabelPredictor
    from ._label_score import LabelScore as LabelScore
    from ._label_score import auroc as auroc
    from ._label_score import label_indices as label_indices
    from ._label_score import label_score as label_score
    from ._tag_combination import TagCombination as TagCombination
    from ._tag_model import FIRST_TAG as FIRST_TAG
    from ._tag_model import SaidTags as SaidTags
    from ._tag_model import TagModel as TagModel
    from ._tag_model import TagScore as TagScore
    from ._tag_model import tag_indices as tag_indices
    from ._tag_model import tag_score as tag_score
    from ._tag_model import whole_right as whole_right
    from ._tag_network import TagNetwork as TagNetwork
else:
    __getattr__, __dir__ = _door(__name__)
