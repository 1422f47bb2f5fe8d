"""First weights are the same numbers whether their key is known or traced: an ensemble by `vmap` is
its members one by one."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest
from registry import KINDS, assert_close, assert_same_bits

from stepahead import Refusal, models
from stepahead.models import Channels, Observation, unroll
from stepahead.ops import as_key, generator, split_key

KEYS = jax.random.split(jax.random.key(3), 3)
GRU, LSTM = models.GRU(2), models.LSTM(2)


def weights(key: Any) -> list[Any]:
    """The arrays of every kind of model that draws any, from one key."""
    built = [
        *(
            case.spec.build(Channels(case.channels, mask=case.mask), case.head, key)
            for case in KINDS
        ),
        models.Embedded(LSTM, width=2).build(5, key),
        models.Classifier(models.Encoder(GRU, bidirectional=True)).build(3, key, tokens=4),
        models.Tagger(models.Encoder(LSTM), models.Encoder(GRU)).build(4, 3, 2, key),
        models.Translator(models.Encoder(GRU), models.Decoder(GRU), models.Additive()).build(
            4, key, tokens=5
        ),
        models.Decoder(LSTM, models.FirstInput()).of_tokens(4, 3, key),
        models.Decoder(GRU, models.FirstState()).of_rows(2, 3, models.Point(), key),
        models.Bidirectional(2).build(jnp.ones(2), 1, key),
    ]
    return [leaf for leaf in jax.tree.leaves(built) if eqx.is_array(leaf)]


def test_traced_keys_give_the_weights_of_known_ones() -> None:
    assert_same_bits(jax.jit(weights)(KEYS[1]), weights(KEYS[1]))


def test_a_key_from_outside_and_a_number_inside_a_traced_function() -> None:
    def build(key: Any) -> Any:
        return eqx.filter(models.build(GRU, 1, models.Point(), key), eqx.is_array)

    for key in (KEYS[0], 7):
        assert_same_bits(jax.jit(lambda key=key: build(key))(), build(key))


def test_an_ensemble_by_vmap_answers_as_its_members_do() -> None:
    ensemble = jax.vmap(lambda key: models.build(GRU, 1, models.Gaussian(), key))(KEYS)
    xs = Observation(jnp.linspace(-1, 1, 12, dtype="f4").reshape(2, 6, 1))
    answers = eqx.filter_vmap(lambda model: unroll(model, xs).out)(ensemble)
    assert len({float(answer.sum()) for answer in answers}) == len(KEYS)
    for number, key in enumerate(KEYS):
        member = models.build(GRU, 1, models.Gaussian(), key)
        assert_same_bits(jax.tree.map(lambda leaf, number=number: leaf[number], ensemble), member)
        assert_close(answers[number], unroll(member, xs).out)


def test_further_keys_of_a_traced_key_are_those_of_a_known_one() -> None:
    traced = jax.jit(lambda key: [jax.random.key_data(part) for part in split_key(key, 3)])(KEYS[1])
    assert_same_bits(traced, [jax.random.key_data(part) for part in split_key(KEYS[1], 3)])


def test_what_must_know_its_key_says_so() -> None:
    with pytest.raises(
        Refusal, match=r"`key` is traced by `jax.jit` or `jax.vmap`.* Call it outside"
    ):
        jax.jit(lambda key: jnp.asarray(generator(as_key(key)).random()))(KEYS[0])
