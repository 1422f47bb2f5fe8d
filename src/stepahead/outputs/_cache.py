"""The cache: compiled programs and texts that are slow to compute, so that the next run starts
faster."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from .._check import Refusal

PROBE_BYTES = 1 << 20
"""The size of the file that is written to test a folder, before any work."""


def cache_folder() -> Path:
    """Return the folder of the cache: `STEPAHEAD_CACHE`, else `stepahead` in the user's cache
    folder."""
    named = os.environ.get("STEPAHEAD_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepahead"


def cache_compiled() -> Path | None:
    """Let JAX cache compiled programs in `cache_folder()`, now or when it is imported; return None,
    without a cache, if the folder cannot be written."""
    folder = usable(cache_folder())
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
    """Return a text that depends only on its name: read from the cache, else made by `make` and
    cached."""
    folder = usable(cache_folder())
    if folder is None:
        return make()
    path = folder / name
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = make()
    from .._files import write_atomically

    with contextlib.suppress(Refusal):  # without a cache the text is made again
        write_atomically(path, text.encode())
    return text


def usable(folder: Path) -> Path | None:
    """Return the folder, created if needed; None if it cannot be written, or the disk is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe(folder, "probe")
    except OSError:
        return None
    return folder


def probe(folder: Path, name: str) -> None:
    """Write `PROBE_BYTES` bytes to the folder and remove them; an OSError gives the reason if that
    fails."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}.") as file:
        file.write(bytes(PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())
