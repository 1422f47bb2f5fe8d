"""`stepahead backtest --strategies`: one model in every arrangement, with the cost of each."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepahead.cli import main


def test_a_linear_model_is_told_in_three_ways(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waves = tmp_path / "waves.csv"
    waves.write_text(
        "ds,y\n" + "".join(f"{t},{value}\n" for t, value in enumerate(np.sin(np.arange(60.0))))
    )
    plot = tmp_path / "ways.svg"
    with pytest.raises(SystemExit) as left:
        main(
            [
                "backtest",
                str(waves),
                "-k",
                "3",
                "--strategies",
                "linear",
                "--windows",
                "2",
                "--plot",
                str(plot),
                "--quiet",
            ]
        )
    board = pd.read_csv(io.StringIO(capsys.readouterr().out)).set_index("model")
    assert left.value.code == 0 and set(board.index) == {
        "recursive",
        "direct",
        "MIMO",
        "last value",
        "last season",
    }
    assert (
        board["weights"]["direct"] == 3 * board["weights"]["recursive"]
        and board["weights"]["last value"] == 0
    )
    assert (board["seconds"][["recursive", "direct", "MIMO"]] > 0).all()
    assert "seconds to fit" in plot.read_text()


def test_a_model_that_has_one_way_only_is_refused_before_the_file_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["backtest", "nowhere.csv", "-k", "3", "--strategies", "ets"])
    assert (
        left.value.code == 2
        and "There is no model 'ets'. There are: linear, mlp" in capsys.readouterr().err
    )
