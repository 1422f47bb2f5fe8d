"""Heads: the output of a body read as a distribution."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._bernoulli import Bernoulli as Bernoulli
    from ._formulas import NOISE as NOISE
    from ._formulas import inverse_softplus as inverse_softplus
    from ._formulas import raw_scales as raw_scales
    from ._gaussian import Gaussian as Gaussian
    from ._head import Density as Density
    from ._head import Emitting as Emitting
    from ._head import Head as Head
    from ._head import Location as Location
    from ._head import Outputs as Outputs
    from ._head import Sampler as Sampler
    from ._head import Vector as Vector
    from ._head import density_of as density_of
    from ._head import location_of as location_of
    from ._head import sampler_of as sampler_of
    from ._mixture_head import MixtureOf as MixtureOf
    from ._mixture_head import mixed as mixed
    from ._negative_binomial import NegativeBinomial as NegativeBinomial
    from ._one_of import OneOf as OneOf
    from ._point import Point as Point
    from ._poisson import Poisson as Poisson
    from ._quantiles import Quantiles as Quantiles
    from ._student_t import StudentT as StudentT
else:
    __getattr__, __dir__ = _door(__name__)
