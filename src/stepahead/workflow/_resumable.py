"""`resumable`: a training run with a checkpoint. An interrupted run resumes and ends with the same
weights."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import store

if TYPE_CHECKING:
    from ..training import Trained


def resumable(
    run: "partial[Trained]", checkpoint: Path | None, on_event: Callable | None
) -> "Trained":
    """Run a training function. With a `checkpoint`, save the progress to that file after every
    epoch, resume from it if it belongs to the same run, and delete it at the end.

    `run` is a partial call that holds all its arguments (initial weights, data, recipe, key) and
    takes `on_event` and `resume`. It is the same run if all arguments are equal by value.
    """
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
