"""Settings of every test: the CPU, checked shapes, steady examples, the folder of data files."""

import os
from importlib.metadata import version

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_parallel_codegen_split_count=1 "
    # XLA ends a process that gives it a flag which it does not know: newer ones have no others.
    + ("--xla_cpu_use_fusion_emitters=false" if version("jaxlib").startswith("0.10.") else ""),
)  # a test compiles much and computes little
os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # for the workers of `-n`, which would wait for each other's threads

import gc
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import pytest
from checking import check_package
from hypothesis import settings
from jax._src.interpreters import mlir
from jax._src.lax import lax
from jax._src.lru_cache import LRUCache

_of_thread = threading.local()
_make_ir_context = mlir.make_ir_context


def _one_context_a_thread() -> Any:
    """An MLIR context takes 6 ms and some memory to make, and JAX makes one for every program that
    it lowers: several thousand in a run of the tests."""
    if not hasattr(_of_thread, "context"):
        _of_thread.context = _make_ir_context()
    return _of_thread.context


mlir.make_ir_context = _one_context_a_thread


def _to_device(value: Any) -> Any:
    """`jnp.asarray` of an array of NumPy compiles a program for each shape, which does nothing."""
    return value if isinstance(value, jax.Array) else jax.device_put(value, may_alias=False)


if hasattr(lax, "stage_p"):
    lax.stage_p.def_impl(_to_device)


def _put_at_once(cache: LRUCache, key: str, value: bytes) -> None:
    """JAX writes where the other worker may be reading, and a worker that is killed leaves half a
    program."""
    part = cache.path / f"{key}.{os.getpid()}"
    part.write_bytes(value)
    part.replace(cache.path / f"{key}-cache")


LRUCache.put = _put_at_once  # type: ignore[method-assign]

COMPILED = Path(__file__).parents[1] / ".cache" / "compiled"
"""Programs that the tests compiled, for the next run: a third of the time of the first one. The
name of a program is a digest of its text, the flags and the version, so that none is mistaken for
another."""
DAYS_KEPT = 14

SLOW = (
    "cli/test_engine.py",
    "cli/test_kill.py",
    "distributed",
    "experiments",
    "models/test_float64.py",
    "native/test_processes.py",
    "web/app/test_browser.py",
    "web/app/test_text_network.py",
    "workflow/test_large.py",
    "workflow/test_large_network.py",
)
"""Tests of whole processes, jobs and experiments, which `make test-slow` runs; single ones of other
files are marked where they stand."""

for name, value in {
    "jax_compilation_cache_dir": str(COMPILED),
    "jax_persistent_cache_min_compile_time_secs": 0.0,
    "jax_persistent_cache_min_entry_size_bytes": -1,
    "jax_persistent_cache_enable_xla_caches": "none",  # else the name depends on the folder
    "jax_traceback_in_locations_limit": 0,  # nobody reads where a line of a program came from
}.items():
    jax.config.update(name, value)

os.fsync = lambda file: None  # no test cuts the power, and a thousand small files wait for the disk

gc.disable()  # what is imported and collected stays: `pytest_collection_finish` enables it
check_package("stepahead")

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow."""
    here = Path(__file__).parent
    for item in items:
        if any(item.path.is_relative_to(here / name) for name in SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of data files that we may not redistribute, or a skip that says where it was
    looked for."""
    named = os.environ.get("STEPAHEAD_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            "needs data files that are not part of the project: set STEPAHEAD_DATA to their "
            f"folder (looked for {folder})"
        )
    return folder


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Iterator[Counter[str]]:
    """Counts what random inputs became; the sums over all tests are printed at the end of the
    run."""
    counts: Counter[str] = Counter()
    yield counts
    record_property("tally", dict(counts))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Remove compiled programs that are old: most of them belong to code that is no more."""
    if hasattr(session.config, "workerinput"):
        return
    oldest = time.time() - DAYS_KEPT * 86400
    for path in COMPILED.glob("*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def pytest_collection_finish() -> None:
    """Imported modules stay, so the collector of garbage need not walk through it at every turn:
    tracing makes many small objects."""
    jax.jit(lambda: 0)()  # from now on JAX holds to the folder of compiled programs
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what random inputs became."""
    reports = [
        report
        for listed in terminalreporter.stats.values()
        for report in listed
        if getattr(report, "when", "") == "teardown"
    ]
    told = [
        value for report in reports for name, value in report.user_properties if name == "tally"
    ]
    total = sum(map(Counter, told), Counter[str]())
    if total:
        became = ", ".join(f"{count:,} {name}" for name, count in sorted(total.items()))
        terminalreporter.write_line(f"random inputs: {total.total():,}, of which {became}")
