"""`stepahead search`: sizes and seeds of a model as tasks."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.cli import main
from stepahead.distributed import Loop


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    draws, path = np.random.default_rng(0), tmp_path / "sales.csv"
    days = pd.date_range("2024-01-01", periods=50)
    values = 10 + np.arange(50) % 7 + draws.normal(size=50).round(2)
    pd.DataFrame({"ds": days, "y": values}).to_csv(path, index=False)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in ("search", *words)])
    printed = capsys.readouterr()
    return int(left.value.code or 0), printed.out, printed.err


def test_every_combination_and_seed_is_a_task(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tried"
    words: tuple[object, ...] = (
        sales,
        "-k",
        2,
        "--model",
        "linear",
        "--try",
        "lags=2,7",
        "--try",
        "ridge=0,0.5",
    )
    words = (*words, "--seeds", 2, "--windows", 3, "--engine", "loop", "--out", out)
    code, printed, said = run(capsys, *words)
    assert code == 0, said
    specs = [sa.models.LinearAR(lags, ridge=ridge) for lags in (2, 7) for ridge in (0, 0.5)]
    panel = sa.read(sales)
    wanted = sa.workflow.search(
        specs, panel, 2, 3, tmp_path / "b", keys=(0, 1), step=8, season=7, engine="loop"
    )
    found = pd.read_csv(out / "tried.csv")
    assert found["model"].tolist() == [repr(spec) for spec in specs for _ in (0, 1)]
    np.testing.assert_allclose(found["mase"], wanted.tried["mase"])
    assert printed.splitlines()[0] == "model,mase,smape,mae,rmse,spread"
    assert f"Best: {wanted.best!r}, MASE" in said and "the mean of 2 seeds" in said
    assert "Scores of 8 tasks are in" in said


def test_ctrl_c_keeps_the_tasks_that_are_done(
    sales: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = Loop.map

    def stopped(self: Loop, function: str, chunks: Any) -> Any:
        for turn, outcome in enumerate(whole(self, function, chunks)):
            if turn == 2:
                raise KeyboardInterrupt
            yield outcome

    words: tuple[object, ...] = (
        sales,
        "-k",
        2,
        "--model",
        "ets",
        "--try",
        "form=A,N,N;A,N,A;M,N,N",
        "--windows",
        2,
    )
    words = (*words, "--engine", "loop", "--out", tmp_path / "a")
    with monkeypatch.context() as patched:
        patched.setattr(Loop, "map", stopped)
        code, _, said = run(capsys, *words)
    assert code == 130 and "the same command continues it" in said and "Traceback" not in said
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "a" / "_work").glob("search-*")}
    assert kept
    calls: list[int] = []

    def counted(self: Loop, function: str, chunks: Any) -> Any:
        held = list(chunks)
        calls.append(len(held))
        return whole(self, function, held)

    monkeypatch.setattr(Loop, "map", counted)
    code, printed, _ = run(capsys, *words)
    assert code == 0 and calls == [3 - len(kept)] and len(printed.splitlines()) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--try", "width"], "`--try` is a parameter and its values"),
        (["--try", "width=8,"], "`--try` is a parameter and its values"),
        (["--try", "width=8", "--try", "width=9"], "names 'width' twice"),
        (["--try", "hight=8"], "There is no parameter of GRU 'hight'"),
        (["--try", "width=0"], "`width` must be a whole number"),
        (["--model", "gruu"], "Did you mean 'gru'?"),
        (["--model", "structural", "--try", "width=8"], "no parameter of StateSpace 'width'"),
        (["--model", "ets", "--try", "form=8"], "`form` names error, trend and season"),
        (["--model", "mstl", "--try", "seasons=a"], "`--try`: MSTL() does not take seasons=a"),
        (["--model", "zero-shot", "--try", "averaged=7"], "is true or false"),
        (["--seeds", "0"], "`--seeds` must be"),
        (["--engine", "spark"], "There is no engine 'spark'"),
        (["--out", "sales.csv"], "is not empty"),
        (["--windows", "900"], "Series shorter than"),
    ],
)
def test_wrong_use_is_refused(
    words: list[str],
    told: str,
    sales: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(sales.parent)
    given = words if "--engine" in words else [*words, "--engine", "loop"]
    given = given if "--out" in given else [*given, "--out", "tried"]
    code, _, said = run(capsys, "sales.csv", "-k", 2, *given)
    assert code == 2 and told in said, said
    assert not Path("tried").exists()
