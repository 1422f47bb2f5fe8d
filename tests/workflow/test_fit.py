"""`fit` and `backtest`: what is chosen where the user said nothing, what is held back in time, and
what is refused."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead._check import Refusal
from stepahead.data import Frequency, Panel, asinh, pipeline, standard, step_scale
from stepahead.forecasting import anchored, mimo, recursive
from stepahead.models import Anchored, Gaussian, NegativeBinomial, Point
from stepahead.tasks import _forecast_built
from stepahead.training import LAST, Gradient, adam

LENGTHS = (40, 25, 9)


def panel(shift: float = 50.0, channels: int = 1) -> Panel:
    draw = np.random.default_rng(0)
    return Panel.from_arrays(
        [shift + draw.normal(size=(n, channels)).cumsum(axis=0) for n in LENGTHS]
    )


class Stopped(Exception):
    """Training was reached."""


def asked_of_training(monkeypatch, *arguments, **options) -> dict:
    """The arguments that `fit` hands to `train`."""
    asked = {}

    def instead(model, series, windows, recipe, **rest):
        asked.update(model=model, series=series, windows=windows, recipe=recipe, **rest)
        raise Stopped

    monkeypatch.setattr(_forecast_built, "train", instead)
    with pytest.raises(Stopped):
        sa.fit(*arguments, key=jax.random.key(0), **options)
    return asked


def test_validation_windows_lie_later_in_time_than_all_that_is_trained_on(monkeypatch) -> None:
    horizon = 4
    recipe = Gradient(span=6, patience=2)
    asked = asked_of_training(monkeypatch, models.GRU(2), panel(), horizon, training=recipe)
    ends = np.cumsum(LENGTHS)
    train, judged = asked["windows"], asked["validation"]
    owner = np.searchsorted(ends, train.start, side="right")
    assert set(owner) == {0, 1, 2}
    assert (train.stop == ends[owner] - horizon).all()
    assert (train.start + train.length <= train.stop - 1).all()
    np.testing.assert_array_equal(judged.start + judged.length, ends - horizon)
    np.testing.assert_array_equal(judged.stop, ends)
    assert (judged.start >= ends - np.array(LENGTHS)).all()


def test_without_patience_everything_is_trained_on(monkeypatch) -> None:
    asked = asked_of_training(monkeypatch, models.GRU(2), panel(), 4)
    assert asked["validation"] is None
    assert asked["windows"].stop.max() == sum(LENGTHS)


@pytest.mark.parametrize(
    ("shift", "scaler"), [(50.0, pipeline(asinh(), standard())), (0.0, standard())]
)
def test_a_network_learns_changes_of_all_steps_at_once(monkeypatch, shift, scaler) -> None:
    asked = asked_of_training(monkeypatch, models.GRU(2), panel(shift), 4)
    assert asked["model"].head == Gaussian(4)
    assert type(asked["model"].body).__name__ == "AnchoredBody"
    inside = scaler.fit(panel(shift)).apply(panel(shift)).values
    np.testing.assert_allclose(asked["series"].values, inside, rtol=1e-4, atol=1e-5)
    windowed = asked_of_training(monkeypatch, models.MLPAR(5), panel(shift), 4)
    assert (
        windowed["recipe"].loss_steps == LAST and windowed["recipe"].span == 6
    )  # five changes need six values


def test_exact_models_feed_one_step_back() -> None:
    for spec, scaler in (
        (models.LinearAR(2), standard()),
        (models.SeasonalNaive(3), step_scale(1)),
    ):
        forecaster = sa.fit(spec, panel(), 4, key=jax.random.key(0))
        assert (
            forecaster.spec == spec
            and forecaster.model.head == Gaussian(1)
            and forecaster.scaler == scaler
        )
        assert forecaster.learning.losses == () and "closed form" in forecaster.learning.stopped


def test_a_recipe_trains_linear_autoregression_by_gradient() -> None:
    """From the same data to nearly the same forecasts as least squares."""
    wave = Panel.from_arrays([np.sin(np.arange(120) / 3)])
    recipe = Gradient(span=2, epochs=40, batch=16, optimizer=adam(0.05), loss_steps=LAST)
    options = {
        "key": jax.random.key(0),
        "head": Point(),
        "strategy": recursive,
        "scaler": standard(),
    }
    exact = sa.fit(models.LinearAR(2), wave, 3, **options)
    learned = sa.fit(models.LinearAR(2), wave, 3, training=recipe, **options)
    assert (
        len(learned.learning.losses) == 40
        and learned.learning.losses[-1] < 0.5 * learned.learning.losses[0]
    )
    assert (
        np.abs(exact.predict().mean - np.sin(np.arange(120, 123) / 3)[None, :, None]).max() < 1e-3
    )


def test_events_reach_the_listener_once_an_epoch() -> None:
    events = []
    recipe = Gradient(span=4, epochs=3, batch=8, steps=2)
    sa.fit(
        models.RNN(2), panel(), 2, key=jax.random.key(0), training=recipe, on_event=events.append
    )
    assert [event.number for event in events] == [1, 2, 3]


def test_several_channels_are_forecast_together() -> None:
    two = panel(channels=2)
    table = sa.fit(models.LinearAR(1), two, 3, key=jax.random.key(0)).forecast(levels=[80])
    assert list(table.columns) == ["unique_id", "ds", "channel", "forecast", "lo-80", "hi-80"]
    assert len(table) == 3 * 3 * 2 and table["channel"].tolist()[:2] == ["y0", "y1"]
    assert (table["lo-80"] < table["forecast"]).all() and (table["forecast"] < table["hi-80"]).all()


def test_season_comes_from_the_frequency_unless_it_is_said() -> None:
    monthly = Panel.from_arrays(
        [np.arange(30.0)], start=np.datetime64("2020-01-01"), frequency=Frequency.parse("MS")
    )
    assert sa.fit(models.Naive(), monthly, 1, key=jax.random.key(0)).season == 12
    assert sa.fit(models.Naive(), monthly, 1, key=jax.random.key(0), season=4).season == 4


def test_strategies_arrange_specification_and_head() -> None:
    spec = models.GRU(2)
    assert recursive(spec, Gaussian(5), 3) == (spec, Gaussian(1))
    assert mimo(spec, Gaussian(), 3) == (spec, Gaussian(3))
    assert anchored(mimo)(spec, Gaussian(), 3) == (Anchored(spec), Gaussian(3))


def test_a_backtest_hands_over_nothing_after_the_origin(monkeypatch) -> None:
    handed = []
    plain = sa.fit

    def watched(spec, history, horizon, **options):
        handed.append(history)
        return plain(spec, history, horizon, **options)

    monkeypatch.setattr("stepahead.workflow._backtest.fit", watched)
    report = sa.backtest([models.Naive()], panel(), 2, 3, key=jax.random.key(0))
    assert [history.lengths.tolist() for history in handed] == [
        [n - 4 + k for n in LENGTHS] for k in range(3)
    ]
    assert report.mean["Naive()"].shape == (3, 3, 2, 1)
    lasts = np.stack([history.values[history.offsets[1:] - 1] for history in handed])
    np.testing.assert_allclose(
        report.mean["Naive()"][..., 0], np.repeat(lasts, 2, axis=2), rtol=1e-5
    )


def test_what_cannot_be_is_refused() -> None:
    key = jax.random.key(0)
    with pytest.raises(
        Refusal, match=r"NegativeBinomial is for counts .* but series '0' holds 1.5 at 1"
    ):
        sa.fit(
            models.GRU(2), Panel.from_arrays([[1.0, 1.5, 2.0]]), 1, key=key, head=NegativeBinomial()
        )
    with pytest.raises(Refusal, match="`spec` must be a model such as"):
        sa.fit("gru", panel(), 1, key=key)
    with pytest.raises(Refusal, match=r"`spec` must be a model such as .* but it is <class"):
        sa.fit(models.GRU, panel(), 1, key=key)
    with pytest.raises(Refusal, match=r"`data` must be a Panel, but it is a str\. Read it first"):
        sa.fit(models.Naive(), "sales.csv", 1, key=key)
    with pytest.raises(
        Refusal, match=r"`key` must be a whole number from 0 on, or a key of JAX .* but it is -1"
    ):
        sa.fit(models.Naive(), panel(), 1, key=-1)
    with pytest.raises(Refusal, match=r"`specs` must be a list of models, but it is Naive\(\)"):
        sa.backtest(models.Naive(), panel(), 1, 1, key=key)
    with pytest.raises(Refusal, match="`horizon` must be a whole number"):
        sa.fit(models.Naive(), panel(), 0, key=key)
    with pytest.raises(Refusal, match=r"The model Naive\(\) is named twice"):
        sa.backtest([models.Naive(), models.Naive()], panel(), 1, 1, key=key)
    forecaster = sa.fit(models.Naive(), panel(), 1, key=key)
    with pytest.raises(Refusal, match=r"fitted on 1 channel, but this panel has 2"):
        forecaster.predict(panel=panel(channels=2))
    with pytest.raises(Refusal, match="`levels` are in percent"):
        forecaster.forecast(levels=[0.8])
    point = sa.fit(models.Naive(), panel(), 1, key=key, head=Point())
    with pytest.raises(Refusal, match="A Point head has no intervals"):
        point.predict(quantiles=(0.1,))
    assert "lo-80" not in point.forecast().columns
