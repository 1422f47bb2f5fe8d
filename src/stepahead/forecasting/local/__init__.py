"""Local methods: the parameters of each series come from that series alone; many series are fitted
at once."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._arima import AutoARIMA as AutoARIMA
    from ._autoregression import Autoregression as Autoregression
    from ._autoregression import KernelRidge as KernelRidge
    from ._baselines import Baseline as Baseline
    from ._baselines import RandomWalk as RandomWalk
    from ._ces import CES as CES
    from ._channel import ChannelFit as ChannelFit
    from ._ets import ETS as ETS
    from ._forecaster import LocalForecaster as LocalForecaster
    from ._method import FEWEST as FEWEST
    from ._method import LocalMethod as LocalMethod
    from ._method import PerSeries as PerSeries
    from ._mstl import MSTL as MSTL
    from ._pretrained import Pretrained as Pretrained
    from ._recent import Leveled as Leveled
    from ._recent import Recent as Recent
    from ._simple import Intermittent as Intermittent
    from ._simple import WindowAverage as WindowAverage
    from ._theta import Theta as Theta
    from ._waves import TBATS as TBATS
    from ._waves import Harmonic as Harmonic
else:
    __getattr__, __dir__ = _door(__name__)
