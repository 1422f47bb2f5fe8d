"""Long memory: the tasks are what they are said to be, guessing costs what is computed, and the
loop learns."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from stepahead.experiments.memory import _memory as memory
from stepahead.models import GRU, LSTM, RNN, Point, build


def test_adding_marks_one_number_in_each_half_and_wants_their_sum() -> None:
    drawn = memory.adding(jax.random.key(0), 500, steps=20)
    numbers, marks = np.asarray(drawn.seen.value)[..., 0], np.asarray(drawn.seen.known)[..., 0]
    assert (marks[:, :10].sum(1) == 1).all() and (marks[:, 10:].sum(1) == 1).all()
    assert set(np.unique(np.argmax(marks, 1))) == set(range(10))
    np.testing.assert_allclose(
        drawn.wanted,
        [row[mark > 0].sum() for row, mark in zip(numbers, marks, strict=True)],
        rtol=1e-6,
    )


def test_guessing_one_costs_a_sixth_not_the_printed_number() -> None:
    wanted = np.asarray(memory.adding(jax.random.key(0), 50_000, steps=4).wanted, np.float64)
    cost = np.mean((wanted - 1) ** 2)
    assert cost == pytest.approx(memory.ADDING.guess, abs=0.003)
    assert abs(cost - 0.1767) > 0.005
    assert min(np.mean((wanted - guess) ** 2) for guess in (0.9, 1.1)) > cost


def test_copying_shows_ten_rings_once_and_wants_them_at_the_end() -> None:
    drawn = memory.copying(jax.random.key(0), 40, delay=7)
    seen = np.asarray(drawn.seen.value.argmax(-1))
    assert seen.shape == drawn.wanted.shape == (40, 27)
    np.testing.assert_array_equal(seen[:, :10], np.asarray(drawn.wanted)[:, 17:])
    assert set(np.unique(seen[:, :10])) == set(range(1, 9))
    assert (seen[:, 16] == 9).all() and (seen == 9).sum() == 40
    assert (np.asarray(drawn.wanted)[:, :17] == 0).all()


def test_knowing_nothing_of_the_symbols_costs_what_is_computed() -> None:
    drawn = memory.copying(jax.random.key(0), 10, delay=30)
    sure = jnp.where(
        drawn.wanted[..., None] == 0, jnp.eye(10)[0], jnp.array([0.0, *[1 / 8] * 8, 0.0])
    )
    cost = -jnp.log(jnp.take_along_axis(sure, drawn.wanted[..., None], -1)).mean()
    assert float(cost) == pytest.approx(memory.guess_of_copying(30), rel=1e-5)


def test_gates_begin_by_keeping_for_as_long_as_asked() -> None:
    made = {
        name: build(spec, 1, Point(), jax.random.key(0))
        for name, spec in {"rnn": RNN(50), "lstm": LSTM(50), "gru": GRU(50)}.items()
    }
    kept = {
        name: memory.keeping(model, 100, jax.random.key(1)).body.layers[0].bias
        for name, model in made.items()
    }
    np.testing.assert_array_equal(kept["rnn"], 0)
    np.testing.assert_allclose(kept["lstm"][:50], -kept["lstm"][50:100])
    np.testing.assert_array_equal(kept["lstm"][100:], 0)
    for steps in (np.exp(kept["lstm"][50:100]), np.exp(kept["gru"][50:100])):
        assert 1 <= steps.min() < 20 and 80 < steps.max() <= 99
    np.testing.assert_array_equal(kept["gru"][:50], 0)


def test_a_short_adding_problem_is_learned_and_the_same_key_does_it_again() -> None:
    task = memory.ADDING._replace(draw=_short, span=10)
    one, again = (
        memory.trained(task, "GRU", memory.Setting(16, 32, 0.02, 400), 0) for _ in range(2)
    )
    assert one.losses == again.losses and one.test == again.test
    assert one.test < task.guess / 4 and one.losses[-1] == pytest.approx(one.test, rel=0.5)


def _short(key: jax.Array, batch: int) -> memory.Drawn:
    return memory.adding(key, batch, steps=10)


def test_the_rows_count_the_seeds_that_learned_nothing() -> None:
    model = build(RNN(2), 1, Point(), jax.random.key(0))
    lost, won = (memory.Run(model, (1.0,), 1.0, loss) for loss in (0.5, 0.001))
    found = {(task.name, name): [lost, won, won] for task in memory.TASKS for name in memory.CELLS}
    rows = {row.what: row for row in memory.numbers(found)}
    assert (
        rows["adding problem: LSTM, MSE"].collapsed == 1
        and rows["adding problem: LSTM, MSE"].reached
    )
    assert rows["adding problem: RNN, MSE"].reached is False


def test_the_whole_of_it_in_miniature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "HELD_BACK", 50)
    monkeypatch.setattr(memory, "CELLS", {"LSTM": LSTM})
    result = memory.run(tmp_path, None, lambda line: None, True)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in result.files}
    assert "guessing" in str(result) and "seconds" in str(result)
