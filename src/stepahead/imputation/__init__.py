"""Imputation: what stands in the gaps of a panel, seen from both sides, and how far each way of
saying so errs."""

from ._classical import Linear as Linear
from ._classical import Seasonal as Seasonal
from ._filled import Imputed as Imputed
from ._filled import filled as filled
from ._hidden import BLOCKS as BLOCKS
from ._hidden import RANDOM as RANDOM
from ._hidden import Hidden as Hidden
from ._hidden import HiddenError as HiddenError
from ._hidden import errors_on as errors_on
from ._hidden import hide as hide
from ._hidden import typical_gap as typical_gap
from ._kalman import Kalman as Kalman
from ._method import FittedImputer as FittedImputer
from ._method import Imputer as Imputer
from ._network import GapScale as GapScale
from ._network import NetworkImputer as NetworkImputer
from ._network import gap_scale as gap_scale
from ._network import typical_change as typical_change
