"""Training of hidden Markov models by expectation maximisation or by gradient descent."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._baum_welch import BaumWelch as BaumWelch
    from ._baum_welch import Hidden as Hidden
    from ._baum_welch import Rules as Rules
    from ._baum_welch import iteration as iteration
    from ._hidden_numbers import EmittedNumbers as EmittedNumbers
    from ._hidden_numbers import ObservedNumbers as ObservedNumbers
    from ._hidden_numbers import learn_states as learn_states
    from ._hidden_tokens import ObservedTokens as ObservedTokens
    from ._hidden_tokens import learn_token_states as learn_token_states
    from ._known_states import WithKnownStates as WithKnownStates
    from ._known_states import known_states as known_states
    from ._state_gradient import by_whole_sequences as by_whole_sequences
    from ._unconstrained import Sequences as Sequences
    from ._unconstrained import bound as bound
    from ._unconstrained import free_chain as free_chain
    from ._unconstrained import freed as freed
    from ._unconstrained import log_likelihood as log_likelihood
else:
    __getattr__, __dir__ = _door(__name__)
