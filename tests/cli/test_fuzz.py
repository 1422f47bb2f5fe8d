"""Forecasts of arbitrary panels: finite and of the right shape, or a refusal in a sentence."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fuzzing.commands import forecast
from fuzzing.tables import panel
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st


@given(st.integers(0, 2**32 - 1))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@pytest.mark.filterwarnings(
    "ignore:overflow encountered"
)  # of values such as 1e30, in float32: the forecast is checked to be finite
def test_random_panels_are_forecast_or_refused(
    tmp_path: Path, tally: Counter[str], seed: int
) -> None:
    became = forecast(
        *panel(np.random.default_rng(seed)), tmp_path, 3, "theta"
    )  # which compiles nothing, whatever the sizes
    event(became)
    tally[became] += 1
