"""Compiled programs are kept between runs of the command, so that the second run starts faster."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Where they are kept: `STEPAHEAD_CACHE`, else `stepahead` in the user's cache folder."""
    named = os.environ.get("STEPAHEAD_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepahead"


def keep_compiled() -> Path | None:
    """Tell JAX to keep compiled programs in `cache_folder()`; None, and nothing kept, where that cannot be written."""
    import jax

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return folder
