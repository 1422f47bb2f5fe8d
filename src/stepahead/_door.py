"""`door`: lazy imports for a package. Each public name is imported from its file on first use.

So a local method can read a file and forecast without importing JAX, although networks are in the
same packages.
"""

import re
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec, resolve_name
from types import ModuleType
from typing import Any

from ._check import nearest
from ._extras import extras_needed

SEARCHED = (
    "models",
    "forecasting",
    "workflow",
    "evaluation",
    "data",
    "training",
    "imputation",
    "generation",
    "labelling",
    "inference",
    "plots",
)
"""The packages that are searched for a name that the given package does not have."""

_IMPORT = re.compile(r"^ +from (\.[\w.]*) import (\w+) as \2(?:$| )", re.MULTILINE)

_ROOM = re.compile(r"^ +from (\.\w+) import \*", re.MULTILINE)


def door(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for a package whose `__init__` lists its public names, one
    a line, as imports for the type checker. That list is read from the source, so it exists only
    once.

    ::

        if TYPE_CHECKING:
            from ._cell import GRU as GRU
        else:
            __getattr__, __dir__ = door(__name__)

    `from .subpackage import *` stands for all public names of a subpackage.

    A name is imported on first use and then kept. An unknown name raises AttributeError, whose
    message gives the package that has it, or the most similar name of this one. A name that needs
    an extra that is not installed is refused with the command that installs it.

    >>> import stepahead.models
    >>> stepahead.models.GRU.__module__
    'stepahead.models.cells._recurrent'
    >>> stepahead.models.ETS
    Traceback (most recent call last):
    ...
    AttributeError: module 'stepahead.models' has no attribute 'ETS': that is
    `stepahead.forecasting.ETS`.
    >>> stepahead.models.LinearAr
    Traceback (most recent call last):
    ...
    AttributeError: module 'stepahead.models' has no attribute 'LinearAr'. Did you mean 'LinearAR'?
    """

    def get(name: str) -> Any:
        if name == "__all__":
            return list(_homes(package))
        homes = _homes(package)
        home = homes.get(name)
        if home == package or f"{package}.{name}" in homes.values():  # a subpackage
            return import_module(f"{package}.{name}")
        if home is None:
            raise AttributeError(_missing(package, name))
        with extras_needed():
            value = getattr(import_module(home), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *_homes(package)})

    return get, names


@cache
def _homes(package: str) -> dict[str, str]:
    """The module that each public name of a package is imported from."""
    source = _source_of(sys.modules[package])
    homes = {name: resolve_name(home, package) for home, name in _IMPORT.findall(source)}
    for room in _ROOM.findall(source):
        home = import_module(resolve_name(room, package)).__name__
        homes |= dict.fromkeys(_homes(home), home)
    return homes


def _source_of(module: ModuleType) -> str:
    source = module.__loader__.get_source(module.__name__)  # type: ignore[union-attr]
    if source is None:
        raise ImportError(f"{module.__name__} is installed without its source. Install it again.")
    return source


def _missing(package: str, name: str) -> str:
    """The message for a name that a package does not have."""
    message = f"module {package!r} has no attribute {name!r}"
    # Asked by the import system, which then tries a submodule: no search.
    if name.startswith("_") or find_spec(f"{package}.{name}"):
        return message
    root = package.partition(".")[0]
    for other in SEARCHED:
        home = f"{root}.{other}"
        import_module(home)
        if home != package and name in _homes(home):
            return f"{message}: that is `{home}.{name}`."
    near = nearest(name, (known for known in _homes(package) if not known.startswith("_")))
    return message + (f". Did you mean {near!r}?" if near else "")
