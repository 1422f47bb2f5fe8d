"""Which run this is: a digest of everything that decides its result, by value.

Two runs with the same digest do the same; what differs in one number differs in its digest. Nothing
is told by where it lies in memory or by what it calls itself: of a function that others cannot find
by its name, such as a schedule that a call returned, its code and the values that it closes over
are digested.
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

import jax
import jax.numpy as jnp
import numpy as np

from .._check import Refusal

_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, functools.partial, types.MethodType)
_PLAIN = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    Path,
    type(Ellipsis),
    type(NotImplemented),
    np.dtype,
    slice,
    range,
)


def identity(*values: Any) -> str:
    """A digest of the values, equal in every process for equal values, and for no others.

    Numbers, text, arrays, keys, containers, objects by their fields, functions by what they do.
    Refuses what cannot be told apart by value, such as an open file.

    >>> def halving(rate):
    ...     return lambda updates: rate * 0.5**updates
    >>> (
    ...     identity(halving(0.1)) == identity(halving(0.1)),
    ...     identity(halving(0.1)) == identity(halving(0.2)),
    ... )
    (True, False)
    """
    return _digest(values, ()).hex()


def _digest(value: Any, inside: tuple[int, ...]) -> bytes:
    """Of the kind of the value and of its parts. `inside` are those around it: one that comes again
    is said by its depth."""
    if id(value) in inside:
        return _hashed("around", str(inside.index(id(value))).encode())
    kind, parts = _told(value)
    if isinstance(parts, bytes):
        return _hashed(kind, parts)
    inside = (*inside, id(value))
    digests = [_digest(part, inside) for part in parts]
    return _hashed(kind, *(sorted(digests) if isinstance(value, set | frozenset) else digests))


def _hashed(*parts: str | bytes) -> bytes:
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big") + data)
    return total.digest()


def _told(value: Any) -> tuple[str, bytes | list[Any]]:
    """The kind of a value, and either all that it is in bytes, or the parts that make it up."""
    kind = _name(type(value))
    if isinstance(value, enum.Enum):
        return kind, value.name.encode()
    if isinstance(value, _PLAIN):
        return kind, repr(value).encode()
    if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        return f"key {jax.random.key_impl(value)}", np.asarray(jax.random.key_data(value)).tobytes()
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return _array(np.asarray(value))
    if isinstance(value, dict):
        return kind, [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple | set | frozenset):
        return kind, list(value)
    named = _by_name(value)
    if named is not None:
        return "by name", named.encode()
    if isinstance(value, types.CodeType):
        return kind, [
            value.co_code,
            value.co_names,
            value.co_varnames,
            value.co_freevars,
            value.co_consts,
        ]
    if isinstance(value, types.CellType):
        return kind, _cell(value)
    return kind, _parts(value)


def _array(array: np.ndarray) -> tuple[str, bytes | list[Any]]:
    kind = f"array {array.dtype.str} {array.shape}"
    return kind, array.ravel().tolist() if array.dtype.hasobject else np.ascontiguousarray(
        array
    ).tobytes()


def _cell(cell: types.CellType) -> list[Any]:
    try:
        return [cell.cell_contents]
    except ValueError:  # a name that was never given a value
        return []


def _parts(value: Any) -> list[Any]:
    """What makes up a function, a class or an object."""
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, types.MethodType):
        return [value.__self__, value.__func__]
    if isinstance(value, types.FunctionType):
        return [
            value.__code__,
            value.__defaults__,
            value.__kwdefaults__,
            value.__closure__,
            list(_globals(value)),
        ]
    if isinstance(value, property):
        return [value.fget]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, type):
        return [value.__qualname__, value.__bases__, list(_members(value))]
    if hasattr(value, "__wrapped__"):  # such as a compiled function
        return [value.__wrapped__]
    if dataclasses.is_dataclass(
        value
    ):  # what such an object has computed and kept beside its fields is left out
        return [
            type(value),
            {field.name: getattr(value, field.name, None) for field in dataclasses.fields(value)},
        ]
    return _taken_apart(value)


def _taken_apart(value: Any) -> list[Any]:
    """The parts that `copy.copy` would make another such object of; what it has computed and kept
    beside them is left out."""
    try:
        reduced = value.__reduce_ex__(2)
    except TypeError:
        raise Refusal(
            "A run that can be stopped and go on is known by its values, but of an object of type "
            f"{type(value).__name__} nobody can tell "
            "whether it is the same in another run. Leave out `checkpoint`, or make the run of "
            "numbers, arrays, functions and data classes."
        ) from None
    if isinstance(reduced, str):
        return [reduced]
    make, arguments, state, *more = (*reduced, None)[: max(3, len(reduced))]
    if isinstance(state, dict):
        kept = {
            name
            for name, held in vars(type(value)).items()
            if isinstance(held, functools.cached_property)
        }
        state = {name: part for name, part in state.items() if name not in kept}
    return [make, arguments, state, *(list(part) for part in more if part is not None)]


def _globals(function: types.FunctionType) -> Iterator[Any]:
    """Names with their values that a function looks up in its module; none in a published package,
    whose version stands for them."""
    if _version(function.__module__) is not None:
        return
    for name in sorted(_looked_up(function.__code__)):
        if name in function.__globals__:
            yield name
            yield function.__globals__[name]


def _looked_up(code: types.CodeType) -> set[str]:
    own = {
        str(one.argval)
        for one in dis.get_instructions(code)
        if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    return own.union(
        *(_looked_up(part) for part in code.co_consts if isinstance(part, types.CodeType))
    )


def _members(cls: type) -> Iterator[Any]:
    """Names with the functions and plain values of a class of one's own."""
    for name, member in sorted(vars(cls).items()):
        if isinstance(member, types.FunctionType | property | staticmethod | classmethod) or (
            isinstance(member, _PLAIN) and name not in ("__module__", "__doc__", "__firstlineno__")
        ):
            yield name
            yield member


def _by_name(value: Any) -> str | None:
    """The name of what is the same wherever that name is looked up: a module, or what stands in a
    package of some version."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        module, name = (
            type(value).__module__,
            getattr(value, "__name__", None),
        )  # such as a function of NumPy
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
    """The version of the package that a module belongs to; of Python for its own. None for a module
    of one's own."""
    root = (module or "").split(".")[0]
    if root in sys.stdlib_module_names and root != "__main__":
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    return getattr(sys.modules.get(root), "__version__", None)
