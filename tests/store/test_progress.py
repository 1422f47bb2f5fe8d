"""A run that was stopped after any epoch goes on to the same bytes."""

import dataclasses

import jax
import numpy as np
import optax
import pytest
from registry import assert_same_bits

import stepahead as sa
from stepahead.training import LAST, BySequence, Gradient, adam, cosine, rmsprop

PANEL = sa.Panel.from_arrays([np.sin(np.arange(60.0) / 3) + 2])
RECIPE = Gradient(span=8, epochs=4, steps=3, batch=4, patience=2)


class Killed(Exception):
    pass


SPEC, KEY = sa.models.GRU(3), jax.random.key(5)


def _fit(*, spec=SPEC, panel=PANEL, key=KEY, training=RECIPE, **more):
    return sa.fit(spec, panel, 2, key=key, training=training, **more)


@pytest.mark.parametrize("after", [1, 3])
def test_a_stopped_run_ends_where_one_never_stopped_does(tmp_path, after):
    def stop(event):
        if event.number == after:
            raise Killed

    path = tmp_path / "run"
    with pytest.raises(Killed):
        _fit(checkpoint=path, on_event=stop)
    assert path.exists()
    seen = []
    resumed = _fit(checkpoint=path, on_event=lambda event: seen.append(event.number))
    assert seen[0] == after + 1 and not path.exists()
    whole = _fit()
    assert_same_bits(resumed.model, whole.model)
    assert resumed.learning == whole.learning


def _killed(path, fit, **more):
    """A run of `fit` that was killed after its first epoch."""

    def stop(_):
        raise Killed

    with pytest.raises(Killed):
        fit(checkpoint=path, on_event=stop, **more)
    return path


def _refused(path, fit, **more):
    """True where `fit` refuses the checkpoint as that of another run, and leaves its bytes."""
    before = path.read_bytes()
    with pytest.raises(sa.Refusal, match="is the checkpoint of another run"):
        fit(checkpoint=path, **more)
    return path.read_bytes() == before


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    return _killed(tmp_path_factory.mktemp("series") / "run", _fit)


OTHER_SERIES = {
    "span": 9,
    "epochs": 5,
    "batch": 5,
    "steps": None,
    "optimizer": adam(1e-1),
    "loss_steps": LAST,
    "patience": 3,
    "shorter": True,
}
"""For each field of the recipe another value than that of the run that was stopped."""

OTHER_OPTIMIZERS = [
    adam(clip=2.0),
    adam(decay=0.1),
    rmsprop(),
    adam(cosine(1e-3, 12)),
    optax.sgd(1e-3),
    optax.adam(lambda updates: 1e-3 * 0.5**updates),
]


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Gradient)])
def test_a_recipe_that_differs_in_one_field_does_not_go_on(stopped, field):
    assert _refused(
        stopped, _fit, training=dataclasses.replace(RECIPE, **{field: OTHER_SERIES[field]})
    )


@pytest.mark.parametrize("optimizer", OTHER_OPTIMIZERS)
def test_another_optimizer_does_not_go_on(stopped, optimizer):
    assert _refused(stopped, _fit, training=dataclasses.replace(RECIPE, optimizer=optimizer))


OTHER_ARGUMENTS = {
    "key": {"key": jax.random.key(6)},
    "head": {"head": sa.models.Gaussian(), "strategy": sa.forecasting.mimo},
    "scaler": {"scaler": sa.data.mean_scale()},
    "strategy": {"strategy": sa.forecasting.recursive},
    "spec": {"spec": sa.models.GRU(3, dropout=0.1)},
    "panel": {"panel": sa.Panel.from_arrays([np.sin(np.arange(60.0) / 3 + 1e-9) + 2])},
}


@pytest.mark.parametrize("more", OTHER_ARGUMENTS.values(), ids=OTHER_ARGUMENTS.keys())
def test_other_data_models_and_seeds_do_not_go_on(stopped, more):
    assert _refused(stopped, _fit, **more)


TEXT = sa.data.Tokens.from_texts(["a b a c", "b b a", "c a"])
OTHER_TEXTS = {"epochs": 5, "batch": 3, "optimizer": adam(1e-1), "patience": 1}
BY_SEQUENCE = BySequence(epochs=4, batch=2)


def _read(**more):
    return sa.fit(
        sa.models.Embedded(sa.models.GRU(2)),
        TEXT,
        key=more.pop("key", 0),
        training=more.pop("training", BY_SEQUENCE),
        **more,
    )


@pytest.fixture(scope="module")
def stopped_text(tmp_path_factory):
    return _killed(tmp_path_factory.mktemp("text") / "run", _read)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(BySequence)])
def test_a_recipe_by_sequence_that_differs_in_one_field_does_not_go_on(stopped_text, field):
    assert _refused(
        stopped_text,
        _read,
        training=dataclasses.replace(BY_SEQUENCE, **{field: OTHER_TEXTS[field]}),
    )


@pytest.mark.parametrize("more", [{"validation": TEXT}, {"backward": True}, {"key": 1}], ids=repr)
def test_other_validation_direction_and_seed_do_not_go_on(stopped_text, more):
    assert _refused(stopped_text, _read, **more)


def test_a_recipe_made_anew_with_a_schedule_of_ones_own_goes_on_to_the_same_bytes(tmp_path):
    def recipe(rate=0.02):
        return dataclasses.replace(
            RECIPE, optimizer=optax.adam(lambda updates: rate / (1 + updates))
        )

    path = _killed(tmp_path / "run", _fit, training=recipe())
    assert _refused(path, _fit, training=recipe(0.03))
    assert_same_bits(_fit(checkpoint=path, training=recipe()).model, _fit(training=recipe()).model)
    assert not path.exists()


def test_values_that_cannot_be_compared_are_refused_before_a_run(tmp_path):
    with (tmp_path / "file").open("w") as file:
        recipe = dataclasses.replace(
            RECIPE, optimizer=optax.adam(lambda updates: 1e-3 if file else 0)
        )
        with pytest.raises(
            sa.Refusal, match="identified by its values, but an object of type TextIOWrapper"
        ):
            _fit(checkpoint=tmp_path / "run", training=recipe)
