"""A method on the newest steps alone: the same as the method on a series that begins there."""

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Panel
from stepahead.forecasting import MSTL, Baseline, Recent, Theta

DRAWS = np.random.default_rng(0)
LONG = 20 + DRAWS.normal(size=90).cumsum() + np.tile([0.0, 3.0, -2.0, 4.0, 0.0], 18)
LONG[52] = np.nan  # the first of the newest 38 steps, so 37 are used
SHORT = 50 + DRAWS.normal(size=30).cumsum()


@pytest.mark.parametrize("inside", [Theta(), MSTL((5,)), Baseline("drift")])
def test_it_is_the_method_on_what_is_newest(inside, tmp_path) -> None:
    whole, newest = Panel.from_arrays([LONG, SHORT]), Panel.from_arrays([LONG[53:], SHORT])
    recent = sa.fit(Recent(inside, 38), whole, horizon=4, key=0, season=5)
    alone = sa.fit(inside, newest, horizon=4, key=0, season=5)
    at = (0.1, 0.5, 0.9)
    done = recent.predict(quantiles=at)
    np.testing.assert_array_equal(done.quantiles, alone.predict(quantiles=at).quantiles)
    fitted = recent.fitted_values()[:, 0]
    assert np.isnan(fitted[:53]).all()
    np.testing.assert_array_equal(fitted[53:], alone.fitted_values()[:, 0])
    assert recent.forms() == alone.forms()
    later = [np.array([21.0, np.nan, 30.0]), np.array([50.0])]
    more = [
        start.slice(start.lengths - np.array([3, 1]), start.lengths)
        for start in (
            Panel.from_arrays([np.append(LONG, later[0]), np.append(SHORT, later[1])]),
            Panel.from_arrays([np.append(LONG[53:], later[0]), np.append(SHORT, later[1])]),
        )
    ]
    np.testing.assert_array_equal(
        recent.update(more[0]).predict().mean, alone.update(more[1]).predict().mean
    )
    sa.save(recent, tmp_path / "recent")
    np.testing.assert_array_equal(sa.load(tmp_path / "recent").predict().mean, done.mean)


def test_a_series_whose_newest_steps_tell_too_little_is_used_whole() -> None:
    still = np.append(LONG[:40], np.full(20, 7.0))
    empty = LONG[60:].copy()
    empty[12:-3] = np.nan
    panel = Panel.from_arrays([still, empty])
    recent, whole = (
        sa.fit(spec, panel, horizon=2, key=0, season=1) for spec in (Recent(Theta(), 20), Theta())
    )
    np.testing.assert_array_equal(recent.predict().mean, whole.predict().mean)
    with pytest.raises(sa.Refusal, match="steps"):
        Recent(Theta(), 3)
