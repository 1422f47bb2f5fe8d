"""Thousands of inputs that nobody would write on purpose: each must be forecast, or refused in a sentence.

`python benchmarks/fuzz.py [INPUTS] [SEED]`: prints how many of each kind were forecast and refused, and every input that was neither,
which stays in the folder that is named.
"""

import collections
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # compiles much and computes little
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

MODELS = ("naive", "seasonal-naive", "drift", "mean", "linear", "theta", "ets")


def main(inputs: int, seed: int) -> int:
    """Return how many inputs were neither forecast nor refused."""
    import fuzzing

    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    os.environ["STEPAHEAD_CACHE"] = str(folder / "cache")
    counts = {kind: collections.Counter[str]() for kind in fuzzing.KINDS}
    began = time.monotonic()
    for number in range(inputs):
        rng = np.random.default_rng([seed, number])
        kind = list(fuzzing.KINDS)[number % len(fuzzing.KINDS)]
        content, suffix = fuzzing.KINDS[kind](rng)
        horizon, model = int(rng.choice([1, 3, 7])), str(rng.choice(MODELS))
        try:
            counts[kind][fuzzing.outcome(content, suffix, folder, horizon, model)] += 1
        except Exception as wrong:
            counts[kind]["NEITHER"] += 1
            kept = folder / f"{number}{suffix}"
            kept.write_bytes(content)
            print(f"{kept} -k {horizon} --model {model}: {type(wrong).__name__}: {str(wrong)[:600]}", flush=True)
        if (number + 1) % 200 == 0:
            print(f"{number + 1:,} of {inputs:,} inputs", file=sys.stderr, flush=True)
    for kind, count in counts.items():
        print(f"{kind:14} {sum(count.values()):6,} inputs: " + ", ".join(f"{n:,} {name}" for name, n in sorted(count.items())))
    total = sum(counts.values(), collections.Counter[str]())
    told = ", ".join(f"{n:,} {name}" for name, n in sorted(total.items()))
    print(f"{'all':14} {inputs:6,} inputs: {told}; {time.monotonic() - began:.0f} s")
    return total["NEITHER"]


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*given, *(4000, 0)[len(given) :]) > 0)
