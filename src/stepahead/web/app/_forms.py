"""Validation of forms: how a file is read, and what is to be forecast."""

import math
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request

from ..._check import Refusal

FARTHEST, LONGEST_BUDGET, MOST_LEVELS = 10_000, 3600.0, 5

FLAGS: Mapping[str, bool] = {"day": True, "month": False}
"""The order of day and month in dates such as 01/02/2024."""


def reading_options(form: FormData) -> tuple[dict[str, Any], int | None]:
    """The options of `readers.read`, and the season; fields left empty are absent."""
    options: dict[str, Any] = {}
    for name in ("id", "target", "known"):
        if chosen := [str(one) for one in form.getlist(name) if one]:
            options[name] = chosen
    for name in ("time", "frequency", "decimal"):
        if chosen_one := str(form.get(name) or "").strip():
            options[name] = chosen_one
    if (order := str(form.get("day_first") or "")) in FLAGS:
        options["day_first"] = FLAGS[order]
    if fill := str(form.get("fill") or "").strip():
        options["fill"] = number("Steps without a row", fill)
    if form.get("drop_outliers"):
        options["drop_outliers"] = True
    season = str(form.get("season") or "").strip()
    return options, whole("The season", season, 10_000) if season else None


def question(form: FormData) -> dict[str, Any]:
    """Horizon, levels and budget of a forecast.

    >>> question(FormData([("horizon", "12"), ("levels", "80, 95"), ("budget", "30")]))
    {'horizon': 12, 'levels': [80, 95], 'budget': 30.0}
    """
    levels = [
        number("A level", part)
        for part in str(form.get("levels") or "").replace("%", "").split(",")
        if part.strip()
    ]
    if len(levels) > MOST_LEVELS or any(not 1 <= level < 100 for level in levels):
        raise Refusal(
            f"Levels are at most {MOST_LEVELS} percents from 1 to below 100, such as 80, 95."
        )
    budget = number("The budget", str(form.get("budget") or "60"))
    if not 1 <= budget <= LONGEST_BUDGET:
        raise Refusal(f"The budget is between 1 and {LONGEST_BUDGET:.0f} seconds.")
    return {
        "horizon": whole("The horizon", str(form.get("horizon") or ""), FARTHEST),
        "levels": [int(level) if level == int(level) else level for level in dict.fromkeys(levels)],
        "budget": budget,
    }


async def fields_of(request: Request) -> dict[str, Any]:
    """The fields of a JSON object that a script of the page sends."""
    try:
        value = await request.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal("The request is not a JSON object.")
    return value


def whole(what: str, text: str, most: int, least: int = 1) -> int:
    """A whole number from `least` to `most`."""
    digits = text.strip().isascii() and text.strip().isdigit()
    if not digits or not least <= int(text) <= most:
        raise Refusal(
            f"{what} is a whole number from {least} to {most:,}, but it is '{text[:40]}'."
        )
    return int(text)


def number(what: str, text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Refusal(f"{what} is a number, but it is '{text[:40]}'.")
    return value
