"""Commands on texts."""

from ._text import text as text
from ._text_names import TOKENIZERS as TOKENIZERS
from ._text_names import tokenizer_of as tokenizer_of
from ._text_verbs import Json as Json
from ._text_verbs import Saved as Saved
from ._text_verbs import put as put
from ._text_verbs import texts_of as texts_of
