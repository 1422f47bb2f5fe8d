"""Files of earlier versions load, and forecast what they forecast on the day that they were
made."""

import importlib.util
import inspect
import json
import re
from pathlib import Path
from types import ModuleType

import equinox as eqx
import numpy as np
import pytest

import stepahead as sa
from stepahead._settings import Settings
from stepahead.classical import LocalFit
from stepahead.data import FittedScaler
from stepahead.store import _save

HERE = Path(__file__).parent
TOLD = {
    "levels": [80],
    "forecasts": {
        name: told
        for version in ("v1", "v2")
        for name, told in json.loads((HERE / f"{version}-forecasts.json").read_text())[
            "forecasts"
        ].items()
    },
}
ANSWERS = json.loads((HERE / "v1-answers.json").read_text())
HIDDEN = json.loads((HERE / "v2-hmm-answers.json").read_text())
SECOND = json.loads((HERE / "v2-answers.json").read_text())
PARTS = json.loads((HERE / "v2-parts-answers.json").read_text())
THIRD = json.loads((HERE / "v3-answers.json").read_text())
TOLERANCE = {"v1-ets": 1e-4, "v2-ets": 1e-4, "v2-theta": 1e-4}
"""A new fit of statsmodels differs by its version and the machine; what we saved does not, but
for the last digits of float32."""


def beside(name: str) -> ModuleType:
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


answer = beside("make_v1_kinds").answer
answer_of_part = beside("make_v2_parts").answer


@pytest.mark.parametrize("name", TOLD["forecasts"])
def test_a_file_of_the_first_version_forecasts_as_it_did(name: str) -> None:
    forecaster = sa.load(HERE / f"{name}.stepahead")
    done = forecaster.predict(levels=TOLD["levels"])
    for part in ("mean", "quantiles"):
        np.testing.assert_allclose(
            getattr(done, part), TOLD["forecasts"][name][part], rtol=TOLERANCE.get(name, 1e-6)
        )
    assert forecaster.history.ids.tolist() == ["a shop", "ein Café"]
    assert forecaster.history.frequency.name == "MS"
    assert forecaster.history.missing == 1


def test_every_file_is_tested() -> None:
    assert {path.stem for path in HERE.glob("*.stepahead")} == {
        *TOLD["forecasts"],
        *ANSWERS,
        *SECOND,
        *HIDDEN,
        *PARTS,
        *THIRD,
    }


def test_every_kind_that_can_be_saved_has_a_file_of_this_format() -> None:
    saved = {sa.load(path).kind for path in HERE.glob("v2-*.stepahead")}
    assert saved == set(_save.HELD)


NOT_SAVED = {
    *("Conformal", "StateSpaceMethod"),  # what is fitted is saved
    *("Regressor", "Stack"),  # hold a class of the user's
    "Bidirectional",  # of imputers, which are not saved
    "Mixture",  # written part by part: v2-mixture
    "LeveledFit",  # of a series whose level moved: v2-leveled holds what is inside
    *("EarlierETS", "EarlierTheta", "EarlierFit"),  # read from v2-ets and v2-theta, never written
}
"""Data classes of the packages whose classes a file may name, that no file holds."""


def named(path: Path) -> set[str]:
    """The classes that a file names in its header."""
    raw = path.read_bytes()
    header = raw[8 : 8 + int.from_bytes(raw[:8], "little")].decode()
    return set(re.findall(r'\\"kind\\": \\"(\w+)\\"', header))


def test_every_class_that_a_file_may_name_is_in_a_file_of_this_format() -> None:
    """A new specification, head, scaler or component needs a file: add it to make_v2_parts.py."""
    registry = _save._classes(())
    kinds = {name: registry.get(name) for name in registry.packages if name[0] != "_"}
    parts = {
        name
        for name, kind in kinds.items()
        if kind is not None
        and (issubclass(kind, Settings | FittedScaler | LocalFit) or name.endswith("Model"))
        and not inspect.isabstract(kind)
        and not issubclass(kind, eqx.Module)
        and not name.startswith("Numpy")  # what runs a network that a file holds
    }
    there = set().union(*(named(path) for path in HERE.glob("v2-*.stepahead")))
    assert parts - there == NOT_SAVED


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_the_second_version_answers_as_it_did(name: str) -> None:
    said = answer_of_part(sa.load(HERE / f"{name}.stepahead"))
    np.testing.assert_allclose(said, PARTS[name], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_file_of_any_kind_of_the_first_version_answers_as_it_did(name: str) -> None:
    np.testing.assert_allclose(
        answer(sa.load(HERE / f"{name}.stepahead")), ANSWERS[name], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("name", SECOND)
def test_a_file_of_the_second_version_answers_as_it_did(name: str) -> None:
    tolerance = TOLERANCE.get(name, 1e-5)
    np.testing.assert_allclose(
        answer(sa.load(HERE / f"{name}.stepahead")), SECOND[name], rtol=tolerance, atol=1e-6
    )


@pytest.mark.parametrize("name", THIRD)
def test_a_file_in_half_precision_answers_as_it_did(name: str) -> None:
    path = HERE / f"{name}.stepahead"
    assert b"F16" in path.read_bytes()[:5000]
    said = answer_of_part(sa.load(path))
    np.testing.assert_allclose(said, THIRD[name], rtol=1e-5, atol=1e-6)


NETWORKS = ("lstm-words", "classifier", "row-classifier", "tagger", "translator", "generator")


@pytest.mark.parametrize("name", [f"{v}-{name}" for v in ("v1", "v2") for name in NETWORKS])
def test_a_network_asked_in_numpy_answers_the_same(name: str) -> None:
    model = sa.load(HERE / f"{name}.stepahead", in_numpy=True)
    assert type(model.model).__name__.startswith("Numpy")
    wanted = (ANSWERS | SECOND)[name]
    np.testing.assert_allclose(answer(model), wanted, rtol=1e-5, atol=1e-6)
