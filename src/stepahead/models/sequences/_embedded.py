"""Specification of a language model with any body: token embeddings, the body, and an output layer.
JAX is imported when it is built."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..._check import Refusal, between, whole
from ..._settings import Settings
from ..._types import Channels, Key
from ..cells import Recurrent, recurrent_of

if TYPE_CHECKING:
    from ..networks import TokenModel


@dataclass(frozen=True)
class Embedded(Settings):
    """A language model around a body: `body` (RNN, LSTM, GRU, MLPAR, a step of your own) sees token
    embeddings of `width` numbers (default: the width of a recurrent body's first layer), and an
    output layer scores every token.

    With `tied`, the weights of the output layer are the embeddings (Press & Wolf 2017). `dropout`
    acts on the embeddings and on the inputs of the output layer, in training only; a recurrent body
    has its own between layers. A windowed body (`MLPAR(4)`) gives the neural n-gram model of Bengio
    et al. 2003.

    >>> from stepahead.models import LSTM
    >>> Embedded(LSTM(200, layers=2), tied=True).columns
    200
    """

    body: Any
    width: int | None = None
    dropout: float = 0.0
    tied: bool = False

    def __post_init__(self) -> None:
        between("dropout", self.dropout, 0, 1)
        if self.width is not None:
            whole("width", self.width)
        if not self.windowed:
            object.__setattr__(self, "body", recurrent_of(self.body))  # wraps a user's step
        if not self.tied:
            return
        if self.windowed:
            raise Refusal(
                "`tied=True` needs a recurrent body (RNN, LSTM, GRU), whose last state is as wide "
                "as an embedding."
            )
        if self.body.widths[-1] != self.columns:
            raise Refusal(
                f"`tied=True` needs a last layer as wide as an embedding, {self.columns}. Give "
                "`width` or the layer that width."
            )

    @property
    def windowed(self) -> bool:
        """True for a body that reads a window of tokens, such as `MLPAR`."""
        if isinstance(self.body, Recurrent):
            return False
        from ..steps import MLPAR

        return isinstance(self.body, MLPAR)

    @property
    def columns(self) -> int:
        """Size of the embeddings."""
        if self.width is not None:
            return self.width
        return 32 if self.windowed else self.body.widths[0]

    def build(self, size: int, key: Key) -> "TokenModel":
        """Draw the weights for a vocabulary of `size`: embeddings and output layer uniform in ±0.1
        (Zaremba et al. 2014)."""
        from ...ops import as_key, split_key
        from ..body import draws_of, uniform, zeros
        from ..heads import Vector
        from ..networks import TokenModel

        of_body, of_ends = split_key(as_key(key), 2)
        draws = draws_of(of_ends)
        channels = Channels(1, embedded=self.columns)
        embedding = uniform(draws, 0.1, size, self.columns)
        if not self.windowed:
            body = replace(self.body, readout=False).build(
                channels, Vector(self.body.widths[-1]), of_body
            )
            weight = None if self.tied else uniform(draws, 0.1, size, self.body.widths[-1])
            return TokenModel(embedding, body, weight, zeros(draws, size), self.dropout)
        return TokenModel(
            embedding, self.body.build(channels, Vector(size), of_body), None, None, self.dropout
        )
