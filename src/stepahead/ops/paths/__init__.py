"""Paths through a chain of hidden states: sums over paths, best paths, marginals, samples."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._first_order import PathShares as PathShares
    from ._first_order import best_first_order as best_first_order
    from ._first_order import first_order_shares as first_order_shares
    from ._hidden_markov import Expected as Expected
    from ._hidden_markov import LogChain as LogChain
    from ._hidden_markov import best_states as best_states
    from ._hidden_markov import drawn_states as drawn_states
    from ._hidden_markov import expected_states as expected_states
    from ._hidden_markov import expected_totals as expected_totals
    from ._hidden_markov import step_log_likelihood as step_log_likelihood
    from ._k_best import k_best_states as k_best_states
    from ._k_best import only_allowed as only_allowed
    from ._paths import MAX as MAX
    from ._paths import SUM as SUM
    from ._paths import ChainScores as ChainScores
    from ._paths import draw_path as draw_path
    from ._paths import expected_steps as expected_steps
    from ._paths import log_marginals as log_marginals
    from ._paths import log_partition as log_partition
    from ._paths import path_score as path_score
    from ._paths import viterbi as viterbi
    from ._second_order import best_second_order as best_second_order
    from ._second_order import second_order_shares as second_order_shares
else:
    __getattr__, __dir__ = _door(__name__)
