"""Kill training at random moments, start it again with the same command, and compare the bytes of
what it ends with.

`python benchmarks/kills.py [RUNS]`: every run is killed (SIGKILL) three times before it is let
finish: at any moment of its life, then twice while it trains. Prints one line a run.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODELS = ("gru", "mlp", "lstm", "auto")


def start(data: Path, model: str, out: Path, cache: Path) -> "subprocess.Popen[str]":
    """The command, with a cache of its own."""
    command = [
        sys.executable,
        "-m",
        "stepahead",
        "forecast",
        str(data),
        "-k",
        "3",
        "--model",
        model,
        "--out",
        str(out),
    ]
    return subprocess.Popen(
        command,
        env={**os.environ, "STEPAHEAD_CACHE": str(cache)},
        stderr=subprocess.PIPE,
        text=True,
    )


def written(cache: Path) -> int | None:
    """Time of the last write to the checkpoint (a file, or a folder of files); None where there is
    none."""
    with contextlib.suppress(FileNotFoundError):
        return max(
            (
                path.stat().st_mtime_ns
                for path in (cache / "runs").rglob("*")
                if path.suffix != ".part"
            ),
            default=None,
        )
    return None


def main(runs: int) -> int:
    """Return how many runs ended at other bytes."""
    moment, wrong = random.Random(0), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, cache = folder / "data.csv", folder / "cache"
        data.write_text("ds,y\n" + "".join(f"{i},{(i * i) % 11 + i / 10}\n" for i in range(120)))
        for number in range(runs):
            model = MODELS[number % len(MODELS)]
            whole, out = folder / f"{model}.csv", folder / "out.csv"
            if not whole.exists():
                start(data, model, whole, cache).communicate()
            killed = resumed = 0
            for kill in range(3):
                before = written(cache)
                run = start(data, model, out, cache)
                if kill:
                    while run.poll() is None and written(cache) in (None, before):
                        time.sleep(0.001)
                time.sleep(moment.uniform(0, 0.15 if kill else 4.0))
                run.send_signal(signal.SIGKILL)
                said = run.communicate()[1]
                killed += run.returncode != 0
                resumed += "Resuming from" in said
            run = start(data, model, out, cache)
            resumed += "Resuming from" in run.communicate()[1]
            same = run.returncode == 0 and out.read_bytes() == whole.read_bytes()
            wrong += not same
            out.unlink(missing_ok=True)
            print(
                f"{model}: killed {killed} times, went on {resumed} times, "
                f"{'the same bytes' if same else 'OTHER BYTES'}",
                flush=True,
            )
    print(f"{runs - wrong} of {runs} runs ended at the same bytes")
    return wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 12))
