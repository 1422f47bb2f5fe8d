"""The automatic choice of a tagger: what it promises whatever the data."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead import labelling, models, workflow
from stepahead.data import Labelled, Tagged, Tokens
from stepahead.workflow import TagCandidate, TagChoice, tag_method


def sentences(count: int = 40, seed: int = 0) -> Tagged:
    """A determiner, perhaps an adjective, a noun and a verb; nouns and verbs share spellings."""
    draws = np.random.default_rng(seed)
    words, tags = [], []
    for _ in range(count):
        long = bool(draws.integers(2))
        both = ["dog", "walk", "run", "play", "cat"]
        row = ["the", *(["big"] if long else []), *draws.choice(both, 2).tolist()]
        words.append(" ".join([*row, *(["now"] if draws.integers(2) else [])]))
        tags.append(" ".join(["D", *(["A"] if long else []), "N", "V"]))
        tags[-1] += " R" * (words[-1].endswith("now"))
    return Tagged(Tokens.from_texts(words), Tokens.from_texts(tags))


TAGGED = sentences()


def chosen(tagged: Tagged = TAGGED, **options: Any) -> TagChoice:
    """The choice without a limit of time."""
    return workflow.auto_tag(tagged, key=0, clock=lambda: 0.0, **options)


@pytest.fixture(scope="module")
def choice() -> TagChoice:
    """The plain choice."""
    return chosen()


def test_the_order_of_the_sentences_has_no_effect(choice: TagChoice) -> None:
    other = chosen(TAGGED.take(np.random.default_rng(1).permutation(len(TAGGED))))
    assert other.model.names == choice.model.names
    np.testing.assert_array_equal(
        other.model.probabilities(TAGGED.inputs), choice.model.probabilities(TAGGED.inputs)
    )
    assert repr(other.leaderboard) == repr(choice.leaderboard)


def test_it_is_better_than_the_baseline_and_says_so(choice: TagChoice) -> None:
    assert choice.score is not None and choice.score.accuracy > 0.95
    by_name = {row.name: row for row in choice.leaderboard}
    assert by_name["most-frequent"].accuracy < 0.9
    assert f"fitted on all {len(TAGGED)}" in choice.sentence
    assert "repeat another; equal sentences are in one fold" in choice.sentence


def test_a_saved_tagger_says_the_same(choice: TagChoice, tmp_path: Path) -> None:
    sa.save(choice.model, tmp_path / "m.stepahead")
    loaded = sa.load(tmp_path / "m.stepahead")
    said = ["the big new dog plays", "run"]
    assert loaded.tag(said).texts() == choice.model.tag(said).texts()
    np.testing.assert_array_equal(loaded.probabilities(said), choice.model.probabilities(said))
    assert loaded.baseline.tag("the dog").texts() == choice.model.baseline.tag("the dog").texts()


def test_no_sentence_is_judged_by_a_model_that_saw_it() -> None:
    """Each fit sees none of the rows of words that it is judged on, and every row is judged once
    by a model; the last fit sees all."""
    fitted: list[set[str]] = []
    judged: list[set[str]] = []

    class Watching(labelling.HMMTagModel):
        def said_of(self, tagged: Tagged) -> labelling.SaidTags:
            judged.append(set(tagged.inputs.texts()))
            return super().said_of(tagged)

    def fit(tagged: Tagged, key: Any, on_share: Any) -> labelling.TagModel:
        fitted.append(set(tagged.inputs.texts()))
        model = sa.fit(models.HMMTagger(), tagged)
        return Watching(model.spec, model.model, model.words, model.tags)

    chosen(choose_from=lambda own: (TagCandidate("watched", fit),))
    everything = set(TAGGED.inputs.texts())
    assert len(judged) == 5 and set.union(*judged) == everything == fitted[-1]
    assert len(fitted) == 6
    for saw, asked in zip(fitted, judged, strict=False):
        assert not saw & asked
        assert saw | asked == everything


def test_weights_are_judged_on_other_sentences_than_those_that_chose_them() -> None:
    """Of two members each is right on one half; weights that see a half would prefer it."""
    labels, parts = np.zeros(40, int), [np.arange(20), np.arange(20, 40)]
    sure, unsure = np.log([0.99, 0.01]), np.log([0.01, 0.99])
    first = np.where(np.arange(40)[:, None] < 20, sure, unsure)
    second = np.where(np.arange(40)[:, None] < 20, unsure, sure)
    honest = np.exp(workflow.cross_fitted([first, second], labels, parts))[:, 0]
    assert honest.max() < 0.5
    again = workflow.cross_fitted(
        [np.tile(one, (2, 1)) for one in (first, second)], np.tile(labels, 2), parts * 2
    )
    np.testing.assert_allclose(np.exp(again)[:40, 0], honest, atol=0.03)  # repeats do not help


def test_time_and_interruptions() -> None:
    ticks = iter(range(10_000))

    def slow(tagged: Tagged, key: Any, on_share: Any) -> labelling.TagModel:
        for share in np.linspace(0.01, 1, 100):
            on_share(share)
        raise AssertionError("a fit without time was done")

    hmm = tag_method("hmm", models.HMMTagger())
    two = (hmm, TagCandidate("slow", slow), TagCandidate("never", slow, least=1e9))
    found = workflow.auto_tag(
        TAGGED, key=0, clock=lambda: float(next(ticks)), budget=300.0, choose_from=lambda own: two
    )
    assert found.model.chosen == ("hmm",)
    assert "slow (for want of time), never (for want of time)" in found.sentence

    def stopped(tagged: Tagged, key: Any, on_share: Any) -> labelling.TagModel:
        raise KeyboardInterrupt

    found = chosen(choose_from=lambda own: (hmm, TagCandidate("stopped", stopped)))
    assert found.model.chosen == ("hmm",) and "Interrupted" in found.sentence
    with pytest.raises(KeyboardInterrupt):
        chosen(choose_from=lambda own: (TagCandidate("stopped", stopped), hmm))


def test_a_saved_tagger_is_asked_without_jax(choice: TagChoice, tmp_path: Path) -> None:
    sa.save(choice.model, tmp_path / "m.stepahead")
    script = f"""
