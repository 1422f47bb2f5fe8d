"""Several targets together: each at its own scale, none lost, each by its name."""

import numpy as np

import stepahead as sa
from stepahead.data import Panel
from stepahead.forecasting import mimo


def test_the_unit_of_one_channel_changes_its_own_forecast_and_no_other() -> None:
    draw = np.random.default_rng(0)
    x = np.cumsum(draw.normal(size=(2, 40, 2)), axis=1)
    other = np.stack([x[..., 0], 1024 * x[..., 1]], axis=-1)
    fits = [
        sa.fit(
            sa.models.LinearAR(2),
            Panel.from_arrays(a, names=["up", "down"]),
            3,
            key=0,
            strategy=mimo,
        )
        for a in (x, other)
    ]
    first, second = (one.forecast() for one in fits)
    assert first["channel"].tolist() == ["up", "down"] * 6
    unit = np.tile([1.0, 1024.0], 6)[:, None]
    columns = ["forecast", "lo-80", "hi-80", "lo-95", "hi-95"]
    np.testing.assert_allclose(second[columns], first[columns] * unit, rtol=1e-5, atol=1e-5)
