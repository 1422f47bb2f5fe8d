"""A language model without a choice: counts at once, a network beside them, never worse."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Characters, Tokens
from stepahead.models import GRU, Embedded, Mixture, NGram, NGramModel, mixing_weights
from stepahead.training import Gradient
from stepahead.workflow import TextChoice, auto_text, text_network
from stepahead.workflow.texts import _auto_text
from stepahead.workflow.texts._network import seconds_to_load, trained_within


def novel(words: int, seed: int) -> str:
    """A text of made-up words, each of which likes a few others to follow it."""
    draws = np.random.default_rng(0)
    lexicon = ["".join(draws.choice([*"abdeiklmnorst"], draws.integers(2, 8))) for _ in range(80)]
    after = draws.integers(80, size=(80, 3))
    draws = np.random.default_rng(seed)
    found, place = [], 0
    for _ in range(words):
        place = after[place, draws.integers(3)] if draws.random() < 0.8 else draws.integers(80)
        found.append(lexicon[place])
    return " ".join(found)


TRAIN = Tokens.from_texts([novel(3000, 1)], Characters())
HELDOUT, TEST = (Tokens.from_texts([novel(400, n)], vocabulary=TRAIN.vocabulary) for n in (2, 3))


def chosen(epochs: int = 2, **options) -> TextChoice:
    """With a clock that stands still but for the epochs of the network."""
    now = [0.0]

    def on_event(event) -> None:
        now[0] += 1.0

    told = {"key": 0, "clock": lambda: now[0], "budget": epochs - 0.5, "on_event": on_event}
    return auto_text(TRAIN, HELDOUT, **(told | options))


@pytest.fixture(scope="module")
def found() -> TextChoice:
    return chosen(epochs=6)


def test_the_plain_choice_is_never_worse_than_counts(found: TextChoice) -> None:
    rows = {row.name: row for row in found.rows}
    (counts,) = (row for name, row in rows.items() if name.endswith("-grams"))
    assert rows["lstm"].bits > counts.bits + 0.05  # a network that had no time to learn
    assert min(rows["mixture"].bits, counts.bits) < counts.bits + 0.01
    assert rows["frequencies"].bits > rows["lstm"].bits
    orders = [sa.fit(NGram(order), TRAIN).score(TEST).bits for order in range(3, 9)]
    assert found.judged.score(TEST).bits < min(orders) + 0.03
    assert "More time would pay" in found.more_time


def test_the_model_is_counted_in_all_of_the_text(found: TextChoice) -> None:
    assert isinstance(found.model.model, Mixture)
    counted, judged = (each.model.models[0] for each in (found.model, found.judged))
    assert isinstance(counted, NGramModel)
    both = Tokens.from_texts(
        TRAIN.texts() + HELDOUT.texts(), vocabulary=TRAIN.vocabulary
    ).concatenated()
    again = sa.fit(NGram(counted.order), both)
    assert again.score(TEST).bits == sa.fit(NGram(judged.order), both).score(TEST).bits
    alone = replace(found.model, model=counted, spec=NGram(counted.order))
    assert alone.score(TEST).bits == again.score(TEST).bits
    assert found.model.score(HELDOUT).bits < found.judged.score(HELDOUT).bits - 0.05


@pytest.mark.slow
def test_an_interruption_keeps_what_there_is(tmp_path: Path) -> None:
    def interrupt(event) -> None:
        raise KeyboardInterrupt

    rows = []
    left = chosen(on_event=interrupt, on_row=rows.append, checkpoint=tmp_path / "text.run")
    assert "was interrupted" in left.more_time and {row.name for row in left.rows} >= {"lstm"}
    assert left.interrupted and (tmp_path / "text.run").exists()
    assert rows[0].name == "frequencies"
    assert left.judged.score(TEST).bits < 3


@pytest.mark.slow
def test_an_interrupted_training_goes_on_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    """The updates, and so the falling learning rate, are fixed by the text and the budget."""
    now = {"budget": 0.06, "clock": lambda: 0.0, "end": 1.0}

    def trained(name: str, on_event, checkpoint: Path | None) -> tuple[bytes, str]:
        options = now | {"on_event": on_event, "checkpoint": checkpoint}
        model, _, stopped = trained_within(TEST, HELDOUT, key=0, backward=False, **options)
        assert model is not None
        sa.save(model, tmp_path / name)
        return (tmp_path / name).read_bytes(), stopped

    def interrupt(event) -> None:
        raise KeyboardInterrupt

    checkpoint = tmp_path / "text.run"
    alone, stopped = trained("alone", lambda event: None, None)
    assert stopped == "all 2 epochs were run"
    part, stopped = trained("part", interrupt, checkpoint)
    assert stopped == "it was interrupted" and checkpoint.exists() and part != alone
    again, stopped = trained("again", lambda event: None, checkpoint)
    assert again == alone and not checkpoint.exists()


def test_little_text_and_little_time_leave_counts() -> None:
    short = Tokens.from_texts(["a b a b", "b a"] * 3)
    alone = auto_text(short, short.take(np.arange(2)), key=0, clock=lambda: 0.0)
    assert isinstance(alone.model.model, NGramModel) and "alone" in alone.sentence
    hurried = chosen(budget=0.0)
    assert isinstance(hurried.model.model, NGramModel)
    assert hurried.rows[0].weight == 1
    whole = auto_text(short, None, key=0, clock=lambda: 0.0)
    assert whole.rows == () and "no text is held out" in whole.sentence


def test_counts_stand_alone_where_the_mixture_is_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that knows the first half of the held-out text by heart and nothing of the other:
    its weight is high, but what it is by one half misleads on the other."""
    half = HELDOUT.ids[: len(HELDOUT.ids) // 2]
    heard = replace(HELDOUT, ids=half, offsets=np.array([0, len(half)]))
    by_heart = sa.fit(NGram(9), heard)
    said = [sa.fit(NGram(n), t).score(HELDOUT).log_probs for n, t in ((5, TRAIN), (9, heard))]
    assert mixing_weights(np.stack(said))[1] > 0.1
    monkeypatch.setattr(_auto_text, "trained_within", lambda *data, **how: (by_heart, False, ""))
    monkeypatch.setattr(_auto_text, "remembering", lambda *data: None)
    found = chosen()
    assert isinstance(found.model.model, NGramModel) and isinstance(found.judged.model, NGramModel)
    assert found.sentence.endswith("alone: the network adds nothing yet.")
    counts, lstm = (
        next(row for row in found.rows if row.name.endswith(name)) for name in ("-grams", "lstm")
    )
    assert (counts.weight, lstm.weight) == (1.0, 0.0) and found.rows[0] is counts


def test_loading_takes_nothing_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock on which nothing but loading takes time."""
    now, told = [0.0], {}

    def loads(clock) -> float:
        now[0] += 7.0
        return 7.0

    def trains(*data, end: float, **options):
        told["left"] = end - now[0]
        return None, True, "its time was over"

    monkeypatch.setattr(_auto_text, "seconds_to_load", loads)
    monkeypatch.setattr(_auto_text, "trained_within", trains)
    auto_text(TRAIN, HELDOUT, key=0, clock=lambda: now[0], budget=5.0)
    assert told["left"] == 5.0
    ticks = iter((2.0, 3.5))
    assert seconds_to_load(lambda: next(ticks)) == 1.5


def test_more_time_or_more_characters_never_make_a_narrower_network() -> None:
    def width(tokens: Tokens, budget: float) -> int:
        return text_network(tokens, budget)[0].body.widths[0]

    ids = np.resize(TRAIN.ids, 300_000)
    texts = [
        replace(TRAIN, ids=ids[:size], offsets=np.array([0, size])) for size in (3_000, 60_000)
    ] + [replace(TRAIN, ids=ids, offsets=np.array([0, len(ids)]))]
    by_time = [width(texts[-1], budget) for budget in (1, 60, 240, 900)]
    assert by_time == [128, 192, 384, 512]
    assert [width(text, 1e5) for text in texts] == [128, 192, 512]
    words = Tokens.from_texts([" ".join(f"w{number}" for number in range(400))] * 3)
    assert {width(words.concatenated(), budget) for budget in (1, 900)} == {200}


def test_steps_of_a_running_text_go_round_its_lanes() -> None:
    spec, text = Embedded(GRU(4)), TEST
    whole = Gradient(span=20, batch=4, epochs=2)
    rounds = -(-(len(text.ids) + 1) // 20 + 3) // 4
    plain = sa.fit(spec, text, key=0, training=whole)
    same = sa.fit(spec, text, key=0, training=replace(whole, steps=500))
    assert plain.learning.losses == same.learning.losses  # no more than there are
    short = sa.fit(spec, text, key=0, training=replace(whole, steps=5, epochs=rounds // 5 * 2))
    assert len(short.learning.losses) == rounds // 5 * 2
    assert len(set(short.learning.losses)) == len(short.learning.losses)
    assert abs(np.mean(short.learning.losses[: rounds // 5]) - plain.learning.losses[0]) < 0.05
