"""`--engine` of the commands: Parquet in chunks, by processes that may die."""

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
from stepahead.cli import main
from stepahead.workflow import LargeForecast

SERIES = 4100


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Three chunks of daily series, the last one of which never had a value."""
    days = pd.date_range("2024-01-01", periods=12)
    table = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:05}" for number in range(SERIES)], len(days)),
            "ds": np.tile(days, SERIES),
            "y": np.random.default_rng(0).normal(50, 5, SERIES * len(days)).round(2),
        }
    )
    table.loc[table["unique_id"] == f"s{SERIES - 1:05}", "y"] = np.nan
    path = tmp_path / "sales.parquet"
    sa.readers.write_parquet(table, path)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0), capsys.readouterr().err


def start(sales: Path, out: Path, engine: str) -> "subprocess.Popen[str]":
    words = ["forecast", sales, "-k", 2, "--model", "theta", "--engine", engine, "--out", out]
    command = [sys.executable, "-m", "stepahead", *map(str, words)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_ctrl_c_leaves_a_folder_that_goes_on_to_the_same_bytes(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal sends the signal to the whole group of processes; workers say nothing. And the
    one series without a value is named, with the exit code of bad input."""
    stopped, whole = tmp_path / "stopped", tmp_path / "whole"
    with start(sales, stopped, "processes:1") as job:
        while job.poll() is None and not list(stopped.glob("part-*")):
            time.sleep(0.005)
        os.killpg(job.pid, signal.SIGINT)
        said = job.communicate(timeout=120)[1]
    assert job.returncode == 130 and "Traceback" not in said, said
    assert said.endswith(f"The finished part is in {stopped}; the same command continues it.\n")
    assert not (stopped / "manifest.json").exists()
    for out in (stopped, whole):
        words = ("forecast", sales, "-k", 2, "--model", "theta", "--engine", "loop", "--out", out)
        code, said = run(capsys, *words)
        assert code == 2
        assert f"Forecast of {SERIES - 1:,} series written to {out}, in 3 Parquet files." in said
        assert "1 series could not be forecast" in said and "'s04099': No value at all" in said
    names = sorted(path.name for path in whole.iterdir())
    assert names == ["failed.csv", "manifest.json", *(f"part-{n:06d}.parquet" for n in range(3))]
    for name in names:
        assert (stopped / name).read_bytes() == (whole / name).read_bytes()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "theta"], "Name it: `--out DIR`"),
        (["--out", "ahead", "--model", "gru"], "not with 'gru'"),
        (["--out", "ahead", "--model", "theta", "--plot", "a.png"], "`--plot` does not go with"),
        (["--out", "ahead", "--model", "theta", "--fill", "0"], "`--fill` does not go with"),
        (["--out", "ahead", "--model", "theta", "--engine", "spark"], "There is no engine 'spark'"),
    ],
)
def test_wrong_use_is_refused_before_any_work(
    words: list[str],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = [] if "--engine" in words else ["--engine", "loop"]
    code, said = run(capsys, "forecast", "sales.parquet", "-k", 2, *engine, *words)
    assert code == 2 and told in said, said
    assert list(tmp_path.iterdir()) == []


def test_text_tables_are_not_read_in_chunks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sales.csv").write_text("ds,y\n1,2\n2,3\n")
    words = ("--model", "theta", "--engine", "loop", "--out", tmp_path / "ahead")
    code, said = run(capsys, "forecast", tmp_path / "sales.csv", "-k", 2, *words)
    assert code == 2 and "is not a Parquet file" in said
    assert not (tmp_path / "ahead").exists()


def test_the_other_commands_work_in_chunks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the numbers of the same command in memory; and each refuses what it does not read."""
    days = pd.date_range("2024-01-01", periods=30)
    values = np.random.default_rng(0).normal(50, 5, (3, len(days))).round(2)
    values[1, 7] = np.nan
    table = pd.DataFrame(
        {"unique_id": np.repeat(["a", "b", "c"], 30), "ds": np.tile(days, 3), "y": values.ravel()}
    )
    sales, model = tmp_path / "sales.parquet", tmp_path / "theta.stepahead"
    sa.readers.write_parquet(table, sales)
    sa.store.save(sa.fit(sa.forecasting.Theta(), sa.read(sales), 2, season=1), model)
    commands: dict[str, tuple[object, ...]] = {
        "backtest": (sales, "-k", 2, "--windows", 3, "--step", 2, "--models", "theta"),
        "impute": (sales, "--method", "linear"),
        "predict": (model, sales, "-k", 1),
    }
    for name, words in commands.items():
        done, memory = tmp_path / name, tmp_path / f"{name}.csv"
        code, said = run(capsys, name, *words, "--engine", "loop", "--out", done)
        assert code == 0 and f"of 3 series written to {done}, in 1 Parquet file." in said, said
        code, said_in_memory = run(capsys, name, *words, "--out", memory)
        assert code == 0
        found, wanted = pd.read_parquet(done / "part-000000.parquet"), pd.read_csv(memory)
        if name == "backtest":
            error = (wanted["forecast"] - wanted["actual"]).abs()
            mean = error.groupby([wanted["unique_id"], wanted["model"]]).mean()
            at = pd.MultiIndex.from_frame(found[["unique_id", "model"]].replace("Theta()", "theta"))
            np.testing.assert_allclose(found["mae"], mean[at], rtol=1e-9)
            trusted = next(
                line
                for line in said_in_memory.splitlines()
                if "theta beats" in line or "that theta" in line
            )
            assert "3 origins" in trusted and trusted in said.splitlines()
        else:
            column = {"impute": "y", "predict": "forecast"}[name]
            np.testing.assert_allclose(found[column], wanted[column], rtol=1e-3)
        code, said = run(capsys, name, *words, "--engine", "loop", "--out", done, "--decimal", ",")
        assert code == 2 and "`--decimal` does not go with `--engine`" in said
    words = ("--models", "gru", "--engine", "loop", "--out", tmp_path / "b")
    code, said = run(capsys, "backtest", sales, "-k", 2, *words)
    assert (
        code == 2
        and "with local methods, which are fitted to each series separately, not with 'gru'" in said
    )


def test_gaps_are_filled_by_a_network_that_reads_covariates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepahead.tasks._impute.EPOCHS", 1)
    monkeypatch.setattr("stepahead.tasks._impute.UPDATES", 5)
    days, draws = pd.date_range("2024-01-01", periods=40), np.random.default_rng(0)
    price = draws.uniform(1, 3, 40).round(2)
    table = pd.DataFrame({"ds": days, "y": (9 - 3 * price).round(2), "price": price})
    table.loc[[7, 8, 20], "y"] = np.nan
    gaps, out = tmp_path / "gaps.parquet", tmp_path / "filled"
    sa.readers.write_parquet(table, gaps)
    words = ("impute", gaps, "--method", "recurrent", "--engine", "loop", "--out", out)
    code, said = run(capsys, *words, "--known", "price", "--calendar", "--seed", 4)
    assert code == 0 and "3 of 40 values were missing and were imputed by Bidirectional" in said
    filled = pd.read_parquet(out / "part-000000.parquet")
    assert filled["imputed"].sum() == 3 and np.isfinite(filled["y"]).all()
    code, said = run(capsys, *words[:-1], tmp_path / "b", "--known", "weather")
    assert code == 2 and "There is no column 'weather'" in said


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (2, "beats the naive forecasts up to 2 of 3 steps ahead (p < 0.05)."),
        (0, "is not known to beat the naive forecasts, even one step ahead."),
        (None, ""),
    ],
)
def test_what_was_chosen_for_all_chunks_and_how_far_to_trust_it_is_said(
    steps: int | None,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def done(**options: Any) -> LargeForecast:
        return LargeForecast(tmp_path, 3, (), "60% ets, 40% theta", steps)

    monkeypatch.setattr("stepahead.workflow.forecast_in_chunks", done)
    words = ("forecast", tmp_path / "sales.parquet", "-k", 3, "--out", tmp_path)
    code, told = run(capsys, *words, "--engine", "loop")
    assert code == 0
    assert "The forecast is 60% ets, 40% theta, chosen on a sample of the series." in told
    assert said in told and ("How far to trust it?" in told) == (steps is not None)
