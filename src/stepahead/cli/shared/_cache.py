"""Checkpoints of interrupted commands, in the cache folder."""

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...outputs import cache_folder, usable

if TYPE_CHECKING:
    from ...data import Panel
    from ._console import Console


DAYS_KEPT = 30
"""The checkpoint of an interrupted command is removed after this many days."""


def checkpoint_path(request: Any, data: Any) -> Path | None:
    """The checkpoint of this request on these data; None if no cache can be written.

    The file name is a digest of the request, the data and the version, so that only the same
    command on the same data finds it.
    """
    from ... import __version__
    from ...store import identity

    folder = usable(cache_folder() / "runs")
    if folder is None:
        return None
    prune(folder)
    return folder / f"{identity(__version__, request, data)[:24]}.run"


def unnamed(panel: "Panel") -> "Panel":
    """The panel without the file name and the kind of data frame that it came from, which do not
    affect results."""
    return replace(panel, source="", kind="")


@contextlib.contextmanager
def resumable(request: Any, data: Any, console: "Console") -> Iterator[Path | None]:
    """A context manager that returns the checkpoint of this request on these data. It prints when
    work resumes from a checkpoint, and when Ctrl-C leaves one."""
    checkpoint = checkpoint_path(request, data)
    if checkpoint is None:
        console.say(
            f"{cache_folder()} cannot be written, or is full: no checkpoint is saved, so this "
            "command would start again from the beginning if interrupted."
        )
    elif checkpoint.exists():
        console.say(f"Resuming from the checkpoint {checkpoint}")
    try:
        yield checkpoint
    except KeyboardInterrupt:
        if checkpoint is not None and checkpoint.exists():
            console.say(
                f"Interrupted. The checkpoint is in {checkpoint}; the same command resumes from it."
            )
        raise


def prune(folder: Path) -> None:
    """Remove checkpoints older than `DAYS_KEPT` days, and partly written files older than one
    day."""
    for path in folder.iterdir():
        days = 1 if path.suffix == ".part" else DAYS_KEPT
        with contextlib.suppress(OSError):  # another command may have removed it
            if time.time() - path.stat().st_mtime > days * 86400:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
