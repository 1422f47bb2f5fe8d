"""The identity of a run: a digest, by value, of everything that decides its result.

Runs with equal digests give equal results, and any changed number changes the digest. Addresses in
memory and reprs do not enter. A function that cannot be found by its name, such as a schedule that
a call returned, is digested by its code and the values in its closure.
"""

import dataclasses
import dis
import enum
import functools
import hashlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .._check import Refusal
from .._types import Array

_NUMBERS = (type(None), bool, int, float, complex)
_PLAIN = (*_NUMBERS, str, bytes, Path, type(Ellipsis), type(NotImplemented), np.dtype, slice, range)


def identity(*values: object) -> str:
    """A digest of the values: the same in every process for equal values, another for different
    ones.

    Numbers, text, arrays, keys and containers are compared by value, objects by their fields,
    functions by their code. A value that cannot be compared, such as an open file, is an error.

    >>> def halving(rate):
    ...     return lambda updates: rate * 0.5**updates
    >>> one, same, other = identity(halving(0.1)), identity(halving(0.1)), identity(halving(0.2))
    >>> one == same, one == other
    (True, False)
    """
    return _digest(values, ()).hex()


def _digest(value: object, inside: tuple[int, ...]) -> bytes:
    """Digest of the type of a value and of its parts. `inside` holds the ids of the enclosing
    values, so that a cycle is digested by its depth."""
    if id(value) in inside:  # a cycle, such as a recursive function that closes over itself
        return _hashed("around", str(inside.index(id(value))).encode())
    kind, parts = _kind_and_parts(value)
    if isinstance(parts, bytes):
        return _hashed(kind, parts)
    inside = (*inside, id(value))
    digests = [_digest(part, inside) for part in parts]
    # Sets have no order that another process would repeat, so their digests are sorted.
    return _hashed(kind, *(sorted(digests) if isinstance(value, set | frozenset) else digests))


def _hashed(*parts: str | bytes) -> bytes:
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        # Each part with its length: ("ab", "c") and ("a", "bc") must differ.
        total.update(len(data).to_bytes(8, "big") + data)
    return total.digest()


def _kind_and_parts(value: object) -> tuple[str, bytes | list[object]]:
    """The type of a value, and its content: as bytes, or as a list of parts that are digested in
    turn."""
    kind = _name(type(value))
    if isinstance(value, enum.Enum):
        return kind, value.name.encode()
    if isinstance(value, _PLAIN):
        return kind, repr(value).encode()
    if isinstance(value, Array) and value.dtype.name.startswith("key"):
        import jax  # loaded, or there would be no key

        return f"key {jax.random.key_impl(value)}", np.asarray(jax.random.key_data(value)).tobytes()
    if isinstance(value, np.ndarray | np.generic | Array):
        return _array(np.asarray(value))
    if isinstance(value, dict):
        return kind, [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set | frozenset):
        return kind, list(value)
    named = _by_name(value)
    if named is not None:
        return "by name", named.encode()
    if isinstance(value, types.CodeType):
        names = [value.co_names, value.co_varnames, value.co_freevars]
        return kind, [value.co_code, *names, value.co_consts]
    if isinstance(value, types.CellType):
        return kind, _cell(value)
    return kind, _parts(value)


def _array(array: np.ndarray) -> tuple[str, bytes | list[object]]:
    kind = f"array {array.dtype.str} {array.shape}"
    if array.dtype.hasobject:
        return kind, array.ravel().tolist()
    return kind, np.ascontiguousarray(array).tobytes()


def _cell(cell: types.CellType) -> list[object]:
    try:
        return [cell.cell_contents]
    except ValueError:  # a name without a value
        return []


def _parts(value: object) -> list[object]:
    """The parts that define a function, a class or an object."""
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, types.MethodType):
        return [value.__self__, value.__func__]
    if isinstance(value, types.FunctionType):
        defaults = [value.__defaults__, value.__kwdefaults__]
        return [value.__code__, *defaults, value.__closure__, list(_globals(value))]
    if isinstance(value, property):
        return [value.fget]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, type):
        return [value.__qualname__, value.__bases__, list(_members(value))]
    if hasattr(value, "__wrapped__"):  # such as a compiled function
        return [value.__wrapped__]
    if dataclasses.is_dataclass(value):  # by its fields alone: cached properties do not count
        fields = (field.name for field in dataclasses.fields(value))
        return [type(value), {name: getattr(value, name, None) for name in fields}]
    return _reduced_parts(value)


def _reduced_parts(value: object) -> list[object]:
    """The parts from which `copy.copy` would build an equal object, without cached properties."""
    try:
        reduced = value.__reduce_ex__(2)
    except TypeError:
        raise Refusal(
            "A run with a checkpoint is identified by its values, but an object of type "
            f"{type(value).__name__} cannot be compared between runs. Leave out `checkpoint`, or "
            "make the run of numbers, arrays, functions and data classes."
        ) from None
    if isinstance(reduced, str):
        return [reduced]
    make, arguments, state, *more = (*reduced, None)[: max(3, len(reduced))]
    if isinstance(state, dict):
        cached = {
            name
            for name, held in vars(type(value)).items()
            if isinstance(held, functools.cached_property)
        }
        state = {name: part for name, part in state.items() if name not in cached}
    return [make, arguments, state, *(list(part) for part in more if part is not None)]


def _globals(function: types.FunctionType) -> Iterator[object]:
    """The global names that a function uses, each followed by its value. None for a function of a
    published package, which the version of the package identifies."""
    if _version(function.__module__) is not None:
        return
    for name in sorted(_global_names(function.__code__)):
        if name in function.__globals__:
            yield name
            yield function.__globals__[name]


def _global_names(code: types.CodeType) -> set[str]:
    own = {
        str(one.argval)
        for one in dis.get_instructions(code)
        if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    return own.union(
        *(_global_names(part) for part in code.co_consts if isinstance(part, types.CodeType))
    )


def _members(cls: type) -> Iterator[object]:
    """The names of the functions and plain values of a user's class, each followed by its value."""
    for name, member in sorted(vars(cls).items()):
        if isinstance(member, types.FunctionType | property | staticmethod | classmethod) or (
            isinstance(member, _PLAIN) and name not in ("__module__", "__doc__", "__firstlineno__")
        ):
            yield name
            yield member


def _by_name(value: object) -> str | None:
    """A name that identifies the value in every process: a module, or an object of a package with a
    version. None for anything else."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        # Such as a ufunc of NumPy, which has no module of its own.
        module, name = type(value).__module__, getattr(value, "__name__", None)
    version = _version(module)
    if version is None or not isinstance(name, str):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}.{name} {version}" if found is value else None


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _version(module: str | None) -> str | None:
    """The version of the package of a module; for the standard library that of Python; None for a
    user's own module."""
    root = (module or "").split(".")[0]
    if root in sys.stdlib_module_names and root != "__main__":
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    return getattr(sys.modules.get(root), "__version__", None)
