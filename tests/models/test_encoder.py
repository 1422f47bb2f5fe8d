"""The outputs of an encoder for a sequence: both directions, what stands behind the end, and the
vector of the whole."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from stepahead import models
from stepahead.models.networks._encoder_body import drop_words
from stepahead.ops import as_key

SPEC = models.Encoder(models.GRU(3), bidirectional=True)
BODY = SPEC.of_rows(2, 0)
READ = eqx.filter_jit(lambda body, rows, lengths: body(rows, lengths, None))
ROWS = jnp.asarray(np.random.default_rng(0).normal(size=(2, 4, 2)), jnp.float32)
LENGTHS = jnp.array([4, 2])


def test_each_direction_ends_where_its_side_of_the_sequence_does_and_pools_are_what_they_say() -> (
    None
):
    along, last = READ(BODY, ROWS, LENGTHS)
    np.testing.assert_array_equal(
        last, np.concatenate([[along[0, 3, :3], along[1, 1, :3]], along[:, 0, 3:]], axis=1)
    )
    assert not np.asarray(along[1, 2:]).any() and np.asarray(along[1, :2]).all()
    inside = [np.asarray(along[0]), np.asarray(along[1, :2])]
    for pool, of in ((models.MeanPool(), np.mean), (models.MaxPool(), np.max)):
        np.testing.assert_allclose(
            pool(along, last, LENGTHS), [of(part, axis=0) for part in inside], atol=1e-6
        )
        assert not np.asarray(pool(jnp.zeros((1, 4, 6)), last[:1], jnp.array([0]))).any()


def test_reading_a_reversed_sequence_with_the_directions_exchanged_gives_the_reversed_vectors() -> (
    None
):
    swapped = eqx.tree_at(
        lambda body: body.layers, BODY, tuple(layer[::-1] for layer in BODY.layers)
    )
    along, back = (
        READ(BODY, ROWS, LENGTHS).along[:1],
        READ(swapped, ROWS[:, ::-1], LENGTHS).along[:1],
    )
    np.testing.assert_allclose(back[:, ::-1], np.roll(along, 3, axis=-1), atol=1e-6)


def test_what_stands_behind_the_end_does_not_matter() -> None:
    other = ROWS.at[1, 2:].set(1e6)
    for one, two in zip(READ(BODY, ROWS, LENGTHS), READ(BODY, other, LENGTHS), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_share_of_the_tokens_is_lost_and_none_without_a_key() -> None:
    tokens = jnp.full((1, 400), 3)
    unknown = drop_words(tokens, 0.5, as_key(1)) == 0
    assert 0.4 < unknown.mean() < 0.6
    assert (drop_words(tokens, 0.5, None) == tokens).all()
