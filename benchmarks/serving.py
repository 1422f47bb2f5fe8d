"""Requests per second of `stepahead serve`, against what one writes oneself and MLflow's server.

Run it as `python benchmarks/serving.py [--seconds 2] [--soak 100000]` on a machine at rest. Three
servers of the same two models run in processes of their own: ours; a plain wrapper, which calls the
model for each request, on FastAPI (on Starlette, which is faster, where FastAPI is not installed);
and MLflow's scoring server over a `pyfunc` model (left out where MLflow is not installed). The
clients, in this process, keep 1, 4 and 32 connections open and send the next request when the
answer is there; the servers take turns. No series comes twice in a turn, so that nothing is gained
by keeping answers. Printed are requests per second, the times within which half and 99 % of the
answers came, and the processor's time of the server for each answer, which other work on the
machine hardly changes; with `--soak`, the memory of ours as so many requests go by.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import numpy as np

import stepahead as sa

TOKEN = "a-token-of-the-benchmark"
CLIENTS = (1, 4, 32)

FASTAPI = """
import sys
import numpy as np, stepahead as sa, uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

class Series(BaseModel):
    name: str
    series: list[float] | None = None

class Options(BaseModel):
    horizon: int
    levels: list[float]

class Question(BaseModel):
    model: str
    inputs: list[Series]
    options: Options

models = {path.split("/")[-1].removesuffix(".stepahead"): sa.load(path) for path in sys.argv[2:]}
app = FastAPI()

@app.get("/health")
def health():
    return {}

@app.post("/v1/timeseries/forecast")
def forecast(question: Question):
    forecaster, (one,) = models[question.model], question.inputs
    history = forecaster.history
    if one.series is not None:
        panel = sa.Panel.from_arrays([np.array(one.series)], [one.name])
    else:
        panel = history.take(np.array([history.ids.tolist().index(one.name)]))
    done = forecaster.predict(question.options.horizon, levels=[80], panel=panel)
    low, high = done.interval(80)
    return {"mean": done.mean[0, :, 0].tolist(), "low": low[0, :, 0].tolist(),
            "high": high[0, :, 0].tolist()}

uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
"""
"""The first wrapper that one writes, with FastAPI."""

STARLETTE = """
import sys
import numpy as np, stepahead as sa, uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

models = {path.split("/")[-1].removesuffix(".stepahead"): sa.load(path) for path in sys.argv[2:]}

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
"""The same without FastAPI."""

PYFUNC = """
import mlflow
import numpy as np, stepahead as sa

class Forecasts(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.models = {name: sa.load(path) for name, path in context.artifacts.items()}

    def predict(self, context, model_input, params=None):
        forecaster = self.models[model_input["model"].iloc[0]]
        history, name = forecaster.history, model_input["name"].iloc[0]
        if "y" in model_input:
            panel = sa.Panel.from_arrays([model_input["y"].to_numpy(float)], [name])
        else:
            panel = history.take(np.array([history.ids.tolist().index(name)]))
        return forecaster.forecast(12, levels=[80], panel=panel)

mlflow.models.set_model(Forecasts())
"""
"""The model as MLflow serves it; a table in, a table out."""

MLFLOW = """
import os, sys, mlflow.pyfunc, uvicorn
folder = sys.argv[2]
files = {path.split("/")[-1].removesuffix(".stepahead"): path for path in sys.argv[3:]}
if not os.path.exists(folder + "/MLmodel"):
    mlflow.pyfunc.save_model(folder, python_model=folder + ".py", artifacts=files,
                             pip_requirements=[])
from mlflow.pyfunc import scoring_server
app = scoring_server.init(mlflow.pyfunc.load_model(folder))
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
"""
"""The program that `mlflow models serve --env-manager local` runs."""


class Rival(NamedTuple):
    """A server: its name, its port, and its process."""

    name: str
    port: int
    process: subprocess.Popen


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
                    if process.poll() is not None:
                        raise SystemExit(f"This server ended: {command[:3]}") from None
                    time.sleep(0.2)
            yield process
        finally:
            process.terminate()


