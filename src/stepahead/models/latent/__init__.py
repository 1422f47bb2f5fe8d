"""Models with a latent state and exact inference: the state of their step is a distribution."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._autoregressive import Autoregressive as Autoregressive
    from ._autoregressive import Switching as Switching
    from ._blank import blank as blank
    from ._by_channel import ByChannel as ByChannel
    from ._durations import Elapsed as Elapsed
    from ._durations import Repeated as Repeated
    from ._durations import between_states as between_states
    from ._durations import fold as fold
    from ._each_channel import EachChannel as EachChannel
    from ._emission import Emission as Emission
    from ._emission import Weighted as Weighted
    from ._full_gaussian import FullGaussian as FullGaussian
    from ._full_gaussian import Joint as Joint
    from ._hmm import HMM as HMM
    from ._hmm_body import HMMBelief as HMMBelief
    from ._hmm_body import HMMBody as HMMBody
    from ._hmm_body import lagged as lagged
    from ._hmm_tokens import HMMTokens as HMMTokens
    from ._latent_body import LatentBody as LatentBody
    from ._latent_body import LatentState as LatentState
    from ._transitions import Banded as Banded
    from ._transitions import Fixed as Fixed
    from ._transitions import Forbidden as Forbidden
    from ._transitions import Full as Full
    from ._transitions import LeftToRight as LeftToRight
    from ._transitions import Shared as Shared
    from ._transitions import Transition as Transition
else:
    __getattr__, __dir__ = _door(__name__)
