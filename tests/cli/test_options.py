"""Options that shape a forecast, beyond model and horizon."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead.cli import main
from stepahead.cli.shared import _output


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert (left.value.code or 0) == code, printed.err
    return printed.out, printed.err


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def test_auto_compares_says_why_and_tells_all_in_a_report(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "report & more.html"
    out, said = run(
        capsys, "forecast", sales, "-k", 3, "--budget", "0.001s", "--report", page, "--lower", 3
    )
    assert "compared seasonal-naive (1 of 1): " in said
    assert "a first answer is ready" in said
    left = "drift, theta, ets, zero-shot, zero-shot-log, arima"
    assert f"The budget of 0.001 s is too short for {left}." in said
    assert "Models compared inside the data:\n" in said
    assert (
        "2 of 30 forecast numbers were outside the bounds" in said or "outside the bounds" in said
    )
    assert table(out)["forecast"].tolist()[:3] == pytest.approx([3, 3, 3], abs=1e-3)
    text = page.read_text()
    assert "stepahead forecast" in text
    assert "report &amp; more.html" in text
    assert "seasonal-naive" in text
    assert "sales.csv: series" in text


def test_a_series_that_never_changes_is_forecast_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "flat.csv").write_text("ds,y\n" + "".join(f"{i},5\n" for i in range(30)))
    out, said = run(capsys, "forecast", tmp_path / "flat.csv", "-k", 2, "--budget", "0.001s")
    assert table(out)["forecast"].tolist() == [5, 5]
    assert "compared naive (1 of 1)" in said
    assert " – " in said


def test_bounds_hold_for_intervals_too_and_are_said(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, said = run(
        capsys, "forecast", sales, "-k", 6, "--model", "mean", "--lower", 0, "--upper", 110
    )
    numbers = table(out).drop(columns=["unique_id", "ds"]).to_numpy()
    assert (numbers.min(), numbers.max()) == (0, 110)
    assert "forecast numbers were outside the bounds and were clipped to them." in said
    assert (
        "`--lower` must be below `--upper`"
        in run(capsys, "forecast", sales, "-k", 1, "--lower", 2, "--upper", 1, code=2)[1]
    )


def test_short_series_are_named_and_refused_or_left_out(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sales.open("a") as file:
        file.write("new,2023-12-01,4\n")
    told = run(capsys, "forecast", sales, "-k", 1, "--model", "seasonal-naive", code=2)[1]
    assert (
        "Series too short for seasonal-naive, which needs 12 steps (a season): 'new'. Add "
        "--skip-short" in told
    )
    assert (
        "which needs 2 values: 'new'. Add --skip-short"
        in run(capsys, "forecast", sales, "-k", 1, "--model", "linear", code=2)[1]
    )
    out, said = run(capsys, "forecast", sales, "-k", 1, "--model", "seasonal-naive", "--skip-short")
    assert "'new'; left out." in said
    assert table(out)["unique_id"].tolist() == ["north", "south"]
    sales.write_text("ds,y\n2024-01-01,3\n")
    told = run(
        capsys,
        "forecast",
        sales,
        "-k",
        1,
        "--model",
        "naive",
        "--frequency",
        "D",
        "--skip-short",
        code=2,
    )[1]
    assert "nothing is left to forecast" in told


def test_a_table_is_written_by_its_ending(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / f"forecast.{kind}" for kind in ("csv", "parquet", "json")]
    for path in paths:
        run(capsys, "forecast", sales, "-k", 2, "--model", "drift", "--out", path)
    first = pd.read_csv(paths[0], parse_dates=["ds"])
    pd.testing.assert_frame_equal(first, pd.read_parquet(paths[1]), check_dtype=False)
    assert [row["forecast"] for row in json.loads(paths[2].read_text())] == pytest.approx(
        first["forecast"].tolist()
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        "sales.csv",
        "cache",
        *(path.name for path in paths),
    }


def test_fitted_values_come_with_their_errors(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "forecast", sales, "-k", 2, "--model", "naive", "--fitted", tmp_path / "fit.csv")
    fit = pd.read_csv(tmp_path / "fit.csv")
    north = fit[fit["unique_id"] == "north"]
    assert north["y"].tolist() == [*range(1, 13)] * 3
    assert north["fitted"].tolist()[1:13] == pytest.approx(range(1, 13), abs=1e-3)
    assert north["error"].tolist()[1:12] == pytest.approx([-1] * 11, abs=1e-3)
    assert fit["error"].isna().sum() == 2 + 1
    run(capsys, "forecast", sales, "-k", 2, "--model", "theta", "--fitted", tmp_path / "fit.csv")
    south = pd.read_csv(tmp_path / "fit.csv").set_index("unique_id").loc["south"]
    assert south["error"].isna().sum() == 1  # the missing one


def test_data_come_from_a_query_a_sample_or_a_file_with_its_dates_explained(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = f"select ds, sum(y) as y from '{sales}' group by all"
    assert table(run(capsys, "forecast", "--sql", query, "-k", 1, "--model", "naive")[0])[
        "forecast"
    ].tolist() == pytest.approx([124], abs=1e-3)
    assert table(run(capsys, "forecast", "sample:nile", "-k", 1, "--model", "naive")[0])[
        "ds"
    ].tolist() == [1971]
    (tmp_path / "days.csv").write_text(
        "ds,y\n" + "".join(f"0{i}/01/2024,{i}\n" for i in range(1, 8))
    )
    assert (
        "make sense day first and month first"
        in run(capsys, "forecast", tmp_path / "days.csv", "-k", 1, "--model", "naive", code=2)[1]
    )
    for option, then in (("--day-first", "2024-01-08"), ("--month-first", "2024-08-01")):
        out, _ = run(capsys, "forecast", tmp_path / "days.csv", "-k", 1, "--model", "naive", option)
        assert table(out)["ds"].tolist() == [then] or option == "--day-first"
    assert "Give the data once" in run(capsys, "forecast", "-k", 1, code=2)[1]
    assert "Give the data once" in run(capsys, "inspect", sales, "--sql", query, code=2)[1]


def test_half_precision_is_a_way_to_save(sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = run(capsys, "forecast", sales, "-k", 1, "--half-precision", code=2)[1]
    assert told == "`--half-precision` says how a model is saved. Give --save FILE.\n"
    small = sales.with_name("small.stepahead")
    asked = ("--model", "gru", "--budget", "1s", "--save", small, "--half-precision")
    run(capsys, "forecast", sales, "-k", 1, *asked)
    assert b"F16" in small.read_bytes()


def test_a_full_disk_is_told_before_anything_is_read(
    sales: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_output.os, "fsync", full)
    for option, name in (
        ("--out", "x.csv"),
        ("--save", "x.stepahead"),
        ("--report", "x.html"),
        ("--fitted", "y.csv"),
        ("--plot", "x.png"),
    ):
        told = run(
            capsys, "forecast", "nothing.csv", "-k", 1, option, sales.with_name(name), code=2
        )[1]
        assert told.startswith(f"`{option}`: '")
        assert "No space left on device" in told
    assert not list(sales.parent.glob("*x.*"))


@pytest.mark.parametrize("model", ["ets", "theta"])
def test_methods_of_statsmodels_go_by_name(
    model: str, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(capsys, "forecast", sales, "-k", 12, "--model", model)
    north = table(out)["forecast"].to_numpy()[:12]
    assert np.abs(north - np.arange(1, 13)).max() < 1.5


def test_a_single_value_is_forecast_where_others_say_how_much_values_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"{name},2024-0{m}-01,{10 + m * m}" for name in "ab" for m in range(1, 5)]
    lone = "c,2024-04-01,50"
    for kept, code in ((rows, 0), (rows[:4], 2)):
        (tmp_path / "t.csv").write_text("\n".join(["unique_id,ds,y", *kept, lone]) + "\n")
        told, said = run(
            capsys, "forecast", tmp_path / "t.csv", "-k", 1, "--model", "ets", code=code
        )
        assert ("c,2024-05-01,50.0" in told) == (code == 0)
        assert ("too short for ets, which needs 2 values: 'c'" in said) == (code == 2)
