"""Writes the golden files of hidden Markov models and their answers, once:
`python tests/golden/make_hidden.py`."""

import json
from pathlib import Path

import numpy as np

import stepahead as sa
from stepahead.training import BaumWelch

HERE = Path(__file__).parent
QUICK = BaumWelch(restarts=2, iterations=20)


def answer(model) -> list[float]:
    """Forecasts and intervals, or log probabilities of two texts."""
    if isinstance(model, sa.LanguageModel):
        return model.score(["b a d e", "u b"]).log_probs.tolist()
    done = model.predict(levels=[80])
    return [*done.mean.ravel().tolist(), *done.quantiles.ravel().tolist()]


def main() -> None:
    """Five files."""
    draws = np.random.default_rng(0)
    states = np.repeat([0, 1, 0, 1], 15)
    numbers = np.array([-1.0, 2.0])[states] + 0.3 * draws.normal(size=60)
    numbers[7] = np.nan
    counts = draws.poisson(np.array([2.0, 9.0])[states])
    both = np.stack([numbers, numbers[::-1] + draws.normal(size=60)], axis=1)
    models = {
        "v2-hmm-gaussian": (sa.models.HMM(2), numbers),
        "v2-hmm-poisson": (sa.models.HMM(2, sa.models.Poisson()), counts),
        "v2-hmm-mixture": (sa.models.HMM(2, sa.models.MixtureOf()), numbers),
        "v2-hmm-full": (sa.models.HMM(2, sa.models.FullGaussian()), both),
        "v2-hmm-switching": (sa.models.HMM(2, sa.models.Autoregressive(2)), numbers),
    }
    answers = {}
    for name, (spec, values) in models.items():
        panel = sa.Panel.from_arrays([values.astype(float)])
        fitted = sa.fit(spec, panel, 3, key=0, training=QUICK)
        sa.save(fitted, HERE / f"{name}.stepahead")
        answers[name] = answer(fitted)
    tokens = sa.data.Tokens.from_texts(["b a d e", "g i d a b o", "d u", "b i g e d o"])
    fitted = sa.fit(sa.models.HMM(3), tokens, key=0, training=QUICK)
    sa.save(fitted, HERE / "v2-hmm-tokens.stepahead")
    answers["v2-hmm-tokens"] = answer(fitted)
    (HERE / "v2-hmm-answers.json").write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
