"""Adapters for other packages: sktime, MLflow, ONNX. Each module needs an extra."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._door import door as _door

if _TYPE_CHECKING:
    from ._mlflow import load_mlflow as load_mlflow
    from ._mlflow import log_mlflow as log_mlflow
    from ._mlflow import save_mlflow as save_mlflow
    from ._onnx import export_onnx as export_onnx
    from ._portable import export_numpy as export_numpy
    from ._sktime import SktimeForecaster as SktimeForecaster
else:
    __getattr__, __dir__ = _door(__name__)