def question(rival: str, model: str, own: bool, place: int) -> bytes:
    """The bytes of a request: a series of the model's own, or 120 values of a noisy wave."""
    name = f"s{place % 50}" if own else f"new{place}"
    values = []
    if not own:
        noise = np.random.default_rng(place).normal(size=120)
        values = (50 + 9 * np.sin(np.arange(120) / 6 * np.pi + place) + noise).round(2).tolist()
    if rival == "mlflow":
        columns = ["model", "name", *(["y"] if values else [])]
        rows = [[model, name, y] for y in values] or [[model, name]]
        body, path = {"dataframe_split": {"columns": columns, "data": rows}}, "/invocations"
    else:
        series = {"name": name, "series": values} if values else {"name": name}
        body = {"model": model, "inputs": [series], "options": {"horizon": 12, "levels": [80]}}
        path = "/v1/timeseries/forecast"
    text = json.dumps(body).encode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {TOKEN}\r\nContent-Length: {len(text)}\r\n\r\n"
    ).encode() + text


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
        each = (asked[at::clients] for at in range(clients))
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
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_servers:
        files = saved_models(Path(folder))
        rivals = []
        for port, (name, command) in enumerate(commands(Path(folder), files).items(), 8651):
            process = open_servers.enter_context(running([*command(port)], port))
            rivals.append(Rival(name, port, process))
        print("model series   clients  server         1/s  p50 ms  p99 ms  CPU ms")
        for model in ("ets", "gru"):
            for own in (True, False):
                compare(model, own, asked.seconds, rivals)
        soak(rivals[-1], asked.soak)


def commands(folder: Path, files: list[str]) -> dict[str, Callable[[int], list[str]]]:
    """The command of each server at a port; ours last."""
    fastapi = find_spec("fastapi") is not None
    plain, wrapper = ("fastapi", FASTAPI) if fastapi else ("starlette", STARLETTE)
    found: dict[str, Callable[[int], list[str]]] = {
        plain: lambda port: [sys.executable, "-c", wrapper, str(port), *files]
    }
    if find_spec("mlflow") is not None:
        (folder / "pyfunc.py").write_text(PYFUNC)
        saved = str(folder / "pyfunc")
        found["mlflow"] = lambda port: [sys.executable, "-c", MLFLOW, str(port), saved, *files]
    serve = [sys.executable, "-m", "stepahead", "serve", *files, "--quiet", "--port"]
    return found | {"ours": lambda port: [*serve, str(port)]}


def compare(model: str, own: bool, seconds: float, rivals: list[Rival]) -> None:
    """Print a line for each server and number of clients, and our rate over theirs."""
    series = "own" if own else "new"
    for clients in CLIENTS:
        rates = {}
        for rival in rivals:
            many = [question(rival.name, model, own, place) for place in range(50 if own else 4000)]
            measured(rival.port, many[-50:], clients, seconds / 4)  # compiles what is to be
            before = processor_seconds(rival.process)
            took = measured(rival.port, many, clients, seconds)
            each = 1000 * (processor_seconds(rival.process) - before) / len(took)
            rates[rival.name] = len(took) / seconds
            half, most = 1000 * np.quantile(took, [0.5, 0.99])
            print(
                f"{model:6}{series:8}{clients:8}  {rival.name:10}{rates[rival.name]:8.0f}"
                f"{half:8.1f}{most:8.1f}{each:8.2f}",
                flush=True,
            )
        ratios = [f"{rates['ours'] / rate:.1f} times {name}" for name, rate in rates.items()][:-1]
        print(f"{'':24}ours: {', '.join(ratios)}", flush=True)


def soak(ours: Rival, requests: int) -> None:
    """Print the memory of our server as the requests go by."""
    questions = [
        question("ours", model, own, n)
        for n in range(8)
        for model in ("ets", "gru")
        for own in (True, False)
    ]
    done, before = 0, memory(ours.process)
    while done < requests:
        done += len(measured(ours.port, questions, 8, 10.0))
        now = memory(ours.process)
        print(f"{done:,} requests: {before:.1f} MB before, {now:.1f} MB now", flush=True)


if __name__ == "__main__":
    main()
