"""One network fitted in chunks: gradients of parts add up to that of the whole, in an order that no
engine changes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.distributed import Loop
from stepahead.training.parts import Pool, gradient_sum, updated, weights_of, with_weights
from stepahead.workflow import fit_in_chunks, forecast_in_chunks

SPEC = sa.models.MLPAR(3, hidden=(4,))
SIZES: dict[str, Any] = {"updates": 3, "epochs": 2, "batch": 10, "learn_from": 6, "series": 2}


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Eleven series, one of which is poisoned and one has a gap: six chunks."""
    days = pd.date_range("2024-01-01", periods=20)
    draws = np.random.default_rng(0)
    values = 50 + np.cumsum(draws.normal(size=(11, len(days))), axis=1)
    values[3, 4], values[7, 2] = np.inf, np.nan
    table = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:02}" for number in range(11)], len(days)),
            "ds": np.tile(days, 11),
            "y": values.ravel(),
        }
    )
    path = tmp_path / "sales.parquet"
    sa.readers.write_parquet(table, path)
    return path


class Stopped(Exception):
    """The end of the process, in the middle."""


class Backwards(Loop):
    """Shards in the opposite order; it ends after so many updates."""

    def __init__(self, updates: int) -> None:
        self.left = updates

    def map(self, function: str, chunks: Any) -> Iterator[Any]:
        """As `Loop.map`, the last one first."""
        calls = list(chunks)
        if function.endswith("gradient_of_shard"):
            self.left -= 1
            if self.left < 0:
                raise Stopped
        for outcome in super().map(function, calls[::-1]):
            yield outcome._replace(place=len(calls) - 1 - outcome.place)


def test_a_network_has_the_same_weights_in_any_order_and_after_a_stop(
    sales: Path, tmp_path: Path
) -> None:
    def fitted(name: str, engine: Loop) -> Any:
        return fit_in_chunks(SPEC, sales, 2, tmp_path / name, key=1, engine=engine, **SIZES)

    with pytest.raises(Stopped):  # in the second epoch
        fitted("a", Backwards(4))
    back = Backwards(3)
    one, other = fitted("a", back), fitted("b", Loop())
    assert back.left == 0  # the first epoch was not run again
    for name in ("model.stepahead", "manifest.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert one.learning.losses == other.learning.losses and len(one.learning.losses) == 2
    assert np.isfinite(one.learning.losses).all()
    done = forecast_in_chunks(one, sales, 2, tmp_path / "ahead", engine="loop", levels=())
    assert [each.id for each in done.failed] == ["s03"]


def test_gradients_of_parts_add_up_to_that_of_the_whole() -> None:
    draws = np.random.default_rng(0)
    panel = sa.Panel.from_arrays([draws.normal(size=12), draws.normal(size=9)])
    fitted: Any = sa.fit(SPEC, panel, 2, key=0, training=sa.training.Gradient(3, epochs=1))
    inside = fitted.own_scale.apply(panel)
    pool = Pool.joined([Pool.of(inside.take(np.array([number])), 3) for number in (0, 1)])
    key, count = jax.random.key(0), len(pool.windows.start)
    options: dict[str, Any] = {"span": 3, "steps": sa.training.LAST}

    def sums(chosen: Any) -> Any:
        series, batch = pool.drawn(np.asarray(chosen), 3 + 2)
        return gradient_sum(fitted.model, series, batch, key, **options)

    whole, first, rest = sums(range(count)), sums(range(4)), sums(range(4, count))
    assert float(whole.terms) == float(first.terms + rest.terms) > 0
    np.testing.assert_allclose(first.gradient + rest.gradient, whole.gradient, atol=1e-4)
    windows = sa.data.sliding_windows(inside.offsets, 3)
    mean = sa.training.loss_of(
        fitted.model, sa.training.series_of(inside, np.float32), windows, **options
    )
    assert float(whole.total / whole.terms) == pytest.approx(mean, rel=1e-5)
    weights = weights_of(fitted.model)
    step = 1e-2 * np.asarray(whole.gradient) / np.linalg.norm(whole.gradient)
    after = with_weights(fitted.model, weights - step)
    np.testing.assert_array_equal(weights_of(after), weights - step)
    series, batch = pool.drawn(np.arange(count), 3 + 2)
    less = gradient_sum(after, series, batch, key, **options).total
    fall = float(whole.total - less)
    assert fall == pytest.approx(1e-2 * np.linalg.norm(whole.gradient), rel=0.1)
    rule = sa.training.adam(1e-3)
    vector, _ = updated(weights, rule.init(weights), whole.gradient, rule)
    moved = whole.gradient != 0
    np.testing.assert_allclose(
        (weights - vector)[moved], 1e-3 * np.sign(whole.gradient)[moved], rtol=0.05
    )


def test_what_is_not_trained_by_gradient_is_refused(sales: Path, tmp_path: Path) -> None:
    for spec in (sa.models.LinearAR(2), sa.forecasting.Theta()):
        with pytest.raises(sa.Refusal, match="is not trained by gradient"):
            fit_in_chunks(spec, sales, 1, tmp_path / "out", key=0, engine="loop", **SIZES)
