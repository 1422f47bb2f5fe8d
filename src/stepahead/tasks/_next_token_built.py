"""Language models that are trained with JAX: hidden Markov models and networks."""

from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from .._types import Key, Learning
from ..data import Tokens
from ..generation import LanguageModel
from ..models import HMM, Embedded
from ..ops import as_key, split_key
from ..training import (
    BySequence,
    Gradient,
    adam,
    learn_token_states,
    sentence_loss,
    token_data,
    train_running,
)
from ..training import known_states as checked_states
from ._hidden_markov import recipe_of_states, refuse_expectation
from ._learn import Runner, train_on, with_training
from ._task import OF_HIDDEN, refuse_options, required_key


def fit_built_tokens(
    spec: Any,
    tokens: Tokens,
    *,
    key: Key | None,
    run: Runner,
    backward: bool,
    training: Gradient | BySequence | Any,
    validation: Tokens | None,
    known_states: Any,
) -> LanguageModel:
    """As `fit_next_token`, for a model that is not fitted by counting."""
    read = tokens.reversed() if backward else tokens
    if isinstance(spec, HMM):
        refuse_options(
            "is not judged while a hidden Markov model is learned", validation=validation
        )
        known = None
        if known_states is not None:
            known = checked_states("known_states", known_states, spec.states, len(tokens.ids))
            known = _read_known(known, tokens) if backward else known
        return _hidden(spec, read, key, run, backward, training, known)
    refuse_options(OF_HIDDEN, known_states=known_states)
    of_weights, of_training = split_key(as_key(required_key(key)), 2)
    spec = spec if isinstance(spec, Embedded) else Embedded(spec)
    net = LanguageModel.outline(
        {"spec": spec, "vocabulary": tokens.vocabulary}, of_weights
    ).with_bias(read.log_frequencies())
    untrained = LanguageModel(spec, net, tokens.vocabulary, backward)
    judged = validation.reversed() if backward and validation else validation
    refuse_expectation(training)
    recipe = default_recipe(read) if training is None else training
    if isinstance(recipe, Gradient):
        train = partial(train_running, net, read, recipe, key=of_training, validation=judged)
        return with_training(untrained, run(train))
    held = None if judged is None else token_data(judged)
    return train_on(
        untrained,
        token_data(read),
        sentence_loss,
        key=of_training,
        run=run,
        training=recipe,
        validation=held,
    )


def _hidden(
    spec: HMM,
    read: Tokens,
    key: Key | None,
    run: Runner,
    backward: bool,
    training: Any,
    known: Any,
) -> LanguageModel:
    """A hidden Markov model of the tokens, by expectation maximisation or by gradient descent."""
    recipe = recipe_of_states(training, int(np.diff(read.offsets).max()) + 1)
    own_key = as_key(required_key(key))
    trained = run(partial(learn_token_states, spec, read, recipe, key=own_key, known=known))
    learning = Learning(trained.losses, trained.validation, trained.stopped)
    return LanguageModel(spec, trained.model, read.vocabulary, backward, learning)


def _read_known(known: np.ndarray, tokens: Tokens) -> np.ndarray:
    """Known states in the order in which sequences are read backward."""
    ends = pairwise(tokens.offsets)
    return np.concatenate([known[first:last][::-1] for first, last in ends])


def default_recipe(tokens: Tokens) -> Gradient | BySequence:
    """Return the default recipe. For one running text: truncated backpropagation over 35 tokens in
    20 lanes (fewer if it is short). For several sequences: whole sequences."""
    if len(tokens) == 1:
        return Gradient(
            span=35, batch=max(1, min(20, len(tokens.ids) // 100)), epochs=10, optimizer=adam(2e-3)
        )
    return BySequence(epochs=10, batch=32, optimizer=adam(2e-3))
