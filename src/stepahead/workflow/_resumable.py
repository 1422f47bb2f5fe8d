"""`resumable`: a training run that keeps where it stands, and goes on from there after a crash to
the same end."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..store import identity, resuming, save_progress
from ..training import Trained


def resumable(
    run: "partial[Trained]", checkpoint: Path | None, on_event: Callable | None
) -> Trained:
    """Call `run(on_event=…, resume=…)`. With a `checkpoint`, it writes where it stands to that file
    after every epoch, goes on from there if the file is of this very run, and deletes it at the
    end.

    `run` holds all its arguments (first weights, data, recipe, key); it is the same run if all of
    them are equal by value.
    """
    if checkpoint is None:
        return run(on_event=on_event)
    name = identity(run)

    def keep(event: Any) -> None:
        save_progress(event.progress, checkpoint, name)
        if on_event is not None:
            on_event(event)

    trained = run(on_event=keep, resume=resuming(checkpoint, name))
    checkpoint.unlink(missing_ok=True)
    return trained
