"""A run that is killed and started again ends at the bytes of one that was left alone."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = 2


def start(data: Path, out: Path, cache: Path, model: str = "gru") -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "stepahead",
        "forecast",
        data,
        "-k",
        "2",
        "--model",
        model,
        "--out",
        out,
    ]
    environment = {**os.environ, "STEPAHEAD_CACHE": str(cache), "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [str(word) for word in command], env=environment, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("ds,y\n" + "".join(f"{i},{(i * i) % 7 + 1}\n" for i in range(60)))
    return path


def test_killed_and_started_again_it_ends_at_the_same_bytes(data: Path, tmp_path: Path) -> None:
    cache, wait = tmp_path / "cache", random.Random(7)
    with start(data, tmp_path / "alone.csv", cache) as alone:
        said = alone.communicate(timeout=300)[1]
    assert alone.returncode == 0, said
    assert list((cache / "runs").iterdir()) == []
    for _ in range(KILLS):
        with start(data, tmp_path / "killed.csv", cache) as run:
            while run.poll() is None and not list((cache / "runs").glob("*.run")):
                time.sleep(0.002)
            time.sleep(wait.uniform(0, 0.2))
            run.send_signal(signal.SIGKILL)
            run.communicate(timeout=60)
        if run.returncode == 0:
            break
    assert run.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed.csv").exists()
    with start(data, tmp_path / "killed.csv", cache) as last:
        said = last.communicate(timeout=300)[1]
    assert last.returncode == 0, said
    assert "Resuming from the checkpoint" in said
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_ctrl_c_says_what_is_kept_and_leaves_with_130(data: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with start(data, tmp_path / "out.csv", cache) as run:
        while run.poll() is None and not list((cache / "runs").glob("*.run")):
            time.sleep(0.002)
        run.send_signal(signal.SIGINT)
        said = run.communicate(timeout=60)[1]
    assert run.returncode == 130
    assert "The checkpoint is in" in said
    assert "Traceback" not in said
    assert len(list((cache / "runs").glob("*.run"))) == 1


def test_ctrl_c_while_models_are_compared_writes_the_forecast_so_far(tmp_path: Path) -> None:
    """And the same command goes on from there: nothing is left out."""
    data, cache, out = tmp_path / "long.csv", tmp_path / "cache", tmp_path / "out.csv"
    data.write_text("ds,y\n" + "".join(f"{i},{(i * i) % 11 + i / 99}\n" for i in range(600)))
    with start(data, out, cache, "auto") as run:
        assert run.stderr is not None
        lines = list[str]()
        for line in run.stderr:
            lines.append(line)
            if "compared theta" in line:
                run.send_signal(signal.SIGINT)
        run.wait(timeout=60)
    said = "".join(lines)
    assert run.returncode == 130, said
    assert "a first answer is ready" in said and "Traceback" not in said
    assert "Interrupted: this is the forecast of the models compared so far." in said
    left = said.split("Not compared because of the interruption: ")[1].split(".")[0]
    assert "linear" in left and "theta" not in left
    table = out.read_text().splitlines()
    assert table[0] == "unique_id,ds,forecast,lo-80,hi-80,lo-95,hi-95" and len(table) == 3
    assert len(list((cache / "runs").glob("*.run"))) == 1
    with start(data, out, cache, "auto") as again:
        said = again.communicate(timeout=300)[1]
    assert again.returncode == 0, said
    assert "Resuming from the checkpoint" in said
    assert "Interrupted" not in said and "Left out" not in said
    assert "compared linear" in said
    assert list((cache / "runs").iterdir()) == []
