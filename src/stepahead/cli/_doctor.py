"""`stepahead doctor`: what this installation runs on."""

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
    """Say which versions, devices, kernels and folders are in use: what a report of an error should
    carry."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    import jax

    from .. import __version__, native
    from .shared import ABANDONED, cache_folder, keep_compiled

    kept = keep_compiled()
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
    programs = len(list(kept.glob("*-cache"))) if kept else 0
    where = (
        f"{programs} kept in {kept}" if kept else f"not kept, {cache_folder()} cannot be written"
    )
    say(f"compiled programs: {where}")
    stopped = len(list(cache_folder().glob("runs/*.run")))
    say(
        f"runs stopped before their end: {stopped} kept in {cache_folder() / 'runs'}, each for "
        f"{ABANDONED} days"
    )
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {installed(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} missing")
    say(f"packages: {', '.join(versions)}")


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
