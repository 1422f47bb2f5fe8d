"""The plain automatic choice on random walks, which nothing beats: how often is its trust horizon
above 0?

200 walks of 100 steps, 6 steps ahead. To reach: at most 16.

Run: python benchmarks/trust_of_the_default.py
"""

import numpy as np

import stepahead as sa

WALKS, STEPS, HORIZON = 200, 100, 6


def main() -> None:
    """Print the walks that are trusted, and those whose mean over all steps is."""
    trusted = together = 0
    for seed in range(WALKS):
        walk = np.random.default_rng(seed).normal(size=STEPS).cumsum() + 100
        panel = sa.Panel.from_arrays([walk])
        trust = sa.auto(panel, HORIZON, key=0, clock=lambda: 0.0).trust
        assert trust is not None, "the walks are long enough for a comparison"
        trusted += trust.horizon > 0
        together += trust.together < trust.level
    print(f"{WALKS} random walks: trusted at step 1 {trusted}, over all steps together {together}")


if __name__ == "__main__":
    main()
