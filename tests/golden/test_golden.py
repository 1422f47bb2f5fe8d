"""Files of earlier versions load, and forecast what they forecast on the day that they were made."""

import json
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa

HERE = Path(__file__).parent
TOLD = json.loads((HERE / "v1-forecasts.json").read_text())
TOLERANCE = {"v1-ets": 1e-4}
"""What statsmodels fits anew differs by its version and the machine; what we saved does not, but for the last digits of float32."""


@pytest.mark.parametrize("name", TOLD["forecasts"])
def test_a_file_of_the_first_version_forecasts_as_it_did(name: str) -> None:
    forecaster = sa.load(HERE / f"{name}.stepahead")
    done = forecaster.predict(levels=tuple(TOLD["levels"]))
    for part in ("mean", "quantiles"):
        np.testing.assert_allclose(getattr(done, part), TOLD["forecasts"][name][part], rtol=TOLERANCE.get(name, 1e-6))
    assert forecaster.history.ids.tolist() == ["a shop", "ein Café"]
    assert forecaster.history.frequency.name == "MS"
    assert forecaster.history.missing == 1


def test_every_file_is_tested() -> None:
    assert {path.stem for path in HERE.glob("*.stepahead")} == set(TOLD["forecasts"])
