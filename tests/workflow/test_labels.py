"""The automatic choice of a classifier: what it promises whatever the data, and the parts that it
is made of."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import labelling, models, ops, workflow
from stepahead.data import Labelled, Tokens
from stepahead.workflow import LabelCandidate, LabelChoice, label_candidates


def series(count: int = 24, *, contrast: float = 1.0, seed: int = 0) -> Labelled:
    """Series of 5 to 7 steps and 2 channels; those labelled "b" have a slope."""
    draws = np.random.default_rng(seed)
    found = [
        draws.normal(size=(5 + place % 3, 2))
        + contrast * (place % 2) * np.arange(5 + place % 3)[:, None]
        for place in range(count)
    ]
    return Labelled.of(sa.Panel.from_arrays(found), ["a", "b"] * (count // 2))


def contents(labelled: Labelled) -> set[bytes]:
    """The distinct series."""
    ends, values = labelled.inputs.offsets, labelled.inputs.values
    return {values[a:b].tobytes() for a, b in pairwise(ends)}


def texts() -> Labelled:
    """Sentences of which one word tells the label."""
    draws = np.random.default_rng(0)
    words = ["one", "two", "six", "ten", "red", "sun"]
    found = [" ".join([*draws.choice(words, 4), ("good", "bad")[place % 2]]) for place in range(30)]
    return Labelled.of(Tokens.from_texts(found), ["p", "n"] * 15)


def small(labelled: Labelled) -> tuple[LabelCandidate, ...]:
    """The candidates, with few convolutions."""
    few = workflow.label_method(
        "convolutions",
        models.Linear(models.Convolutions(336)),
        (1.0, 0.1, 0.01),
        gaps=isinstance(labelled.inputs, sa.Panel) and bool(labelled.inputs.missing),
    )
    every = label_candidates(labelled)
    return tuple(few if each.name == "convolutions" else each for each in every)


def chosen(labelled: Labelled, **options: Any) -> LabelChoice:
    """The choice without a limit of time."""
    options = {"choose_from": small, **options}
    return workflow.auto_label(labelled, key=0, clock=lambda: 0.0, **options)


@pytest.mark.parametrize("make", [series, texts])
def test_the_order_of_the_examples_has_no_effect(make: Any) -> None:
    labelled = make()
    turned = labelled.take(np.random.default_rng(1).permutation(len(labelled)))
    one, other = chosen(labelled), chosen(turned)
    np.testing.assert_array_equal(
        one.model.probabilities(labelled.inputs), other.model.probabilities(labelled.inputs)
    )
    assert one.score is not None
    assert one.score.accuracy > 0.8
    assert [row.name for row in one.leaderboard] == [row.name for row in other.leaderboard]


@pytest.mark.parametrize("make", [series, texts])
def test_a_saved_combination_says_the_same(make: Any, tmp_path: Path) -> None:
    labelled = make()
    model = chosen(labelled).model
    sa.save(model, tmp_path / "m.stepahead")
    loaded = sa.load(tmp_path / "m.stepahead")
    np.testing.assert_array_equal(
        loaded.probabilities(labelled.inputs), model.probabilities(labelled.inputs)
    )
    assert loaded.label_sets(labelled.inputs, 80) == model.label_sets(labelled.inputs, 80)
    assert loaded.chosen == model.chosen


def test_no_example_is_judged_by_a_model_that_saw_it() -> None:
    """Equal sequences are in one fold: a model that remembers whole sequences is never right."""
    seen: list[set[bytes]] = []

    def remembering(labelled: Labelled) -> tuple[LabelCandidate, ...]:
        def fit(
            part: Labelled, strengths: Sequence[float], key: Any, on_event: Any
        ) -> Iterator[Any]:
            seen.append(contents(part))
            yield from plain.fit(part, strengths, key, on_event)

        plain = label_candidates(labelled)[0]
        return (LabelCandidate("remembering", fit),)

    twice = series(12)
    doubled = twice.take(np.arange(24) % 12)
    chosen(doubled, choose_from=remembering)
    every = contents(doubled)
    *folds, last = seen
    assert len(folds) == 10
    assert last == every
    assert all(len(every - fold) >= 2 for fold in folds)


def test_noise_is_said_to_be_noise() -> None:
    """Where labels have nothing to do with the series the combination is not better than chance,
    and its probabilities are those of the shares."""
    found = chosen(series(60, contrast=0.0))
    assert found.score is not None
    assert found.score.log_loss == pytest.approx(np.log(2), abs=0.08)
    assert (
        np.abs(found.model.probabilities(series(60, contrast=0, seed=1).inputs) - 0.5).max() < 0.3
    )
    assert "not reliably better than the label frequencies" in found.sentence
    assert "not reliably better" not in chosen(series(60)).sentence


def test_a_budget_leaves_out_what_would_take_longer_and_says_so() -> None:
    ticks = iter(np.arange(0, 1e6, 0.5))
    found = workflow.auto_label(series(), key=0, clock=lambda: float(next(ticks)), budget=20.0)
    assert "Left out" in found.sentence and "for want of time" in found.sentence


def test_ctrl_c_keeps_what_was_compared() -> None:
    def stop(event: Any) -> None:
        if event.row.name == "convolutions":
            raise AssertionError("never compared")

    def interrupted(labelled: Labelled) -> tuple[LabelCandidate, ...]:
        def fit(*arguments: Any) -> Iterator[Any]:
            raise KeyboardInterrupt
            yield

        return (*label_candidates(labelled)[:2], LabelCandidate("convolutions", fit))

    found = chosen(series(), choose_from=interrupted, on_event=stop)
    assert "Interrupted" in found.sentence
    assert "summaries" in found.model.chosen


def test_of_many_long_series_of_many_channels_only_what_is_quick_is_tried() -> None:
    """41 channels with gaps for 48 hours, 3,200 times, as in intensive care, got no classifier
    within the default minute: intervals alone took 14 s a fold."""
    wide = np.zeros((3_200, 48, 41))
    wide[0, 0, 0] = np.nan
    found = label_candidates(Labelled.of(sa.Panel.from_arrays(wide), ["a", "b"] * 1_600))
    assert [each.name for each in found] == ["most-frequent", "summaries", "gru"]
    few = label_candidates(Labelled.of(sa.Panel.from_arrays(wide[:300]), ["a", "b"] * 150))
    assert "intervals" in [each.name for each in few]


@pytest.mark.parametrize(
    ("labelled", "wanted"),
    [
        (Labelled.of(sa.Panel.from_arrays([[1.0, 2.0]] * 3), ["a"] * 3), "nothing to classify"),
    ],
)
def test_one_label_is_refused(labelled: Labelled, wanted: str) -> None:
    with pytest.raises(sa.Refusal, match=wanted):
        chosen(labelled)


@pytest.mark.parametrize(
    ("panel", "labels"),
    [
        (sa.Panel.from_arrays([[1.0]] * 3 + [[2.0]] * 3), list("aaabbb")),
        (sa.Panel.from_arrays([[1.0, 1.0, 1.0]] * 4), list("abab")),
        (sa.Panel.from_arrays([np.arange(4.0) + n for n in range(7)]), list("aaabbbc")),
        (sa.Panel.from_arrays([[1.0, np.nan, n] for n in range(6)]), list("ababab")),
        (sa.Panel.from_arrays([[1.0, 2.0], [3.0, 1.0]]), list("ab")),
    ],
    ids=["one step", "constant", "seen once", "missing", "two examples"],
)
def test_poor_data_have_an_answer(panel: sa.Panel, labels: list[str]) -> None:
    found = chosen(Labelled.of(panel, labels))
    said = found.model.probabilities(panel)
    np.testing.assert_allclose(said.sum(axis=1), 1, atol=1e-9)
    assert found.sentence
    if "c" in labels:
        assert "Labels with one example, which cannot be held out: 'c'" in found.sentence
    if labels == list("abab"):
        assert "All 4 sequences are equal" in found.sentence
        np.testing.assert_allclose(said, 0.5)
    if len(labels) == 2:
        assert found.score is None and "is not known" in found.sentence
        with pytest.raises(sa.Refusal, match=r"No example was held out"):
            found.model.label_sets(panel)


def test_sets_of_labels_hold_the_true_one_as_often_as_stated() -> None:
    """Of new series that no model saw, at levels from 60 to 95."""
    labelled = series(120, contrast=0.25)
    model = chosen(labelled, choose_from=lambda own: small(own)[:2]).model
    new = series(400, contrast=0.25, seed=5)
    for level in (60, 80, 95):
        sets = model.label_sets(new.inputs, level)
        inside = np.mean([("a", "b")[n] in one for n, one in zip(new.labels, sets, strict=True)])
        assert level / 100 - 0.1 < inside
        assert all(one for one in sets)
    narrow, wide = (
        np.mean([len(one) for one in model.label_sets(new.inputs, level)]) for level in (60, 95)
    )
    assert narrow < wide


def test_logistic_regression_is_where_its_slope_is_zero() -> None:
    """Narrow, wide and sparse features have one solution, at which the gradient vanishes."""
    from scipy.sparse import csr_matrix

    draws = np.random.default_rng(0)
    y = draws.choice(3, size=40, p=[0.7, 0.2, 0.1])  # so that the intercepts matter
    for width in (5, 90):
        x = draws.normal(size=(40, width)) * (draws.random((40, width)) < 0.5)
        for features in (x, csr_matrix(x)):
            *_, (w, b) = ops.logistic_path(features, y, 3, (1.0, 0.3))
            p = np.exp(x @ w + b)
            p /= p.sum(axis=1, keepdims=True)
            slope = x.T @ (p - np.eye(3)[y]) + 0.3 * w
            assert np.abs(slope).max() < 0.05
            assert np.abs((p - np.eye(3)[y]).sum(axis=0)).max() < 0.05


def test_interval_summaries_are_those_of_a_loop() -> None:
    labelled = series(6)
    rows, offsets = labelled.inputs.values, labelled.inputs.offsets
    found = models.Intervals(2).learned(rows, offsets, seed=0).matrix(rows, offsets)
    for place in range(6):
        one = rows[offsets[place] : offsets[place + 1]]
        expected = []
        for part in (one, one[: len(one) // 2], one[len(one) // 2 :]):
            slope = [np.polyfit(np.arange(len(part)), channel, 1)[0] for channel in part.T]
            expected += [part.mean(0), part.std(0), slope, part.min(0), part.max(0)]
        np.testing.assert_allclose(found[place, :30], np.concatenate(expected), atol=1e-9)


def test_convolutions_are_those_of_a_loop() -> None:
    """One kernel at one dilation over one channel: the share of steps above its threshold."""
    draws = np.random.default_rng(0)
    rows, offsets = draws.normal(size=(40, 1)), np.array([0, 15, 40])
    fitted = models.Convolutions(84 * 4).learned(rows, offsets, seed=0)
    found = fitted.matrix(rows, offsets)
    at = 0
    for d, stretch in enumerate(fitted.dilations):
        for three in ops_kernels():
            weights = np.full(9, -1.0)
            weights[list(three)] = 2.0
            for _ in range(int(fitted.thresholds[d])):
                for place in range(2):
                    one = rows[offsets[place] : offsets[place + 1], 0]
                    wide = np.pad(one, 4 * stretch)
                    said = [
                        sum(weights[k] * wide[t + k * stretch] for k in range(9))
                        for t in range(len(one))
                    ]
                    share = np.mean(np.array(said) > fitted.biases[at])
                    np.testing.assert_allclose(found[place, at], share, atol=0.07)
                at += 1
            if at > 40:
                return


def ops_kernels() -> Iterator[tuple[int, ...]]:
    from itertools import combinations

    return combinations(range(9), 3)


def test_warping_is_that_of_a_loop() -> None:
    draws = np.random.default_rng(0)
    x, y = draws.normal(size=(5, 2)), draws.normal(size=(7, 2))
    best = np.full((6, 8), np.inf)
    best[0, 0] = 0
    for i in range(5):
        for j in range(7):
            step = min(best[i, j], best[i, j + 1], best[i + 1, j])
            best[i + 1, j + 1] = ((x[i] - y[j]) ** 2).sum() + step
    rows = models.LabelledRows(x, np.array([0, 5]), np.array([0]), 1)
    found = models.NearestSeries().learned(rows, seed=0).encode(y, np.array([0, 7]))
    np.testing.assert_allclose(found[0, 0], -np.sqrt(best[-1, -1]), rtol=1e-5)


def test_the_bootstrap_interval_of_accuracy_is_that_of_the_binomial() -> None:
    draws = np.random.default_rng(0)
    labels = draws.integers(2, size=400)
    wrong = draws.random(400) < 0.2
    said = np.log(np.where(np.eye(2)[labels ^ wrong] > 0, 0.8, 0.2))
    found = labelling.judged_labels(said, labels, ("a", "b"))
    accuracy = next(row for row in found["measures"] if row["measure"] == "accuracy")
    half = 1.96 * np.sqrt(accuracy["value"] * (1 - accuracy["value"]) / 400)
    assert accuracy["high"] - accuracy["value"] == pytest.approx(half, rel=0.15)
    error = next(row for row in found["measures"] if row["measure"] == "calibration_error")
    assert error["value"] == pytest.approx(abs(0.8 - accuracy["value"]), abs=1e-9)


def test_early_classification_knows_nothing_before_the_labels_part() -> None:
    """Series that differ in their second half alone."""
    draws = np.random.default_rng(0)
    made = [
        np.concatenate([draws.normal(size=10), draws.normal(n % 2 * 4, 1, 10)]) for n in range(60)
    ]
    labelled = Labelled.of(sa.Panel.from_arrays(made), ["a", "b"] * 30)
    model = sa.fit(models.Linear(models.Intervals(2)), labelled, key=0)
    early = {row["share"]: row["accuracy"] for row in labelling.judged_early(model, labelled)}
    assert early[1.0] == 1.0
    assert early[0.25] < 0.75
