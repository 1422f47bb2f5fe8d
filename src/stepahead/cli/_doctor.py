"""`stepahead doctor`: versions, devices and folders of this installation."""

import os
import platform
import sys
from contextlib import suppress

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
    from importlib.metadata import version as version_of

    from .. import __version__, native
    from .._extras import EXTRAS, installed
    from ..outputs import cache_compiled, cache_folder
    from .shared import DAYS_KEPT

    cache = cache_compiled()
    say = typer.echo
    say(f"stepahead {__version__}, Python {platform.python_version()} ({sys.executable})")
    say(
        f"machine: {platform.platform()}, {platform.machine()}, {native.cores()} of "
        f"{os.cpu_count()} cores usable"
    )
    say(f"devices: {_devices() if installed('jax') else 'none, for JAX is not installed'}")
    say(f"kernels: {native.reason()}")
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
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version_of(name)}")
    say(f"packages: {', '.join(versions)}")
    extras = dict.fromkeys(extra.name for extra in EXTRAS.values())
    lacking = {extra.name for module, extra in EXTRAS.items() if not installed(module)}
    there = [name for name in extras if name not in lacking]
    say(f"extras installed: {', '.join(there) or 'none'}")
    say(f"extras not installed: {', '.join(sorted(lacking)) or 'none'}")
    if lacking:
        say(f"  to install one: pip install 'stepahead[{min(lacking)}]'")


def _devices() -> str:
    """The devices of JAX, and whether it computes in float64."""
    import jax

    names = ", ".join(str(device) for device in jax.devices())
    return f"{names}; float64 {'on' if jax.config.read('jax_enable_x64') else 'off'}"
