"""Refusals: every error that a user can cause is a sentence with a remedy, worded here once."""

import difflib
from collections.abc import Iterable
from typing import Any


class Refusal(ValueError):
    """Bad input, said in a sentence: what is wrong, what is allowed, what came, what to do about it.

    An argument stands in backticks, as `name` or `name='value'`: the command line puts its option there instead.
    """


def whole(name: str, value: Any, at_least: int = 1) -> int:
    """Return `value` as an int; refuse anything but a whole number of at least `at_least`.

    >>> whole("horizon", 12)
    12
    >>> whole("horizon", 0)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `horizon` must be a whole number of at least 1, but it is 0. Give 1 or more.
    """
    try:
        number = value.__index__()
        wrong = isinstance(value, bool) or number < at_least
    except (AttributeError, TypeError):
        wrong = True
    if wrong:
        raise Refusal(f"`{name}` must be a whole number of at least {at_least}, but it is {value!r}. Give {at_least} or more.")
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
    stepahead._check.Refusal: There is no column 'vlaue'. There are: ds, value. Did you mean 'value'?
    """
    names = list(known)
    if name in names:
        return name
    near = difflib.get_close_matches(str(name), names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise Refusal(f"There is no {kind} '{name}'. There are: {', '.join(names)}.{hint}")
