"""The experiments by name, and how a number is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from stepahead import Refusal, experiments
from stepahead.experiments._result import Row, numbers_to_hit


def test_every_name_says_what_it_is_about() -> None:
    for name in experiments.names():
        assert experiments.about(name).endswith(".")


def test_naming_them_loads_nothing_heavy() -> None:
    code = (
        "import sys; from stepahead.experiments import names; names(); print({'jax', 'numpy',"
        " 'altair'} & set(sys.modules))"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "set()"
    )


def test_an_unknown_experiment_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no experiment 'tides'"):
        experiments.run("tides", tmp_path)
    with pytest.raises(Refusal, match="no folder"):
        experiments.run("ftse", tmp_path / "nowhere")


def test_the_table_tells_median_range_and_what_is_reached() -> None:
    rows = [
        Row("a", [0.3, 0.1, 0.2], "0.5", (-float("inf"), 0.2), collapsed=1),
        Row("b", [0.3, 0.1, 0.2], "0.5", (0.25, 0.4)),
        Row("c", [0.7]),
    ]
    assert [row.reached for row in rows] == [True, False, None]
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in str(numbers_to_hit("t", rows)).splitlines()[4:]
    ]
    assert cells == [
        ["a", "0.5", "≤ 0.2", "0.2000", "0.1000 to 0.3000", "3", "1", "yes"],
        ["b", "0.5", "0.25 to 0.4", "0.2000", "0.1000 to 0.3000", "3", "–", "no"],
        ["c", "–", "report", "0.7000", "–", "–", "–", "–"],
    ]
