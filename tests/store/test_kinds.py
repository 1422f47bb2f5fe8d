"""An ensemble and a local method come back from a file as what they were."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import classical, data, forecasting, models
from stepahead.data import GrowingPanel
from stepahead.forecasting import ETS, Ensemble, LocalForecaster
from stepahead.store import _earlier
from stepahead.store._file import write
from stepahead.training import Gradient

PANEL = sa.Panel.from_arrays(
    [50 + np.cumsum(np.random.default_rng(0).normal(size=40)), np.arange(30.0) % 7 + 3],
    ids=["a", "b"],
)
NEW = sa.Panel.from_arrays([[51.0]], ids=["a"], start=40)


def _same(first, second):
    for one, other in ((first, second), (first.update(NEW), second.update(NEW))):
        a, b = one.predict(2, quantiles=(0.1,)), other.predict(2, quantiles=(0.1,))
        np.testing.assert_array_equal(a.mean, b.mean)
        np.testing.assert_array_equal(a.quantiles, b.quantiles)


def test_an_ensemble_is_loaded_to_the_bit_and_its_members_differ(tmp_path):
    quick = Gradient(span=8, epochs=1, steps=2, batch=4)
    members = [
        sa.fit(sa.models.GRU(3), PANEL, 2, key=jax.random.key(seed), training=quick)
        for seed in range(2)
    ]
    saved = Ensemble(tuple(members))
    sa.save(saved, tmp_path / "model")
    again = sa.load(tmp_path / "model")
    assert isinstance(again, Ensemble)
    _same(saved, again)
    assert (again.members[0].predict(2).mean != again.members[1].predict(2).mean).any()


def test_a_local_method_is_loaded(tmp_path):
    saved = LocalForecaster(ETS(), GrowingPanel.of(PANEL), 3, 7)
    sa.save(saved, tmp_path / "model")
    again = sa.load(tmp_path / "model")
    assert (again.spec, again.horizon, again.season) == (ETS(), 3, 7)
    _same(saved, again)


def test_conformal_intervals_are_loaded_with_what_they_are_around(tmp_path):
    around = sa.conformal(sa.models.Drift(), windows=12, gain=0.1)
    for spec in (around, sa.conformal(ETS(), windows=12)):
        saved = sa.fit(spec, PANEL.take(np.array([0])), 2, key=jax.random.key(0), season=1)
        sa.save(saved, tmp_path / "model")
        again = sa.load(tmp_path / "model")
        assert (again.gain, again.season, again.summary()) == (
            saved.gain,
            saved.season,
            saved.summary(),
        )
        _same(saved, again)
    with pytest.raises(sa.Refusal, match="Conformal intervals hold for the weights"):
        sa.fine_tune(saved, NEW, key=jax.random.key(0))


class Last:
    """A regressor in the manner of scikit-learn: the newest lag."""

    def fit(self, features, target):
        return self

    def predict(self, features):
        return features[:, -1]


def test_another_kind_is_refused_on_both_ways(tmp_path):
    foreign = sa.fit(sa.forecasting.Regressor(Last(), lags=2), PANEL, 2, key=jax.random.key(0))
    with pytest.raises(
        sa.Refusal, match=r"A file holds no code, and so no .*Keep the series instead"
    ):
        sa.save(foreign, tmp_path / "model")
    write(tmp_path / "model", {"kind": "oracle"}, {"a": np.zeros(1)})
    with pytest.raises(sa.Refusal, match="holds the kind 'oracle'"):
        sa.load(tmp_path / "model")


def test_a_name_in_a_file_means_one_class():
    """A file names classes by their bare name, so no two packages may have one of the same name."""
    homes = {}
    for package in (classical, data, forecasting, models, _earlier):
        for name in dir(package):
            value = getattr(package, name)
            if not name.startswith("_") and isinstance(value, type):
                homes.setdefault(name, set()).add(value)
    assert len(homes) > 200
    assert {name: found for name, found in homes.items() if len(found) > 1} == {}
