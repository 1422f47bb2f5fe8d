"""Dask and Ray, two workers each: the bytes of the plain loop, and no port but on the loopback."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.distributed import Engine, Loop, Processes, _ray, engine_named
from stepahead.workflow import forecast_in_chunks

LOOPBACK = ("0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000")
"""127.0.0.1 as /proc writes it, by itself and within IPv6, and ::1."""


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def listening(pids: set[int]) -> list[str]:
    """The addresses, as /proc writes them, on which these processes listen."""
    sockets = set()
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").glob("*"):
            try:
                sockets.add(str(link.readlink()))
            except OSError:
                continue
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


@pytest.fixture(scope="module", params=["dask:2", "ray:2"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A cluster on this machine."""
    name = str(request.param)
    kind = name.partition(":")[0]
    pytest.importorskip(
        "distributed" if kind == "dask" else kind, reason=f"needs the extra [{kind}]"
    )
    with patient_once(kind), engine_named(name) as made:
        yield made


def patient_once(kind: str) -> AbstractContextManager[object]:
    """Dask gives a chunk up over which two workers died, and not four: a new one takes seconds."""
    if kind == "ray":
        return nullcontext()
    import dask

    setting: object = dask.config.set({"distributed.scheduler.allowed-failures": 1})
    assert isinstance(setting, AbstractContextManager)
    return setting


def table(count: int) -> pd.DataFrame:
    """Daily series of 30 steps."""
    days = pd.date_range("2024-01-01", periods=30)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:02}" for number in range(count)], len(days)),
            "ds": np.tile(days, count),
            "y": np.random.default_rng(0).normal(50, 5, count * len(days)),
        }
    )


def test_a_cluster_forecasts_the_bytes_of_the_loop(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sales.parquet"
    sa.readers.write_parquet(table(5), path)
    theta = sa.forecasting.Theta()
    for name, each in (("cluster", engine), ("loop", Loop())):
        forecast_in_chunks(theta, path, 2, tmp_path / name, engine=each, series=2)
    names = sorted(found.name for found in (tmp_path / "loop").iterdir())
    assert names == ["manifest.json", *(f"part-{number:06d}.parquet" for number in range(3))]
    for name in names:
        mine, plain = (tmp_path / each / name for each in ("cluster", "loop"))
        assert mine.read_bytes() == plain.read_bytes()


def test_failures_and_refusals_are_those_of_the_loop(engine: Engine) -> None:
    calls = {"stepahead.distributed:engine_named": ("spark",), "operator:add": (1, "a")}
    for function, call in calls.items():
        (found,), (wanted,) = (each.map(function, [call]) for each in (engine, Loop()))
        assert found == wanted and found.failure is not None


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc of Linux")
def test_every_port_is_on_the_loopback(engine: Engine) -> None:
    list(engine.map("operator:add", [(1, 2), (3, 4)]))
    ports = listening(family(os.getpid()))
    assert ports
    assert [port for port in ports if port.split(":")[0] not in LOOPBACK] == []


def workers_of(engine: Engine) -> set[int]:
    """The numbers of the processes that answer."""
    return {outcome.result for outcome in engine.map("os:getpid", [()] * 8)}


def test_workers_that_are_killed_in_the_middle_are_replaced(engine: Engine, tmp_path: Path) -> None:
    """More chunks are left than were handed over, so that new workers must take them."""
    path, killed = tmp_path / "sales.parquet", set[int]()
    sa.readers.write_parquet(table(12), path)

    def kill(event: sa.workflow.ChunkDone) -> None:
        if event.stage == "forecast" and event.done == 1:
            killed.update(before)
            for pid in before:
                os.kill(pid, signal.SIGKILL)

    before = workers_of(engine)
    theta = sa.forecasting.Theta()
    done = forecast_in_chunks(
        theta, path, 2, tmp_path / "a", engine=engine, series=1, on_event=kill
    )
    other = forecast_in_chunks(theta, path, 2, tmp_path / "b", engine=Loop(), series=1)
    assert done.failed == () and len(done.parts) == 12
    assert [part.read_bytes() for part in done.parts] == [p.read_bytes() for p in other.parts]
    assert killed and not killed & workers_of(engine)


def test_a_chunk_over_which_workers_die_fails_and_the_others_arrive(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ray, "RETRIES", 0)
    (lost,) = engine.map("os:_exit", [(9,)])
    (after,) = engine.map("operator:add", [(1, 2)])
    assert lost.failure is not None and lost.failure.startswith("its worker died: ")
    assert not lost.refused
    assert after.result == 3


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs /proc of Linux")
def test_processes_open_no_port() -> None:
    with Processes(1) as workers:
        next(calls := workers.map("operator:add", [(1, 2), (3, 4)]))
        assert workers.pids and listening(set(workers.pids)) == []
        list(calls)


@pytest.mark.parametrize("name", ["dask:0", "ray:x", "dask//host", "dask:2:3", "Loop"])
def test_an_unknown_engine_is_refused(name: str) -> None:
    with pytest.raises(sa.Refusal, match=f"There is no engine '{name}'"):
        engine_named(name)


def test_a_cluster_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="needs the extra [dask]")
    from stepahead.distributed import _dask

    monkeypatch.setattr(_dask, "PATIENCE", 0.2)
    with pytest.raises(sa.Refusal, match=r"There is no Dask scheduler at 'tcp://127.0.0.1:1'"):
        engine_named("dask://127.0.0.1:1")


def test_ray_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="needs the extra [ray]")

    def slow(**options: object) -> None:
        raise Exception("The current node timed out during startup.")

    monkeypatch.setattr(ray, "init", slow)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)  # that of the other tests may run
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    with pytest.raises(sa.Refusal, match=r"Ray did not start .* timed out during startup\. Try"):
        engine_named("ray:1")


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_an_extra_that_is_not_installed_is_named(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed" if kind == "dask" else kind, None)
    with pytest.raises(sa.Refusal, match=rf"pip install 'stepahead\[{kind}\]'"):
        engine_named(kind)
