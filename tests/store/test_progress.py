"""A run that was stopped after any epoch goes on to the same bytes."""

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead.training import Gradient

PANEL = sa.Panel.from_arrays([np.sin(np.arange(60.0) / 3) + 2])
RECIPE = Gradient(span=8, epochs=4, steps=3, batch=4, patience=2)


class Killed(Exception):
    pass


def _fit(**more):
    return sa.fit(sa.models.GRU(3), PANEL, 2, key=more.pop("key", jax.random.key(5)), training=RECIPE, **more)


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
    for a, b in zip(jax.tree.leaves(resumed.model), jax.tree.leaves(whole.model), strict=True):
        np.testing.assert_array_equal(a, b)
    assert resumed.learning == whole.learning


def test_the_checkpoint_of_another_run_is_refused_and_kept(tmp_path):
    path = tmp_path / "run"

    def stop(_):
        raise Killed

    with pytest.raises(Killed):
        _fit(checkpoint=path, on_event=stop)
    before = path.read_bytes()
    with pytest.raises(sa.Refusal, match="another run"):
        _fit(checkpoint=path, key=jax.random.key(6))
    assert path.read_bytes() == before
