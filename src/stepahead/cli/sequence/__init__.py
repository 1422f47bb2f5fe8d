"""Commands on labels, tags, translations and conditional generation."""

from ._generate import generate as generate
from ._label import label as label
from ._tag import tag as tag
from ._translate import translate as translate
