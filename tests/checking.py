"""Types and shapes of every call of the package, checked while the tests run.

The import hook of jaxtyping decorates each function and dataclass with `jaxtyping.jaxtyped`; the
decorator here stands in its place. It makes the same checks (arguments before the call, the result
after it, names of axes within the call), but through one function of beartype instead of two and
without binding the signature at every call, which took a third of the time of the tests.
"""

import dataclasses
import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import jaxtyping
import numpy as np
from beartype import BeartypeConf, FrozenDict, beartype
from beartype.roar import BeartypeDecorHintPep3119Exception
from jaxtyping._decorator import _destring_annotation
from shape_checks import has_shapes, install, open_scope

NUMBERS = BeartypeConf(
    hint_overrides=FrozenDict(
        {
            float: float | int | np.floating | np.integer,
            int: int | np.integer,
            np.ndarray: np.ndarray | np.generic,
        },
    ),
    violation_type=jaxtyping.TypeCheckError,
)
"""An int is a float, and NumPy's numbers are numbers and arrays without axes. What is wrong is a
kind of `TypeError`, as it mostly is without these checks: what waits for one sees it."""


def checked(function: Any) -> Any:
    """Check the types and shapes of every call; a protocol that cannot be checked at run time is
    let pass, first as a result and then as an argument."""
    stated = dict(function.__annotations__)
    known = hints_of(function)
    for hints in (known, known | {"return": Any}):
        function.__annotations__ = hints
        try:
            return beartype(conf=NUMBERS)(function)
        except BeartypeDecorHintPep3119Exception:
            continue
        finally:
            function.__annotations__ = stated
    return function


def hints_of(function: Any) -> dict[str, Any]:
    """The annotations of a function, those in quotes read."""
    stated = function.__annotations__.items()
    return {name: _destring_annotation(hint, function.__globals__) for name, hint in stated}


def scoped(function: Any) -> Any:
    """A checked function within which a name of an axis stands for one size. Its checks are
    written at its first call: most functions are never called in one process."""
    inner, shaped = None, False

    @wraps(function)
    def within(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        nonlocal inner, shaped
        if inner is None:
            inner, shaped = checked(function), has_shapes(hints_of(function))
        if not shaped:
            return inner(*arguments, **options)
        calls = open_scope()
        try:
            return inner(*arguments, **options)
        finally:
            calls.pop()

    within.scoped = True
    return within


_of_jaxtyping = jaxtyping.jaxtyped


def decorator(*, typechecker: Any = None) -> Callable[[Any], Any]:
    """The decorator that the import hook puts on every function and class."""

    def decorated(kind: Any) -> Any:
        if inspect.isclass(kind):
            if dataclasses.is_dataclass(kind) and not hasattr(kind.__init__, "scoped"):
                kind.__init__ = scoped(kind.__init__)
            return kind
        if isinstance(kind, classmethod | staticmethod):
            return type(kind)(decorated(kind.__func__))
        if isinstance(kind, property):
            parts = (kind.fget, kind.fset, kind.fdel)
            return property(*(part and decorated(part) for part in parts))
        if inspect.isgeneratorfunction(kind):  # its body runs after the call
            return _of_jaxtyping(kind, typechecker=checked)
        return scoped(kind)

    return decorated


def check_package(name: str) -> None:
    """Check what is imported of this package from now on."""
    install()
    jaxtyping.jaxtyped = decorator
    jaxtyping.install_import_hook(name, f"{__name__}.checked")
