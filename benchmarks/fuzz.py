"""Thousands of inputs that nobody would write on purpose: each must be read or answered, or refused
in a sentence.

    python benchmarks/fuzz.py readers 0 10000 inputs 0 to 9,999 through readers and stores, nothing
    fitted python benchmarks/fuzz.py commands 0 1000 inputs 0 to 999 through the whole command, in
    this process, by cheap models

An input is a function of its number alone, so that a range can be cut as one likes, resumed, and
one input be repeated: `readers 4711`. Prints how many of each kind were taken and refused, and
everything that was neither, whose files stay in the folder that is named. A warning counts as
neither.
"""

import collections
import os
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0"
)  # compiles much and computes little
os.environ.setdefault("JAX_PLATFORMS", "cpu")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))


def became(what: str, number: int, folder: Path) -> tuple[str, str]:
    """The kind of input `number`, and what became of it."""
    from fuzzing import commands, reading

    rng = np.random.default_rng([number, len(what)])
    if what == "commands":
        kind = list(commands.KINDS)[number % len(commands.KINDS)]
        return kind, commands.KINDS[kind](rng, folder)
    kind = list(reading.KINDS)[number % len(reading.KINDS)]
    return kind, reading.outcome(reading.KINDS[kind], reading.KINDS[kind].draw(rng), folder, rng)


def kind_of(what: str, number: int) -> str:
    """The kind of input `number`."""
    from fuzzing import commands, reading

    kinds = list(commands.KINDS if what == "commands" else reading.KINDS)
    return kinds[number % len(kinds)]


def main(what: str, first: int, stop: int) -> int:
    """Return how many inputs were neither taken nor refused."""
    kept = Path(tempfile.mkdtemp(prefix="fuzz-"))
    os.environ["STEPAHEAD_CACHE"] = str(kept / "cache")
    if what == "readers":
        warnings.simplefilter("error")
    counts: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    began = time.monotonic()
    for number in range(first, stop):
        folder = kept / str(number)
        folder.mkdir()
        kind = kind_of(what, number)
        try:
            counts[kind][became(what, number, folder)[1]] += 1
        except BaseException as wrong:
            if isinstance(wrong, KeyboardInterrupt):
                print(f"Stopped before input {number}: continue with `{what} {number} {stop}`.")
                break
            counts[kind]["NEITHER"] += 1
            where = traceback.extract_tb(wrong.__traceback__)[-1]
            said = (
                f"{type(wrong).__name__} at {Path(where.filename).name}:{where.lineno}:"
                f" {str(wrong)[:500]}"
            )
            print(f"{what} {number} ({kind}) in {folder}: {said}", flush=True)
            continue
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        if (number + 1) % 1000 == 0:
            print(
                f"{number + 1 - first:,} of {stop - first:,} inputs, "
                f"{time.monotonic() - began:.0f} s",
                file=sys.stderr,
                flush=True,
            )
    for kind, count in sorted(counts.items()):
        print(
            f"{kind:15} {count.total():6,} inputs: "
            + ", ".join(f"{n:,} {name}" for name, n in sorted(count.items()))
        )
    total = sum(counts.values(), collections.Counter[str]())
    told = ", ".join(f"{n:,} {name}" for name, n in sorted(total.items()))
    print(
        f"{what} {first} to {stop - 1}: {total.total():,} inputs: {told}; "
        f"{time.monotonic() - began:.0f} s"
    )
    return total["NEITHER"]


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("readers", "commands"):
        sys.exit(__doc__)
    one = int(sys.argv[2])
    sys.exit(main(sys.argv[1], one, int(sys.argv[3]) if len(sys.argv) == 4 else one + 1) > 0)
