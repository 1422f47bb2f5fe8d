"""Forecasters as models of MLflow: saved, logged, loaded, asked."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.forecasting import Theta
from stepahead.interop import load_mlflow, log_mlflow, save_mlflow

pytestmark = pytest.mark.filterwarnings("ignore")  # theirs


@pytest.fixture(autouse=True)
def mlflow() -> None:
    pytest.importorskip("mlflow", reason="needs mlflow-skinny: `make test-interop`")


@pytest.fixture
def forecaster() -> sa.forecasting.Predictor:
    panel = sa.Panel.from_arrays([50 + np.arange(30.0) % 7, 9 + np.arange(30.0)], ids=["a", "b"])
    return sa.fit(Theta(), panel, horizon=4, key=0, season=7)


def test_a_saved_model_answers_as_the_forecaster_does(
    forecaster: sa.forecasting.Predictor, tmp_path: Path
) -> None:
    from mlflow.pyfunc import load_model

    save_mlflow(forecaster, tmp_path / "model")
    model = load_model(str(tmp_path / "model"))
    pd.testing.assert_frame_equal(model.predict(None), forecaster.forecast())
    asked = model.predict(None, params={"horizon": 2, "levels": [50.0]})
    pd.testing.assert_frame_equal(asked, forecaster.forecast(2, levels=(50,)))


def test_series_of_a_table_are_forecast(
    forecaster: sa.forecasting.Predictor, tmp_path: Path
) -> None:
    from mlflow.pyfunc import load_model

    table = pd.DataFrame({"unique_id": "c", "ds": range(20), "y": np.arange(20.0) ** 2})
    save_mlflow(forecaster, tmp_path / "model")
    answer = load_model(str(tmp_path / "model")).predict(table)
    pd.testing.assert_frame_equal(answer, forecaster.forecast(panel=sa.read(table)))
    assert answer["ds"].tolist() == [20, 21, 22, 23]


def test_a_model_of_a_run_is_loaded_without_pickle(
    forecaster: sa.forecasting.Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlflow

    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"file:{tmp_path / 'runs'}")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    with mlflow.start_run():
        logged = log_mlflow(forecaster)
    back = load_mlflow(logged.model_uri)
    pd.testing.assert_frame_equal(back.forecast(), forecaster.forecast())
    files = {path.suffix for path in tmp_path.rglob("artifacts/*")}
    assert ".stepahead" in files and not {".pkl", ".pickle"} & files
