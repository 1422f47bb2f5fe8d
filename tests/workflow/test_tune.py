"""Learning on: from the weights kept, on the data joined."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead.forecasting import ETS, Ensemble, Regressor
from stepahead.training import Gradient

KEY = jax.random.key(0)
NOISE = np.random.default_rng(0).normal(size=60)
PAST, NEW = (
    sa.Panel.from_arrays([NOISE[:50].cumsum()]),
    sa.Panel.from_arrays([NOISE.cumsum()[50:]], start=50),
)
RECIPE = Gradient(span=2, epochs=2, batch=16)


@pytest.fixture(scope="module")
def trained() -> sa.Forecaster:
    return sa.fit(sa.models.MLPAR(2, hidden=(4,)), PAST, 1, key=KEY, training=RECIPE)


def test_training_goes_on_from_the_weights_kept(trained: sa.Forecaster) -> None:
    still = Gradient(span=2, epochs=1, batch=16, optimizer=sa.training.adam(0.0))
    same = sa.fine_tune(trained, NEW, key=KEY, training=still)
    assert same.before == same.after
    np.testing.assert_array_equal(
        same.forecaster.predict(3).mean, trained.update(NEW).predict(3).mean
    )
    heard = []
    tuned = sa.fine_tune(trained, NEW, key=KEY, training=RECIPE, on_event=heard.append)
    assert tuned.after < tuned.before
    assert [event.number for event in heard] == [1, 2]
    assert trained.history is PAST


def test_every_member_of_an_ensemble_learns_on_by_a_key_of_its_own(trained: sa.Forecaster) -> None:
    tuned = sa.fine_tune(Ensemble((trained, trained)), NEW, key=KEY, training=RECIPE)
    first, second = (member.predict(1).mean.item() for member in tuned.forecaster.members)
    assert first != second


def test_what_was_solved_is_solved_anew() -> None:
    linear = sa.fit(sa.models.LinearAR(2), PAST, 1, key=KEY)
    tuned = sa.fine_tune(linear, NEW, key=KEY).forecaster
    anew = sa.fit(sa.models.LinearAR(2), tuned.history, 1, key=KEY)
    assert tuned.history.lengths.tolist() == [60]
    np.testing.assert_array_equal(
        tuned.predict(3, quantiles=(0.1,)).quantiles, anew.predict(3, quantiles=(0.1,)).quantiles
    )


def test_what_fits_itself_is_updated_and_a_regressor_is_refused() -> None:
    assert sa.fine_tune(
        sa.fit(ETS(), PAST, 1, key=KEY), NEW, key=KEY
    ).forecaster.history.lengths.tolist() == [60]
    from sklearn.linear_model import LinearRegression

    regressor = sa.fit(Regressor(LinearRegression(), lags=2), PAST, 1, key=KEY)
    with pytest.raises(sa.Refusal, match="has no weights to fine-tune"):
        sa.fine_tune(regressor, NEW, key=KEY)
