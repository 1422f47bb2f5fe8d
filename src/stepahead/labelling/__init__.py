"""What was fitted to say labels of whole sequences, or a tag for every word, and how it is
judged."""

from ._label_model import LabelModel as LabelModel
from ._label_model import labels_under as labels_under
from ._label_score import LabelScore as LabelScore
from ._label_score import auroc as auroc
from ._label_score import label_score as label_score
from ._tag_model import NAMED as NAMED
from ._tag_model import TagModel as TagModel
from ._tag_model import TagScore as TagScore
from ._tag_model import tags_under as tags_under
