"""Where a package is not installed, a sentence says which command installs it."""

import sys
from pathlib import Path
from typing import Any, cast

import pytest

from stepahead import Refusal, interop
from stepahead.forecasting import Theta
from stepahead.interop import _sktime

NOTHING = cast("Any", None)


def test_without_sktime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sktime.forecasting.base", NOTHING)
    names = {"__name__": _sktime.__name__, "__package__": "stepahead.interop"}
    code = compile(Path(_sktime.__file__).read_text(), _sktime.__file__, "exec")
    exec(code, names)
    with pytest.raises(Refusal, match=r"pip install 'stepahead\[sktime\]'"):
        cast("Any", names)["SktimeForecaster"](Theta())


def test_without_onnx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", NOTHING)
    with pytest.raises(Refusal, match=r"pip install 'stepahead\[onnx\]'"):
        interop.export_onnx.__wrapped__(NOTHING, tmp_path / "model.onnx")


def test_without_mlflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.pyfunc", NOTHING)
    with pytest.raises(Refusal, match=r"pip install 'stepahead\[mlflow\]'"):
        interop.load_mlflow(tmp_path)
