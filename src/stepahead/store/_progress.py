"""Checkpoints of a training run, written after every epoch, so that a killed run resumes and ends
with the same weights."""

from collections.abc import Callable
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .._check import Refusal
from ..training import Progress
from ._file import read, write
from ._pack import Arrays


def save_progress(progress: Progress, path: Path, run: str) -> None:
    """Save a checkpoint of a training run; `run` is the digest of the run (`identity`)."""
    leaves = jax.tree.leaves(eqx.filter(_arrays(progress), eqx.is_array))
    arrays: Arrays = {f"{number}": np.asarray(leaf) for number, leaf in enumerate(leaves)}
    arrays["losses"] = np.array(progress.losses)
    arrays["validation"] = np.array(progress.validation)
    write(path, {"run": run, "epoch": progress.epoch, "best_epoch": progress.best_epoch}, arrays)


def resume_from(path: Path, run: str) -> Callable[[Progress], Progress]:
    """The function for `train(resume=…)` that loads the checkpoint at `path` if there is one.

    The checkpoint of another run is an error and stays unchanged.
    """

    def resume(start: Progress) -> Progress:
        if not path.exists():
            return start
        header, arrays = read(path)
        if header.get("run") != run:
            raise Refusal(
                f"'{path}' is the checkpoint of another run (other data, model, settings or seed). "
                "Name another file, or delete it."
            )
        dynamic, static = eqx.partition(_arrays(start), eqx.is_array)
        leaves, tree = jax.tree.flatten(dynamic)
        stored = [arrays[f"{number}"] for number in range(len(leaves))]
        if any(a.shape != leaf.shape for a, leaf in zip(stored, leaves, strict=True)):
            raise Refusal(f"'{path}' does not fit this model. Delete it and start again.")
        model, optimizer_state, best = eqx.combine(
            jax.tree.unflatten(tree, [jnp.asarray(a) for a in stored]), static
        )
        losses, validation = tuple(arrays["losses"].tolist()), tuple(arrays["validation"].tolist())
        return Progress(
            header["epoch"], model, optimizer_state, best, header["best_epoch"], losses, validation
        )

    return resume


def _arrays(progress: Progress) -> tuple:
    return progress.model, progress.optimizer_state, progress.best
