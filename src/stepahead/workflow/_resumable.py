"""`resumable`: a training run with a checkpoint. An interrupted run resumes and ends with the same
weights."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import store
from .._check import counted

if TYPE_CHECKING:
    from ..training import Trained


def resumable(
    run: "partial[Trained]",
    checkpoint: Path | None,
    on_event: Callable | None,
    interruptible: bool = False,
) -> "Trained":
    """Run a training function. With a `checkpoint`, save the progress to that file after every
    epoch, resume from it if it belongs to the same run, and delete it at the end. `interruptible`
    runs end at a KeyboardInterrupt with the weights so far, once an epoch is done.

    `run` is a partial call that holds all its arguments (initial weights, data, recipe, key) and
    takes `on_event` and `resume`. It is the same run if all arguments are equal by value.
    """
    if interruptible:
        return _interruptible(run, checkpoint, on_event)
    if checkpoint is None:
        return run(on_event=on_event)
    name = store.identity(run)

    def save(event: Any) -> None:
        store.save_progress(event.progress, checkpoint, name)
        if on_event is not None:
            on_event(event)

    trained = run(on_event=save, resume=store.resume_from(checkpoint, name))
    checkpoint.unlink(missing_ok=True)
    return trained


def _interruptible(
    run: "partial[Trained]", checkpoint: Path | None, on_event: Callable | None
) -> "Trained":
    """Run a training that Ctrl-C may end. Return the weights with the smallest validation loss so
    far if there are validation data, else the last ones. The checkpoint is kept, so the same call
    continues from it."""
    from ..training import Trained

    last: list[Any] = []

    def remember(event: Any) -> None:
        last[:] = [event.progress]
        if on_event is not None:
            on_event(event)

    try:
        return resumable(run, checkpoint, remember)
    except KeyboardInterrupt:
        if not last:
            raise
    now = last[0]
    model, kept = (now.best, now.best_epoch) if now.validation else (now.model, now.epoch)
    stopped = (
        f"interrupted after {counted(now.epoch, 'epoch')}; the weights of epoch {kept} are kept"
    )
    return Trained(model, now.losses, now.validation, stopped)
