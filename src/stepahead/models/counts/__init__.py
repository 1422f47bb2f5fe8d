"""Count models: n-grams, smoothing, and mixtures."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._mixture import Mixture as Mixture
    from ._mixture import mixing_weights as mixing_weights
    from ._ngram import NGram as NGram
    from ._ngram import NGramModel as NGramModel
    from ._ngram import NGramTable as NGramTable
    from ._ngram import no_counts as no_counts
    from ._ngram_contexts import Contexts as Contexts
    from ._recent import HiddenTokenStep as HiddenTokenStep
    from ._recent import RecentTokens as RecentTokens
    from ._recent import recent_log_probs as recent_log_probs
    from ._recent import with_recent as with_recent
    from ._smoothing import AddK as AddK
    from ._smoothing import KneserNey as KneserNey
    from ._smoothing import MaximumLikelihood as MaximumLikelihood
    from ._smoothing import Smoothing as Smoothing
    from ._smoothing import WittenBell as WittenBell
else:
    __getattr__, __dir__ = _door(__name__)
