"""Printed results: rounded numbers, singular and plural, and commands that a shell takes."""

import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stepahead as sa
from stepahead._check import counted
from stepahead.cli import main
from stepahead.cli.shared._wording import at_the_shell
from stepahead.outputs import imputed_rounded, rounded, significant


def run(capsys: pytest.CaptureFixture, *words: object) -> tuple[str, str]:
    with pytest.raises(SystemExit):
        main([str(word) for word in words])
    said = capsys.readouterr()
    return said.out, said.err


@given(
    level=st.sampled_from([0.0, 1.0, -1350.0, 1e9, 1e-30, 1e12]),
    spread=st.sampled_from([1e-31, 1e-4, 1.0, 37.0, 1e6]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_rounding_loses_less_than_a_thousandth_of_the_narrowest_interval(
    level: float, spread: float, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    panel = sa.Panel.from_arrays(level + spread * draw.normal(size=(2, 9)))
    center = level + spread * draw.normal(size=6)
    table = pd.DataFrame(
        {
            "unique_id": np.repeat(panel.ids, 3),
            "forecast": center,
            "lo-80": center - spread,
            "hi-80": center + spread,
        }
    )
    narrowest = (table["hi-80"] - table["lo-80"]).groupby(table["unique_id"]).min()
    if not (narrowest > 0).all():
        return
    done = rounded(table, panel)
    allowed = 5.1e-4 * table["unique_id"].map(narrowest).to_numpy() + 2 * np.spacing(
        np.abs(table["hi-80"]).max()
    )
    for name in ("forecast", "lo-80", "hi-80"):
        assert (np.abs(done[name] - table[name]) <= allowed).all()
        assert (rounded(done, panel)[name] == done[name]).all()


def test_dust_is_not_written_and_whole_numbers_stay() -> None:
    panel = sa.Panel.from_arrays([[1340.0, 1345.0, 1355.0], [1e9, 1e9 + 1, 1e9 + 3]])
    table = pd.DataFrame(
        {"unique_id": panel.ids, "forecast": [1349.999954353421, 1234567890.123456]}
    )
    assert rounded(table, panel)["forecast"].tolist() == [1350.0, 1234567890.123]
    wide = table.assign(**{"lo-80": [1e3, 1e8], "hi-80": [2e3, 9e9]})
    assert rounded(wide, panel)["forecast"].tolist() == [1350.0, 1234567890.0]
    flat = sa.Panel.from_arrays([[5.0, 5.0]])
    assert rounded(pd.DataFrame({"unique_id": ["0"], "forecast": [4.99999990463]}), flat)[
        "forecast"
    ].tolist() == [5.0]


def test_what_was_seen_is_written_as_it_was() -> None:
    panel = sa.Panel.from_arrays([[0.123456789, np.nan, 3.1]])
    table = pd.DataFrame(
        {
            "unique_id": ["0"] * 3,
            "y": [0.123456789, 1.6111111, 3.1],
            "imputed": [False, True, False],
        }
    )
    assert imputed_rounded(table, panel.with_values(table[["y"]].to_numpy()))["y"].tolist() == [
        0.123456789,
        1.611,
        3.1,
    ]
    assert significant(pd.DataFrame({"mase": [0.34615384615]}))["mase"].tolist() == [0.346154]


@pytest.mark.parametrize("name", ["my sales.stepahead", 'it\'s "mine".stepahead'])
def test_a_path_in_a_printed_command_is_quoted_and_one_step_is_one(
    capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"ds": range(20), "y": np.arange(20) % 5 + 1.0}).to_csv("my data.csv", index=False)
    out, said = run(capsys, "forecast", "my data.csv", "-k", 1, "--model", "drift", "--save", name)
    command = next(line for line in said.splitlines() if "stepahead predict" in line).split(
        "To forecast with it: "
    )[1]
    words = shlex.split(command)
    assert words == ["stepahead", "predict", name]
    again, _ = run(capsys, *words[1:])
    assert again == out and max(len(cell) for cell in again.split("\n")[1].split(",")) < 12
    pd.DataFrame({"ds": [20], "y": [1.0]}).to_csv("new.csv", index=False)
    assert "1 new step of 1 series" in run(capsys, "update", name, "new.csv", "--out", "later")[1]


def test_a_call_of_python_is_a_command_at_the_shell() -> None:
    assert (
        at_the_shell("Forecast new series with `forecast(panel=…)`.", {})
        == "Forecast new series with `stepahead predict MODEL DATA`."
    )
    assert [counted(n, "step") for n in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
