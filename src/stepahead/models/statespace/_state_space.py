"""`StateSpace`: a sum of components, and the model that they form."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float

from ..._check import Refusal
from ..._settings import Settings
from ...ops.kalman import Parameters, Structure
from ._component import Assembly, Block, Component, Free, Parameter
from ._identifiable import refuse_alike
from ._joint import JointlyAssembled
from ._noise import Noise
from ._regression import Regression
from ._seasons import DummySeason
from ._ties import Apart
from ._trends import LocalLinearTrend


@dataclass(frozen=True, init=False, repr=False)
class StateSpace(Settings):
    """A structural model: the sum of its components and, with `noise`, an observation error at each
    step.

    Each series has its own parameters, estimated by exact maximum likelihood: the filter starts
    with a diffuse prior for trend, season and coefficients, and skips missing values. With `logs`,
    the logarithms of a series whose values are all above 0 are modelled, so that season and error
    grow with its level; its forecasts are then medians. Components that cannot be identified
    together are refused.

    Each channel of a series is modelled separately; or, with `joint`, all of them as one
    multivariate model: the shocks of a component are correlated over the channels (seemingly
    unrelated equations), those of `Common` by few factors, those of `Apart` not at all, as is
    `noise`. Source: Harvey 1989; Durbin & Koopman 2012.

    >>> model = StateSpace(LocalLinearTrend(), DummySeason(12))
    >>> model.assembled(0).structure.states
    13
    >>> [each.name for each in model.assembled(0).parameters]
    ['variance of noise', 'variance of level', 'variance of slope', 'variance of season 12']
    """

    components: tuple[Component, ...]
    noise: bool
    logs: bool
    joint: bool

    def __init__(
        self,
        *components: Component,
        noise: bool = True,
        logs: bool = False,
        joint: bool = False,
    ) -> None:
        refuse_strangers(components, noise, logs, joint)
        alone = [each.label for each in components if each.copies(2) > 1 or joint]
        if len(alone) < len(components):
            raise Refusal(
                "A `design` with a row for each channel makes one system of them. Give "
                "`joint=True`, or a design of one row."
            )
        object.__setattr__(self, "components", components)
        object.__setattr__(self, "noise", noise)
        object.__setattr__(self, "logs", logs)
        object.__setattr__(self, "joint", joint)
        refuse_alike([each for each in components if each.copies(2) > 1], noise)

    def __repr__(self) -> str:
        words = [repr(each) for each in self.components]
        words += [] if self.noise else ["noise=False"]
        words += ["logs=True"] if self.logs else []
        words += ["joint=True"] if self.joint else []
        return f"StateSpace({', '.join(words)})"

    def with_fields(self, **values: Any) -> "StateSpace":
        """Return the specification with these fields; its components are passed as positional
        arguments."""
        held = self.get_params(deep=False) | values
        return StateSpace(*held.pop("components"), **held)

    def __sklearn_clone__(self) -> "StateSpace":
        """Return itself, which is immutable: `sklearn.clone` cannot pass positional arguments."""
        return self

    @property
    def span(self) -> float:
        """The number of steps of its longest season, 0 without one."""
        return max(each.span for each in self.components)

    def jointly(self, channels: int, columns: int) -> JointlyAssembled:
        """Return the model of all channels as one system."""
        alone = self.assembled(columns)
        noise = (Apart(Noise()),) if self.noise else ()
        return JointlyAssembled((*self.components, *noise), channels, alone.columns)

    def assembled(self, columns: int) -> "Assembled":
        """Return the model of series with this number of covariates, each channel separately."""
        regressed = any(isinstance(each, Regression) for each in self.components)
        if regressed and not columns:
            raise Refusal(
                "There is a `Regression`, but the panel has no known covariates. Add some with "
                "`data.with_covariates`, or leave it out."
            )
        return Assembled(self.components, self.noise, columns if regressed else 0)


@dataclass(frozen=True)
class Assembled(Assembly):
    """A structural model of series with `columns` covariates: one structure, and its entries as
    functions of the parameters of each series.

    Parameters are in the unit of the series, variances in its square. `parameters` names them.
    """

    components: tuple[Component, ...]
    noise: bool
    columns: int

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The block of each component."""
        return tuple(each.block(self.columns) for each in self.components)

    @cached_property
    def structure(self) -> Structure:
        """The positions of all entries."""
        moves: list[tuple[int, int]] = []
        shocks: list[tuple[int, int]] = []
        states, weights, groups, column_states, column_groups = [], [], [], [], []
        diffuse: list[bool] = []
        for group, block in enumerate(self.blocks):
            at = len(diffuse)
            moves += [(at + i, at + j) for i, j in block.transition]
            shocks += [(at + i, at + j) for i, j in block.shock]
            states += [at + state for state, _ in block.design]
            weights += [weight for _, weight in block.design]
            groups += [group] * len(block.design)
            column_states += [at + state for state in block.columns]
            column_groups += [group] * len(block.columns)
            diffuse += block.diffuse
        return Structure(
            len(diffuse),
            tuple(moves),
            tuple(shocks),
            tuple(states),
            tuple(weights),
            tuple(diffuse),
            tuple(column_states),
            tuple(groups),
            tuple(column_groups),
            len(self.components),
        )

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The variance of the noise, if there is noise, then the parameters of each component."""
        own = (Parameter("variance of noise"),) if self.noise else ()
        return own + tuple(each for block in self.blocks for each in block.parameters)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the components."""
        return tuple(each.label for each in self.components)

    def bounded(self, x: Free) -> Free:
        """Return the parameters for unconstrained numbers x."""
        found = [x[:, :1] * x[:, :1]] if self.noise else [x[:, :0]]
        for component, own in self._each(x):
            found.append(component.bounded(own, self.columns))
        return np.concatenate(found, axis=1)

    def numbers(self, parameters: Free) -> Parameters:
        """Return the entries of every series at the positions of the structure."""
        count, m = len(parameters), self.structure.states
        moves, shocks, at = [], [], 0
        start = np.zeros((count, m, m), parameters.dtype)
        for block, (component, own) in zip(self.blocks, self._each(parameters), strict=True):
            found = component.numbers(own)
            wide = len(block.transition) // max(1, found.transition.shape[1])
            moves.append(np.tile(found.transition, (1, wide)))
            shocks.append(found.shock)
            if found.start_cov is not None:
                own_states = slice(at, at + block.states)
                start[:, own_states, own_states] = found.start_cov
            at += block.states
        noise = parameters[:, 0] if self.noise else np.zeros(count, parameters.dtype)
        return Parameters(
            np.concatenate(moves, axis=1),
            np.concatenate(shocks, axis=1),
            noise,
            np.zeros((count, m)),
            start,
        )

    def starts(self) -> Float[np.ndarray, "start parameter"]:
        """Unconstrained parameters from which the search may start, for series whose changes have a
        size near 1: a small and a large noise with every start of the components."""
        own = ((0.15,), (0.7,)) if self.noise else ((),)
        options = [own, *(each.starts(self.columns) for each in self.components)]
        return np.array([[x for part in each for x in part] for each in product(*options)])

    def _each(self, numbers: Free) -> list[tuple[Component, np.ndarray]]:
        """The components, each with its own columns."""
        found, at = [], int(self.noise)
        for component, block in zip(self.components, self.blocks, strict=True):
            wide = len(block.parameters)
            found.append((component, numbers[:, at : at + wide]))
            at += wide
        return found


def refuse_strangers(
    components: Sequence[object], noise: object, logs: object, joint: object
) -> None:
    """Refuse what is not a component, and a switch that is neither True nor False."""
    wrong = [each for each in components if not isinstance(each, Component)]
    if wrong or not components:
        came = f"{wrong[0]!r} came" if wrong else "none came"
        raise Refusal(
            f"`components` must be one component or more, one after the other, but {came}. Give "
            "models.StateSpace(models.LocalLinearTrend(), models.DummySeason(12)), for instance."
        )
    for name, given in (("noise", noise), ("logs", logs), ("joint", joint)):
        if not isinstance(given, bool):
            raise Refusal(f"`{name}` must be True or False, but it is {given!r}.")


def basic_structural(season: int, *, logs: bool = False) -> StateSpace:
    """Return Harvey's basic structural model: a linear trend, a season of `season` steps if that is
    above 1, and noise; with `logs`, of the logarithms.

    >>> basic_structural(1)
    StateSpace(LocalLinearTrend(level=True, slope=True))
    """
    seasons = (DummySeason(season),) if season > 1 else ()
    return StateSpace(LocalLinearTrend(), *seasons, logs=logs)
