"""The pretrained network fine-tuned on a panel, against the same network trained on it alone for as
many updates, and against the network as it is carried.

By set: MASE and weighted quantile loss relative to the seasonal naive forecast, and processor
seconds of fit and forecast together. To reach: fine-tuned better than from scratch.

Run: python benchmarks/accuracy/fine_tuning.py [--only "M3 monthly"] [--updates 100] [--earlier 1]:
what is chosen is chosen with `--earlier 1`, inside the training parts (see `defaults.py`).
"""

import argparse
import time

import numpy as np
from defaults import earlier, naive, quantiles_of, score
from sets import sets

import stepahead as sa
from stepahead.data import season_of
from stepahead.forecasting import Pretrained
from stepahead.pretrained import WIDTH, Network, carried, fine_tuned, initial_weights

SCRATCH_RATE = 1e-3
"""Of the network that knows nothing: ten times that of fine-tuning."""


def main() -> None:
    """Print one row a set and way."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="M3 monthly,M4 hourly")
    parser.add_argument("--updates", type=int, default=100)
    parser.add_argument("--earlier", type=int, default=0)
    told = parser.parse_args()
    hidden = carried().weights["head.0"].shape[0]
    drawn = Network.of(initial_weights(np.random.default_rng(0), WIDTH, hidden, 2))
    print(f"{'set':16s}{'way':16s}{'MASE':>8s}{'wQL':>8s}{'80 %':>7s}{'cpu s':>8s}")
    for name in told.only.split(","):
        one = earlier(next(each for each in sets(name) if each.name == name), told.earlier)
        base, season = score(one, *naive(one)), season_of(one.train)
        series = [one.train.series(number)[:, 0] for number in range(len(one.train))]
        seasons = Pretrained().for_panel(one.train, season).seasons or ()
        for way in ("as it is", "fine-tuned", "from scratch"):
            began = time.process_time()
            spec = Pretrained(fine_tune=told.updates if way == "fine-tuned" else 0)
            if way == "from scratch":
                rng = np.random.default_rng(0)
                learned = fine_tuned(
                    drawn, series, seasons, one.horizon, told.updates, rng, rate=SCRATCH_RATE
                )
                spec = Pretrained(network=learned.network)
            done = sa.fit(spec, one.train, one.horizon, key=0, season=season)
            found = score(one, *quantiles_of(done, one.horizon))
            spent = time.process_time() - began
            shares = f"{found[0] / base[0]:8.3f}{found[1] / base[1]:8.3f}{100 * found[2]:7.1f}"
            print(f"{name:16s}{way:16s}{shares}{spent:8.1f}", flush=True)


if __name__ == "__main__":
    main()
