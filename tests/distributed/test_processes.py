"""Workers of an engine: what dies is replaced, what fails is told, and nothing is left running."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.distributed import Loop, Processes
from stepahead.workflow import forecast_in_chunks


def is_alive(pid: int) -> bool:
    """True for a process that runs; one that ended and was not asked for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_killed_in_the_middle_is_replaced(tmp_path: Path) -> None:
    days = pd.date_range("2024-01-01", periods=30)
    table = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number}" for number in range(3)], len(days)),
            "ds": np.tile(days, 3),
            "y": np.random.default_rng(0).normal(50, 5, 3 * len(days)),
        }
    )
    sa.readers.write_parquet(table, tmp_path / "sales.parquet")
    killed: list[int] = []

    def kill(event: sa.workflow.ChunkDone) -> None:
        if event.stage == "forecast" and event.done == 1:
            killed.extend(engine.pids)
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    options: dict[str, Any] = {"series": 1}
    theta = sa.forecasting.Theta()
    with Processes(1) as engine:
        done = forecast_in_chunks(
            theta,
            tmp_path / "sales.parquet",
            2,
            tmp_path / "a",
            engine=engine,
            on_event=kill,
            **options,
        )
    other = forecast_in_chunks(
        theta, tmp_path / "sales.parquet", 2, tmp_path / "b", engine=Loop(), **options
    )
    assert len(killed) == 1 and done.failed == ()
    assert [part.read_bytes() for part in done.parts] == [p.read_bytes() for p in other.parts]


def test_a_chunk_over_which_workers_die_fails_and_the_others_arrive() -> None:
    with Processes(1) as engine:
        (lost,) = engine.map("os:_exit", [(9,)])
        (after,) = engine.map("operator:add", [(1, 2)])
    assert lost.failure is not None and lost.failure.startswith("3 workers died over it")
    assert not lost.refused
    assert after.result == 3


def test_failures_and_refusals_are_told_apart() -> None:
    calls = [("12",), ("twelve",)]
    loop, processes = Loop(), Processes(1)
    with processes:
        found = [sorted(each.map("builtins:int", calls)) for each in (loop, processes)]
        wrong = [
            next(each.map("stepahead.distributed:engine_named", [("spark",)]))
            for each in (loop, processes)
        ]
    assert found[0] == found[1]
    assert found[0][0].result == 12
    assert str(found[0][1].failure).startswith("ValueError: invalid literal")
    assert wrong[0] == wrong[1] and wrong[0].refused and not found[0][1].refused


def test_closing_ends_every_worker() -> None:
    engine = Processes(2)
    running = engine.map("time:sleep", [(0,), (600,)])
    next(running)
    pids = engine.pids
    engine.close()
    assert pids and not any(map(is_alive, pids))
    with pytest.raises(sa.Refusal, match="The engine is closed"):
        list(engine.map("operator:add", [(1, 2)]))


PARENT = """
import time
from stepahead.distributed import Processes
engine = Processes(1)
running = engine.map("time:sleep", [(0,), (0.1,)])
next(running)
print(*engine.pids, flush=True)
time.sleep(600)
"""


def test_workers_end_with_a_parent_that_is_killed() -> None:
    """Once their chunk is done: nobody is left to give them another one."""
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        (worker,) = map(int, parent.stdout.readline().split())
        assert is_alive(worker)
        parent.kill()
    deadline = time.monotonic() + 60
    while is_alive(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(worker)
