"""`stepahead forecast`: the right numbers in the right place."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead import workflow
from stepahead.cli import main
from stepahead.data import Panel
from stepahead.outputs._page import comparison
from stepahead.workflow import auto, candidates


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    return left.value.code or 0


def test_the_seasonal_naive_forecast_repeats_the_year(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run("forecast", sales, "--horizon", 14, "--model", "seasonal-naive", "--levels", "80") == 0
    )
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert list(table.columns) == ["unique_id", "ds", "forecast", "lo-80", "hi-80"]
    north, south = (table[table.unique_id == name] for name in ("north", "south"))
    assert north["forecast"].tolist() == pytest.approx([*range(1, 13), 1, 2], abs=1e-4)
    assert south["forecast"].tolist() == pytest.approx([*range(101, 113), 101, 102], abs=1e-3)
    assert (north.ds.iloc[0], north.ds.iloc[-1]) == ("2024-01-01", "2025-02-01")


def test_files_hold_the_table_and_the_picture_and_the_output_stays_empty(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, picture = tmp_path / "forecast.json", tmp_path / "forecast.svg"
    assert (
        run(
            "forecast", sales, "--horizon", 2, "--model", "naive", "--out", table, "--plot", picture
        )
        == 0
    )
    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(table) in printed.err
    assert str(picture) in printed.err
    rows = json.loads(table.read_text())
    assert [row["unique_id"] for row in rows] == ["north", "north", "south", "south"]
    assert [row["forecast"] for row in rows] == pytest.approx([12, 12, 112, 112], abs=1e-3)
    assert "north" in picture.read_text()


def test_what_was_understood_is_said_on_the_error_stream_unless_quiet(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("forecast", sales, "--horizon", 1, "--model", "naive")
    assert "2 series, 72 steps; frequency MS (season 12)" in capsys.readouterr().err
    run("forecast", sales, "--horizon", 1, "--model", "naive", "--quiet")
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.startswith(
        "unique_id,ds,forecast,lo-80,hi-80,lo-95,hi-95\nnorth,2024-01-01,12.0"
    )


def test_columns_and_season_can_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seasons = []
    fit = workflow.fit
    monkeypatch.setattr(
        workflow,
        "fit",
        lambda *given, season, **named: (
            seasons.append(season) or fit(*given, season=season, **named)
        ),
    )
    path = tmp_path / "shop.csv"
    path.write_text(
        "shop,day,sold,price\n" + "".join(f"a,2024-01-{i:02d},{i % 3},{i}\n" for i in range(1, 22))
    )
    assert (
        run(
            *("forecast", path, "--id", "shop", "--time", "day", "--target", "sold", "--season", 3),
            *("--horizon", 4, "--model", "seasonal-naive", "--levels", ""),
        )
        == 0
    )
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert table["forecast"].tolist() == pytest.approx([1, 2, 0, 1], abs=1e-4)
    assert list(table.columns) == ["unique_id", "ds", "forecast"]
    assert seasons == [3]


def test_a_series_shorter_than_two_seasons_uses_none_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "young.csv"
    path.write_text("ds,y\n" + "".join(f"2024-{i:02d}-01,{i}\n" for i in range(1, 11)))
    assert run("forecast", path, "--horizon", 2, "--model", "seasonal-naive") == 0
    printed = capsys.readouterr()
    assert "shorter than two seasons of 12 steps" in printed.err
    assert pd.read_csv(io.StringIO(printed.out))["forecast"].tolist() == pytest.approx(
        [10, 10], abs=1e-4
    )


def test_several_channels_come_out_each_with_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "weather.csv"
    path.write_text(
        "unique_id,ds,wind,rain\n" + "".join(f"a,{i},{i},{10 * i}\n" for i in range(1, 9))
    )
    picture = tmp_path / "weather.svg"
    assert run("forecast", path, "--target", "wind", "--horizon", 1, "--model", "naive") == 0
    assert pd.read_csv(io.StringIO(capsys.readouterr().out))["forecast"].tolist() == pytest.approx(
        [8], abs=1e-4
    )
    assert (
        run(
            "forecast",
            path,
            "--target",
            "wind",
            "--target",
            "rain",
            "--horizon",
            1,
            "--model",
            "drift",
            "--plot",
            picture,
        )
        == 0
    )
    table = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert dict(zip(table.channel, table["forecast"], strict=True)) == pytest.approx(
        {"wind": 9, "rain": 90}, abs=1e-2
    )
    assert "a, rain" in picture.read_text()


def test_the_seed_decides_a_trained_forecast_and_its_epochs_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "short.csv"
    path.write_text("ds,y\n" + "".join(f"{i},{(i * i) % 7 + 0.5}\n" for i in range(40)))
    outputs = []
    for seed in (1, 1, 2):
        assert run("forecast", path, "--horizon", 2, "--model", "mlp", "--seed", seed) == 0
        outputs.append(capsys.readouterr())
    assert outputs[0].out == outputs[1].out != outputs[2].out
    assert "training mlp: epoch 20 of 20, loss " in outputs[0].err


def test_the_report_compares_with_the_naive_forecast_of_the_sentence() -> None:
    """On a walk with a season the last value errs less than the last season: the page, too, sets
    errors beside it."""
    draws = np.random.default_rng(0)
    walk, months = draws.normal(size=80).cumsum(), np.arange(80) % 4 * 9.0
    for values, naive in ((walk, "last value"), (months + draws.normal(size=80), "seasonal-naive")):
        choice = auto(
            Panel.from_arrays([values]),
            2,
            key=0,
            clock=lambda: 0.0,
            season=4,
            choose_from=lambda *sizes: candidates(*sizes)[:3],
        )
        assert choice.report is not None
        found = comparison(choice, choice.report)
        assert found.naive == naive
        assert naive.replace("seasonal-naive", "last season") in choice.sentence
        place = list(found.leaderboard["model"]).index(naive)
        board = choice.report.leaderboard()
        mase = dict(zip(board["model"], board["mase"], strict=True))
        least = min(mase["last value"], mase["last season"])
        assert found.leaderboard["mase"][place] == pytest.approx(least)
        assert len(found.leaderboard["model"]) == len(choice.leaderboard) + (naive == "last value")
