"""Files of earlier versions load, and forecast what they forecast on the day that they were
made."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
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
TOLERANCE = {"v1-ets": 1e-4, "v2-ets": 1e-4, "v2-theta": 1e-4}
"""A new fit of statsmodels differs by its version and the machine; what we saved does not, but
for the last digits of float32."""

_SPEC = importlib.util.spec_from_file_location("make_v1_kinds", HERE / "make_v1_kinds.py")
assert _SPEC is not None and _SPEC.loader is not None
_MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MADE)
answer = _MADE.answer


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
    }


def test_every_kind_that_can_be_saved_has_a_file_of_this_format() -> None:
    saved = {sa.load(path).kind for path in HERE.glob("v2-*.stepahead")}
    assert saved == set(_save.HELD)


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


NETWORKS = ("lstm-words", "classifier", "row-classifier", "tagger", "translator", "generator")


@pytest.mark.parametrize("name", [f"{v}-{name}" for v in ("v1", "v2") for name in NETWORKS])
def test_a_network_asked_in_numpy_answers_the_same(name: str) -> None:
    model = sa.load(HERE / f"{name}.stepahead", in_numpy=True)
    assert type(model.model).__name__.startswith("Numpy")
    wanted = (ANSWERS | SECOND)[name]
    np.testing.assert_allclose(answer(model), wanted, rtol=1e-5, atol=1e-6)
