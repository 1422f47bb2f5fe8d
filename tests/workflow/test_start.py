"""`fit(…, start=…)`: training begins with the weights of a fitted forecaster."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Panel
from stepahead.forecasting import ETS, Pretrained
from stepahead.models import MLPAR, LinearAR
from stepahead.training import Gradient

STEPS = np.random.default_rng(0).normal(size=(3, 40)).cumsum(axis=1)
PANEL, OTHER = Panel.from_arrays(list(STEPS)), Panel.from_arrays(list(10 + 3 * STEPS[:, ::-1]))
RECIPE = Gradient(span=4, epochs=3)


def fitted(spec, panel=PANEL, horizon=2, **options):
    return sa.fit(spec, panel, horizon, key=0, **options)


def test_without_an_epoch_the_weights_are_those_of_the_start_and_the_scale_is_the_panels():
    before = fitted(MLPAR(2, hidden=(4,)), training=RECIPE)
    still = Gradient(span=4, epochs=1, optimizer=sa.training.adam(0.0))
    after = fitted(MLPAR(2, hidden=(4,)), OTHER, training=still, start=before)
    told = before.predict(panel=Panel.from_arrays(list(STEPS[:, ::-1]))).mean
    np.testing.assert_allclose(after.predict().mean, 10 + 3 * told, rtol=1e-4)


def test_training_goes_on_from_where_it_was():
    before = fitted(MLPAR(2, hidden=(4,)), training=RECIPE)
    after = fitted(MLPAR(2, hidden=(4,)), training=RECIPE, start=before)
    assert after.learning.losses[0] < before.learning.losses[-1]


@pytest.mark.parametrize(
    ("spec", "start", "sentence"),
    [
        (ETS(), Pretrained(), r"ETS\(\) has none. Leave it out"),
        (Pretrained(), ETS(), r"forecaster of `Pretrained`, as .* it is LocalForecaster\(ETS\(\)"),
        (LinearAR(2), LinearAR(2), "solved in closed form. Leave it out"),
        (MLPAR(2, hidden=(4,)), ETS(), r"forecaster of the same model.* LocalForecaster\(ETS"),
        (MLPAR(2, hidden=(4,)), MLPAR(2, hidden=(5,)), r"the same names and sizes, .*\(5,\)"),
    ],
)
def test_a_start_without_the_same_weights_is_refused(spec, start, sentence):
    def recipe(one):
        return {"training": RECIPE} if isinstance(one, MLPAR) else {}

    held = fitted(start, **recipe(start))
    with pytest.raises(sa.Refusal, match=sentence):
        fitted(spec, start=held, **recipe(spec))
