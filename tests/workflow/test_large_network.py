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


def covered(values: Any, draws: Any) -> sa.Panel:
    """A panel with a covariate of each kind; one that is known reaches further than values."""
    panel = sa.Panel.from_arrays(values)
    price = sa.Panel.from_arrays([draws.normal(size=len(one) + 3) for one in values], names=["p"])
    visits = sa.Panel.from_arrays([draws.normal(size=len(one)) for one in values], names=["v"])
    area = {"area": np.arange(len(values)) + 1.0}
    return sa.data.with_covariates(panel, known=price, past=visits, static=area)


def test_windows_by_themselves_keep_their_covariates() -> None:
    """Each drawn window has the loss and the gradient that it has within its panel, whatever part
    it came in."""
    draws = np.random.default_rng(0)
    panel = covered([draws.normal(size=12), draws.normal(size=9), draws.normal(size=10)], draws)
    fitted: Any = sa.fit(SPEC, panel, 2, key=0, training=sa.training.Gradient(3, epochs=1))
    inside = sa.data.scaled_covariates(
        fitted.own_scale.apply(panel), fitted.covariates, 2, carried=True
    )
    parts = [inside.take(np.array(numbers)) for numbers in ([0], [1, 2])]
    pool = Pool.joined([Pool.of(part, 3) for part in parts])
    chosen = draws.permutation(len(pool.windows.start))
    series, batch = pool.drawn(chosen, 3 + 2)
    options: dict[str, Any] = {"span": 3, "steps": sa.training.LAST}
    windows = sa.data.sliding_windows(inside.offsets, 3)
    mean = sa.training.loss_of(
        fitted.model, sa.training.series_of(inside, np.float32), windows, **options
    )
    whole = gradient_sum(fitted.model, series, batch, jax.random.key(0), **options)
    assert float(whole.total / whole.terms) == pytest.approx(mean, rel=1e-5)
    for number in chosen[:4]:
        alone, one = pool.drawn(np.array([number]), 3 + 2)
        held, at = alone.covariates, int(pool.windows.start[number])
        assert held is not None and inside.covariates is not None
        owner = int(inside.series_of_step[at])
        known = inside.covariates.known[
            int(inside.covariates.offsets[owner]) + at - int(inside.offsets[owner]) :
        ][:5]
        np.testing.assert_allclose(held.known[: len(known)], known, rtol=1e-6)
        np.testing.assert_allclose(held.static[0], inside.covariates.static[owner], rtol=1e-6)
        np.testing.assert_allclose(held.past[:3], inside.covariates.past[at : at + 3], rtol=1e-6)
        assert int(one.start[0]) == 0


def test_a_network_with_covariates_learns_in_chunks(tmp_path: Path) -> None:
    """Of each kind, and the same bytes in another order; what is forecast depends on them."""
    days = pd.date_range("2024-01-01", periods=23)
    draws, frames = np.random.default_rng(0), []
    for number in range(7):
        price = draws.uniform(1, 3, len(days))
        y = 9 - 3 * price + draws.normal(size=len(days)) / 9
        frame = {"unique_id": f"s{number}", "ds": days, "y": np.where(days.day > 21, np.nan, y)}
        frames.append(pd.DataFrame({**frame, "price": price, "area": number}))
    rows = pd.concat(frames)
    sa.readers.write_parquet(rows, tmp_path / "priced.parquet")
    dearer = rows.assign(price=rows["price"] + (rows["ds"].dt.day > 21))
    sa.readers.write_parquet(dearer, tmp_path / "dearer.parquet")
    beside: dict[str, Any] = {"known": "price", "static": "area", "calendar": True}
    for name, engine in (("a", Backwards(99)), ("b", Loop())):
        fitted = fit_in_chunks(
            SPEC,
            tmp_path / "priced.parquet",
            2,
            tmp_path / name,
            key=1,
            engine=engine,
            **SIZES,
            **beside,
        )
    found = [(tmp_path / name / "model.stepahead").read_bytes() for name in ("a", "b")]
    assert found[0] == found[1] and np.isfinite(fitted.learning.losses).all()
    assert fitted.covariates is not None and "price" in fitted.covariates.known
    ahead = [
        forecast_in_chunks(
            fitted, tmp_path / f"{name}.parquet", 2, tmp_path / name, engine="loop", **beside
        )
        for name in ("priced", "dearer")
    ]
    tables = [pd.read_parquet(each.parts[0])["forecast"] for each in ahead]
    assert ahead[0].failed == () and np.abs(tables[0] - tables[1]).min() > 0


def test_what_is_not_trained_by_gradient_is_refused(sales: Path, tmp_path: Path) -> None:
    for spec in (sa.models.LinearAR(2), sa.forecasting.Theta()):
        with pytest.raises(sa.Refusal, match="is not trained by gradient"):
            fit_in_chunks(spec, sales, 1, tmp_path / "out", key=0, engine="loop", **SIZES)
