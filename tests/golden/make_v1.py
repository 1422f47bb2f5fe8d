"""Made the files v1-*.stepahead beside it, and v1-forecasts.json: what they forecast on that day.
Files of a version stay as they are.

Run it from this folder for a new version only, with new names: `python make_v1.py`.
"""

import json
from pathlib import Path

import jax
import numpy as np

import stepahead as sa
from stepahead.data import GrowingPanel, log, pipeline, seasonal_multiplicative
from stepahead.forecasting import ETS, Ensemble, LocalForecaster
from stepahead.models import Quantiles
from stepahead.training import Gradient

HERE = Path(__file__).parent
LEVELS = (80,)
TAUS = (0.1, 0.5, 0.9)
HORIZON = 4


def panel() -> sa.Panel:
    """Two monthly series with a season; one value is missing."""
    steps = np.arange(48.0)
    first = 100 + steps + 10 * np.sin(2 * np.pi * steps / 12) + np.cos(7 * steps)
    second = 50 + 5 * np.cos(2 * np.pi * steps[:30] / 12) + np.sin(5 * steps[:30])
    first[20] = np.nan
    months = sa.Frequency.parse("MS")
    return sa.Panel.from_arrays(
        [first, second],
        ids=["a shop", "ein Café"],
        start=np.datetime64("2020-01-01"),
        frequency=months,
    )


def fitted() -> dict[str, sa.Forecaster | Ensemble | LocalForecaster]:
    """One of each kind that a file can hold."""
    quick = Gradient(span=12, epochs=2, steps=5, batch=8)
    gru = [
        sa.fit(sa.models.GRU(4), panel(), HORIZON, key=jax.random.key(seed), training=quick)
        for seed in range(2)
    ]
    scaler = pipeline(log(), seasonal_multiplicative(12))
    return {
        "v1-linear": sa.fit(
            sa.models.LinearAR((1, 2, 12)), panel(), HORIZON, key=jax.random.key(0), scaler=scaler
        ),
        "v1-seasonal-naive": sa.fit(
            sa.models.SeasonalNaive(12), panel(), HORIZON, key=jax.random.key(0)
        ),
        "v1-gru": gru[0],
        "v1-quantiles": sa.fit(
            sa.models.GRU(4),
            panel(),
            HORIZON,
            key=jax.random.key(0),
            training=quick,
            head=Quantiles(probabilities=TAUS),
        ),
        "v1-ensemble": Ensemble(tuple(gru)),
        "v1-ets": LocalForecaster(ETS(), GrowingPanel.of(panel()), HORIZON, 12),
    }


def main() -> None:
    """Write the files and their forecasts."""
    told = {}
    for name, forecaster in fitted().items():
        sa.save(forecaster, HERE / f"{name}.stepahead")
        done = forecaster.predict(levels=LEVELS)
        told[name] = {"mean": done.mean.tolist(), "quantiles": done.quantiles.tolist()}
    (HERE / "v1-forecasts.json").write_text(
        json.dumps({"levels": LEVELS, "forecasts": told}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
