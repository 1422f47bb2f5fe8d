"""Hidden Markov models against hmmlearn's at equal parameters: log likelihood, probabilities of
states, most probable paths, of sequences of unequal length.

python benchmarks/parity_latent_states.py
"""

import numpy as np
from hmmlearn import hmm

from stepahead import models
from stepahead.data import Panel
from stepahead.ops import LogChain, best_states, expected_states
from stepahead.training import ObservedNumbers

STATES, LENGTHS, CHANNELS = 3, (200, 1, 57, 400), 2
ALLOWED = 1e-6


def main() -> None:
    """Print a line for every emission, and refuse differences."""
    draws = np.random.default_rng(0)
    start, matrix = draws.dirichlet(np.ones(STATES)), draws.dirichlet(np.ones(STATES), STATES)
    total = sum(LENGTHS)
    numbers, counts = draws.normal(0, 2, (total, CHANNELS)), draws.poisson(3.0, (total, CHANNELS))
    means, scales = draws.normal(size=(STATES, CHANNELS)), draws.uniform(0.5, 1.5, (STATES, 2))
    roots = draws.normal(size=(STATES, CHANNELS, CHANNELS))
    covariances = roots @ np.swapaxes(roots, 1, 2) + np.eye(CHANNELS)
    rates = draws.uniform(1, 6, (STATES, CHANNELS))

    diagonal = hmm.GaussianHMM(STATES, "diag")
    diagonal.means_, diagonal.covars_ = means, np.square(scales)
    full = hmm.GaussianHMM(STATES, "full")
    full.means_, full.covars_ = means, covariances
    poisson = hmm.PoissonHMM(STATES)
    poisson.lambdas_ = rates

    raw = scales - 1e-4 + np.log(-np.expm1(1e-4 - scales))
    by_channel = type(models.HMM(STATES).blank(CHANNELS))
    joint = type(models.HMM(STATES, models.FullGaussian()).blank(CHANNELS))
    cases = {
        "normal": (diagonal, by_channel(np.stack([means, raw], -1), models.Gaussian()), numbers),
        "correlated": (full, joint(means, covariances, False), numbers),
        "Poisson": (poisson, by_channel(np.log(rates)[..., None], models.Poisson()), counts),
    }
    chain = LogChain(np.log(start), np.log(matrix))
    for name, (theirs, emission, values) in cases.items():
        theirs.startprob_, theirs.transmat_, theirs.n_features = start, matrix, CHANNELS
        panel = Panel.from_arrays(np.split(values.astype(float), np.cumsum(LENGTHS)[:-1]))
        observed = ObservedNumbers(panel, 0, 0.0)
        scores = observed.scores(emission)
        found = expected_states(scores, observed.offsets, chain)
        path, _ = best_states(scores, observed.offsets, chain)
        log, posterior = theirs.score_samples(values, LENGTHS)
        off = abs(found.log_likelihood.sum() / log - 1), abs(found.posterior - posterior).max()
        same = (path == theirs.decode(values, LENGTHS)[1]).all()
        print(f"{name:11} log likelihood {off[0]:.0e}, states {off[1]:.0e}, paths equal: {same}")
        assert max(off) < ALLOWED and same, "not within what is allowed"


if __name__ == "__main__":
    main()
