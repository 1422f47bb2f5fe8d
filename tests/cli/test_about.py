"""The commands that tell about the data and about the installation."""

import io
import os
import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import stepahead
from stepahead.cli import main
from stepahead.cli.shared import _console, checkpoint_path
from stepahead.cli.shared._names import MODELS, specification
from stepahead.native import reason
from stepahead.outputs import cache_folder


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    assert not left.value.code
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "version") == (f"{stepahead.__version__}\n", "")


def test_inspect_tells_each_series_as_a_row(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = printed(capsys, "inspect", sales)
    table = pd.read_csv(io.StringIO(out)).set_index("unique_id")
    assert table.loc["south", ["steps", "missing", "longest_gap", "first", "last"]].tolist() == [
        36,
        1,
        1,
        "2021-01-01",
        "2023-12-01",
    ]
    assert table.loc["north", ["mean", "low", "high"]].tolist() == [6.5, 1, 12]
    assert "frequency MS (season 12)" in err
    assert "2 series of 36 steps; 1 value missing; 0 outliers" in err


def test_doctor_says_what_runs_the_recurrences_and_where_programs_are_kept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, _ = printed(capsys, "doctor")
    assert stepahead.__version__ in out
    assert "kernels: " in out
    assert reason() in out
    assert str(cache_folder()) in out
    assert "duckdb" in out


def test_every_model_name_is_a_specification_that_fits_short_series() -> None:
    made = {name: specification(name, season=52, length=20) for name in MODELS}
    assert {type(spec).__name__ for spec in made.values()} == {
        *(
            "Baseline",
            "AutoARIMA",
            "CES",
            "ETS",
            "Theta",
            "TBATS",
            "Pretrained",
            "LinearAR",
            "MLPAR",
            "RNN",
            "LSTM",
            "GRU",
            "MinGRU",
            "RandomWalk",
            "StateSpace",
            "HMM",
            "Intermittent",
            "WindowAverage",
            "MSTL",
            "Harmonic",
            "KernelRidge",
        )
    }
    assert made["linear"].lags <= 20 // 3
    assert specification("linear", season=12, length=200).lags == 15


def test_progress_in_a_pipe_is_a_line_now_and_then_and_one_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 6.0, 7.0, 8.0])
    monkeypatch.setattr(_console.time, "monotonic", lambda: next(clock))
    with _console.Console(quiet=False).epochs("training") as listener:
        for number in range(1, 5):
            listener(
                SimpleNamespace(
                    number=number, epochs=4, loss=1 / number, validation=None if number < 4 else 0.5
                )
            )
    assert (
        capsys.readouterr().err
        == "training: epoch 2 of 4, loss 0.5\ntraining: epoch 4 of 4, loss 0.25, validation 0.5\n"
    )
    with _console.Console(quiet=True).epochs("training") as listener:
        assert listener is None


def test_abandoned_runs_are_pruned_and_a_full_cache_keeps_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = tmp_path / "cache" / "runs"
    (runs / "old.run").mkdir(parents=True)
    for name, days in (
        ("old.run/0.origin", 31),
        ("old.run", 31),
        ("young.run", 29),
        (".x.part", 2),
        (".y.part", 0),
    ):
        path = runs / name
        path.touch()
        os.utime(path, (time.time() - days * 86400 - 60,) * 2)
    panel = stepahead.Panel.from_arrays([[1.0, 2.0]])
    kept = checkpoint_path("an order", panel)
    assert kept is not None and kept.parent == runs
    assert {path.name for path in runs.iterdir()} == {"young.run", ".y.part"}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stepahead.outputs._cache.probe", full)
    assert checkpoint_path("an order", panel) is None
