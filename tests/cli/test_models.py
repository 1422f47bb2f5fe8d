"""Save, predict, update: a model that leaves the process and comes back."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jax.random import key

import stepahead as sa
from stepahead.cli import main
from stepahead.training import Gradient


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[pd.DataFrame | None, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert left.value.code == 0, printed.err
    return (pd.read_csv(io.StringIO(printed.out)) if printed.out else None), printed.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    assert (left.value.code, printed.out) == (2, "")
    return printed.err


@pytest.fixture
def model(sales: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = sales.with_name("model.stepahead")
    run(
        capsys,
        "forecast",
        sales,
        "-k",
        3,
        "--model",
        "drift",
        "--save",
        path,
        "--out",
        sales.with_name("first.csv"),
    )
    return path


def test_a_saved_model_forecasts_as_it_did(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again, _ = run(capsys, "predict", model)
    pd.testing.assert_frame_equal(again, pd.read_csv(model.with_name("first.csv")))
    assert len(run(capsys, "predict", model, "--horizon", 5)[0]) == 10
    assert run(capsys, "predict", model, "--upper", 100, "--levels", "")[0]["forecast"].tolist()[
        3:
    ] == [100, 100, 100]


def test_other_series_need_not_have_been_seen(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "west.csv").write_text(
        "unique_id,ds,y\n" + "".join(f"west,2024-0{m}-01,{10 * m}\n" for m in range(1, 6))
    )
    table, said = run(capsys, "predict", model, tmp_path / "west.csv", "-k", 2)
    assert table["forecast"].tolist() == pytest.approx([60, 70], abs=1e-3)
    assert table["unique_id"].unique().tolist() == ["west"]
    assert "west.csv: series" in said


def test_new_observations_move_the_forecast_and_a_file_may_overwrite_itself(
    model: Path, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sales.open("a") as file:
        file.write("north,2024-01-01,23\nnorth,2024-02-01,24\n")
    _, said = run(capsys, "update", model, sales, "--out", model)
    assert "72 steps that the model already holds were left out." in said
    assert "2 new steps of 1 series" in said
    table, _ = run(capsys, "predict", model, "-k", 1)
    assert table["ds"].tolist() == ["2024-03-01", "2024-01-01"]
    assert table["forecast"].tolist() == pytest.approx(
        [24 + (24 - 1) / 37, 112 + 11 / 35], abs=1e-3
    )
    before = model.read_bytes()
    assert "no step after the end of the model's history" in refused(
        capsys, "update", model, sales, "--out", model
    )
    sales.write_text(sales.read_text().replace("north,2023-12-01,12", "north,2023-12-01,13"))
    assert "Series 'north' was 12 at 2023-12-01 when the model was fitted" in refused(
        capsys, "update", model, sales, "--out", model
    )
    assert model.read_bytes() == before


def test_a_model_learns_from_new_observations_when_asked_to(
    model: Path, sales: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sales.open("a") as file:
        file.write("north,2024-01-01,23\nnorth,2024-02-01,24\n")
    assert (
        "it was refitted to all its data"
        in run(capsys, "update", model, sales, "--fine-tune", "--out", model)[1]
    )
    past = sa.load(model).history.slice(np.zeros(2, int), np.array([30, 30]))
    small = sa.fit(sa.models.MLPAR(2, hidden=(4,)), past, 1, key=key(0), training=Gradient(2, 1))
    sa.save(small, model)
    _, said = run(capsys, "update", model, sales, "--fine-tune", "--out", model)
    before, after = (float(loss) for loss in re.findall(r"(-?[\d.]+) (?:before|after)", said))
    assert after < before
    learned = sa.load(model)
    assert learned.history.lengths.tolist() == [38, 36]
    assert "fine-tuned on new data" in learned.summary()


def test_what_is_no_model_is_said(
    model: Path, sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is not a whole stepahead file" in refused(capsys, "predict", sales)
    assert "There is no file" in refused(capsys, "predict", tmp_path / "none.stepahead")
    assert "Missing option '--out'" in refused(capsys, "update", model, sales)
    (tmp_path / "east.csv").write_text("unique_id,ds,y\neast,2024-01-01,1\neast,2024-02-01,1\n")
    assert "no series 'east'" in refused(
        capsys, "update", model, tmp_path / "east.csv", "--out", model
    )
    assert "`--horizon` must be a whole number" in refused(capsys, "predict", model, "-k", 0)


def test_a_model_that_the_command_saved_is_loaded_in_python(model: Path) -> None:
    forecaster = sa.load(model)
    assert forecaster.spec == sa.forecasting.Baseline("drift")
    np.testing.assert_array_equal(
        forecaster.predict(1).mean.round(3)[:, 0, 0], np.round([12 + 11 / 35, 112 + 11 / 35], 3)
    )
