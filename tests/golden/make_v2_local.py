"""Made the files of fitted local methods beside it, of a combination of two, and their part of
v2-forecasts.json. v2-ets, v2-theta and v2-random-walk are older: they hold a name and the series,
and nothing learned.

Files of a version stay as they are: `python make_v2_local.py` writes what is missing.
"""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.forecasting import (
    CES,
    ETS,
    MSTL,
    TBATS,
    AutoARIMA,
    Autoregression,
    Baseline,
    Combination,
    Harmonic,
    Intermittent,
    KernelRidge,
    LocalForecaster,
    Pretrained,
    RandomWalk,
    Theta,
    WindowAverage,
)
from stepahead.pretrained import WIDTH, Network, initial_weights

HERE = Path(__file__).parent
LEVELS, HORIZON = (80,), 4

SPECS = {
    "v2-ets-fitted": ETS(),
    "v2-theta-fitted": Theta(),
    "v2-tsb": Intermittent("tsb"),
    "v2-window-average": WindowAverage(3),
    "v2-drift": Baseline("drift"),
    "v2-harmonic": Harmonic((4, 12), Theta("standard")),
    "v2-mstl": MSTL((4, 12), Theta("standard"), robust=True),
    "v2-autoregression": Autoregression((1, 2, 12)),
    "v2-imapa": Intermittent("imapa"),
    "v2-arima": AutoARIMA(),
    "v2-arima-of-given-orders": AutoARIMA((2, 0, 1), (0, 1, 1), constant=True),
    "v2-random-walk-fitted": RandomWalk(),
    "v2-ces": CES("partial"),
    "v2-tbats": TBATS((4, 12.5)),
    "v2-kernel-ridge": KernelRidge((4, 12)),
}

OF_COUNTS = {
    "v2-hurdle": Intermittent("hurdle"),
    "v2-zero-inflated": Intermittent("zero-inflated"),
}
"""Methods for counts; the values above 50, rounded, stand for these."""


def counts(panel: sa.Panel) -> sa.Panel:
    """Whole numbers, of the second series about half of them 0."""
    return panel.with_values(np.maximum(np.round(panel.values - 50), 0))


def combination(panel: sa.Panel) -> Combination:
    """Two members, with weights of each series."""
    members = tuple(sa.fit(spec, panel, HORIZON, key=0, season=12) for spec in (ETS(), Theta()))
    weights, shared = np.array([[0.25, 0.75], [0.6, 0.4]]), np.array([0.5, 0.5])
    return Combination(members, ("ets", "theta"), weights, shared, np.array([1.0, 1.1, 1.2, 1.3]))


def pretrained(panel: sa.Panel) -> LocalForecaster:
    """A forecaster with a small network of its own, in place of that of the package."""
    drawn = initial_weights(np.random.default_rng(0), WIDTH, 8, 2)
    network = Network(tuple(drawn), tuple(each.astype(np.float16) for each in drawn.values()))
    done = sa.fit(Pretrained(), panel, HORIZON, key=0, season=12)
    (channel,) = done.learned
    return replace(
        done, learned=(replace(channel, method=replace(channel.method, network=network)),)
    )


def main() -> None:
    """Write the files that are missing, and their forecasts."""
    path, panel = HERE / "v2-forecasts.json", runpy.run_path(str(HERE / "make_v1.py"))["panel"]
    told = json.loads(path.read_text())
    fits = {
        name: lambda panel, spec=spec: sa.fit(spec, panel, HORIZON, key=0, season=12)
        for name, spec in SPECS.items()
    }
    fits |= {
        name: lambda panel, spec=spec: sa.fit(spec, counts(panel), HORIZON, key=0, season=12)
        for name, spec in OF_COUNTS.items()
    }
    for name, fit in (fits | {"v2-combination": combination, "v2-pretrained": pretrained}).items():
        if name not in told["forecasts"]:
            forecaster = fit(panel())
            sa.save(forecaster, HERE / f"{name}.stepahead")
            done = forecaster.predict(levels=LEVELS)
            parts = {"mean": done.mean.tolist(), "quantiles": done.quantiles.tolist()}
            told["forecasts"][name] = parts
    path.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
