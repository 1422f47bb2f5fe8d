"""`stepahead decompose`, and `--model structural` in the other commands."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead.cli import main


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert left.value.code == 0, printed.err
    return printed.out, printed.err


def test_parts_of_a_file_sum_to_it_and_what_stands_out_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draws = np.random.default_rng(0)
    months = pd.date_range("2015-01-01", periods=72, freq="MS")
    season = 8 * np.sin(2 * np.pi * np.arange(72) / 12)
    values = 100 + season + draws.normal(0, 1, 72)
    values[40] += 12
    values[55:] -= 15
    file, out, plot = (tmp_path / name for name in ("y.csv", "parts.csv", "parts.svg"))
    pd.DataFrame({"ds": months, "y": values}).to_csv(file, index=False)
    _, said = run(capsys, "decompose", file, "--out", out, "--plot", plot, "--no-logs")
    assert "trend, season 12, rest; season 12. Exact" in said
    assert "Outliers, in standard deviations: y at 2018-05-01 (+" in said
    assert "The level moved, in standard deviations: y at 2019-08-01 (-" in said
    assert "Beyond 3, where chance alone leads to expect 0.2 of each." in said
    table = pd.read_csv(out)
    parts = table[["trend", "season 12", "rest"]].sum(axis=1)  # each rounded to 4 decimals
    np.testing.assert_allclose(parts, table["y"], rtol=0, atol=1.51e-4)
    assert np.corrcoef(table["season 12"], season)[0, 1] > 0.98
    assert plot.read_text().startswith("<svg")


@pytest.mark.parametrize("model", ["ets", "theta", "mstl", "harmonic"])
def test_local_models_take_series_apart_too(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    months = pd.date_range("2015-01-01", periods=72, freq="MS")
    season = 8 * np.sin(2 * np.pi * np.arange(72) / 12)
    values = 30 + season + np.random.default_rng(0).normal(0, 1, 72)
    file, out, plot = (tmp_path / name for name in ("y.csv", "parts.csv", "parts.svg"))
    pd.DataFrame({"ds": months, "y": values}).to_csv(file, index=False)
    _, said = run(capsys, "decompose", file, "--model", model, "--out", out, "--plot", plot)
    table = pd.read_csv(out)
    ends = [f"{part}-{side}-95" for part in ("trend", "season 12") for side in ("lo", "hi")]
    parts = ["trend", *ends[:2], "season 12", *ends[2:], "rest"]
    assert list(table) == ["unique_id", "ds", "y", *parts]
    assert (table[ends[0::2]].to_numpy() <= table[ends[1::2]].to_numpy()).all()
    multiply = "The components of all multiply." in said
    parts = table[["trend", "season 12", "rest"]]
    whole = parts.prod(axis=1) if multiply else parts.sum(axis=1)
    np.testing.assert_allclose(whole, table["y"], rtol=1e-4)
    truth = 1 + season / 30 if multiply else season
    assert np.corrcoef(table["season 12"], truth)[0, 1] > 0.95
    assert f"{model}: " in said and plot.read_text().startswith("<svg")


def test_a_model_without_components_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["decompose", "y.csv", "--model", "arima"])
    assert left.value.code == 2
    assert "There is no model that decomposes 'arima'." in capsys.readouterr().err


def test_series_above_zero_become_a_trend_times_factors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    months = pd.date_range("2015-01-01", periods=60, freq="MS")
    level = 1000 * 1.01 ** np.arange(60)
    factor = 1 + 0.3 * np.sin(2 * np.pi * np.arange(60) / 12)
    noise = np.exp(np.random.default_rng(0).normal(0, 0.01, 60))
    file, out = tmp_path / "y.csv", tmp_path / "parts.csv"
    pd.DataFrame({"ds": months, "y": level * factor * noise}).to_csv(file, index=False)
    _, said = run(capsys, "decompose", file, "--out", out)
    assert "all taken as logs, so their components multiply (--no-logs: they add)" in said
    table = pd.read_csv(out)
    np.testing.assert_allclose(
        table["trend"] * table["season 12"] * table["rest"], table["y"], rtol=2e-5
    )
    assert np.abs(table["season 12"] * np.exp(np.log(factor).mean()) / factor - 1).max() < 0.05
    assert (table["trend-lo-95"] < table["trend"]).all()


def test_a_structural_model_forecasts_and_is_judged(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(capsys, "forecast", sales, "--model", "structural", "-k", 12, "--quiet")
    table = pd.read_csv(io.StringIO(out))
    north = table[table["unique_id"] == "north"]["forecast"]
    np.testing.assert_allclose(north, 1 + np.arange(12), rtol=1e-3)
    out, _ = run(
        capsys, "backtest", sales, "--models", "structural", "-k", 3, "--windows", 2, "--quiet"
    )
    assert "structural" in out or "StateSpace" in out


def test_a_level_that_is_no_percentage_is_refused(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["decompose", str(sales), "--level", "120"])
    assert left.value.code == 2
    assert "`--level` is in percent, between 0 and 100, but it is 120" in capsys.readouterr().err
