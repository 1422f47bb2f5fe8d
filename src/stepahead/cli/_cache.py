"""What is kept between runs of the command: compiled programs, so that the second run starts faster, and training that was stopped."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..data import Panel


def cache_folder() -> Path:
    """Where they are kept: `STEPAHEAD_CACHE`, else `stepahead` in the user's cache folder."""
    named = os.environ.get("STEPAHEAD_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepahead"


def keep_compiled() -> Path | None:
    """Tell JAX to keep compiled programs in `cache_folder()`; None, and nothing kept, where that cannot be written."""
    import jax

    folder = _usable(cache_folder())
    if folder is None:
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder


def run_file(order: Any, panel: "Panel") -> Path | None:
    """Where the training of this order on these data keeps how far it is; None where nothing can be kept.

    The name is a digest of the order, the data and the version: the same command on the same data finds it again, another does not.
    """
    from .. import __version__

    folder = _usable(cache_folder() / "runs")
    if folder is None:
        return None
    told = (__version__, order, panel.ids.tolist(), panel.names, panel.frequency.name, panel.frequency.zone)
    total = hashlib.sha256(repr(told).encode())
    for array in (panel.values, panel.offsets, panel.times):
        total.update(array.tobytes())
    return folder / f"{total.hexdigest()[:24]}.run"


def _usable(folder: Path) -> Path | None:
    """The folder, made if need be; None where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
