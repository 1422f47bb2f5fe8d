"""Classical methods on arrays: many series are fitted at once by native code, or by NumPy without
it. JAX is not used."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._deviations import deviations as deviations
    from ._draws import normal_quantiles as normal_quantiles
    from ._ets import ETSFit as ETSFit
    from ._ets import fit_ets as fit_ets
    from ._ets_admissible import admissible as admissible
    from ._ets_forms import forms_of as forms_of
    from ._fit import Ahead as Ahead
    from ._fit import LocalFit as LocalFit
    from ._fit import Parts as Parts
    from ._leveled import LeveledFit as LeveledFit
    from ._leveled import fit_leveled as fit_leveled
    from ._leveled import lasting_shifts as lasting_shifts
    from ._recent import RecentFit as RecentFit
    from ._recent import fit_recent as fit_recent
    from ._rows import OnSeries as OnSeries
    from ._rows import Rows as Rows
    from ._rows import seen as seen
    from ._rows import threads as threads
    from ._rows import units as units
    from ._simulate import simulate as simulate
    from ._theta import THETA_KINDS as THETA_KINDS
    from ._theta import ThetaFit as ThetaFit
    from ._theta import fit_theta as fit_theta
    from .arima import ARIMAFit as ARIMAFit
    from .arima import Wanted as Wanted
    from .arima import fit_arima as fit_arima
    from .ces import CES_FORMS as CES_FORMS
    from .ces import CESFit as CESFit
    from .ces import fit_ces as fit_ces
    from .demand import COUNT_KINDS as COUNT_KINDS
    from .demand import INTERMITTENT_KINDS as INTERMITTENT_KINDS
    from .demand import CountsFit as CountsFit
    from .demand import ImapaFit as ImapaFit
    from .demand import IntermittentFit as IntermittentFit
    from .demand import fit_counts as fit_counts
    from .demand import fit_imapa as fit_imapa
    from .demand import fit_intermittent as fit_intermittent
    from .demand import intermittent as intermittent
    from .regression import AutoregressionFit as AutoregressionFit
    from .regression import KernelRidgeFit as KernelRidgeFit
    from .regression import RegressionFit as RegressionFit
    from .regression import fit_autoregression as fit_autoregression
    from .regression import fit_kernel_ridge as fit_kernel_ridge
    from .seasons import Decomposition as Decomposition
    from .seasons import MSTLFit as MSTLFit
    from .seasons import SeasonsFit as SeasonsFit
    from .seasons import fit_mstl as fit_mstl
    from .seasons import fit_seasons as fit_seasons
    from .seasons import mstl as mstl
    from .simple import BASELINE_KINDS as BASELINE_KINDS
    from .simple import BaselineFit as BaselineFit
    from .simple import WalkFit as WalkFit
    from .simple import WindowFit as WindowFit
    from .simple import fit_baseline as fit_baseline
    from .simple import fit_walk as fit_walk
    from .simple import fit_window as fit_window
    from .simple import relative_changes as relative_changes
    from .simple import usual_change as usual_change
    from .simple import usual_of as usual_of
    from .tbats import TBATSFit as TBATSFit
    from .tbats import fit_tbats as fit_tbats
else:
    __getattr__, __dir__ = _door(__name__)
