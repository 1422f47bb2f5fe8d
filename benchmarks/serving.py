"""Requests per second of `stepahead serve`, beside a wrapper as one writes it first: Starlette, and
a call of the same model for each request.

Run it as `python benchmarks/serving.py [--seconds 2] [--soak 0]`. Both servers run at the same time
in processes of their own; the clients, in this one, keep 1, 4 and 32 connections open and send the
next request when the answer is there. The servers take turns. Printed are requests per second, the
times within which half and 99 % of the answers came, the processor's time of the server for each
answer, and, with `--soak`, the memory of ours before and after so many requests. FastAPI's and
MLflow's layers come on top of the wrapper's time, so it is the faster rival.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import numpy as np

import stepahead as sa

TOKEN = "a-token-of-the-benchmark"
CLIENTS = (1, 4, 32)

WRAPPER = """
import json, sys
import numpy as np, stepahead as sa, uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

held = {path: sa.load(path) for path in sys.argv[2:]}
names = {path: path.split("/")[-1].removesuffix(".stepahead") for path in held}
models = {names[path]: one for path, one in held.items()}

def answer(body):
    forecaster, (one,) = models[body["model"]], body["inputs"]
    history = forecaster.history
    if "series" in one:
        panel = sa.Panel.from_arrays([np.array(one["series"], float)], [one["name"]])
    else:
        panel = history.take(np.array([history.ids.tolist().index(one["name"])]))
    done = forecaster.predict(body["options"]["horizon"], levels=[80], panel=panel)
    low, high = done.interval(80)
    return {"mean": done.mean[0, :, 0].tolist(), "low": low[0, :, 0].tolist(),
            "high": high[0, :, 0].tolist()}

async def forecast(request):
    return JSONResponse(await run_in_threadpool(answer, await request.json()))

routes = [Route("/v1/timeseries/forecast", forecast, methods=["POST"]),
          Route("/health", lambda request: JSONResponse({}))]
uvicorn.run(Starlette(routes=routes), port=int(sys.argv[1]), log_level="critical")
"""


def saved_models(folder: Path) -> list[str]:
    """Exponential smoothing of 50 monthly series, and a GRU on them."""
    months, rng = np.arange(120), np.random.default_rng(0)
    waves = [50 + 9 * np.sin(months / 6 * np.pi + k) + rng.normal(size=120) for k in range(50)]
    start, monthly = np.datetime64("2015-01-01", "us"), sa.Frequency.parse("MS")
    panel = sa.Panel.from_arrays(waves, [f"s{k}" for k in range(50)], start, monthly)
    brief = sa.training.Gradient(span=24, epochs=1, steps=20)
    fitted = {
        "ets": sa.fit(sa.forecasting.ETS(), panel, horizon=12, key=0),
        "gru": sa.fit(sa.models.GRU(32), panel, horizon=12, key=0, training=brief),
    }
    for name, one in fitted.items():
        sa.save(one, folder / f"{name}.stepahead")
    return [str(folder / f"{name}.stepahead") for name in fitted]


@contextmanager
def running(command: list[str], port: int) -> Iterator[subprocess.Popen]:
    """A server, from its first answer on."""
    environment = {**os.environ, "STEPAHEAD_TOKEN": TOKEN}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                try:
                    urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield process
        finally:
            process.terminate()


def question(model: str, own: bool, place: int) -> bytes:
    """The bytes of a request: a series of the model's own, or 120 values."""
    series = {"name": f"s{place % 50}"}
    if not own:
        wave = 50 + 9 * np.sin(np.arange(120) / 6 * np.pi + place)
        series = {"name": f"new{place}", "series": wave.round(2).tolist()}
    options = {"horizon": 12, "levels": [80]}
    body = json.dumps({"model": model, "inputs": [series], "options": options}).encode()
    return (
        b"POST /v1/timeseries/forecast HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
        b"Content-Type: application/json\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )


async def client(port: int, asked: list[bytes], end: float, took: list[float]) -> None:
    """Send one request after the other until the end, and note how long each took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    place = 0
    while time.perf_counter() < end:
        began = time.perf_counter()
        writer.write(asked[place % len(asked)].replace(b"PORT", str(port).encode()))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        size = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(size))
        took.append(time.perf_counter() - began)
        place += 1
    writer.close()


def measured(port: int, asked: list[bytes], clients: int, seconds: float) -> np.ndarray:
    """The seconds that each answer took."""
    took: list[float] = []

    async def all_clients() -> None:
        end = time.perf_counter() + seconds
        each = (asked[at:] + asked[:at] for at in range(clients))
        await asyncio.gather(*(client(port, one, end, took) for one in each))

    asyncio.run(all_clients())
    return np.array(took)


def processor_seconds(process: subprocess.Popen) -> float:
    """The time of processors that a process has used, which other processes do not change."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: subprocess.Popen) -> float:
    """The megabytes that a process holds."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Print the table, and the memory."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=2.0)
    arguments.add_argument("--soak", type=int, default=0)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = saved_models(Path(folder))
        ours = [sys.executable, "-m", "stepahead", "serve", *files, "--port", "8651", "--quiet"]
        theirs = [sys.executable, "-c", WRAPPER, "8652", *files]
        with running(ours, 8651) as process, running(theirs, 8652) as wrapper:
            print("model series   clients  server      1/s  p50 ms  p99 ms  CPU ms")
            for model in ("ets", "gru"):
                for own in (True, False):
                    compare(model, own, asked.seconds, {8651: process, 8652: wrapper})
            soak(process, asked.soak)


def compare(model: str, own: bool, seconds: float, servers: dict[int, subprocess.Popen]) -> None:
    """Print two lines for each number of clients, and the ratio."""
    questions = [question(model, own, place) for place in range(32)]
    for clients in CLIENTS:
        rates = {}
        for name, port in (("wrapper", 8652), ("ours", 8651)):
            measured(port, questions, clients, seconds / 4)  # compiles what is to be compiled
            before = processor_seconds(servers[port])
            took = measured(port, questions, clients, seconds)
            each = 1000 * (processor_seconds(servers[port]) - before) / len(took)
            rates[name] = len(took) / seconds
            half, most = 1000 * np.quantile(took, [0.5, 0.99])
            series = "own" if own else "new"
            print(
                f"{model:6}{series:8}{clients:8}  {name:8}{rates[name]:7.0f}{half:8.1f}{most:8.1f}"
                f"{each:8.2f}",
                flush=True,
            )
        print(f"{'':24}ratio  {rates['ours'] / rates['wrapper']:7.1f}", flush=True)


def soak(process: subprocess.Popen, requests: int) -> None:
    """Print the memory of our server as the requests go by."""
    questions = [
        question(model, own, n) for n in range(8) for model in ("ets", "gru") for own in (0, 1)
    ]
    done, before = 0, memory(process)
    while done < requests:
        done += len(measured(8651, questions, 8, 10.0))
        print(
            f"{done:,} requests: {before:.1f} MB before, {memory(process):.1f} MB now", flush=True
        )


if __name__ == "__main__":
    main()
