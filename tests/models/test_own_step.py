"""One step of a user's own serves for series, for tokens, for labels and for tags, and keeps the
rules wherever it stands."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import stepahead as sa
from stepahead import data, models
from stepahead._check import Refusal
from stepahead.data import Tokens
from stepahead.training import BySequence, Gradient


class MemoryBody(eqx.Module):
    """The step that the README shows: averages of the past that forget at rates that are learned,
    and a linear readout."""

    rate: jax.Array
    weight: jax.Array
    bias: jax.Array

    def initial_state(self, batch: int) -> jax.Array:
        return jnp.zeros((batch, len(self.rate)))

    def step(self, state: jax.Array, x: Any) -> tuple[jax.Array, jax.Array]:
        state = state + jax.nn.sigmoid(self.rate) * (x.value - state)
        return state, state @ self.weight.T + self.bias


@dataclass(frozen=True)
class Memory:
    """Its specification."""

    def build(self, channels: Any, head: Any, key: Any) -> MemoryBody:
        outputs = head.horizon * channels.value * head.parameters
        return MemoryBody(
            jnp.zeros(channels.width),
            jax.random.normal(key, (outputs, channels.width)),
            jnp.zeros(outputs),
        )


TEXT = Tokens.from_texts(
    ["the dog bites the man", "the man walks the dog", "a dog walks a man", "a man bites"]
)
QUICK = BySequence(epochs=3, batch=2)


def test_it_forecasts_speaks_labels_and_tags_and_comes_back_from_a_file(tmp_path: Path) -> None:
    panel = sa.Panel.from_arrays([np.sin(np.arange(60.0) / 3)])
    series = sa.fit(
        Memory(), panel, 3, key=0, training=Gradient(span=8, epochs=2, steps=5, batch=8)
    )
    speaks = sa.fit(Memory(), TEXT, key=0, training=QUICK)
    labels = sa.fit(Memory(), data.Labelled.of(TEXT, ["x", "y", "x", "y"]), key=0, training=QUICK)
    tags = Tokens.from_texts(["d n v d n", "d n v d n", "d n v d n", "d n v"])
    tagger = sa.fit(
        models.Tagger(models.Encoder(Memory(), bidirectional=True)),
        data.Tagged(TEXT, tags),
        key=0,
        training=QUICK,
    )
    answers = (
        lambda m: m.predict().mean,
        lambda m: m.score(["a dog", "the man walks"]).log_probs,
        lambda m: m.probabilities(TEXT),
        lambda m: m.probabilities("the man"),
    )
    for fitted, ask in zip((series, speaks, labels, tagger), answers, strict=True):
        sa.save(fitted, tmp_path / "model", own=(Memory,))
        said = ask(fitted)
        assert np.isfinite(said).all()
        np.testing.assert_array_equal(ask(sa.load(tmp_path / "model", own=(Memory,))), said)


def test_as_a_layer_it_gives_what_it_gives_by_itself() -> None:
    cell = models.recurrent_of(Memory(), 5).layer(3, 5, np.random.default_rng(0))
    xs = jnp.asarray(np.random.default_rng(1).normal(size=(2, 7, 3)), jnp.float32)
    lengths = jnp.array([7, 4])
    out, (last, memory) = cell.unroll(cell.initial_state(2), xs, lengths=lengths)
    for row, length in enumerate((7, 4)):
        state = cell.body.initial_state(1)
        for t in range(length):
            state, said = cell.body.step(state, sa.Observation(xs[row : row + 1, t]))
            np.testing.assert_allclose(out[row, t], said[0], rtol=1e-6)
        np.testing.assert_allclose(memory[row], state[0], rtol=1e-6)
        np.testing.assert_allclose(last[row], said[0], rtol=1e-6)
        assert not np.asarray(out[row, length:]).any()
    back, _ = cell.unroll(cell.initial_state(2), xs[:, ::-1], reverse=True)
    np.testing.assert_allclose(back[0, ::-1], out[0], rtol=1e-5, atol=1e-6)


def test_two_layers_of_it_are_drawn_each_by_itself() -> None:
    body = models.Stack(4, layers=2, of=Memory()).build(
        models.Channels(1), models.Point(), jax.random.key(0)
    )
    assert not np.array_equal(
        body.layers[0].body.own.weight[:, 0], body.layers[1].body.own.weight[:, 0]
    )


def test_what_has_no_build_is_refused() -> None:
    for door in (models.Embedded, models.Encoder, models.Decoder, models.EncoderDecoder):
        with pytest.raises(
            Refusal, match=r"a step of your own with `build\(channels, head, key\)`, but it is 7"
        ):
            door(7)
