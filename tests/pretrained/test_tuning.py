"""Fine-tuning: windows of the panel, weights judged by the last steps, kept in files."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Panel
from stepahead.forecasting import Pretrained, Theta
from stepahead.pretrained import _tuning
from stepahead.pretrained._fit import Network
from stepahead.pretrained._network import initial_weights
from stepahead.pretrained._tokens import WIDTH
from stepahead.pretrained._tuning import fine_tuned, window_patches, windows

SMALL = Network.of(initial_weights(np.random.default_rng(0), WIDTH, 8, 1))
RNG = np.random.default_rng(1)
SERIES = [10 + 3 * np.sin(np.arange(60) * np.pi / 6 + k) + RNG.normal(0, 0.1, 60) for k in range(9)]
PANEL = Panel.from_arrays([each[:54] for each in SERIES])


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_tuning, "PATCHES", 256)
    monkeypatch.setattr(_tuning, "RATE", 3e-3)


def test_windows_are_pieces_of_series_that_hold_them():
    series = [np.arange(100.0), 1000 + np.arange(40.0), 5000 + np.arange(200.0)]
    drawn = windows(np.random.default_rng(0), series, 8)
    assert drawn.shape == (32, 72) and (np.diff(drawn, axis=1) == 1).all()
    first = drawn[:, 0]
    assert set(first) <= {*range(29), *range(5000, 5129)}
    assert (first < 1000).any() and first.max() > 5064
    assert window_patches([len(each) for each in series]) == 8


def test_it_learns_what_all_series_share_and_never_forecasts_the_last_steps_worse():
    looks = []
    done = fine_tuned(SMALL, SERIES, (12,), 6, 40, np.random.default_rng(0), looks.append)
    assert done.after < 0.8 * done.before
    assert [look.number for look in looks] == [1, 2, 3, 4]
    assert done.after == min(done.before, *(look.loss for look in looks))


def test_weights_that_only_get_worse_are_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_tuning, "RATE", 100.0)
    done = fine_tuned(SMALL, SERIES, (12,), 6, 4, np.random.default_rng(0))
    assert done.network is SMALL and done.after == done.before


def test_a_fit_that_fine_tunes_keeps_its_weights_for_files_and_other_series(tmp_path):
    spec = Pretrained(fine_tune=8, network=SMALL)
    done = sa.fit(spec, PANEL, 6, key=0, season=12)
    again = sa.fit(spec, PANEL, 6, key=0, season=12)
    other = sa.fit(spec, PANEL, 6, key=1, season=12)
    plain = sa.fit(Pretrained(network=SMALL), PANEL, 6, key=0, season=12)
    told = done.predict().mean
    np.testing.assert_array_equal(told, again.predict().mean)
    assert not np.allclose(told, other.predict().mean) and not np.allclose(
        told, plain.predict().mean
    )
    sa.save(done, tmp_path / "tuned")
    loaded = sa.load(tmp_path / "tuned")
    np.testing.assert_array_equal(loaded.predict().mean, told)
    one = loaded.predict(panel=PANEL.take(np.array([4]))).mean
    np.testing.assert_allclose(one, told[4:5], rtol=1e-4)


def test_a_fit_with_a_start_fine_tunes_the_network_of_that():
    start = sa.fit(Pretrained(network=SMALL), PANEL.take(np.array([2])), 6, key=0, season=12)
    told = sa.fit(Pretrained(fine_tune=8), PANEL, 6, key=0, season=12, start=start)
    same = sa.fit(Pretrained(fine_tune=8, network=SMALL), PANEL, 6, key=0, season=12)
    np.testing.assert_array_equal(told.predict().mean, same.predict().mean)
    assert Pretrained().started(start.spec).fine_tune == 200


def test_fine_tune_after_new_observations_learns_on_and_says_the_losses():
    start = sa.fit(Pretrained(fine_tune=8, network=SMALL), PANEL, 6, key=0, season=12)
    new = Panel.from_arrays([each[54:] for each in SERIES], start=54)
    tuned = sa.fine_tune(start, new, key=3)
    assert tuned.after < tuned.before
    assert not np.allclose(tuned.forecaster.predict().mean, start.update(new).predict().mean)
    theta = sa.fit(Theta(), PANEL, 6, key=0, season=12)
    assert sa.fine_tune(theta, new, key=3).before is None


def test_series_too_short_to_teach_leave_the_network_as_it_is():
    done = fine_tuned(SMALL, [np.arange(9.0)], (), 4, 10, np.random.default_rng(0))
    assert done.network is SMALL
    with pytest.raises(sa.Refusal, match="fine_tune"):
        Pretrained(fine_tune=-1)
