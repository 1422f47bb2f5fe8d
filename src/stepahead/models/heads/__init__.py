"""Heads: how the numbers that a body puts out are read as a distribution."""

from ._bernoulli import Bernoulli as Bernoulli
from ._counts import NegativeBinomial as NegativeBinomial
from ._heads import Gaussian as Gaussian
from ._heads import Head as Head
from ._heads import LocationHead as LocationHead
from ._heads import Outputs as Outputs
from ._heads import Point as Point
from ._heads import StudentT as StudentT
from ._heads import Vector as Vector
from ._quantiles import Quantiles as Quantiles
