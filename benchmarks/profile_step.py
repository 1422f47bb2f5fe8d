"""Time of one training step, by operation: our kernels and everything around them, by JAX's
profiler.

The work is ours of `recurrent.py`: two stacked layers and a Dense(10) head over 50 time steps,
trained by `training.train`. One epoch is traced; for every operation that runs once a step stands
the median of its durations on its thread. What runs on the other threads in the meantime, parts of
a kernel among it, is not added. The step itself is told twice: from one forward pass to the next
while the profiler listens, and by the clock without it (the median of several epochs).

    python benchmarks/profile_step.py [--kind lstm] [--size 20x32] [--steps 150]
"""

import argparse
import os
import tempfile
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from statistics import median

os.environ["XLA_FLAGS"] = "--xla_cpu_enable_xprof_traceme=true " + os.environ.get("XLA_FLAGS", "")

import jax
from recurrent import GATES, our_contestant

from stepahead import native

KERNELS = {
    1: ("an epoch in one call, a step of it",),
    4: ("forward, layer 1", "forward, layer 2", "backward, layer 2", "backward, layer 1"),
}
"""The kernel calls by their number: narrow stacks take one for an epoch, others one for each layer
and direction of a step."""
EPOCHS, SHOWN = 15, 8
AROUND = ("ThunkExecutor", "ThreadpoolListener", "end:", "while", "call")
"""Events that only hold or mark others."""


def main() -> None:
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--kind", choices=list(GATES), default="lstm")
    asked.add_argument("--size", default="20x32", help="hidden x batch")
    asked.add_argument("--steps", type=int, default=150)
    told = asked.parse_args()
    hidden, batch = (int(number) for number in told.size.split("x"))
    print(f"{told.kind} H={hidden} B={batch}, {told.steps} steps an epoch. {native.reason()}")
    train = our_contestant(told.kind, hidden, batch, told.steps)["train"]
    by_the_clock = median(train() for _ in range(EPOCHS))
    found = traced(train)
    kernels = sorted(
        (name for name in found if name.startswith("ffi_call")),
        key=lambda name: min(start for start, _ in found[name]),
    )
    if len(kernels) not in KERNELS:
        raise SystemExit(
            f"There should be 1 or 4 kernel calls, but the profile shows {len(kernels)}: these "
            "layers take the scan."
        )
    if len(kernels) == 1:
        ((_, length),) = found[kernels[0]]
        line(KERNELS[1][0], length / told.steps, by_the_clock * 1e9)
        line("everything else", by_the_clock * 1e9 - length / told.steps, by_the_clock * 1e9)
        line("one step, not traced", by_the_clock * 1e9, by_the_clock * 1e9)
        return
    once = {
        name: median(length for _, length in events)
        for name, events in found.items()
        if abs(len(events) - told.steps) <= 1
    }
    starts = sorted(start for start, _ in found[kernels[0]])
    step = median(later - earlier for earlier, later in pairwise(starts))
    for label, name in zip(KERNELS[len(kernels)], kernels, strict=True):
        line(label, once.pop(name), step)
    line(
        "all kernel calls",
        sum(median(length for _, length in found[name]) for name in kernels),
        step,
    )
    for name in sorted(once, key=lambda name: -once[name])[:SHOWN]:
        line(f"  {name}", once[name], step)
    line(f"all {len(once)} other operations", sum(once.values()), step)
    line("one step, traced", step, step)
    print(f"{'one step, not traced':32}{by_the_clock * 1e6:8.1f} µs")


def traced(run) -> dict[str, list[tuple[float, float]]]:
    """For every operation of the run its events, each as start and length in nanoseconds."""
    options = jax.profiler.ProfileOptions()
    options.python_tracer_level = 0
    with tempfile.TemporaryDirectory() as folder:
        with jax.profiler.trace(folder, profiler_options=options):
            run()
        (file,) = Path(folder).rglob("*.xplane.pb")
        profile = jax.profiler.ProfileData.from_file(str(file))
    found = defaultdict(list)
    for plane in profile.planes:
        for thread in plane.lines:
            for event in thread.events if "XLA" in thread.name else ():
                if not event.name.startswith(AROUND):
                    found[event.name].append((event.start_ns, event.duration_ns))
    return found


def line(what: str, nanoseconds: float, whole: float) -> None:
    print(f"{what:32}{nanoseconds / 1e3:8.1f} µs{nanoseconds / whole:7.0%}")


if __name__ == "__main__":
    main()
