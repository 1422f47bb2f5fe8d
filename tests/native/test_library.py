"""Compiled libraries of other sources than those that are there are refused before they are
called."""

import _ctypes
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, native
from stepahead.forecasting import Theta
from stepahead.native import StaleKernels, _library
from stepahead.native._sources import fingerprint

STEMS = ["kernels", "kernels_kalman", "kernels_series"]
needs_kernels = pytest.mark.skipif(not native.available(), reason=native.reason())


def told(tmp_path: Path, name: str, **files: str) -> str | None:
    folder = tmp_path / name
    (folder / "inside").mkdir(parents=True)
    for stem, text in files.items():
        (folder / "inside" / f"{stem}.h").write_text(text)
    return fingerprint(folder)


def test_code_is_told_apart_and_comments_are_not(tmp_path) -> None:
    first = told(tmp_path, "first", a="int f(int x);  // a number\n", b="")
    assert first == told(tmp_path, "spaced", a="// f\nint f(\n    int x);\n", b="\n")
    others = {
        told(tmp_path, "longer", a="int f(int x, int y);", b=""),
        told(tmp_path, "moved", a="", b="int f(int x);"),
        told(tmp_path, "renamed", a="int f(int x);", c=""),
    }
    assert len({first, *others}) == 4 and len(str(first)) == 16


def test_without_sources_there_is_nothing_to_compare(tmp_path) -> None:
    assert told(tmp_path, "wheel") is None


@needs_kernels
@pytest.mark.parametrize("stem", STEMS)
def test_every_library_says_its_sources(stem, monkeypatch) -> None:
    opened = _library.load(stem)
    assert opened.best is not None
    monkeypatch.setattr(_library, "fingerprint", lambda folder: "0" * 16)
    with pytest.raises(Refusal, match=rf"_{stem}_baseline.so .* Build them again: .* pip install"):
        _library.load(stem)
    monkeypatch.setattr(_library, "fingerprint", lambda folder: None)
    assert _library.load(stem).best is not None


def test_a_library_that_does_not_say_its_sources_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(_library, "fingerprint", lambda folder: "0" * 16)
    with pytest.raises(Refusal, match="built from other C\\+\\+ sources"):
        _library._opened(Path(_ctypes.__file__))


def test_a_comparison_with_stale_kernels_is_refused_not_made_without_them(monkeypatch) -> None:
    """Else nearly all candidates were left out as failed, and the rest taken for the best."""

    def stale(*_: object) -> None:
        raise StaleKernels("The compiled kernels were built from other C++ sources.")

    monkeypatch.setattr(Theta, "fit_rows", stale)
    panel = sa.Panel.from_arrays([np.sin(np.arange(60.0)) + np.arange(60.0)])
    with pytest.raises(StaleKernels):
        sa.auto(panel, 4, key=0, clock=lambda: 0.0)
