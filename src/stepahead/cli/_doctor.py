"""`stepahead doctor`: versions, devices and folders of this installation."""

import os
import platform
import sys

import typer

PACKAGES = (
    "jax",
    "jaxlib",
    "equinox",
    "optax",
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "duckdb",
    "narwhals",
    "altair",
    "vl-convert-python",
)


def doctor() -> None:
    """Print versions, devices, kernels and folders, for a bug report."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    import jax

    from .. import __version__, native
    from ..outputs import cache_compiled, cache_folder
    from .shared import DAYS_KEPT

    cache = cache_compiled()
    say = typer.echo
    say(f"stepahead {__version__}, Python {platform.python_version()} ({sys.executable})")
    say(
        f"machine: {platform.platform()}, {platform.machine()}, {_cores()} of {os.cpu_count()} "
        "cores usable"
    )
    say(
        f"devices: {', '.join(str(device) for device in jax.devices())}; float64 "
        f"{'on' if jax.config.read('jax_enable_x64') else 'off'}"
    )
    say(f"recurrences: {native.reason()}")
    programs = len(list(cache.glob("*-cache"))) if cache else 0
    where = (
        f"{programs} cached in {cache}"
        if cache
        else f"not cached, {cache_folder()} cannot be written"
    )
    say(f"compiled programs: {where}")
    checkpoints = len(list(cache_folder().glob("runs/*.run")))
    say(
        f"checkpoints of interrupted commands: {checkpoints} in {cache_folder() / 'runs'}, kept "
        f"for {DAYS_KEPT} days"
    )
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {installed(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} missing")
    say(f"packages: {', '.join(versions)}")


def _cores() -> int:
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
