"""The two-sine series: how they are cut, fed back and judged."""

from pathlib import Path

import jax
import numpy as np
import pytest

from stepahead.experiments.sines import _two_sines as two
from stepahead.models import RNN, LinearAR, Point, build


@pytest.fixture(scope="module")
def split() -> two.Split:
    return two.draw(400, 60, jax.random.key(0))


def test_the_series_are_cut_as_in_the_book(split: two.Split) -> None:
    assert [part.shape for part in split] == [(280, 60), (80, 60), (40, 60)]


def test_training_sees_each_series_from_its_first_step(split: two.Split) -> None:
    values, windows = two.whole_series(split.train)
    flat = np.asarray(values.values)[:, 0]
    np.testing.assert_allclose(flat[windows.start], split.train[:, 0], rtol=1e-6)
    np.testing.assert_allclose(flat[windows.stop - 1], split.train[:, -1], rtol=1e-6)
    assert set(windows.length.tolist()) == {50}


def test_the_naive_guess_is_the_fiftieth_value(split: two.Split) -> None:
    judged = two.naive(split)
    by_hand = np.mean([(split.test[:, 49] - split.test[:, 50 + k]) ** 2 for k in range(10)])
    assert two.mse(judged.test, split.test) == pytest.approx(by_hand)


def test_least_squares_lies_between_the_floor_and_the_naive_guess() -> None:
    split = two.draw(2000, 51, jax.random.key(1))
    error = two.mse(two.by_least_squares(split).validation, split.validation)
    assert two.NOISE**2 / 12 < error < two.mse(two.naive(split).validation, split.validation) / 4


def test_feeding_back_equals_starting_anew_with_the_prediction_appended(split: two.Split) -> None:
    model = build(RNN((5, 1), readout=False), 1, Point(), jax.random.key(0))
    fed = two.fed_back(model, split.test)
    seen = split.test[:, :50]
    for k in range(10):
        again = np.asarray(two.ahead(model, seen, 1), np.float64)
        np.testing.assert_allclose(fed[:, k : k + 1], again, atol=1e-5)
        seen = np.concatenate([seen, again], axis=1)


def test_gradient_descent_on_the_book_s_setting_nears_least_squares() -> None:
    split = two.draw(1000, 51, jax.random.key(2))
    keys = jax.random.key(2), jax.random.key(0), jax.random.key(1)  # the draw's, and theirs
    ((_, judged),) = two.trained(two.Setting("Dense(1)", LinearAR(50)), [split], 20, [keys])
    best = two.mse(two.by_least_squares(split).validation, split.validation)
    assert (
        best * 0.9
        < two.mse(judged.validation, split.validation)
        < two.mse(two.naive(split).validation, split.validation)
    )


def test_a_seed_that_learned_nothing_is_counted_and_kept(split: two.Split) -> None:
    one, ten = two.draw(400, 51, jax.random.key(3)), split
    known = {
        1: two.Judged(*(part[:, 50:] for part in one[1:]), ()),
        10: two.Judged(*(part[:, 50:] for part in ten[1:]), ()),
    }
    lost = {
        horizon: two.Judged(*(np.full_like(part, 9.0) for part in known[horizon][:2]), ())
        for horizon in (1, 10)
    }
    found = {
        setting.name: [known[setting.horizon], lost[setting.horizon]] for setting in two.SETTINGS
    }
    found |= {"recursion": [known[10], known[10]], "ours": [known[10], lost[10]]}
    for rows in two.numbers(found, {1: [one, one], 10: [ten, ten]}, "ours"):
        counted = {
            row.what: row.collapsed for row in rows if row.what in {s.name for s in two.SETTINGS}
        }
        assert counted and set(counted.values()) == {1}
        assert all(len(row.ours) == 2 for row in rows if row.what in counted)


def test_the_whole_of_it_in_miniature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        two,
        "SETTINGS",
        tuple(
            s
            for s in two.SETTINGS
            if s.name in {two.RECURSIVE, "GRU 20, 20 + Dense(10), every step"}
        ),
    )
    result = two.run(tmp_path, None, lambda line: None, True)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in result.files}
    told = str(result)
    assert "floor: the waves known" in told and "0.0008333" in told
    assert all(np.isfinite(row.ours).all() for row in result.rows)
