"""Finding, checking and opening native libraries, on first use."""

import ctypes
import os
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from .._check import Refusal
from ._sources import fingerprint

SETS = ("baseline", "avx2", "avx512")
"""The instruction sets that the kernels are compiled for, in ascending order."""

CHOICE = "STEPAHEAD_KERNELS"
"""The environment variable that names one of `SETS`, or `none`; by default the best set that the
machine supports is used."""

SUFFIX = ".dll" if sys.platform == "win32" else ".so"
"""The suffix of a native library, as CMake names a module on this system (`.so` on macOS too)."""


class StaleKernels(Refusal):
    """The native kernels were built from other sources than the present ones."""


@dataclass(frozen=True)
class Library:
    """The native kernels for the best instruction set, its name, and those for the baseline.

    If there are none, `best` and `baseline` are None, and `missing` gives the reason, as the first
    half of a sentence.
    """

    best: ctypes.CDLL | None
    baseline: ctypes.CDLL | None
    name: str = ""
    missing: str = ""


def load(stem: str) -> Library:
    """Return the kernels of that name for this machine.

    Raises:
        StaleKernels: they were built from other sources than the present ones.
    """
    choice = os.environ.get(CHOICE, "")
    if choice == "none":
        return _none(f"Compiled kernels are switched off by {CHOICE}=none")
    folder = _folder(stem)
    paths = {name: folder / f"_{stem}_{name}{SUFFIX}" for name in SETS}
    if not paths["baseline"].exists():
        return _none(
            "The package was built without its compiled kernels (with a C++17 compiler, install it "
            "again)"
        )
    try:
        baseline = _opened(paths["baseline"])
        levels = [n for n in SETS[: baseline.stepahead_level() + 1] if paths[n].exists()]
        if choice and choice not in levels:
            return _none(
                f"{CHOICE}={choice} is not among what this machine can run: {', '.join(levels)}, "
                "none"
            )
        name = choice or levels[-1]
        best = baseline if name == "baseline" else _opened(paths[name])
    except OSError as problem:
        return _none(f"The compiled kernels do not fit this machine ({problem})")
    return Library(best, baseline, name)


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _none(missing: str) -> Library:
    return Library(None, None, missing=missing)


def _folder(stem: str) -> Path:
    """The folder with these built kernels: next to this file, or, in an editable installation,
    among the installed files."""
    beside = Path(__file__).parent
    if (beside / f"_{stem}_baseline{SUFFIX}").exists():
        return beside
    try:
        return Path(str(distribution("stepahead").locate_file("stepahead/native")))
    except PackageNotFoundError:
        return beside


def _opened(path: Path) -> ctypes.CDLL:
    """The library at a path, if it was built from the sources next to this file."""
    library, wanted = ctypes.CDLL(str(path)), fingerprint(Path(__file__).parent)
    try:
        library.stepahead_sources.restype = ctypes.c_char_p
        built = library.stepahead_sources().decode()
    except AttributeError:  # of a time before libraries said what they were built from
        built = ""
    if wanted not in (None, built):
        raise StaleKernels(
            f"The compiled kernels in {path} were built from other C++ sources than those in "
            f"{Path(__file__).parent}, and calling them could crash. Build them again: "
            "python -m pip install --no-deps -e . in the folder with pyproject.toml. Or set "
            f"{CHOICE}=none to go without them."
        )
    return library
