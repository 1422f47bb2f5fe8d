"""`LanguageModel`: what `fit` returns for tokens. It scores, says what comes next, draws and
searches, whatever it is inside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Int, Int32

from .._check import Refusal, counted, overflowed, whole
from .._types import END, UNKNOWN, Key, Learning, TokenStep
from ..data import Tokens, Vocabulary
from ..fitted import Fitted
from ._beam import beam_search
from ._draw_tokens import Filter, draw_tokens
from ._token_score import TokenScore, token_score


class Next(NamedTuple):
    """A token that may come next, and how probable it is."""

    token: str
    probability: float


class Continuation(NamedTuple):
    """A continuation as text, its log probability in nats given the prompt, and whether it came to
    its end by itself."""

    text: str
    log_prob: float
    ended: bool


@dataclass(frozen=True, eq=False)
class LanguageModel(Fitted):
    """A model of sequences of tokens, counts or net, and the vocabulary it speaks.

    With `backward`, it was fitted to every sequence from its last token to its first, and reads
    text that way: the probability of a whole sequence is the product of the conditional ones in
    either direction, so scores compare. What it is given and what it returns is in reading order
    all the same.
    """

    spec: Any
    model: TokenStep
    vocabulary: Vocabulary
    backward: bool = False
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "language"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Any:
        """An untrained net over this vocabulary."""
        return fields["spec"].build(len(fields["vocabulary"]), key)

    def tokens(self, text: str | Iterable[str] | Tokens) -> Tokens:
        """Text as the model sees it: one sequence for a string, one for each of several; in its own
        vocabulary."""
        if isinstance(text, Tokens):
            tokens = (
                text
                if text.vocabulary.words == self.vocabulary.words
                else text.under(self.vocabulary)
            )
        else:
            tokens = Tokens.from_texts(
                [text] if isinstance(text, str) else list(text), vocabulary=self.vocabulary
            )
        return tokens.reversed() if self.backward else tokens

    def score(self, text: str | Iterable[str] | Tokens) -> TokenScore:
        """The log probability in nats of every token and every end, sequences independent of each
        other.

        >>> import stepahead as sa
        >>> lm = sa.fit(
        ...     sa.models.NGram(2, sa.models.AddK(1.0)),
        ...     sa.data.Tokens.from_texts(["the cat sat", "the dog sat"]),
        ... )
        >>> score = lm.score(["the cat sat", "sat cat the"])
        >>> bool(score.totals[0] > score.totals[1])
        True
        """
        return token_score(self.model, self.tokens(text))

    def next(self, prompt: str = "", top: int = 10) -> tuple[Next, ...]:
        """The `top` most probable tokens to come next, `</s>` for the end; with `backward`, what
        comes before."""
        _, log_probs = after(self.model, self._prompt(prompt), 1)
        probabilities = np.exp(np.asarray(log_probs, np.float64)[0])
        if np.isnan(probabilities).any():
            raise overflowed(np.nan, "what comes next")
        order = np.argsort(-probabilities, kind="stable")[: whole("top", top)]
        return tuple(
            Next(self.vocabulary.words[place], float(probabilities[place])) for place in order
        )

    def sample(
        self,
        length: int = 50,
        *,
        key: Key,
        count: int = 1,
        prompt: str = "",
        filtered: Filter | None = None,
        unknown: bool = False,
    ) -> tuple[Continuation, ...]:
        """Draw `count` continuations of at most `length` tokens; `filtered` says what may be drawn
        (temperature, top k, nucleus).

        `<unk>` is drawn only where `unknown` is set. Log probabilities are the model's own, before
        any filter.
        """
        filtered = Filter() if filtered is None else filtered
        filtered = filtered if unknown else filtered.without(UNKNOWN)
        state, log_probs = after(self.model, self._prompt(prompt), whole("count", count))
        drawn = draw_tokens(
            self.model.step, state, log_probs, whole("length", length), filtered, key=key
        )
        return tuple(
            self._said(row, value) for row, value in zip(drawn.tokens, drawn.log_probs, strict=True)
        )

    def search(
        self, length: int = 50, *, width: int = 8, prompt: str = "", unknown: bool = False
    ) -> tuple[Continuation, ...]:
        """The most probable continuations of at most `length` tokens that beam search of this
        `width` finds, best first; refuse where none is possible."""
        state, log_probs = after(self.model, self._prompt(prompt), 1)
        found = beam_search(
            self.model.step,
            state,
            log_probs,
            width,
            length,
            forbidden=() if unknown else (UNKNOWN,),
        )
        if not np.isfinite(found.log_probs).any():
            raise Refusal(
                "After this prompt the model knows of no token that may follow. Use a model that "
                "smooths its counts."
            )
        return tuple(
            self._said(row, value)
            for row, value in zip(found.tokens[0], found.log_probs[0], strict=True)
            if np.isfinite(value)
        )

    def known(self, tokens: Sequence[str]) -> Int32[np.ndarray, " token"]:
        """The numbers of tokens that are cut already; refuse one that is not in the vocabulary."""
        strange = [token for token in tokens if token not in self.vocabulary.numbers]
        if strange:
            raise Refusal(
                f"{strange[0]!r} is not in the vocabulary of "
                f"{counted(len(self.vocabulary), 'token')}. Use other words, or write "
                "<unk> for an "
                "unknown one."
            )
        return self.vocabulary.encode_tokens(tokens)

    def _prompt(self, prompt: str) -> Int32[np.ndarray, " token"]:
        """A prompt's tokens in the model's order; refuse one with a token that the model does not
        know."""
        ids = self.known(self.vocabulary.split(prompt))
        return ids[::-1] if self.backward else ids

    def _said(self, tokens: Int[np.ndarray, " step"], log_prob: float) -> Continuation:
        ends = np.flatnonzero(tokens == END)
        held = tokens[: ends[0]] if len(ends) else tokens
        return Continuation(
            self.vocabulary.decode((held[::-1] if self.backward else held).tolist()),
            float(log_prob),
            bool(len(ends)),
        )


def after(model: TokenStep, prompt: Int[np.ndarray, " token"], batch: int) -> tuple[Any, Any]:
    """State and log probabilities after a prompt, for `batch` sequences that go on from it."""
    state, log_probs = model.start(batch)
    for token in prompt:
        state, log_probs = model.step(state, np.full(batch, token, np.int32))
    return state, log_probs
