"""A forecast asked again with other values of the columns that are known beforehand."""

from pathlib import Path

import numpy as np
import pytest

from stepahead import Panel, Refusal
from stepahead.data import with_covariates
from stepahead.forecasting import Harmonic, Predictor
from stepahead.store import save
from stepahead.web.app.work._what_if import known_ahead, scenario

STEPS, HORIZON, LIFT = 90, 4, 30.0


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Predictor]:
    """Two series that a promotion lifts by 30, with none in the steps ahead."""
    draws = np.random.default_rng(0)
    promo = (draws.random((2, STEPS + HORIZON)) < 0.3).astype(float)
    promo[:, STEPS:] = 0
    y = 100 + LIFT * promo[:, :STEPS] + draws.normal(size=(2, STEPS))
    known = Panel.from_arrays(list(promo), ids=["a", "b"], names=["promo"])
    panel = with_covariates(Panel.from_arrays(list(y), ids=["a", "b"]), known=known)
    forecaster = Harmonic().fitted(panel, HORIZON, key=0, season=7)
    folder = tmp_path_factory.mktemp("answer")
    save(forecaster, folder / "model.stepahead")
    return folder, forecaster


def test_a_promotion_lifts_its_steps_and_no_other(fitted: tuple[Path, Predictor]) -> None:
    folder, forecaster = fitted
    as_it_was = forecaster.predict(levels=[80])
    same = scenario(str(folder), 1, {"promo": [0.0] * HORIZON}, [80])
    np.testing.assert_allclose(same["mean"], as_it_was.mean[1, :, 0], rtol=1e-9)
    np.testing.assert_allclose(same["ends"][0][1], as_it_was.interval(80)[1][1, :, 0], rtol=1e-9)
    other = scenario(str(folder), 1, {"promo": [0.0, 1.0, 0.0, 0.0]}, [80])
    np.testing.assert_allclose(other["mean"] - as_it_was.mean[1, :, 0], [0, LIFT, 0, 0], atol=1.5)


def test_what_is_known_ahead(fitted: tuple[Path, Predictor]) -> None:
    assert known_ahead(fitted[1].required_history, HORIZON).shape == (2, HORIZON, 1)
    assert not known_ahead(fitted[1].required_history, HORIZON).any()


@pytest.mark.parametrize(
    ("series", "values", "sentence"),
    [
        (1, {"price": [1.0]}, "There is no known column 'price'"),
        (1, {"promo": [1.0] * 9}, "is known for 4 steps, but 9 are given"),
        (7, {"promo": [1.0]}, "no such series"),
    ],
)
def test_a_bad_scenario_is_refused(
    fitted: tuple[Path, Predictor], series: int, values: dict, sentence: str
) -> None:
    with pytest.raises(Refusal, match=sentence):
        scenario(str(fitted[0]), series, values, [80])
