"""Recurrent cells, and the stacks made of them."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._cell import Cell as Cell
    from ._cell import GatedCell as GatedCell
    from ._min_gru import MinGRU as MinGRU
    from ._recurrent import GRU as GRU
    from ._recurrent import LSTM as LSTM
    from ._recurrent import RNN as RNN
    from ._recurrent import Recurrent as Recurrent
    from ._recurrent import recurrent_of as recurrent_of
    from ._recurrent_body import Readout as Readout
    from ._recurrent_body import RecurrentBody as RecurrentBody
    from ._step_cell import Stack as Stack
    from ._step_cell import StepCell as StepCell
else:
    __getattr__, __dir__ = _door(__name__)
