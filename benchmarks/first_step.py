"""The wait before the first step: what a process does between its start and the end of the first
epoch of a GRU on one series, without a cache of compiled programs and with one.

python benchmarks/first_step.py [--turns 3]

Processor seconds from the start of the process, the least of some turns; a quiet machine's clock
shows about the same. Programs are those that JAX traced, and how many of them it had to compile.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time


def main() -> None:
    """Print a line without the cache, and one with it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--child", action="store_true")
    chosen = parser.parse_args()
    if chosen.child:
        print(json.dumps(child()))
        return
    least: dict[str, dict[str, float]] = {}
    for _ in range(chosen.turns):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("without", "with"):
                command = [sys.executable, __file__, "--child"]
                told = subprocess.run(
                    command,
                    env={**os.environ, "STEPAHEAD_CACHE": folder},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                found = json.loads(told.stdout.splitlines()[-1])
                held = least.setdefault(name, found)
                least[name] = {key: min(held[key], found[key]) for key in found}
    for name, found in least.items():
        parts = ", ".join(f"{key} {value:g}" for key, value in found.items())
        print(f"{name:7} a cache: {parts}")


def child() -> dict[str, float]:
    """One process: seconds until each moment, and numbers of programs."""
    import numpy as np

    import stepahead as sa
    from stepahead import models
    from stepahead.outputs import cache_compiled

    def now() -> float:
        return round(time.process_time(), 2)

    found = {"package": now()}
    import equinox  # noqa: F401  # what `fit` would import, told apart from what it does
    import jax
    import optax  # noqa: F401

    found["JAX, Equinox and Optax"] = now()
    cache_compiled()
    counts = {"jaxpr_to_mlir_module_duration": 0, "compile_time_saved_sec": 0}

    def count(event: str, *_: float, **__: str) -> None:
        name = event.rsplit("/", 1)[-1]
        if name in counts:
            counts[name] += 1

    jax.monitoring.register_event_duration_secs_listener(count)
    draws = np.random.default_rng(0)
    series = np.sin(np.arange(300) / 5) + draws.normal(0, 0.1, 300)
    moments: list[float] = []

    class Enough(Exception):
        pass

    def note(event: object) -> None:
        moments.append(now())
        if len(moments) == 2:
            raise Enough

    panel = sa.Panel.from_arrays([series])
    found["fit begins"] = now()
    with contextlib.suppress(Enough):
        sa.fit(models.GRU(20), panel, horizon=12, key=0, on_event=note)
    found |= {"first epoch ends": moments[0], "second": moments[1]}
    traced = counts["jaxpr_to_mlir_module_duration"]
    compiled = traced - counts["compile_time_saved_sec"]
    return found | {"programs": traced, "compiled": compiled}


if __name__ == "__main__":
    main()
