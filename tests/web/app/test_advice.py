"""The advice on the page of an answer names what is on the page."""

import re
from pathlib import Path

import numpy as np

from stepahead import Panel
from stepahead.evaluation import stationarity
from stepahead.evaluation.diagnostics._stationarity import REMEDY
from stepahead.web.app.work import _explain

FORM = Path(_explain.__file__).parents[1] / "templates" / "file.html"


def test_advice_for_every_finding_names_fields_of_the_form() -> None:
    assert set(_explain.ADVICE) == set(REMEDY)
    form = FORM.read_text()
    for advice in _explain.ADVICE.values():
        assert "`" not in advice
        assert all(f">{name}</label>" in form for name in re.findall("“(.*?)”", advice))


def test_a_finding_is_told_without_arguments_of_python() -> None:
    steps = np.arange(120)
    noise = np.random.default_rng(0).normal(size=120)
    panel = Panel.from_arrays(
        [noise.cumsum(), noise + (steps > 60) * 5, np.sin(steps) + 0.1 * steps]
    )
    for found in stationarity(panel):
        assert "`" in str(found) or found.stationary or found.verdict == "undecided"
        assert "`" not in found.words(_explain.ADVICE)
