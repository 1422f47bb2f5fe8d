"""`stepahead backtest`: judged on the known past, at origins that see nothing after them."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert left.value.code == code, printed.err
    return printed.out, printed.err


@pytest.fixture
def walks(tmp_path: Path) -> Path:
    """Two series of sixty steps that climb by one, with noise; the last step of the second is a
    leap that nobody foresees."""
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 60))
    lines = [f"{name},{t},{t + noise[row, t]}" for row, name in enumerate("ab") for t in range(60)]
    path = tmp_path / "walks.csv"
    path.write_text("\n".join(["unique_id,ds,y", *lines[:-1], "b,59,1000"]) + "\n")
    return path


def test_the_leaderboard_is_printed_and_every_forecast_written(
    walks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "all.parquet"
    printed, said = run(
        capsys,
        "backtest",
        walks,
        "-k",
        2,
        "--models",
        "naive, drift",
        "--out",
        out,
        "--plot",
        tmp_path / "steps.svg",
    )
    board = pd.read_csv(io.StringIO(printed)).set_index("model")
    assert board.index[0] == "drift" and {"naive", "last value", "last season"} < set(board.index)
    assert "Backtest: 29 origins, 1 step apart, 2 steps ahead; fitted once, at the oldest" in said
    assert "drift beats the last value at each of 2 steps ahead (p < 0.05, 29 origins)." in said
    assert "Information in the forecast of drift: the 80 % interval is narrower than" in said
    rows = pd.read_parquet(out)
    assert len(rows) == 4 * 29 * 2 * 2
    drift = rows[(rows["model"] == "drift") & (rows["unique_id"] == "a")]
    slope = (drift["forecast"] - drift["origin"]) / 1
    assert slope.between(0, 4).all() and (drift["ds"] == drift["origin"] + drift["step"]).all()
    assert (tmp_path / "steps.svg").read_text().startswith("<svg")
    assert not list((tmp_path / "cache" / "runs").iterdir())


def test_json_holds_leaderboard_steps_and_verdicts(
    walks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed, said = run(
        capsys,
        "backtest",
        walks,
        "-k",
        2,
        "--models",
        "drift",
        "--windows",
        4,
        "--step",
        3,
        "--json",
        "--quiet",
    )
    told = json.loads(printed)
    assert [row["step"] for row in told["by_step"]] == [1, 2]
    assert {row["model"] for row in told["leaderboard"]} == {"drift", "last value", "last season"}
    assert said == "" and list(told["trust"]) == ["drift"]
    trust = told["trust"]["drift"]
    assert trust["horizon"] == 2 and trust["verdict"].startswith("drift beats the last value")
    assert [row["verdict"] for row in trust["by_step"]] == ["better", "better"]
    informative = told["predictability"]["drift"]
    assert informative["level"] == 80 and informative["horizon"] == 2
    assert len(informative["ratio"]) == 2 and max(informative["ratio"]) < 1


def test_what_cannot_be_judged_is_a_sentence(
    walks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*more: object) -> str:
        return run(capsys, "backtest", walks, "-k", 2, *more, code=2)[1]

    assert "There is no model 'drfit'." in said(
        "--models", "naive,drfit"
    ) and "Did you mean 'drift'?" in said("--models", "drfit")
    assert "`--windows` must be a whole number of at least 1" in said("--windows", 0)
    assert (
        "Series shorter than the 84 steps that these origins need: 'a', 'b'. Ask for a shorter"
        in said("--windows", 81, "--step", 1)
    )
    with walks.open("a") as file:
        file.write("c,1,5\nc,2,6\n")
    assert "need: 'c'. Add --skip-short to leave them out" in said("--windows", 3)
    assert (
        "'c'; left out."
        in run(
            capsys, "backtest", walks, "-k", 2, "--windows", 3, "--models", "naive", "--skip-short"
        )[1]
    )


def test_models_of_several_seasons_find_them_before_the_origin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weekends show only in the part that is held out, and the models do not know them."""
    hours = np.arange(168 * 7)
    days = 20 + 5 * np.cos(hours * np.pi / 12) + np.random.default_rng(1).normal(size=len(hours))
    weekends = 9.0 * ((hours % 168 > 119) & (hours >= 168 * 4))
    stamps = np.datetime64("2024-01-01T00") + hours
    told = {}
    for name, values in {"days": days, "weeks": days + weekends}.items():
        pd.DataFrame({"ds": stamps, "y": values}).to_csv(tmp_path / f"{name}.csv", index=False)
        out = tmp_path / f"{name}.out.csv"
        models = ("-k", 168 * 3, "--windows", 1, "--models", "mstl,harmonic")
        _, said = run(capsys, "backtest", tmp_path / f"{name}.csv", *models, "--out", out)
        told[name] = pd.read_csv(out).set_index(["model", "step"])["forecast"]
        assert ("seasons 24 and 168" in said) == (name == "weeks")
    pd.testing.assert_series_equal(told["days"], told["weeks"])


def test_a_model_that_cannot_be_fitted_is_left_out_unless_it_was_chosen(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve years are too few for the network that is compared by default."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "years.csv"
    steps = "".join(f"{2010 + n},{100 + 5 * n + n % 3}\n" for n in range(12))
    path.write_text(f"year,y\n{steps}")
    table, said = run(capsys, "backtest", path, "--horizon", "2")
    assert {row.split(",")[0] for row in table.splitlines()[1:]} == {
        *("theta", "ets", "zero-shot", "linear", "last value", "last season")
    }
    assert "Left out: gru cannot be compared: A network needs at least 20 changes" in said
    _, said = run(capsys, "backtest", path, "--horizon", "2", "--models", "ets,gru", code=2)
    assert "gru cannot be compared: A network needs" in said
    assert said.rstrip().endswith("Or leave it out of `--models`.")
