"""The number of hidden states: criteria by hand, held-out steps that the model has not seen."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import Refusal, models
from stepahead._types import END
from stepahead.training import BaumWelch
from stepahead.workflow import state_counts

QUICK = BaumWelch(restarts=2, iterations=30)


def level(length: int) -> np.ndarray:
    """Two levels, 15 steps each, in thousands."""
    draws = np.random.default_rng(0)
    return 1000 * (np.arange(length) // 15 % 2 * 5.0 + draws.normal(size=length))


PANEL = sa.Panel.from_arrays([level(150), np.r_[level(60)[:50], np.nan, level(60)[51:]]])


def test_two_levels_are_two_states_by_every_criterion() -> None:
    told = []
    found = state_counts(
        models.HMM(2), PANEL, (1, 2, 4), key=0, training=QUICK, on_count=told.append
    )
    assert told == [1, 2, 4] and found.steps == 209
    assert [found.best(by).spec.states for by in ("aic", "bic", "held-out")] == [2, 2, 2]
    assert found.table()["parameters"].tolist() == [2, 7, 4 * 2 + 4 * 3 + 3]
    # one state: independent normal values, in the panel's unit, each series in a scale of its own
    total = held = 0.0
    body = found.fitted[0].model.body
    mean, raw = np.asarray(body.emission.parameters)[0, 0]
    spread = np.logaddexp(0, raw) + 1e-4
    for values in (PANEL.values[:150, 0], PANEL.values[150:, 0]):
        center, scale = np.nanmean(values), np.nanstd(values)
        unit = (values - center) / scale
        logs = -0.5 * ((unit - mean) / spread) ** 2 - np.log(spread * scale * np.sqrt(2 * np.pi))
        total += np.nansum(logs)
    np.testing.assert_allclose(found.log_likelihood[0], total, rtol=1e-9)
    np.testing.assert_allclose(found.aic[0], 4 - 2 * total, rtol=1e-9)
    np.testing.assert_allclose(found.bic[0], 2 * np.log(209) - 2 * total, rtol=1e-9)
    # held out: the last fifth of the shortest, 12 steps of each, by what comes before
    early = sa.Panel.from_arrays([level(150)[:-12], PANEL.values[150:-12, 0]])
    alone = sa.fit(models.HMM(1), early, 1, key=0, training=QUICK)
    mean, raw = np.asarray(alone.model.body.emission.parameters)[0, 0]
    spread = np.logaddexp(0, raw) + 1e-4
    for values in (PANEL.values[:150, 0], PANEL.values[150:, 0]):
        seen = values[:-12]
        unit = (values[-12:] - np.nanmean(seen)) / np.nanstd(seen)
        logs = -0.5 * ((unit - mean) / spread) ** 2
        held += np.nansum(logs - np.log(spread * np.nanstd(seen) * np.sqrt(2 * np.pi))) / 23
    np.testing.assert_allclose(found.held_out[0], held, rtol=1e-9)


@pytest.mark.parametrize(
    ("spec", "channels", "free"),
    [
        (models.HMM(3), 2, 2 + 6 + 12),
        (models.HMM(3, models.Poisson()), 1, 2 + 6 + 3),
        (models.HMM(2, models.MixtureOf()), 1, 1 + 2 + 2 * (1 + 4)),
        (models.HMM(2, models.FullGaussian()), 3, 1 + 2 + 2 * (3 + 6)),
        (models.HMM(2, models.FullGaussian(tied=True)), 3, 1 + 2 + 2 * 3 + 6),
        (models.HMM(2, models.Autoregressive(3)), 1, 1 + 2 + 2 * 5),
        (models.HMM(3, transition=models.LeftToRight()), 1, 0 + 2 + 6),
        (models.HMM(2, transition=models.Fixed(((0, 0, 0.9), (1, 0, 0.5)))), 1, 1 + 0 + 4),
    ],
)
def test_free_parameters_are_counted(spec: models.HMM, channels: int, free: int) -> None:
    assert spec.free(channels) == free


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((models.LinearAR(1), PANEL), "Only hidden Markov models"),
        ((models.HMM(2), PANEL, ()), "names no number"),
        ((models.HMM(2), PANEL, (0,)), "`counts`"),
        ((models.HMM(2), sa.Panel.from_arrays([[1.0]])), "one must remain"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments: tuple, match: str) -> None:
    with pytest.raises(Refusal, match=match):
        state_counts(*arguments, key=0)
    with pytest.raises(Refusal, match="held_out"):
        state_counts(models.HMM(2), PANEL, key=0, held_out=1.0)


def test_sounds_are_two_states_of_text_by_every_criterion() -> None:
    draws = np.random.default_rng(0)
    texts = [
        " ".join(f"{draws.choice([*'bdgkp'])} {draws.choice([*'aeiou'])}" for _ in range(6))
        for _ in range(60)
    ]
    tokens = sa.data.Tokens.from_texts(texts)
    plain = BaumWelch(restarts=2, iterations=30, prior=0.0)
    found = state_counts(models.HMM(2), tokens, (1, 2), key=0, training=plain)
    assert found.parameters.tolist() == [10, 1 + 2 + 2 * 10] and found.steps == 60 * 13
    # one state: shares of the ten letters and the end
    shares = np.bincount(tokens.with_ends().ids) / 780
    total = 780 * (shares[shares > 0] * np.log(shares[shares > 0])).sum()
    np.testing.assert_allclose(found.log_likelihood[0], total, rtol=1e-9)
    np.testing.assert_allclose(found.bic[0], 10 * np.log(780) - 2 * total, rtol=1e-9)
    early, late = tokens.take(np.arange(48)), tokens.take(np.arange(48, 60))
    shares = np.bincount(early.with_ends().ids) / (48 * 13)
    held = np.log(np.maximum(shares, 1e-300))[late.with_ends().ids].mean()
    np.testing.assert_allclose(found.held_out[0], held, rtol=1e-9)
    assert [found.best(by).spec.states for by in ("aic", "bic", "held-out")] == [2, 2, 2]
    running = early.concatenated()  # 12 letters and an end each, but for the last end
    alone = state_counts(models.HMM(2), running, (1,), key=0, training=plain)
    first, last = running.ids[: 623 - 125], np.append(running.ids[623 - 125 :], END)
    shares = np.bincount(np.append(first, END)) / 499
    held = np.log(np.maximum(shares, 1e-300))[last].mean()
    np.testing.assert_allclose(alone.held_out[0], held, rtol=1e-9)
    with pytest.raises(Refusal, match="Of 1 token, none is left"):
        state_counts(models.HMM(2), sa.data.Tokens.from_texts(["a"]), key=0)
