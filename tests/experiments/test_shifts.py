"""Shifts: the forecasts see only what came before, and the constant's error is the theory's."""

from pathlib import Path

import numpy as np

from stepahead.experiments.processes import _direction, _shifts


def test_what_comes_later_changes_no_forecast() -> None:
    """Every forecast of a step stays, to the bit, when that step and all after it are replaced."""
    x = next(iter(_shifts.worlds().values())).draw(3)
    changed = x.copy()
    changed[:, _shifts.AT + 40 :] = 1e6
    for name, ahead in _shifts.forecasts(x).items():
        other = _shifts.forecasts(changed)[name]
        np.testing.assert_array_equal(other[:, :41], ahead[:, :41])
        assert name == "mean" or not np.array_equal(other[:, :60], ahead[:, :60])


def test_a_naive_forecast_is_the_value_before() -> None:
    """The last value and the last season, at their places."""
    x = np.arange(2.0 * _shifts.STEPS).reshape(2, -1)
    ahead = _shifts.forecasts(x)
    np.testing.assert_array_equal(ahead["last value"], x[:, _shifts.AT - 1 : -1])
    np.testing.assert_array_equal(ahead["last season"], x[:, _shifts.AT - 12 : -12])
    np.testing.assert_allclose(ahead["mean of the last 30"], x[:, _shifts.AT :] - 15.5)


def test_quick_runs_reach_their_numbers(tmp_path: Path) -> None:
    """The constant errs as the theory says, in every world, and the pictures are written."""
    result = _shifts.run(tmp_path, None, lambda line: None, True)
    assert all(
        row.reached or abs(row.ours[0] / np.mean(row.reach) - 1) < 0.1 for row in result.rows
    )
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in result.files}


def test_a_process_is_drawn_as_its_formula_says() -> None:
    """Each value is the map of the one before, plus noise of its own."""
    process = _direction.PROCESSES["0.7x, uniform noise"]
    x = _direction.drawn(process, 0).values[:, 0]
    noise = x[1:] - 0.7 * x[:-1]
    assert len(x) == _direction.STEPS and np.abs(noise).max() < 1.7 and noise.std() > 0.9
