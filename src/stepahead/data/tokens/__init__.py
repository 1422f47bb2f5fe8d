"""Sequences of tokens, and examples with a label, tags, a translation or a vector."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from ..._door import door as _door

if _TYPE_CHECKING:
    from ._examples import ConditionalSequences as ConditionalSequences
    from ._examples import Labelled as Labelled
    from ._examples import Pairs as Pairs
    from ._examples import Sequences as Sequences
    from ._examples import Tagged as Tagged
    from ._model_inputs import input_sizes as input_sizes
    from ._model_inputs import model_inputs as model_inputs
    from ._spelling import Spelled as Spelled
    from ._spelling import character_vocabulary as character_vocabulary
    from ._spelling import spelled as spelled
    from ._spelling import word_vocabulary as word_vocabulary
    from ._tokens import Tokens as Tokens
else:
    __getattr__, __dir__ = _door(__name__)
