"""Functions of arrays: recurrences, scans, Kalman filters, sums over paths. Everything above is
built from them."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._cells import ELMAN_RELU as ELMAN_RELU
    from ._cells import ELMAN_TANH as ELMAN_TANH
    from ._cells import GRU as GRU
    from ._cells import LSTM as LSTM
    from ._cells import Gating as Gating
    from ._cells import HiddenState as HiddenState
    from ._cells import Weights as Weights
    from ._chains import hitting_times as hitting_times
    from ._chains import reversed_chain as reversed_chain
    from ._chains import state_distributions as state_distributions
    from ._chains import stationary as stationary
    from ._chains import transition_matrix as transition_matrix
    from ._compiling import compiling_seconds as compiling_seconds
    from ._conformal import conformal_quantiles as conformal_quantiles
    from ._draws import as_key as as_key
    from ._draws import drawn as drawn
    from ._draws import generator as generator
    from ._draws import split_key as split_key
    from ._host_draws import host_generator as host_generator
    from ._host_draws import seed_of as seed_of
    from ._least_squares import least_squares as least_squares
    from ._logistic import logistic_path as logistic_path
    from ._precision import floating_leaves as floating_leaves
    from ._precision import in_double as in_double
    from ._precision import precision_of as precision_of
    from ._quasi_newton import Found as Found
    from ._quasi_newton import maximise as maximise
    from ._recurrence import Path as Path
    from ._recurrence import best_path as best_path
    from ._recurrence import gates as gates
    from ._recurrence import recurrence as recurrence
    from ._scan import SCAN as SCAN
    from ._scan import loop_step as loop_step
    from ._scan import scan_step as scan_step
    from ._scan_by_hand import SCAN_BY_HAND as SCAN_BY_HAND
    from ._step import one_step as one_step
    from .compiled import NATIVE as NATIVE
    from .compiled import softmax_loss as softmax_loss
    from .compiled import unfit as unfit
    from .ngrams import NGramCounts as NGramCounts
    from .ngrams import begun as begun
    from .ngrams import joined_code as joined_code
    from .ngrams import looked_up as looked_up
    from .ngrams import mixed_code as mixed_code
    from .ngrams import ngram_counts as ngram_counts
    from .ngrams import text_codes as text_codes
    from .paths import MAX as MAX
    from .paths import SUM as SUM
    from .paths import ChainScores as ChainScores
    from .paths import Expected as Expected
    from .paths import LogChain as LogChain
    from .paths import PathShares as PathShares
    from .paths import best_first_order as best_first_order
    from .paths import best_second_order as best_second_order
    from .paths import best_states as best_states
    from .paths import draw_path as draw_path
    from .paths import drawn_states as drawn_states
    from .paths import expected_states as expected_states
    from .paths import expected_steps as expected_steps
    from .paths import expected_totals as expected_totals
    from .paths import first_order_shares as first_order_shares
    from .paths import k_best_states as k_best_states
    from .paths import log_marginals as log_marginals
    from .paths import log_partition as log_partition
    from .paths import only_allowed as only_allowed
    from .paths import path_score as path_score
    from .paths import second_order_shares as second_order_shares
    from .paths import step_log_likelihood as step_log_likelihood
    from .paths import viterbi as viterbi
else:
    __getattr__, __dir__ = _door(__name__)
