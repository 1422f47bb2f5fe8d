"""Files of hidden Markov models load, and answer as on the day that they were made."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa

HERE = Path(__file__).parent
ANSWERS = json.loads((HERE / "v2-hmm-answers.json").read_text())

_SPEC = importlib.util.spec_from_file_location("make_hidden", HERE / "make_hidden.py")
assert _SPEC is not None and _SPEC.loader is not None
_MADE = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_MADE)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_hidden_markov_model_answers_as_it_did(name: str) -> None:
    # the switching one draws its intervals: in float32, with rounding of its own
    np.testing.assert_allclose(
        _MADE.answer(sa.load(HERE / f"{name}.stepahead")), ANSWERS[name], rtol=1e-6, atol=1e-9
    )
