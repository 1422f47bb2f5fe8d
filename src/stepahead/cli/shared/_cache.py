"""The cache between runs of the command: compiled programs, so that the second run starts faster,
and checkpoints of interrupted training."""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..._check import Refusal
from ._output import probe

if TYPE_CHECKING:
    from ...data import Panel
    from ._console import Console


DAYS_KEPT = 30
"""Days after which the checkpoint of an interrupted command is removed."""


def cache_folder() -> Path:
    """The folder of the cache: `STEPAHEAD_CACHE`, else `stepahead` in the user's cache folder."""
    named = os.environ.get("STEPAHEAD_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepahead"


def cache_compiled() -> Path | None:
    """Let JAX cache compiled programs in `cache_folder()`, now or when it is loaded; None, and no
    cache, where that cannot be written."""
    folder = _usable(cache_folder())
    if folder is None:
        return None
    settings: dict[str, str | float | int] = {
        "jax_compilation_cache_dir": str(folder),
        # many small programs together take a second to compile, so all of them are cached
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    for name, value in settings.items():
        if "jax" in sys.modules:
            sys.modules["jax"].config.update(name, value)
        else:  # JAX reads its settings there when it is loaded, if ever
            os.environ[name.upper()] = str(value)
    return folder


def cached_text(name: str, make: Callable[[], str]) -> str:
    """A text that depends on its name alone: read from the cache, else made by `make` and
    cached."""
    folder = _usable(cache_folder())
    if folder is None:
        return make()
    path = folder / name
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = make()
    from ..._files import write_atomically

    with contextlib.suppress(Refusal):  # without a cache the text is made again
        write_atomically(path, text.encode())
    return text


def checkpoint_path(request: Any, data: Any) -> Path | None:
    """The checkpoint of this request on these data; None where no cache can be written.

    The name is a digest of the request, the data and the version, so that only the same command on
    the same data finds it again.
    """
    from ... import __version__
    from ...store import identity

    folder = _usable(cache_folder() / "runs")
    if folder is None:
        return None
    prune(folder)
    return folder / f"{identity(__version__, request, data)[:24]}.run"


def unnamed(panel: "Panel") -> "Panel":
    """The panel without the file and the kind of data frame that it came from, which decide
    nothing."""
    return replace(panel, source="", kind="")


@contextlib.contextmanager
def resumable(request: Any, data: Any, console: "Console") -> Iterator[Path | None]:
    """The checkpoint of this request on these data, while the block runs: say so where the block
    resumes from it, and where Ctrl-C leaves it."""
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
    """Remove checkpoints older than `DAYS_KEPT` days, and partly written files older than a day."""
    for path in folder.iterdir():
        days = 1 if path.suffix == ".part" else DAYS_KEPT
        with contextlib.suppress(OSError):  # another command may have finished or pruned it
            if time.time() - path.stat().st_mtime > days * 86400:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _usable(folder: Path) -> Path | None:
    """The folder, made if need be; None where it cannot be written, or is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe(folder, "probe")
    except OSError:
        return None
    return folder