import sys
from stepahead.cli import main
try:
    main(["tag", "apply", {str(tmp_path / "m.stepahead")!r}, "the big dog walk"])
except SystemExit:
    pass
print([name for name in ("jax", "scipy", "pandas", "equinox") if name in sys.modules])
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stdout.startswith("sentence,word,tag\n1,the,D\n1,big,A\n1,dog,N\n1,walk,V\n")


def test_a_tag_that_one_sentence_has_is_not_impossible() -> None:
    """No member is dropped because the folds without that sentence had not seen its tag."""
    words = Tokens.from_texts([*TAGGED.inputs.texts(), "hey"])
    found = chosen(Tagged(words, Tokens.from_texts([*TAGGED.tags.texts(), "I"])))
    by_name = {row.name: row for row in found.leaderboard}
    assert by_name["hmm"].log_loss < by_name["most-frequent"].log_loss
    assert found.model.tag("hey").texts() == ("I",)


def test_one_tag_is_refused() -> None:
    same = Tokens.from_texts([" ".join("X" * n) for n in TAGGED.inputs.lengths])
    with pytest.raises(sa.Refusal, match=r"Every word has the tag 'X'.*two tags or more"):
        chosen(Tagged(TAGGED.inputs, same))


def test_few_sentences() -> None:
    one = TAGGED.take(np.array([0]))
    found = chosen(one)
    assert found.score is None and "one sentence alone" in found.sentence
    assert found.model.tag(one.inputs).texts() == one.tags.texts()
    nothing = Tokens.from_sequences([[]], vocabulary=TAGGED.inputs.vocabulary)
    with pytest.raises(sa.Refusal, match="no words"):
        chosen(Tagged(nothing, nothing))


def test_measures_and_their_intervals_are_those_of_resampled_sentences(choice: TagChoice) -> None:
    tagged = sentences(30, seed=5)
    base = choice.model.baseline
    judged = labelling.judged_tags(base, tagged, base, seed=1)
    found = {row["measure"]: row for row in judged["measures"]}
    said = base.said_of(tagged)
    right, score = said.predicted == said.true, base.evaluate(tagged)
    lengths = tagged.inputs.lengths
    assert found["accuracy"]["value"] == found["accuracy"]["baseline"] == right.mean()
    assert found["whole_sentences"]["value"] == score.sequences
    assert found["macro_f1"]["value"] == pytest.approx(score.words.macro_f1)
    assert found["log_loss"]["value"] == pytest.approx(score.words.log_loss)
    drawn = np.random.default_rng(3).integers(30, size=(2_000, 30))
    sums = np.add.reduceat(right, np.cumsum(lengths) - lengths)
    accuracy = sums[drawn].sum(axis=1) / lengths[drawn].sum(axis=1)
    low, high = np.quantile(accuracy, [0.025, 0.975])
    assert found["accuracy"]["low"] == pytest.approx(low, abs=0.02)
    assert found["accuracy"]["high"] == pytest.approx(high, abs=0.02)
    rows = {row["tag"]: row for row in judged["tags"]}
    verbs = said.true == base.names.index("V")
    assert rows["V"]["words"] == verbs.sum() and rows["V"]["recall"] == right[verbs].mean()


@pytest.mark.parametrize("key", [-1, 0.5, None])
def test_a_key_that_is_none_is_refused_by_both_choices(key: Any) -> None:
    labelled = Labelled.of(TAGGED.inputs, ["a", "b"] * (len(TAGGED) // 2))
    for choose, examples in ((workflow.auto_tag, TAGGED), (workflow.auto_label, labelled)):
        with pytest.raises((sa.Refusal, TypeError), match="key"):
            choose(examples, key=key, clock=lambda: 0.0)
