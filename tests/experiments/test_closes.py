"""The closes: on a random walk nothing may look better than the last value, and no forecast may see
its day."""

import gzip
from pathlib import Path

import jax
import numpy as np
import pytest

from stepahead.experiments.markets import _closes
from stepahead.models import Naive, Point, build


@pytest.fixture
def closes() -> _closes.Closes:
    days = np.arange(np.datetime64("2000-01-03"), np.datetime64("2012-01-01"))
    days = days[np.is_busday(days)]
    x = 5000 + np.cumsum(np.random.default_rng(0).normal(scale=20, size=len(days)))
    return _closes.Closes(x, days.astype("M8[us]"), int((days < _closes.SPLIT).sum()))


def test_the_last_value_of_each_window_is_the_day_before_the_first_that_is_judged(
    closes: _closes.Closes,
) -> None:
    windows = _closes.windows(closes, 4)
    np.testing.assert_array_equal(windows[0], closes.x[closes.seen - 4 : closes.seen])
    perfect = np.lib.stride_tricks.sliding_window_view(closes.x[closes.seen :], _closes.FARTHEST)
    assert len(windows) == len(perfect)
    assert _closes.by_step(closes, perfect).max() == 0


def test_a_naive_model_through_the_same_path_is_the_naive_guess(closes: _closes.Closes) -> None:
    model = build(Naive(), 1, Point(), jax.random.key(0))
    followed = _closes.follow(model, closes, 4, 5000.0, 300.0)
    np.testing.assert_allclose(
        followed, np.repeat(_closes.windows(closes, 1), _closes.FARTHEST, axis=1), rtol=1e-5
    )


def test_on_a_random_walk_the_error_of_the_last_value_grows_as_k_and_nothing_beats_it(
    closes: _closes.Closes, tmp_path: Path
) -> None:
    (tmp_path / "ftse100").mkdir()
    rows = [
        f"{str(day)[:10]},{value:.4f}" for day, value in zip(closes.days, closes.x, strict=True)
    ]
    with gzip.open(tmp_path / _closes.FILE, "wt") as file:
        file.write("\n".join(["Date,Close", *rows]) + "\n")
    (tmp_path / "out").mkdir()
    result = _closes.run(tmp_path / "out", tmp_path, lambda line: None, True)
    naive = _closes.by_step(closes, np.repeat(_closes.windows(closes, 1), _closes.FARTHEST, axis=1))
    assert naive[0] == pytest.approx(400, rel=0.15)
    assert naive[15] == pytest.approx(16 * 400, rel=0.4)
    assert all(min(row.ours) > 0.98 for row in result.rows)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        path.name for path in result.files
    }


@pytest.mark.parametrize("named", [True, False])
def test_without_the_file_it_says_so(named: bool, tmp_path: Path) -> None:
    result = _closes.run(tmp_path, tmp_path if named else None, lambda line: None, False)
    assert not result.rows and not result.files
    assert str(result).startswith("Skipped: the closes may not be redistributed")
    assert _closes.FILE in str(result)
