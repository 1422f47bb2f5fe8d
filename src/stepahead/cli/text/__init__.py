"""Commands on texts."""

from ._commands import text as text
from ._hints import tokenizer_hint as tokenizer_hint
from ._hints import unknown_hint as unknown_hint
from ._names import TOKENIZERS as TOKENIZERS
from ._names import tokenizer_of as tokenizer_of
from ._options import Json as Json
from ._options import LastHeldOut as LastHeldOut
from ._options import Lines as Lines
from ._options import MinCount as MinCount
from ._options import OneText as OneText
from ._options import Saved as Saved
from ._options import Temperature as Temperature
from ._options import TextArguments as TextArguments
from ._options import Tokenizer as Tokenizer
from ._options import read_lines as read_lines
from ._printed import print_judged as print_judged
from ._printed import print_table as print_table
from ._queries import given_texts as given_texts
