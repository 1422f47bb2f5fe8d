"""Regression of many series: on their past values, and on covariates together with any local
method."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._autoregression import AutoregressionFit as AutoregressionFit
    from ._autoregression import fit_autoregression as fit_autoregression
    from ._kernel import KernelRidgeFit as KernelRidgeFit
    from ._kernel import fit_kernel_ridge as fit_kernel_ridge
    from ._regression import RegressionFit as RegressionFit
    from ._regression import without_effect as without_effect
    from ._weights import covariate_weights as covariate_weights
    from ._weights import weights_and_seasons as weights_and_seasons
else:
    __getattr__, __dir__ = _door(__name__)
