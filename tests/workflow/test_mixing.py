"""Weights and temperatures from few distinct examples: not sharper than these can tell."""

import numpy as np
import pytest

import stepahead as sa
from stepahead import workflow
from stepahead.data import Labelled, Tokens

DISTINCT, REPEATS = 10, 2


def combined(seed: int, copies: int) -> tuple[float, float, np.ndarray]:
    """Accuracy and log loss of three members combined, each of which is wrong in one of twenty
    trials, ten distinct examples in five folds twice; and the combination's probabilities by
    trial."""
    draws = np.random.default_rng(seed)
    folds = [one for _ in range(REPEATS) for one in np.split(draws.permutation(DISTINCT), 5)]
    of_row = np.arange(DISTINCT * copies) // copies
    parts = [np.flatnonzero(np.isin(of_row, fold)) for fold in folds]
    rows = np.concatenate(parts)
    labels = of_row[rows] % 2
    repeat = np.repeat(np.arange(len(parts)) // 5, [len(part) for part in parts])
    said = []
    for _ in range(3):
        margin = np.abs(draws.normal(1.0, 0.5, (REPEATS, DISTINCT))) + 0.1
        margin.flat[draws.integers(margin.size)] *= -1
        z = margin[repeat, of_row[rows]] * np.where(labels == 1, 1, -1)
        said.append(-np.logaddexp(0, np.stack([z, -z], axis=1)))
    honest = workflow.cross_fitted(said, labels, parts, float(REPEATS * copies))
    true = honest[np.arange(len(labels)), labels]
    return float((honest.argmax(axis=1) == labels).mean()), float(-true.mean()), honest[::copies]


def test_good_members_combined_are_not_worse_than_one_of_them() -> None:
    found = [combined(seed, 1)[:2] for seed in range(5)]
    accuracy, log_loss = np.mean(found, axis=0)
    assert accuracy > 0.95  # with the most likely weights alone 0.89
    assert log_loss < 0.16  # and 0.39


def test_copies_of_an_example_tell_nothing_new() -> None:
    np.testing.assert_allclose(combined(0, 6)[2], combined(0, 1)[2], atol=1e-6)
    words = ["anna bella", "carla diana", "otto bruno", "carlo diego", "maria nora"] * 6
    once = [f"{word} {n}" for n, word in enumerate(words)]
    labels = ["f", "f", "m", "m", "f"] * 6
    one, other = (
        workflow.auto_label(
            Labelled.of(Tokens.from_texts(texts), labels),
            key=0,
            clock=lambda: 0.0,
            choose_from=lambda own: workflow.label_candidates(own)[:2],
        ).model
        for texts in (words, once)
    )
    assert min(one.temperatures) > 0.05
    surest = [
        max(max(row) for row in model.probabilities(["anna carla"])) for model in (one, other)
    ]
    assert surest[0] < surest[1]


@pytest.mark.parametrize("copies", [1, 4])
def test_a_temperature_counts_one_example_for_all_copies(copies: int) -> None:
    said = np.log(np.tile([[0.9, 0.1]], (5 * copies, 1)))
    heat = sa.labelling.temperature_of(said, np.zeros(5 * copies, int), float(copies))
    assert heat == pytest.approx(sa.labelling.temperature_of(said[:5], np.zeros(5, int)))
