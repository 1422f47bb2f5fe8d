"""Arrays only: the recurrences and scans that everything above is made of."""

from ._cells import ELMAN_RELU as ELMAN_RELU
from ._cells import ELMAN_TANH as ELMAN_TANH
from ._cells import GRU as GRU
from ._cells import LSTM as LSTM
from ._cells import Cell as Cell
from ._cells import HiddenState as HiddenState
from ._cells import Weights as Weights
from ._conformal import conformal_quantiles as conformal_quantiles
from ._draws import as_key as as_key
from ._draws import generator as generator
from ._draws import split as split
from ._least_squares import least_squares as least_squares
from ._native import NATIVE as NATIVE
from ._ngrams import NGramCounts as NGramCounts
from ._ngrams import begun as begun
from ._ngrams import looked_up as looked_up
from ._ngrams import ngram_counts as ngram_counts
from ._recurrence import Path as Path
from ._recurrence import best_path as best_path
from ._recurrence import gates as gates
from ._recurrence import recurrence as recurrence
from ._scan import SCAN as SCAN
from ._scan import scan_step as scan_step
from ._scan_by_hand import SCAN_BY_HAND as SCAN_BY_HAND
from ._step import one_step as one_step
