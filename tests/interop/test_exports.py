"""Networks exported to NumPy and to ONNX answer as the forecaster does."""

import ast
import dataclasses
import runpy
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal
from stepahead.interop import _runtime, export_numpy, export_onnx

RNG = np.random.default_rng(0)
HISTORIES = 50 + 7 * np.cumsum(RNG.normal(size=(3, 40, 2)), axis=1)
HISTORIES[2] = 50 + RNG.normal(size=(40, 1)) * 0  # never moves
QUANTILES = sa.models.Quantiles(3, (0.1, 0.25, 0.5, 0.9))

CASES = {
    "gru": (sa.models.Anchored(sa.models.GRU((4, 3))), QUANTILES, 20),
    "lstm": (sa.models.LSTM(4), QUANTILES, None),
    "rnn": (sa.models.Anchored(sa.models.RNN(4, relu=True)), sa.models.Point(3), None),
    "elman": (sa.models.RNN(6, readout=False), sa.models.Point(3), None),
    "mlp": (sa.models.Anchored(sa.models.MLPAR((1, 2, 5), (4,))), QUANTILES, None),
}


@pytest.fixture(scope="module", params=CASES, ids=str)
def forecaster(request: pytest.FixtureRequest) -> sa.Forecaster:
    """A forecaster with random weights, biases included."""
    spec, head, context = CASES[request.param]
    model = sa.models.build(spec, 2, head, jax.random.key(0))
    model = jax.tree.map(lambda a: a + RNG.normal(0, 0.3, a.shape).astype(a.dtype), model)
    key, scaler = jax.random.key(0), sa.data.standard()
    return sa.Forecaster(spec, model, scaler, None, None, 3, context, 1, key)


def assert_same(theirs: dict[str, np.ndarray], forecaster: sa.Forecaster) -> None:
    """Means and quantiles of all histories are those of the forecaster, to 1e-5 of a deviation."""
    asked = getattr(forecaster.model.head, "probabilities", ())
    ours = forecaster.predict(panel=sa.Panel.from_arrays(HISTORIES), quantiles=asked)
    deviation = 1e-5 * np.maximum(HISTORIES.std(axis=1), 1)[:, None]
    assert (np.abs(theirs["mean"] - ours.mean) < deviation).all()
    if asked:
        assert (np.abs(theirs["quantiles"] - ours.quantiles) < deviation[..., None]).all()
    np.testing.assert_array_equal(theirs["mean"][2], HISTORIES[2, :3])


def test_numpy_alone_answers_as_the_forecaster_does(
    forecaster: sa.Forecaster, tmp_path: Path
) -> None:
    export_numpy(forecaster, tmp_path / "model.npz")
    assert_same(runpy.run_path(str(tmp_path / "model.py"))["forecast"](HISTORIES), forecaster)


def test_onnxruntime_answers_as_the_forecaster_does(
    forecaster: sa.Forecaster, tmp_path: Path
) -> None:
    pytest.importorskip("onnx", reason="needs onnx: `make test-interop`")
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime: `make test-interop`")
    export_onnx(forecaster, tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    names = [each.name for each in session.get_outputs()]
    answers: Any = session.run(names, {"history": HISTORIES})
    assert_same(dict(zip(names, answers, strict=True)), forecaster)
    assert session.get_modelmeta().custom_metadata_map["horizon"] == "3"


def test_the_runtime_imports_nothing_but_numpy() -> None:
    tree = ast.parse(Path(_runtime.__file__).read_text())
    names = [
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]
    assert {str(name).split(".")[0] for name in names} - sys.stdlib_module_names == {"numpy"}


def test_the_runtime_refuses_what_it_cannot_answer(
    forecaster: sa.Forecaster, tmp_path: Path
) -> None:
    export_numpy(forecaster, tmp_path / "model.npz")
    forecast = runpy.run_path(str(tmp_path / "model.py"))["forecast"]
    with pytest.raises(ValueError, match=r"\[series, time, 2\], but it is \[1, 2, 1\]"):
        forecast([1.0, 2.0])
    with pytest.raises(ValueError, match="no missing values"):
        forecast(np.where(HISTORIES > 50, np.nan, HISTORIES))


def test_what_cannot_be_exported_is_refused(forecaster: sa.Forecaster, tmp_path: Path) -> None:
    other = dataclasses.replace(forecaster, scaler=sa.data.robust(), spec=sa.models.MinGRU(4))
    with pytest.raises(Refusal, match=r"but the model is MinGRU\(.*, the scaler is Robust\("):
        export_numpy(other, tmp_path / "model.npz")
    with pytest.raises(Refusal, match=r"end in \.npz"):
        export_numpy(forecaster, tmp_path / "model")
