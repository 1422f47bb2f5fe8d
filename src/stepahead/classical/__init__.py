"""Classical methods on arrays: parameters of many series, fitted at once by compiled code, or by
NumPy where there is none. JAX has no part in them."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._baselines import BASELINE_KINDS as BASELINE_KINDS
    from ._baselines import BaselineFit as BaselineFit
    from ._baselines import fit_baseline as fit_baseline
    from ._ets import ETSFit as ETSFit
    from ._ets import fit_ets as fit_ets
    from ._ets_admissible import admissible as admissible
    from ._ets_forms import forms_of as forms_of
    from ._fit import LocalFit as LocalFit
    from ._intermittent import INTERMITTENT_KINDS as INTERMITTENT_KINDS
    from ._intermittent import IntermittentFit as IntermittentFit
    from ._intermittent import fit_intermittent as fit_intermittent
    from ._intermittent import intermittent as intermittent
    from ._rows import OnSeries as OnSeries
    from ._rows import Rows as Rows
    from ._rows import seen as seen
    from ._rows import units as units
    from ._seasons import SeasonsFit as SeasonsFit
    from ._seasons import fit_seasons as fit_seasons
    from ._theta import THETA_KINDS as THETA_KINDS
    from ._theta import ThetaFit as ThetaFit
    from ._theta import fit_theta as fit_theta
    from ._walk import WalkFit as WalkFit
    from ._walk import fit_walk as fit_walk
    from ._walk import usual_change as usual_change
    from ._window import WindowFit as WindowFit
    from ._window import fit_window as fit_window
    from .arima import ARIMAFit as ARIMAFit
    from .arima import Wanted as Wanted
    from .arima import fit_arima as fit_arima
else:
    __getattr__, __dir__ = _door(__name__)
