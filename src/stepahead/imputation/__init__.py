"""Imputation: fill the gaps of a panel from the values on both sides, and measure the error on
masked values."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._hidden_markov import HiddenMarkov as HiddenMarkov
    from ._hidden_markov import HiddenMarkovImputer as HiddenMarkovImputer
    from ._imputed import Imputed as Imputed
    from ._imputed import fill_gaps as fill_gaps
    from ._interpolation import Linear as Linear
    from ._interpolation import Seasonal as Seasonal
    from ._kalman import Kalman as Kalman
    from ._masking import BLOCKS as BLOCKS
    from ._masking import RANDOM as RANDOM
    from ._masking import ImputationErrors as ImputationErrors
    from ._masking import MaskedPanel as MaskedPanel
    from ._masking import mask_values as mask_values
    from ._masking import masked_errors as masked_errors
    from ._masking import typical_gap_length as typical_gap_length
    from ._method import FittedImputer as FittedImputer
    from ._method import Imputer as Imputer
    from ._network import GapScale as GapScale
    from ._network import NetworkImputer as NetworkImputer
    from ._network import gap_scale as gap_scale
    from ._network import typical_change as typical_change
else:
    __getattr__, __dir__ = _door(__name__)
