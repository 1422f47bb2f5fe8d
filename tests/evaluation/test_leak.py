"""`leak_check`: honest models pass, every way of peeking is caught, and the panel is as it was."""

from dataclasses import replace

import numpy as np
import pytest

from stepahead import Prediction
from stepahead._check import Refusal
from stepahead.data import Panel, with_covariates
from stepahead.evaluation import leak_check

HORIZON = 2


@pytest.fixture
def panel():
    rng = np.random.default_rng(0)
    return Panel.from_arrays([10 + rng.normal(size=n).cumsum() for n in (20, 15)], ids=["a", "b"])


def last_value(history):
    """The last value of the history at predict, whatever it was fitted on."""

    def predict(seen):
        return Prediction(np.repeat(seen.values[seen.offsets[1:] - 1][:, None], HORIZON, axis=1))

    return predict


def test_an_honest_model_passes_and_nothing_is_left_changed(panel):
    """Two models at three origins are six comparisons; the panel keeps every bit."""
    before = panel.values.tobytes()
    assert (
        leak_check(
            lambda _: {"one": last_value, "two": last_value}, panel, HORIZON, windows=3, step=2
        )
        == 6
    )
    assert panel.values.tobytes() == before


def prepared_on_everything(panel):
    """Scaled by the whole panel, before anything is fitted."""
    middle = np.nanmean(panel.values)
    return lambda history: lambda seen: Prediction(last_value(seen)(seen).mean - middle)


def peeking_at_fit(panel):
    """Scaled by the whole panel, the way a scaler is that was fitted before the split."""

    def fit(history):
        middle = np.nanmean(panel.values)
        return lambda seen: Prediction(last_value(seen)(seen).mean - middle)

    return fit


def peeking_at_predict(panel):
    """Looks up what came in the panel itself, for one series only."""

    def fit(history):
        def predict(seen):
            mean = last_value(seen)(seen).mean.copy()
            mean[1] = np.nan_to_num(
                panel.series(1)[seen.lengths[1] : seen.lengths[1] + HORIZON], nan=-1.0
            )
            return Prediction(mean)

        return predict

    return fit


def peeking_in_quantiles(panel):
    """Its mean is honest, its interval is not."""

    def fit(history):
        def predict(seen):
            mean = last_value(seen)(seen).mean
            spread = np.nanstd(panel.values)
            return Prediction(mean, mean[..., None] + spread * np.array([-1.0, 1.0]), (0.1, 0.9))

        return predict

    return fit


@pytest.mark.parametrize(
    "peeking", [prepared_on_everything, peeking_at_fit, peeking_at_predict, peeking_in_quantiles]
)
def test_a_model_that_peeks_is_caught(panel, peeking):
    """The refusal names the model and the series."""
    series = "'b'" if peeking is peeking_at_predict else "'a'"
    with pytest.raises(
        Refusal, match=f"Model 'it' sees the future: its forecast of series {series} from"
    ):
        leak_check(lambda panel: {"honest": last_value, "it": peeking(panel)}, panel, HORIZON)


def test_a_model_without_a_fixed_key_cannot_be_checked(panel):
    """Random forecasts change by themselves: that is said, and not taken for a leak."""
    draw = np.random.default_rng(0)
    with pytest.raises(Refusal, match="differs between two runs on the same history"):
        leak_check(
            lambda _: {"random": lambda _: lambda _: Prediction(draw.normal(size=(2, HORIZON, 1)))},
            panel,
            HORIZON,
        )


def test_the_panel_is_never_written_to(panel):
    """Not while a model looks at it, and it may be one that nothing can write to."""
    before = panel.values.tobytes()
    panel.values.setflags(write=False)
    looks = []

    def fit(history):
        looks.append(panel.values.tobytes() == before)
        return last_value(history)

    assert leak_check(lambda _: {"it": fit}, panel, HORIZON) == 2
    assert looks == [True] * 4


def test_covariates_that_are_seen_with_a_value_are_replaced_and_those_known_beforehand_are_not(
    panel,
):
    """A past column after the origin, or a known one beyond the horizon, must not matter; the known
    steps ahead may."""
    beside = Panel.from_arrays(
        [np.arange(24.0), np.arange(24.0) ** 2], ids=["a", "b"], names=["price"]
    )
    covered = with_covariates(
        panel, known=beside, past=replace(panel, values=panel.values.copy(), names=("sold",))
    )

    def reads(look):
        def make(everything):
            def predict(seen):
                return Prediction(
                    np.stack(
                        [
                            np.full((HORIZON, 1), look(everything.covariates, seen, i))
                            for i in range(len(seen))
                        ]
                    )
                )

            return {"it": lambda history: predict}

        return make

    def known_ahead(_, seen, i):
        return seen.covariates.known[seen.covariates.offsets[i] + seen.lengths[i] + HORIZON - 1, 0]

    whole = covered.covariates
    before = [array.tobytes() for array in (covered.values, whole.past, whole.known)]
    assert leak_check(reads(known_ahead), covered, HORIZON) == 2
    for look in (
        lambda whole, seen, i: np.nan_to_num(whole.past[whole.past.shape[0] - 1, 0]),
        lambda whole, seen, i: np.nan_to_num(
            whole.known[whole.offsets[i] + seen.lengths[i] + HORIZON :, 0]
        ).sum(),
    ):
        with pytest.raises(Refusal, match="Model 'it' sees the future"):
            leak_check(reads(look), covered, HORIZON)
    assert [array.tobytes() for array in (covered.values, whole.past, whole.known)] == before
