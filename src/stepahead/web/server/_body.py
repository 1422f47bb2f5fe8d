"""The body of a request: JSON, with its fields by name and type; each error has its own message."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..._check import Refusal, known_name, whole

LARGE = 100_000
"""Bodies of at least this many bytes are parsed in a thread, so that others need not wait."""


async def read_json(request: Request) -> "Fields":
    """The body of a request as the fields of a JSON object; another content type is an error."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(
            415,
            "The body must be JSON. Send it with the header `Content-Type: application/json`.",
        )
    body = await request.body()
    return await asyncio.to_thread(parse, body) if len(body) > LARGE else parse(body)


def parse(body: bytes) -> "Fields":
    """The fields of a JSON object.

    >>> parse(b'{"top": 3}').whole("top", 10)
    3
    >>> parse(b'{"top": NaN}')
    Traceback (most recent call last):
    ...
    starlette.exceptions.HTTPException: 400: The body is not JSON: NaN is not a number in JSON.
    Correct it; a missing value is null.
    """

    def no_number(name: str) -> NoReturn:
        raise ValueError(f"{name} is not a number in JSON")

    try:
        found = json.loads(body, parse_constant=no_number)
    except (ValueError, RecursionError) as wrong:
        what = "it is nested too deeply" if isinstance(wrong, RecursionError) else str(wrong)
        raise HTTPException(
            400, f"The body is not JSON: {what}. Correct it; a missing value is null."
        ) from None
    if not isinstance(found, dict):
        raise HTTPException(400, 'The body must be a JSON object, such as {"model": "sales"}.')
    return Fields(found)


class Fields:
    """Fields of a JSON object, read by name and type.

    >>> fields = Fields({"prompt": "the", "levels": [80, 95]})
    >>> fields.text("prompt"), fields.whole("top", 10), fields.numbers("levels", ())
    ('the', 10, (80, 95))
    >>> fields.texts("prompt")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `prompt` must be a list of texts, but it is a text. Give ["a text"].
    """

    def __init__(self, held: dict[str, Any]) -> None:
        self.held = held

    def only(self, known: Iterable[str]) -> "Fields":
        """The object itself; a field that is not among `known` is an error."""
        for name in self.held:
            known_name("field", name, known)
        return self

    def has(self, name: str) -> bool:
        """True if the field is present and not null."""
        return self.held.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        return self._read(name, default, lambda value: isinstance(value, str), 'a text. Give "a"')

    def whole(self, name: str, default: int | None = None, at_least: int = 1) -> int:
        """A whole number."""
        value = self.held.get(name)
        return whole(name, default if value is None else value, at_least)

    def number(self, name: str, default: float) -> float:
        """A number."""
        return self._read(name, default, _is_number, "a number. Give 1.0")

    def flag(self, name: str) -> bool:
        """True or False; False if absent."""
        return self._read(name, False, lambda one: isinstance(one, bool), "true or false")

    def texts(self, name: str) -> list[str]:
        """A list of texts, at least one."""
        return self._read(
            name,
            None,
            lambda value: (
                isinstance(value, list) and value and all(isinstance(one, str) for one in value)
            ),
            'a list of texts. Give ["a text"]',
        )

    def numbers(self, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """A list of numbers."""
        found = self._read(
            name,
            default,
            lambda value: isinstance(value, list | tuple) and all(map(_is_number, value)),
            "a list of numbers. Give [80, 95]",
        )
        return tuple(found)

    def objects(self, name: str) -> "list[Fields]":
        """A list of objects; empty if absent."""
        found = self._read(
            name,
            [],
            lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
            "a list of objects. Give [{…}]",
        )
        return [Fields(one) for one in found]

    def fields(self, name: str) -> "Fields":
        """The fields of a nested object; without fields if absent."""
        return Fields(self._read(name, {}, lambda value: isinstance(value, dict), "an object"))

    def _read(self, name: str, default: Any, right: Any, kind: str) -> Any:
        value = self.held.get(name)
        if value is None:
            if default is None:
                raise Refusal(f"`{name}` is missing. It is {kind}.")
            return default
        if not right(value):
            kind, _, advice = kind.partition(". ")
            raise Refusal(
                f"`{name}` must be {kind}, but it is {_kind_of(value)}."
                + (f" {advice}." if advice else "")
            )
        return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind_of(value: Any) -> str:
    """The type of a JSON value in words (without the value, which is the user's data)."""
    kinds = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}
    return kinds.get(type(value), "a number")
