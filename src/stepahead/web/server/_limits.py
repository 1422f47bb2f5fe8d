"""`Limits`: the largest sizes of one request."""

from typing import NamedTuple

from ..._check import Refusal


class Limits(NamedTuple):
    """The largest numbers of values, series, steps ahead, texts, characters, sampled tokens and
    waiting requests.

    >>> Limits(horizon=100).within("horizon", 101)
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: A request may ask for at most 100 as `horizon`, but this one has 101.
    Ask for less at once.
    """

    values: int = 200_000
    series: int = 1_000
    horizon: int = 1_000
    quantiles: int = 99
    texts: int = 1_000
    characters: int = 500_000
    tokens: int = 2_000
    waiting: int = 256

    def within(self, name: str, number: int) -> int:
        """Return `number`; one above the limit of that name is an error."""
        most = self._asdict()[name]
        if number > most:
            raise Refusal(
                f"A request may ask for at most {most:,} as `{name}`, but this one has {number:,}. "
                "Ask for less at once."
            )
        return number
