"""The abstract body and its parts: initial weights, input columns, and the wrapper around a user's
own step."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._body import Body as Body
    from ._body import PlainStep as PlainStep
    from ._body import last_seen as last_seen
    from ._body import scan_inside as scan_inside
    from ._columns import known_ahead as known_ahead
    from ._columns import known_by_step as known_by_step
    from ._columns import seen_columns as seen_columns
    from ._initial import Draws as Draws
    from ._initial import biases as biases
    from ._initial import draws_of as draws_of
    from ._initial import floating as floating
    from ._initial import glorot as glorot
    from ._initial import key_of as key_of
    from ._initial import orthogonal as orthogonal
    from ._initial import uniform as uniform
    from ._initial import zeros as zeros
    from ._own_step import body_of as body_of
else:
    __getattr__, __dir__ = _door(__name__)
