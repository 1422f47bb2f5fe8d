"""The command line feeds covariates: named columns, their future from a file, the calendar; and
asks for what is missing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead.cli import main


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.mark.parametrize("model", ["linear", "arima"])
def test_a_forecast_with_covariates_is_saved_predicted_and_updated(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    heat = np.random.default_rng(0).normal(size=120).round(2)
    table = pd.DataFrame(
        {"day": pd.date_range("2024-01-01", periods=120), "load": 3 * heat + 10, "heat": heat}
    )
    (
        table[:116].to_csv("past.csv", index=False),
        table[116:118][["day", "heat"]].to_csv("future.csv", index=False),
    )
    (
        table[116:119].to_csv("new.csv", index=False),
        table[119:][["day", "heat"]].to_csv("later.csv", index=False),
    )
    asked = (
        "past.csv",
        "-k",
        2,
        "--target",
        "load",
        "--known",
        "heat",
        "--model",
        model,
        "--levels",
        "",
        "-q",
    )
    assert run("forecast", *asked) == 2
    said = capsys.readouterr().err
    assert (
        "'heat' is missing after the end of series 'load': first at 2024-04-26" in said
        and "`--future FILE`" in said
    )
    assert (
        run(
            "forecast",
            *asked,
            "--calendar",
            "--future",
            "future.csv",
            "--save",
            "m",
            "--out",
            "one.csv",
        )
        == 0
    )
    np.testing.assert_allclose(pd.read_csv("one.csv")["forecast"], table.load[116:118], atol=1e-3)
    assert run("update", "m", "new.csv", "--future", "later.csv", "--out", "m", "-q") == 0
    assert run("predict", "m", "-k", 1, "--levels", "", "--out", "two.csv", "-q") == 0
    np.testing.assert_allclose(pd.read_csv("two.csv")["forecast"], table.load[119:], atol=1e-3)


def test_a_model_that_sees_the_series_alone_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    days = pd.date_range("2024-01-01", periods=40)
    table = pd.DataFrame(
        {"day": days, "load": np.cos(np.arange(40) ** 2), "heat": np.arange(40), "size": 3}
    )
    table[:38].to_csv("past.csv", index=False)
    table[38:][["day", "heat"]].to_csv("future.csv", index=False)
    columns = ("--target", "load", "--known", "heat", "--static", "size", "--future", "future.csv")
    for model, sentence in (
        (
            "ets",
            "ets reads the series alone: size, heat left out. Known covariates are ",
        ),
        ("arima", "arima reads only known covariates: size left out. Known covariates "),
    ):
        assert run("forecast", "past.csv", "-k", 2, *columns, "--model", model) == 0
        assert sentence in " ".join(capsys.readouterr().err.split())


def test_holidays_of_a_file_move_the_forecast(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    days = pd.date_range("2024-01-01", periods=63)
    closed = np.arange(63) % 10 == 2
    load = 50 + np.random.default_rng(0).normal(0, 1, 63) - 30 * closed
    pd.DataFrame({"day": days, "load": load})[:60].to_csv("y.csv", index=False)
    pd.DataFrame({"day": days[closed]}).to_csv("days.csv", index=False)
    asked = ("y.csv", "-k", 3, "--model", "arima", "--holidays", "days.csv", "-q")
    assert run("forecast", *asked, "--out", "out.csv") == 0
    np.testing.assert_allclose(pd.read_csv("out.csv")["forecast"], [50, 50, 20], atol=2)


def test_a_saved_model_with_holidays_asks_for_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    days = pd.date_range("2024-01-01", periods=80)
    closed, price = np.arange(80) % 10 == 2, np.arange(80) % 7 == 0
    load = 50 + np.random.default_rng(0).normal(0, 1, 80) - 30 * closed + 9 * price
    table = pd.DataFrame({"day": days, "load": load, "price": price * 1})
    for name, part in (("y", table[:60]), ("new", table[60:66]), ("long", table[:70])):
        part.to_csv(f"{name}.csv", index=False)
    table.to_csv("prices.csv", index=False, columns=["day", "price"])
    pd.DataFrame({"day": days[closed]}).to_csv("days.csv", index=False)
    asked = ("--known", "price", "--target", "load", "--future", "prices.csv")
    fit = ("y.csv", "-k", 3, "--model", "arima", "--holidays", "days.csv", "-q", *asked)
    assert run("forecast", *fit, "--save", "model", "--out", "out.csv") == 0

    def forecast(*words: object) -> np.ndarray:
        assert run("predict", *words, "-q", "--out", "later.csv") == 0
        return pd.read_csv("later.csv")["forecast"].to_numpy()

    assert forecast("model").tolist() == pd.read_csv("out.csv")["forecast"].tolist()
    future = ("--future", "prices.csv", "--target", "load")
    others = forecast("model", "long.csv", "--holidays", "days.csv", *future)
    np.testing.assert_allclose(others, [59, 50, 20], atol=2)
    held = (*future, "--holidays", "days.csv")
    assert run("update", "model", "new.csv", "--out", "newer", "-q", *held) == 0
    np.testing.assert_allclose(forecast("newer"), [50, 50, 50], atol=2)
    for words, sentence in (
        (("predict", "model", "-k", 8), "which it knows 3 steps ahead, but 8 are asked for. Give"),
        (("predict", "model", "long.csv", *future), "not a column of these data. Give the days,"),
        (
            ("update", "model", "new.csv", "--out", "m"),
            "not a column of these data. Give the days,",
        ),
    ):
        assert run(*words, "-q") == 2
        assert sentence in " ".join(capsys.readouterr().err.split())
    assert run("forecast", "y.csv", "-k", 2, "--target", "load", "--save", "m", "-q",
               "--model", "naive", "--out", "o.csv") == 0  # fmt: skip
    assert run("predict", "m", "--holidays", "days.csv", "-q") == 2
    assert "fitted without --holidays" in capsys.readouterr().err
