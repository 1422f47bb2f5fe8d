"""`Refusal`, the error of bad input, and checks of arguments that raise it. Each message is worded
here once."""

import difflib
import math
from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, signature
from numbers import Real
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_SUCH_AS = {"key": "key=0", "horizon": "horizon=12", "clock": "clock=time.monotonic"}
"""Examples for arguments whose name alone does not show what can be given."""
_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
"""The kinds of parameters that can be given by name."""


class Refusal(ValueError):
    """An error about bad input. The message says what is wrong, what is allowed, and what to do.

    Arguments are in backticks, as `name` or `name='value'`; the command line replaces them by its
    options. `model` is the name of the model that failed, if several were fitted.
    """

    model: str | None = None


def whole(name: str, value: Any, at_least: int = 1) -> int:
    """Return `value` as an int; refuse anything but a whole number of at least `at_least`.

    >>> whole("horizon", 12)
    12
    >>> whole("horizon", 0)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `horizon` must be a whole number of at least 1, but it is 0. Give 1 or
    more.
    """
    try:
        number = value.__index__()
        wrong = isinstance(value, bool) or number < at_least
    except (AttributeError, TypeError):
        wrong = True
    if wrong:
        raise Refusal(
            f"`{name}` must be a whole number of at least {at_least}, but it is {value!r}. Give "
            f"{at_least} or more."
        )
    return number


def between(name: str, value: float, low: float, high: float) -> float:
    """Return `value`; refuse what is not in the half-open interval [low, high).

    >>> between("dropout", 1.5, 0, 1)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `dropout` must be at least 0 and below 1, but it is 1.5.
    """
    if not low <= value < high:
        raise Refusal(f"`{name}` must be at least {low:g} and below {high:g}, but it is {value!r}.")
    return value


def known_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Return `name`; refuse one that is not among `known`, listing them and suggesting the nearest.

    >>> known_name("column", "vlaue", ["ds", "value"])
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: There is no column 'vlaue'. There are: ds, value. Did you mean
    'value'?
    """
    names = list(known)
    if name in names:
        return name
    near = nearest(str(name), names)
    hint = f" Did you mean '{near}'?" if near else ""
    if kind == "model" and ":" in str(name):
        hint = (
            " A class of your own cannot be used at the shell. Use it in Python, for "
            "series, texts, labels and tags: `stepahead.fit(Own(), data, key=0)`."
        )
    raise Refusal(f"There is no {kind} '{name}'. There are: {', '.join(names)}.{hint}")


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that was most likely meant, or None if none is similar; case is ignored.

    >>> (
    ...     nearest("Gru", ["RNN", "GRU"]),
    ...     nearest("horison", ["horizon", "key"]),
    ...     nearest("x", ["horizon"]),
    ... )
    ('GRU', 'horizon', None)
    """
    by_small = {each.casefold(): each for each in names}
    return next(
        (by_small[each] for each in difflib.get_close_matches(name.casefold(), by_small, n=1)), None
    )


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the singular or the plural.

    >>> counted(1, "step"), counted(1200, "step"), counted(2, "series")
    ('1 step', '1,200 steps', '2 series')
    """
    return f"{number:,} {noun}" if number == 1 or noun.endswith("s") else f"{number:,} {noun}s"


def options_known(
    *others: Callable[..., Any], rest: Callable[[], Iterable[Callable[..., Any]]] = tuple
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that checks the options of a call.

    It refuses an option that neither the function has nor any function of `others`, to which the
    function passes its options on. If the option is still unknown, the functions of `rest` are
    imported and searched, one after the other. It also refuses a call without a required argument.

    >>> @options_known()
    ... def forecast(panel, *, horizon=1): ...
    >>> forecast([], horison=2)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `forecast` has no option `horison`. It has: panel, horizon. Did you
    mean `horizon`?
    >>> forecast()
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `forecast` needs `panel`. Give `panel`.
    """

    def around(function: Callable[P, R]) -> Callable[P, R]:
        near_by = _option_names(function, *others)
        needed = [
            (math.inf if each.kind is Parameter.KEYWORD_ONLY else place, each.name)
            for place, each in enumerate(signature(function).parameters.values())
            if each.kind in _BY_NAME and each.default is Parameter.empty
        ]

        @wraps(function)
        def asked(*arguments: P.args, **options: P.kwargs) -> R:
            for name in (each for each in options if each not in near_by):
                known, more = dict(near_by), iter(rest())
                while name not in known and (other := next(more, None)) is not None:
                    known |= _option_names(other)
                if name not in known:
                    near = nearest(name, known)
                    hint = f" Did you mean `{near}`?" if near else ""
                    raise Refusal(
                        f"`{function.__name__}` has no option `{name}`. It has: "
                        f"{', '.join(known)}.{hint}"
                    )
            for place, name in needed:
                if place >= len(arguments) and name not in options:
                    given = _SUCH_AS.get(name, name)
                    raise Refusal(f"`{function.__name__}` needs `{name}`. Give `{given}`.")
            return function(*arguments, **options)

        return asked

    return around


