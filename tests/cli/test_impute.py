"""`stepahead impute`: gaps filled and marked, -200 taken as missing."""

from pathlib import Path

import pandas as pd
import pytest

from stepahead.cli import main


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_gaps_are_filled_and_marked(
    tmp_path: Path, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "filled.csv"
    assert run("impute", sales, "--missing", 101, "--method", "linear", "--out", out) == 0
    said = capsys.readouterr().err
    assert (
        "3 values of 101 taken as missing" in said
        and "4 of 72 values were missing and were imputed by linear" in said
    )
    table = pd.read_csv(out)
    assert (
        table["imputed"].sum() == 4 and table.loc[36 + 5, "y"] == 106 and table["y"].notna().all()
    )
    assert (
        run("impute", sales, "--method", "spline") == 2 and run("impute", sales, "--hide", 0) == 2
    )


def test_a_network_learns_nothing_from_few_values(
    sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("impute", sales) == 0
    said = capsys.readouterr().err
    assert "recurrent is not compared: 71 known values are few to learn from." in said
    assert "kalman" in said
