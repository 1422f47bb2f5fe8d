"""`LanguageModel`: a fitted model of token sequences: scores, next tokens, samples and search."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Int, Int32

from .._check import Refusal, counted, options_known, overflowed, whole
from .._fitted import FittedNetwork
from .._types import END, UNKNOWN, Key, Learning, TokenStep
from ..data import Tokens, Vocabulary
from ..inference import Filter, TokenScore, beam_search, draw_tokens, token_score, tokens_drawn


class NextToken(NamedTuple):
    """A candidate for the next token, with its probability."""

    token: str
    probability: float


class Continuation(NamedTuple):
    """A generated text, its log probability in nats given the prompt, and whether it reached an end
    token."""

    text: str
    log_prob: float
    ended: bool


class DrawnToken(NamedTuple):
    """A token just drawn, its log probability in nats, and the text so far, in reading order."""

    token: str
    log_prob: float
    text: str


@dataclass(frozen=True, eq=False)
class LanguageModel(FittedNetwork):
    """A fitted model of token sequences, n-grams or a network, and its vocabulary.

    With `backward`, the model reads sequences from the last token to the first. The log probability
    of a whole sequence can be compared between both directions, since the product of the
    conditional probabilities is the joint one in either. Inputs and outputs are in reading order
    nevertheless.
    """

    spec: Any
    model: TokenStep
    vocabulary: Vocabulary
    backward: bool = False
    learning: Learning = field(default_factory=Learning)
    kind: ClassVar[str] = "language"

    @classmethod
    def outline(cls, fields: Mapping[str, Any], key: Key) -> Any:
        """Return an untrained network over this vocabulary."""
        return fields["spec"].build(len(fields["vocabulary"]), key)

    def tokens(self, text: str | Iterable[str] | Tokens) -> Tokens:
        """Return text as tokens of the model's vocabulary, in the model's order: one sequence for a
        string, one for each of several strings."""
        if isinstance(text, Tokens):
            same = text.vocabulary.words == self.vocabulary.words
            tokens = text if same else text.with_vocabulary(self.vocabulary)
        else:
            texts = [text] if isinstance(text, str) else list(text)
            tokens = Tokens.from_texts(texts, vocabulary=self.vocabulary)
        return tokens.reversed() if self.backward else tokens

    @options_known()
    def score(self, text: str | Iterable[str] | Tokens) -> TokenScore:
        """Return the log probability, in nats, of every token and every end. Sequences are
        independent.

        >>> import stepahead as sa
        >>> text = sa.data.Tokens.from_texts(["the cat sat", "the dog sat"])
        >>> lm = sa.fit(sa.models.NGram(2, sa.models.AddK(1.0)), text)
        >>> score = lm.score(["the cat sat", "sat cat the"])
        >>> bool(score.totals[0] > score.totals[1])
        True
        """
        return token_score(self.model, self.tokens(text))

    def next(self, prompt: str = "", top: int = 10) -> tuple[NextToken, ...]:
        """Return the `top` most probable next tokens after the `prompt` (with `backward`, the
        previous ones); `</s>` is the end."""
        _, log_probs = prompt_state(self.model, self._prompt(prompt), 1)
        probabilities = np.exp(np.asarray(log_probs, np.float64)[0])
        if np.isnan(probabilities).any():
            raise overflowed(np.nan, "what comes next")
        order = np.argsort(-probabilities, kind="stable")[: whole("top", top)]
        return tuple(
            NextToken(self.vocabulary.words[place], float(probabilities[place])) for place in order
        )

    @options_known()
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
        """Draw `count` continuations of the `prompt` with at most `length` tokens. `filtered` holds
        the sampling options (temperature, top-k, nucleus).

        `<unk>` is drawn only with `unknown`. Log probabilities are those of the model, before any
        filter.
        """
        filtered = Filter() if filtered is None else filtered
        filtered = filtered if unknown else filtered.without(UNKNOWN)
        state, log_probs = prompt_state(self.model, self._prompt(prompt), whole("count", count))
        drawn = draw_tokens(
            self.model.step, state, log_probs, whole("length", length), filtered, key=key
        )
        return tuple(
            self._continuation(row, value)
            for row, value in zip(drawn.tokens, drawn.log_probs, strict=True)
        )

    @options_known()
    def stream(
        self,
        length: int = 50,
        *,
        key: Key,
        prompt: str = "",
        filtered: Filter | None = None,
        unknown: bool = False,
    ) -> Iterator[DrawnToken]:
        """Yield the tokens of one `sample` as soon as each is drawn; an end token is the last.
        Arguments as `sample`.

        >>> import stepahead as sa
        >>> lm = sa.fit(
        ...     sa.models.NGram(2), sa.data.Tokens.from_texts(["the cat sat", "the dog sat"])
        ... )
        >>> [token.text for token in lm.stream(3, key=0)][-1] == lm.sample(3, key=0)[0].text
        True
        """
        filtered = Filter() if filtered is None else filtered
        filtered = filtered if unknown else filtered.without(UNKNOWN)
        state, log_probs = prompt_state(self.model, self._prompt(prompt), 1)
        length, seen = whole("length", length), list[int]()
        for chosen, scores in tokens_drawn(
            self.model.step, state, log_probs, length, filtered, key=key
        ):
            seen += [] if chosen[0] == END else [int(chosen[0])]
            text = self.vocabulary.decode(seen[::-1] if self.backward else seen)
            yield DrawnToken(self.vocabulary.words[chosen[0]], float(scores[0]), text)

    def search(
        self, length: int = 50, *, width: int = 8, prompt: str = "", unknown: bool = False
    ) -> tuple[Continuation, ...]:
        """Return the most probable continuations of the `prompt` with at most `length` tokens, by
        beam search of this `width`, best first; refuse if none is possible. `<unk>` is possible
        only with `unknown`."""
        state, log_probs = prompt_state(self.model, self._prompt(prompt), 1)
        forbidden = () if unknown else (UNKNOWN,)
        found = beam_search(self.model.step, state, log_probs, width, length, forbidden=forbidden)
        if not np.isfinite(found.log_probs).any():
            raise Refusal(
                "After this prompt the model knows of no token that may follow. Use a model that "
                "smooths its counts."
            )
        return tuple(
            self._continuation(row, value)
            for row, value in zip(found.tokens[0], found.log_probs[0], strict=True)
            if np.isfinite(value)
        )

    def known(self, tokens: Sequence[str]) -> Int32[np.ndarray, " token"]:
        """Return the numbers of these tokens; refuse one that is not in the vocabulary."""
        unknown = [token for token in tokens if token not in self.vocabulary.numbers]
        if unknown:
            raise Refusal(
                f"{unknown[0]!r} is not in the vocabulary of "
                f"{counted(len(self.vocabulary), 'token')}. Use other words, or write <unk> for an "
                "unknown one."
            )
        return self.vocabulary.encode_tokens(tokens)

    def _prompt(self, prompt: str) -> Int32[np.ndarray, " token"]:
        """The tokens of a prompt in the model's order; refuse one that is not in the vocabulary."""
        ids = self.known(self.vocabulary.tokenize(prompt))
        return ids[::-1] if self.backward else ids

    def _continuation(self, tokens: Int[np.ndarray, " step"], log_prob: float) -> Continuation:
        ends = np.flatnonzero(tokens == END)
        tokens = tokens[: ends[0]] if len(ends) else tokens
        return Continuation(
            self.vocabulary.decode((tokens[::-1] if self.backward else tokens).tolist()),
            float(log_prob),
            bool(len(ends)),
        )


def prompt_state(
    model: TokenStep, prompt: Int[np.ndarray, " token"], batch: int
) -> tuple[Any, Any]:
    """Return the state and the next log probabilities after a prompt, for `batch` sequences that
    continue it."""
    state, log_probs = model.start(batch)
    for token in prompt:
        state, log_probs = model.step(state, np.full(batch, token, np.int32))
    return state, log_probs
