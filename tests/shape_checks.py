"""Checks of one array against an annotation such as `Float[np.ndarray, "time channel"]`, quicker
than those of jaxtyping where its answer is yes.

An annotation of named, fixed and free axes is read once. Whatever else it holds, and every array
that does not fit, is left to jaxtyping, whose answer stands.
"""

from typing import Any, NamedTuple

from jaxtyping import _array_types as theirs
from jaxtyping._storage import _shape_storage, get_treeflatten_memo

Annotation = theirs._MetaAbstractArray
answer_of_jaxtyping = Annotation.__instancecheck__


class Plan(NamedTuple):
    """The kind of array, a name, a size or None for each axis, and the types of numbers that were
    found to be right."""

    array: type
    axes: tuple[str | int | None, ...]
    right: set[Any]


_plans: dict[Any, Plan | None] = {}


def plan_of(annotation: Any) -> Plan | None:
    """The plan of an annotation, None where it holds more than plain axes."""
    if annotation._skip_instancecheck or annotation.array_type is theirs.Any:
        return None
    if annotation.index_variadic is not None:
        return None
    axes = list[str | int | None]()
    for axis in annotation.dims:
        if axis is theirs._anonymous_dim:
            axes.append(None)
        elif type(axis) is theirs._FixedDim and not axis.broadcastable:
            axes.append(axis.size)
        elif type(axis) is theirs._NamedDim and not axis.broadcastable and not axis.treepath:
            axes.append(axis.name)
        else:
            return None
    return Plan(annotation.array_type, tuple(axes), set())


def fits(annotation: Any, value: Any) -> bool:
    """True if a value is an array as the annotation says, with the sizes that its names have in the
    call that is being checked."""
    try:
        plan = _plans[annotation]
    except KeyError:
        plan = _plans[annotation] = plan_of(annotation)
    if plan is not None and not get_treeflatten_memo() and isinstance(value, plan.array):
        dtype, shape, axes = value.dtype, value.shape, plan.axes
        if dtype in plan.right and len(shape) == len(axes):
            sizes = _sizes()
            learned = list[str]()
            for axis, size in zip(axes, shape, strict=True):
                if axis is None:
                    continue
                wanted = axis if type(axis) is int else sizes.get(axis)
                if wanted is None:
                    sizes[axis] = size
                    learned.append(axis)
                elif wanted != size:
                    break
            else:
                return True
            for name in learned:
                del sizes[name]
    answer = answer_of_jaxtyping(annotation, value)
    if answer and plan is not None and not get_treeflatten_memo():
        plan.right.add(value.dtype)
    return answer


def _sizes() -> dict[str, int]:
    """The sizes of the names of axes in the call that is being checked."""
    stack = getattr(_shape_storage, "memo_stack", None)
    return stack[-1][0] if stack else {}


def install() -> None:
    """Check every annotation so from now on."""
    Annotation.__instancecheck__ = fits


def open_scope() -> list[Any]:
    """Begin a call, within which a name of an axis stands for one size; `pop` what is returned when
    it ends."""
    try:
        stack = _shape_storage.memo_stack
    except AttributeError:
        stack = _shape_storage.memo_stack = []
    stack.append(({}, {}, {}, {}))
    return stack


def has_shapes(hints: Any) -> bool:
    """True if annotations of a function name axes anywhere."""
    return "jaxtyping" in repr(hints)
