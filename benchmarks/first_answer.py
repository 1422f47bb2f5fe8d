"""The time from process start until `stepahead forecast` has a first answer, which then improves.

By the clock and of the processor, until the message that Ctrl-C now writes a forecast. To reach:
2 s.

Run: STEPAHEAD_DATA=… python benchmarks/first_answer.py
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DATA = Path(os.environ.get("STEPAHEAD_DATA", "../shared/data"))
FILES = (
    ("AirPassengers", "classics/AirPassengers.csv.gz", 12),
    ("M3 monthly, 1,428 series", "m3/M3-Monthly-train.csv.gz", 18),
    ("M4 hourly, 414 series", "m4/Hourly-train.csv.gz", 48),
    ("bank_calls, 67,849 steps", "fpp/bank_calls.csv.gz", 169),
)


def main() -> None:
    """Print a line a file."""
    with tempfile.TemporaryDirectory() as cache:
        for name, path, horizon in FILES:
            print(f"{name}:", waited(path, horizon, os.environ | {"STEPAHEAD_CACHE": cache}))


def waited(path: str, horizon: int, environment: dict[str, str]) -> str:
    """The seconds until the first answer for one file, in words."""
    words = ["-m", "stepahead", "forecast", str(DATA / path), "-k", str(horizon)]
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as running:
        assert running.stderr is not None, "it is a pipe"
        next(line for line in running.stderr if "a first answer is ready" in line)
        taken = time.monotonic() - began
        running.kill()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"{taken:.1f} s, of the processor {used:.2f} s"


if __name__ == "__main__":
    main()
