"""The task `next token`: predict the distribution of the next token."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._check import Refusal, options_known
from .._extras import extras_needed
from .._types import Key, Learning
from ..data import Tokens
from ..generation import LanguageModel, token_score
from ..models import Mixture, NGram, mixing_weights
from ..training import count
from ._task import COUNTED, OF_HIDDEN, refuse_options

if TYPE_CHECKING:
    from ..training import BySequence, Gradient
    from ._learn import Runner


def fit_next_token(
    spec: Any,
    tokens: Tokens,
    *,
    key: Key | None,
    run: "Runner",
    backward: bool = False,
    training: "Gradient | BySequence | Any" = None,
    validation: Tokens | None = None,
    on_note: Callable[[str], None] | None = None,
    known_states: Any = None,
) -> LanguageModel:
    """Fit a language model `spec`: `NGram` by counting, `HMM` by expectation maximisation, others
    by gradient descent.

    A recurrent or windowed specification gets embeddings and an output layer (`Embedded` sets their
    sizes). With `backward`, sequences are read from the last token to the first. One running text
    (`tokens.concatenated()`) is trained by truncated backpropagation through time with the state
    carried over; several sequences are shuffled, and each starts from the initial state.
    `validation` text is scored after every epoch, and stops training after `training.patience`
    epochs without improvement. `known_states` of an `HMM` holds the state of every token whose
    state is known, numbered from 1, and 0 elsewhere. `on_note` receives a message if a smoothing
    had to use fallback discounts. `run` calls the training function; `fit` passes it.
    """
    read = tokens.reversed() if backward else tokens
    if isinstance(spec, NGram):
        refuse_options(COUNTED, training=training, validation=validation)
        refuse_options(OF_HIDDEN, known_states=known_states)
        return LanguageModel(
            spec,
            count(spec, read, on_note=on_note),
            tokens.vocabulary,
            backward,
            Learning(stopped="counted"),
        )
    with extras_needed():  # here JAX begins: counts go without it
        from ._next_token_built import fit_built_tokens

    return fit_built_tokens(
        spec,
        tokens,
        key=key,
        run=run,
        backward=backward,
        training=training,
        validation=validation,
        known_states=known_states,
    )


@options_known()
def mix(models: tuple[LanguageModel, ...], held_out: Tokens) -> LanguageModel:
    """Return the interpolation of language models of the same vocabulary and direction, with the
    weights that maximise the likelihood of `held_out`.

    >>> import stepahead as sa
    >>> text, held = sa.data.Tokens.from_texts(["a b a b b"] * 3), ["a b b a a b"]
    >>> parts = tuple(sa.fit(sa.models.NGram(order, sa.models.AddK(0.1)), text) for order in (1, 2))
    >>> mixed = sa.mix(parts, parts[0].tokens(held))
    >>> bool(
    ...     mixed.score(held).perplexity < 1e-6 + min(part.score(held).perplexity for part in parts)
    ... )
    True
    """
    first = models[0]
    if any(
        m.vocabulary.words != first.vocabulary.words or m.backward != first.backward for m in models
    ):
        raise Refusal(
            "Only models of one vocabulary that read in one direction can be mixed. Fit them on "
            "tokens of one vocabulary."
        )
    said = np.stack([token_score(m.model, m.tokens(held_out)).log_probs for m in models])
    weights = mixing_weights(said)
    return LanguageModel(
        tuple(m.spec for m in models),
        Mixture(tuple(m.model for m in models), weights),
        first.vocabulary,
        first.backward,
    )
