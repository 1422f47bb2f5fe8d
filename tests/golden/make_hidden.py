"""Writes the golden files of hidden Markov models and their answers, those that are missing:
`python tests/golden/make_hidden.py`."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import stepahead as sa
from stepahead.training import BaumWelch

HERE = Path(__file__).parent
QUICK = BaumWelch(restarts=2, iterations=20)


def answer(model) -> list[float]:
    """Forecasts and intervals, log probabilities of two texts, or probabilities of tags."""
    if isinstance(model, sa.TagModel):
        return model.probabilities(["the dogs bark", "a cod barks"]).ravel().tolist()
    if isinstance(model, sa.LanguageModel):
        return model.score(["b a d e", "u b"]).log_probs.tolist()
    done = model.predict(levels=[80])
    return [*done.mean.ravel().tolist(), *done.quantiles.ravel().tolist()]


def fitted() -> dict[str, Callable[[], Any]]:
    """A function that fits it, for each file."""
    draws = np.random.default_rng(0)
    states = np.repeat([0, 1, 0, 1], 15)
    numbers = np.array([-1.0, 2.0])[states] + 0.3 * draws.normal(size=60)
    numbers[7] = np.nan
    counts = draws.poisson(np.array([2.0, 9.0])[states])
    both = np.stack([numbers, numbers[::-1] + draws.normal(size=60)], axis=1)
    series = {
        "v2-hmm-gaussian": (sa.models.HMM(2), numbers),
        "v2-hmm-poisson": (sa.models.HMM(2, sa.models.Poisson()), counts),
        "v2-hmm-mixture": (sa.models.HMM(2, sa.models.MixtureOf()), numbers),
        "v2-hmm-full": (sa.models.HMM(2, sa.models.FullGaussian()), both),
        "v2-hmm-switching": (sa.models.HMM(2, sa.models.Autoregressive(2)), numbers),
        "v2-hmm-durations": (sa.models.HMM(2, durations=3), numbers),
        "v2-hmm-each-channel": (
            sa.models.HMM(2, (sa.models.Gaussian(), sa.models.Poisson())),
            np.stack([numbers, counts], axis=1),
        ),
    }
    known = np.where(np.arange(60) % 5 == 0, states + 1, 0)
    tokens = sa.data.Tokens.from_texts(["b a d e", "g i d a b o", "d u", "b i g e d o"])
    words = sa.data.Tokens.from_texts(["the dogs bark", "a cat mews", "Rex barks"])
    tags = sa.data.Tokens.from_texts(["D N V", "D N V", "P V"])
    return {
        name: partial(
            sa.fit, spec, sa.Panel.from_arrays([values.astype(float)]), 3, key=0, training=QUICK
        )
        for name, (spec, values) in series.items()
    } | {
        "v2-hmm-known-states": partial(
            sa.fit,
            sa.models.HMM(2),
            sa.Panel.from_arrays([numbers]),
            3,
            key=0,
            training=QUICK,
            known_states=known,
        ),
        "v2-hmm-tokens": partial(sa.fit, sa.models.HMM(3), tokens, key=0, training=QUICK),
        "v2-hmm-tagger": partial(sa.fit, sa.models.HMMTagger(), sa.Tagged(words, tags)),
    }


def main() -> None:
    """Write the files that have no answers yet."""
    path = HERE / "v2-hmm-answers.json"
    answers = json.loads(path.read_text())
    for name, fit in fitted().items():
        if name not in answers:
            model = fit()
            sa.save(model, HERE / f"{name}.stepahead")
            answers[name] = answer(model)
    path.write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
