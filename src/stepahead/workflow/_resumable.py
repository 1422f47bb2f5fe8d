"""`resumable`: a training run that keeps where it stands, and goes on from there after a crash to the same end."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ..store import resuming, save_progress
from ..training import Trained


def resumable(
    run: Callable[..., Trained], model: Any, recipe: Any, arrays: tuple[Any, ...], checkpoint: Path | None, on_event: Callable | None
) -> Trained:
    """Call `run(on_event=…, resume=…)`. With a `checkpoint`, it writes where it stands to that file after every epoch, goes on from
    there if the file is of this very run (the same initial weights, recipe and `arrays`: data and key), and deletes it at the end."""
    if checkpoint is None:
        return run(on_event=on_event)
    name = _fingerprint(model, recipe, arrays)

    def keep(event: Any) -> None:
        save_progress(event.progress, checkpoint, name)
        if on_event is not None:
            on_event(event)

    trained = run(on_event=keep, resume=resuming(checkpoint, name))
    checkpoint.unlink(missing_ok=True)
    return trained


def _fingerprint(model: Any, recipe: Any, arrays: tuple[Any, ...]) -> str:
    """What tells one training run from another: the data, the initial weights, the recipe's sizes and the key."""
    sizes = {field.name: getattr(recipe, field.name) for field in fields(recipe) if field.name != "optimizer"}
    shape = re.sub(r" at 0x[0-9a-f]+", "", repr((sizes, jax.tree.structure(model))))  # where a function lies differs by process
    total = hashlib.sha256(shape.encode())
    for array in (*arrays, *jax.tree.leaves(eqx.filter(model, eqx.is_array))):
        total.update(np.ascontiguousarray(_plain(array)).tobytes())
    return total.hexdigest()


def _plain(array: Any) -> Any:
    """A key as its words; anything else as it is."""
    return jax.random.key_data(array) if jnp.issubdtype(array.dtype, jax.dtypes.prng_key) else array