def _option_names(*functions: Callable[..., Any]) -> dict[str, None]:
    """The names of the options of these functions, each once."""
    named = (each for one in functions for each in signature(one).parameters.values())
    return {each.name: None for each in named if each.kind in _BY_NAME and each.name != "self"}


def percents(levels: Any) -> tuple[float, ...]:
    """Return the levels of central intervals, in percent, as a tuple. Refuse fractions and what is
    not a number.

    >>> percents([80, 95]), percents(80)
    ((80, 95), (80,))
    >>> percents(0.8)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `levels` are in percent, from 1 to below 100, but one is 0.8. Give
    [80, 95].
    """
    given = _several(levels)
    for level in given:
        if not (_number(level) and 1 <= level < 100):
            raise Refusal(
                f"`levels` are in percent, from 1 to below 100, but one is {level!r}. Give [80, "
                "95]."
            )
    return given


def probabilities(levels: Any = (), quantiles: Any = ()) -> tuple[float, ...]:
    """Return the probabilities of the bounds of central intervals (`levels`, in percent) and of
    `quantiles` (probabilities), in ascending order.

    >>> probabilities([80]), probabilities(quantiles=[0.5, 0.1]), probabilities(80, 0.5)
    ((0.1, 0.9), (0.1, 0.5), (0.1, 0.5, 0.9))
    >>> probabilities(quantiles=[50])
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `quantiles` are probabilities between 0 and 1, but one is 50. Give
    [0.1, 0.5, 0.9], or percents as `levels`.
    """
    ends = {p for level in percents(levels) for p in ((100 - level) / 200, (100 + level) / 200)}
    for p in _several(quantiles):
        if not (_number(p) and 0 < p < 1):
            raise Refusal(
                f"`quantiles` are probabilities between 0 and 1, but one is {p!r}. Give [0.1, 0.5, "
                "0.9], or percents as `levels`."
            )
        ends.add(float(p))
    return tuple(sorted(ends))


def _several(given: Any) -> tuple:
    """The values as a tuple; a text or a single number is one value."""
    return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def overflowed(number: float, where: str) -> Refusal:
    """Return the refusal for a network whose output is not a finite number, which is a fault of its
    weights and not of the data.

    >>> str(overflowed(float("nan"), "token 2 of sequence 1"))
    'Of token 2 of sequence 1 the net says nan: a number in it has grown beyond what numbers hold
    (3e38). Train it again at a lower learning rate, with clipped gradients: adam(1e-3, clip=1.0).'
    """
    return Refusal(
        f"Of {where} the net says {number:g}: a number in it has grown beyond what numbers hold "
        "(3e38). Train it again at a lower "
        "learning rate, with clipped gradients: adam(1e-3, clip=1.0)."
    )
