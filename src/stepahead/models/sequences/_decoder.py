"""`Decoder`: a recurrent model of sequences conditioned on a vector."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..._check import Refusal
from ..._settings import Settings
from ..._types import Channels, Key
from ..cells import Recurrent, recurrent_of
from ..steps import Feed, FirstInput, FirstState
from ._embedded import Embedded

if TYPE_CHECKING:
    from ..heads import Head
    from ..networks import RowDecoder, TokenDecoder


@dataclass(frozen=True)
class Decoder(Settings):
    """A recurrent model of sequences conditioned on a vector, and the decoder of a
    sequence-to-sequence model.

    `body` is an RNN, LSTM or GRU; for tokens also `Embedded(LSTM(256), width=128, dropout=0.3)`,
    which sets the sizes of embeddings and dropout. `feed` is the conditioning: `FirstState()` or
    `FirstInput()`.

    >>> import jax.numpy as jnp
    >>> from stepahead.models import GRU
    >>> decoder = Decoder(GRU(8)).of_tokens(10, 3, 0)
    >>> state, log_probs = decoder.start(jnp.ones((2, 3)))
    >>> log_probs.shape
    (2, 10)
    """

    body: Any
    feed: Feed = field(default_factory=FirstState)

    def __post_init__(self) -> None:
        if not isinstance(self.body, Embedded):
            object.__setattr__(self, "body", recurrent_of(self.body))  # wraps a user's step
        elif not isinstance(self.body.body, Recurrent):
            raise Refusal(
                f"A decoder begins from a state that is set, which {self.body.body!r} does not "
                "have. Give an RNN, LSTM or GRU."
            )
        if not isinstance(self.feed, FirstState | FirstInput):
            raise Refusal(
                f"`feed` must be FirstState() or FirstInput(), but it is {self.feed!r}. Give one "
                "of these."
            )

    @property
    def embedded(self) -> Embedded:
        """The body with embeddings and an output layer."""
        return self.body if isinstance(self.body, Embedded) else Embedded(self.body)

    def of_tokens(self, size: int, features: int, key: Key) -> "TokenDecoder":
        """A decoder of tokens of a vocabulary of `size`, conditioned on vectors of `features`
        numbers."""
        from ...ops import as_key, split_key
        from ..body import draws_of
        from ..cells import RecurrentBody
        from ..networks import TokenDecoder

        of_net, of_feed = split_key(as_key(key), 2)
        net = self.embedded.build(size, of_net)
        assert isinstance(net.body, RecurrentBody)
        return TokenDecoder(net, self.feed.build(features, net.body, draws_of(of_feed)))

    def of_rows(self, columns: int, features: int, head: "Head", key: Key) -> "RowDecoder":
        """A decoder of rows of `columns` numbers, read by `head`, conditioned on vectors of
        `features` numbers."""
        if isinstance(self.body, Embedded):
            raise Refusal(
                "`Embedded` is for tokens, but these are rows of numbers. Give the recurrent body "
                "itself, such as `LSTM(64)`."
            )
        from ...ops import as_key, split_key
        from ..body import draws_of
        from ..cells import RecurrentBody
        from ..networks import RowDecoder
        from ..steps import build

        of_net, of_feed = split_key(as_key(key), 2)
        net = build(replace(self.body, readout=True), Channels(columns), head, of_net)
        assert isinstance(net.body, RecurrentBody)
        return RowDecoder(net, self.feed.build(features, net.body, draws_of(of_feed)))
