"""The option `--budget`: a time limit."""

import re

from ..._check import Refusal

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds(text: str) -> float:
    """The seconds that `--budget` allows.

    >>> seconds("90s"), seconds("1.5m"), seconds("30")
    (90.0, 90.0, 30.0)
    >>> seconds("soon")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `--budget` is a time such as 30s, 2m or 1h, but it is 'soon'.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?) *([smh]?)", text.strip().lower())
    if match is None or float(match[1]) == 0:
        raise Refusal(f"`--budget` is a time such as 30s, 2m or 1h, but it is '{text}'.")
    return float(match[1]) * _SECONDS[match[2]]
