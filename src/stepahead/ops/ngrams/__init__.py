"""N-grams: their counts, and integer codes for them."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._codes import joined_code as joined_code
    from ._codes import mixed_code as mixed_code
    from ._codes import text_codes as text_codes
    from ._ngrams import NGramCounts as NGramCounts
    from ._ngrams import begun as begun
    from ._ngrams import looked_up as looked_up
    from ._ngrams import ngram_counts as ngram_counts
else:
    __getattr__, __dir__ = _door(__name__)
