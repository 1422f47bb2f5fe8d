"""The orders of an ARIMA form, given or open."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ..._check import Refusal

Open = int | None
"""An order; None means that it is selected."""

LARGEST = 24
"""The largest order."""


class Orders(NamedTuple):
    """A form: φ(B) Φ(B^m) (1−B)^d (1−B^m)^D y = c + θ(B) Θ(B^m) e, with p, P, q and Q coefficients,
    and c if there is a `constant`."""

    p: int
    d: int
    q: int
    P: int
    D: int
    Q: int
    constant: bool

    @classmethod
    def of(cls, row: Int[np.ndarray, " place"]) -> "Orders":
        """Return the orders in a row of numbers."""
        p, d, q, P, D, Q, constant = (int(each) for each in row)
        return cls(p, d, q, P, D, Q, bool(constant))

    def name(self, season: int) -> str:
        """Return a name such as `ARIMA(1,1,1)(0,1,1)[12]`.

        >>> Orders(1, 0, 2, 0, 0, 0, True).name(12), Orders(0, 1, 1, 0, 1, 1, False).name(12)
        ('ARIMA(1,0,2) with mean', 'ARIMA(0,1,1)(0,1,1)[12]')
        """
        late = f"({self.P},{self.D},{self.Q})[{season}]" if self.P + self.D + self.Q else ""
        more = " with drift" if self.d + self.D else " with mean"
        return f"ARIMA({self.p},{self.d},{self.q}){late}" + more * self.constant

    def lost(self, season: int) -> int:
        """Return the number of values that the differences use up."""
        return self.d + self.D * season

    def states(self, season: int) -> int:
        """Return the number of states."""
        ahead = self.p + self.d + (self.P + self.D) * season
        return max(ahead, self.q + self.Q * season, 1)


@dataclass(frozen=True)
class Wanted:
    """Orders that are given (None: selected), and the largest values of those that are selected.

    `order` holds p, d and q, `seasonal` P, D and Q; `constant` is a mean or, after one difference,
    a drift.
    """

    order: tuple[Open, Open, Open] = (None, None, None)
    seasonal: tuple[Open, Open, Open] = (None, None, None)
    constant: bool | None = None
    largest: int = 5

    def __post_init__(self) -> None:
        for name, orders in (("order", self.order), ("seasonal", self.seasonal)):
            fine = isinstance(orders, tuple | list) and len(orders) == 3
            if not fine or not all(each is None or _order(each) for each in orders):
                raise Refusal(
                    f"`{name}` holds three orders of 0 to {LARGEST}, None for one that is chosen, "
                    f"such as (1, 1, None), but it is {orders!r}. Give such."
                )
        if (self.order[1] or 0) + (self.seasonal[1] or 0) > 3:
            raise Refusal(
                "A series is differenced 3 times at most, but `order` and `seasonal` ask for "
                f"{self.order[1]} and {self.seasonal[1]}. Give fewer."
            )
        if not (_order(self.largest) and self.largest):
            raise Refusal(
                f"`largest` is an order of 1 to {LARGEST}, but it is {self.largest!r}. Give such."
            )
        if self.constant not in (None, True, False):
            raise Refusal(
                f"`constant` is True, False, or None to choose, but it is {self.constant!r}."
            )
        if self.constant and (self.order[1] or 0) + (self.seasonal[1] or 0) > 1:
            raise Refusal(
                "After two differences a constant is a trend that bends, which is not fitted. Give "
                "fewer differences, or constant=False."
            )

    @property
    def parts(self) -> Int[np.ndarray, " place"]:
        """p, d, q, P, D, Q and the constant; −1 if it is selected."""
        given = (*self.order, *self.seasonal, self.constant)
        return np.array([-1 if each is None else int(each) for each in given], np.int64)

    @property
    def most(self) -> Int[np.ndarray, " part"]:
        """The largest p, P, q and Q."""
        p, _, q, P, _, Q = self.parts[:6]
        most = (p, self.largest), (P, SEASONAL), (q, self.largest), (Q, SEASONAL)
        return np.array([open_to if part < 0 else part for part, open_to in most], np.int64)


SEASONAL = 2
"""The largest P and Q if they are selected."""


def _order(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= LARGEST
