"""The loop of the Baum–Welch algorithm, over all data at once or over minibatches."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..._types import Key
from ...models import Transition
from ...ops import as_key, generator
from .._descent import Epoch, Progress, Trained
from ._baum_welch import BaumWelch, Hidden, Observed, Rules, iteration, screened
from ._minibatches import nothing_expected, one_pass


def baum_welch(
    blank: Hidden,
    observed: Observed,
    transition: Transition,
    recipe: BaumWelch,
    *,
    key: Key,
    on_event: Callable[[Epoch], None] | None = None,
    resume: Callable[[Progress], Progress] | None = None,
) -> Trained:
    """Fit a hidden Markov model. The result is a function of the arguments and the key alone.

    Losses are minus the mean log likelihood of an observation, before each iteration. `resume` maps
    the start of the run to the progress from which it continues.
    """
    rules = Rules(transition, len(blank.chain.start), recipe.prior)
    kept: Any = ()
    if recipe.batch is not None:
        kept = nothing_expected(blank, observed)
    now = Progress(0, blank, kept, blank, 0, (), ())
    now = now if resume is None else resume(now)
    if now.epoch == 0:
        begun = screened(blank, observed, rules, recipe, as_key(key))
        now = now._replace(model=begun, best=begun)
    stopped = f"all {recipe.iterations} iterations were run"
    while now.epoch < recipe.iterations:
        kept, number = now.optimizer_state, now.epoch + 1
        if recipe.batch is None:
            done = iteration(now.model, observed, rules)
        else:
            draws = generator(as_key(key), recipe.restarts + number)
            done, kept = one_pass(
                now.model, kept, observed, rules, recipe, before=number - 1, draws=draws
            )
        losses = (*now.losses, -done.log_likelihood)
        now = Progress(number, done.hidden, kept, done.hidden, number, losses, ())
        if on_event is not None:
            on_event(Epoch(number, recipe.iterations, losses[-1], None, now))
        if _gained(losses, 1 if recipe.batch is None else 3) < recipe.tolerance:
            stopped = f"an iteration gained less than {recipe.tolerance:g} nats an observation"
            break
    return Trained(now.model, now.losses, (), stopped)


def _gained(losses: tuple[float, ...], newest: int) -> float:
    """The difference between the lowest earlier loss and the newest losses; ∞ if there is no
    earlier loss."""
    return min(losses[:-newest]) - min(losses[-newest:]) if len(losses) > newest else np.inf
