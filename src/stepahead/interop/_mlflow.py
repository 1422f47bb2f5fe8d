"""An MLflow flavour: a forecaster in an MLflow model, without pickle."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._extras import extras_needed
from ..forecasting import Predictor
from ..readers import read
from ..store import load_as, save

FILE = "model.stepahead"
"""The saved file in an MLflow model."""

WRITER = "save_mlflow"


def save_mlflow(predictor: Predictor, path: Path | str, mlflow_model: Any = None) -> None:
    """Write a forecaster as an MLflow model, a folder at `path`, which `mlflow.pyfunc.load_model`
    and `mlflow models serve` can load.

    It contains the file of `stepahead.save`, safetensors and JSON, so no code of the file runs when
    it is loaded. Its `predict` takes a table of series (`unique_id`, `ds`, `y`), or None for the
    forecaster's own, and the parameters `horizon` and `levels`, and returns the table of
    `forecast`. `mlflow_model` is passed by MLflow itself.
    """
    mlflow = _mlflow()
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ParamSchema, ParamSpec

    folder, own = Path(path), version("stepahead")
    folder.mkdir(parents=True)
    save(predictor, folder / FILE)
    (folder / "requirements.txt").write_text(f"stepahead=={own}\n")
    (folder / "python_env.yaml").write_text(
        f"python: {platform.python_version()}\ndependencies:\n- -r requirements.txt\n"
    )
    params = [
        ParamSpec("horizon", "long", predictor.horizon),
        ParamSpec("levels", "double", np.ravel(predictor.levels).tolist(), shape=(-1,)),
    ]
    model = Model() if mlflow_model is None else mlflow_model
    model.signature = ModelSignature(params=ParamSchema(params))
    model.add_flavor("stepahead", data=FILE, stepahead_version=own)
    mlflow.pyfunc.add_to_model(
        model, loader_module=__name__, data=FILE, python_env="python_env.yaml"
    )
    model.save(str(folder / "MLmodel"))


def log_mlflow(predictor: Predictor, name: str = "model", **options: Any) -> Any:
    """Log a forecaster to the active MLflow run under a name; other options, such as
    `registered_model_name`, go to `mlflow.models.Model.log`, whose result is returned."""
    _mlflow()
    from mlflow.models import Model

    return Model.log(artifact_path=None, name=name, flavor=_Flavor, predictor=predictor, **options)


def load_mlflow(uri: Path | str) -> Predictor:
    """Return the forecaster of an MLflow model: a folder, `runs:/…` or `models:/…`."""
    _mlflow()
    from mlflow.artifacts import download_artifacts

    return load_as(Predictor, Path(download_artifacts(artifact_uri=str(uri))) / FILE, WRITER)


class _Flavor:
    """The two functions that an MLflow flavour must have."""

    __name__ = __name__

    @staticmethod
    def save_model(path: str, mlflow_model: Any, predictor: Predictor, **options: Any) -> None:
        save_mlflow(predictor, path, mlflow_model)


class _Served:
    """A forecaster with the `predict` of MLflow models."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    def predict(
        self, model_input: pd.DataFrame | None, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        asked = dict(params or {})
        panel = None if model_input is None else read(model_input)
        levels = asked.get("levels", self.predictor.levels)
        return self.predictor.forecast(asked.get("horizon"), levels=levels, panel=panel)


def _load_pyfunc(path: str) -> _Served:
    return _Served(load_as(Predictor, Path(path), WRITER))


def _mlflow() -> Any:
    with extras_needed():
        import mlflow.pyfunc
    return mlflow
