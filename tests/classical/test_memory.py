"""The cost of many series beside the data."""

import tracemalloc

import numpy as np

import stepahead as sa
from stepahead.forecasting import Theta


def test_a_fit_and_a_forecast_take_less_memory_than_two_copies_of_the_data() -> None:
    rng = np.random.default_rng(0)
    panel = sa.Panel.from_arrays([rng.normal(size=n) for n in rng.integers(60, 101, 5000)])
    spec = Theta("standard")
    sa.fit(spec, panel.take(np.arange(2)), 12, key=0, season=1).predict(levels=80)  # what is loaded
    tracemalloc.start()
    done = sa.fit(spec, panel, 12, key=0, season=1).predict(levels=80)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.quantiles.shape == (5000, 12, 1, 2)
    assert peak < 2 * panel.values.nbytes
