"""`Direct`: one model for each step ahead, each with weights of its own, trained as if it were
alone."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from registry import Case, assert_close, made, positive, unrolled

from stepahead import models
from stepahead.data import sliding_windows
from stepahead.models import Gaussian, Model, Observation, Point
from stepahead.training import LAST, Gradient, Series, train

CASE = Case(models.Direct(models.GRU(2)), Gaussian(3))


def copy_of(model: Model, number: int) -> Model:
    """The model for one step ahead by itself."""
    body = jax.tree.map(
        lambda leaf: leaf[number] if eqx.is_array(leaf) else leaf, model.body.bodies
    )
    return Model(body, type(model.head)(), model.channels)


def test_each_step_ahead_is_the_output_of_its_own_copy() -> None:
    model, xs = made(CASE), Observation(positive(2, 5, 2))
    together = unrolled(model, xs).out
    for number in range(3):
        assert_close(together[:, :, number], unrolled(copy_of(model, number), xs).out[:, :, 0])


def test_copies_begin_with_weights_of_their_own() -> None:
    model = models.build(CASE.spec, 2, CASE.head, jax.random.key(0))
    first, second = (copy_of(model, number).body.layers[0].recurrent for number in (0, 1))
    assert not np.allclose(first, second, atol=1e-2)


def test_a_copy_learns_from_its_own_step_only() -> None:
    """Step 2 alone is trained as by itself, whatever the targets of step 1 would teach it."""
    model = made(Case(models.Direct(models.MLPAR(2, (3,))), Point(2), channels=1))
    values = np.random.default_rng(0).normal(size=(9, 1)).astype(np.float32)
    windows = sliding_windows(np.array([0, 9]), 2, hold=1)
    recipe = Gradient(span=2, epochs=1, batch=64, optimizer=optax.sgd(0.1), loss_steps=LAST)
    trained = train(
        model, Series(jnp.asarray(values), None), windows, recipe, key=jax.random.key(0)
    ).model

    def loss(alone: Model) -> jax.Array:
        errors, steps = 0.0, range(2, 8)
        # windows end before `end`; step 2 is `end + 1`, which lies before the stop but for the last
        # window
        for end in steps:
            if end + 1 < 8:
                out = unrolled(alone, Observation(jnp.asarray(values[None, end - 2 : end]))).out[
                    0, -1, 0, 0, 0
                ]
                errors += (out - values[end + 1, 0]) ** 2
        return errors / (
            len(steps) + len(steps) - 1
        )  # the mean over all steps ahead that count, of both copies

    alone = copy_of(model, 1)
    slopes = eqx.filter_grad(loss)(alone)
    wanted = eqx.apply_updates(alone, jax.tree.map(lambda slope: -0.1 * slope, slopes))
    assert_close(copy_of(trained, 1).body.weights, wanted.body.weights, rtol=1e-4, atol=1e-5)
