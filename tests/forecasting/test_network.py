"""Recurrent forecasters answer by the compiled kernels where they can: the same numbers as by
JAX."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import data, models, native
from stepahead.forecasting import Forecaster
from stepahead.inference import predict
from stepahead.inference.series import _network, _predict

pytestmark = pytest.mark.skipif(not native.can_unroll(), reason=native.reason())

ASINH = data.pipeline(data.asinh(), data.standard())


def panel(channels: int, counts: bool = False) -> sa.Panel:
    """Series of three lengths, none with a gap."""
    draw = np.random.default_rng(0)
    noise = [draw.normal(size=(time, channels)).cumsum(axis=0) for time in (60, 7, 31)]
    return sa.Panel.from_arrays([np.round(np.abs(x)) if counts else 100 + 9 * x for x in noise])


def forecaster(
    spec: models.Specification,
    head: models.Head,
    scaler: data.Scaler = ASINH,
    channels: int = 1,
    context: int | None = None,
) -> Forecaster:
    """An untrained one, whose biases are not 0."""
    model = models.build(spec, channels, head, 0)
    draw = np.random.default_rng(1)
    model = jax.tree.map(
        lambda leaf: leaf + draw.normal(0, 0.3, leaf.shape).astype(np.float32), model
    )
    history = panel(channels, counts=scaler == data.identity())
    scaled = scaler.fit(history)
    return Forecaster(
        spec, model, scaler, scaled, history, head.horizon, context, 1, jax.random.key(0)
    )


CHANGES = data.pipeline(data.difference(), data.standard())
CASES = {
    "gru": (models.GRU(7), models.Gaussian(4), {}, 3, (0.1, 0.8)),
    "lstm": (models.LSTM((5, 18)), models.Quantiles(3), {"context": 20}, 3, (0.5,)),
    "tanh": (models.RNN(17), models.StudentT(2), {"channels": 2}, 7, ()),
    "relu": (
        models.RNN((4, 2), relu=True, readout=False),
        models.Gaussian(),
        {"context": 3},
        2,
        (),
    ),
    "counts": (models.GRU(6), models.Poisson(2), {"scaler": data.identity()}, 3, ()),
    "anchored": (models.Anchored(models.GRU(6, layers=2)), models.Gaussian(3), {}, 7, ()),
    "differences": (models.GRU(6), models.Point(4), {"scaler": CHANGES}, 4, ()),
}


@pytest.mark.parametrize("name", CASES)
def test_the_kernels_say_the_same_as_jax(name: str) -> None:
    spec, head, options, horizon, quantiles = CASES[name]
    one = forecaster(spec, head, **options)
    assert one.network is not None
    got = one.predict(horizon, quantiles=quantiles)
    want = predict(
        one.model,
        one.own_scale,
        one.required_history,
        horizon,
        quantiles=quantiles,
        context=one.context,
        key=one.key,
    )
    size = np.abs(want.mean).max()
    np.testing.assert_allclose(got.mean, want.mean, rtol=0, atol=1e-6 * size)
    np.testing.assert_allclose(got.quantiles, want.quantiles, rtol=0, atol=2e-6 * size)
    assert got.mean.shape == (3, horizon, one.required_history.channels)


def test_jax_is_asked_only_for_gaps_and_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise AssertionError("asked JAX")

    monkeypatch.setattr(_predict, "_central", refused)
    one = forecaster(models.GRU(7), models.Gaussian(4))
    history = one.required_history
    assert np.isfinite(one.predict(9).mean).all()
    assert np.isfinite(one.predict(levels=(80,)).quantiles).all()
    values = history.values.copy()
    values[3] = np.nan
    for options in ({"panel": history.with_values(values)}, {"horizon": 9, "levels": (80,)}):
        with pytest.raises(AssertionError, match="asked JAX"):
            one.predict(**options)


def test_a_series_does_not_depend_on_those_beside_it() -> None:
    one = forecaster(models.LSTM(5), models.Point(2))
    alone = one.predict(panel=one.required_history.take(np.array([1])))
    np.testing.assert_allclose(alone.mean[0], one.predict().mean[1], rtol=1e-6)


@pytest.mark.parametrize("own", [True, False])
def test_blocks_of_series_say_what_all_say_at_once(
    monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    one = forecaster(models.GRU(7), models.Gaussian(4), context=20)
    options = {"quantiles": (0.1, 0.8), "panel": None if own else one.required_history}
    want = one.predict(**options)
    monkeypatch.setattr(_network, "BLOCK", 40)  # the first series, and the other two
    monkeypatch.setattr(_network, "cores", lambda: 2)
    assert [len(part) for part, _ in _network._blocks(one.required_history)] == [1, 2]
    got = one.predict(**options)
    np.testing.assert_allclose(got.mean, want.mean, rtol=1e-6)
    np.testing.assert_allclose(got.quantiles, want.quantiles, rtol=1e-6)
    # The scale of differences needs paths, for which all blocks are handed to JAX.
    changes = forecaster(models.GRU(6), models.Gaussian(4), CHANGES)
    assert changes.predict(quantiles=(0.5,)).quantiles.shape == (3, 4, 1, 1)


def test_a_series_in_a_later_block_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_network, "BLOCK", 10)
    one = forecaster(models.GRU(7), models.Gaussian(4), data.identity())
    values = [np.arange(9.0), np.arange(9.0), 1e9 + np.arange(9.0)]
    with pytest.raises(sa.Refusal, match="The values of series 'c'"):
        one.predict(panel=sa.Panel.from_arrays(values, ids=["a", "b", "c"]))


@pytest.mark.parametrize(
    "spec", [models.LinearAR(2), models.Direct(models.GRU(3)), models.MinGRU(3)], ids=repr
)
def test_other_models_have_no_compiled_network(spec: models.Specification) -> None:
    assert models.SeriesNetwork.of(models.build(spec, 1, models.Point(2), 0)) is None


def test_a_model_in_double_precision_has_no_compiled_network() -> None:
    model = models.build(models.GRU(3), 1, models.Point(), 0)
    with jax.enable_x64(True):
        double = jax.tree.map(lambda leaf: leaf.astype("float64"), model)
    assert models.SeriesNetwork.of(double) is None
