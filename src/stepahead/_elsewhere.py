"""Messages for a name that a package does not have: where it is, or which one was meant."""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ._check import nearest

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
"""The packages in which a name is looked for, besides the one that was asked."""


def elsewhere(package: str) -> Callable[[str], Any]:
    """`__getattr__` for a package: an AttributeError that names the package which has the name, or
    the nearest name of its own.

    >>> elsewhere("stepahead.models")("ETS")
    Traceback (most recent call last):
    ...
    AttributeError: module 'stepahead.models' has no attribute 'ETS': that is
    `stepahead.forecasting.ETS`.
    >>> elsewhere("stepahead.models")("LinearAr")
    Traceback (most recent call last):
    ...
    AttributeError: module 'stepahead.models' has no attribute 'LinearAr'. Did you mean 'LinearAR'?
    """
    root = package.partition(".")[0]

    def missing(name: str) -> Any:
        message = f"module {package!r} has no attribute {name!r}"
        # Asked by the import system, which goes on by itself: no search.
        if name.startswith("_") or find_spec(f"{package}.{name}"):
            raise AttributeError(message)
        for other in SEARCHED:
            home = f"{root}.{other}"
            if home != package and name in vars(import_module(home)):
                raise AttributeError(f"{message}: that is `{home}.{name}`.")
        near = nearest(
            name, (known for known in dir(sys.modules[package]) if not known.startswith("_"))
        )
        raise AttributeError(message + (f". Did you mean {near!r}?" if near else ""))

    return missing
