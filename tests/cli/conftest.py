"""Fixtures of the command-line tests: two small series in a file, and a cache that ends with the
test."""

from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compiled programs are kept in the test's own folder, and nowhere any more after it."""
    monkeypatch.setenv("STEPAHEAD_CACHE", str(tmp_path / "cache"))
    names = (
        "jax_compilation_cache_dir",
        "jax_persistent_cache_min_compile_time_secs",
        "jax_persistent_cache_min_entry_size_bytes",
    )
    before = {name: getattr(jax.config, name) for name in names}
    yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """Two monthly series of three years: the month's number, and the same plus 100 with one missing
    value."""
    months = np.datetime64("2021-01") + np.arange(36)
    lines = ["unique_id,ds,y"]
    lines += [f"north,{month}-01,{1 + i % 12}" for i, month in enumerate(months)]
    lines += [
        f"south,{month}-01,{'' if i == 5 else 101 + i % 12}" for i, month in enumerate(months)
    ]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
