"""`JointlyAssembled`: the channels of a series as one system, with correlated shocks of a
component."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from jaxtyping import Float

from ...ops.kalman import Parameters, Structure
from ._component import Assembly, Component, Free, Parameter


@dataclass(frozen=True)
class Part:
    """A component of a joint model: its copies, one below the other, and the positions of its
    entries."""

    component: Component
    channels: int
    columns: int

    @cached_property
    def own(self) -> tuple[Parameter, ...]:
        """The parameters of one copy."""
        return self.component.block(self.columns).parameters

    @cached_property
    def copies(self) -> int:
        """The number of copies of the states."""
        return self.component.copies(self.channels)

    @cached_property
    def ties(self) -> tuple[tuple[int, int], ...]:
        """The positions of the factor Λ of the covariance ΛΛ' of a shock over the copies."""
        return self.component.ties(self.copies)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters: Λ for each variance of a copy; other parameters once for all copies."""
        found: list[Parameter] = []
        for each in self.own:
            if each.variance:
                root = each.name.replace("variance of", "shocks of")
                found += [Parameter(f"{root}, {i + 1} by {j + 1}") for i, j in self.ties]
            else:
                found.append(each)
        return tuple(found)

    def split(self, x: Free) -> tuple[list[np.ndarray], np.ndarray]:
        """Λ for each variance, and the other parameters at their positions in one copy (1 at a
        variance)."""
        wide = 1 + max(j for _, j in self.ties)
        factors, rest, at = [], np.ones((len(x), len(self.own)), x.dtype), 0
        for place, each in enumerate(self.own):
            if each.variance:
                factor = np.zeros((len(x), self.copies, wide), x.dtype)
                for number, (i, j) in enumerate(self.ties):
                    factor[:, i, j] = x[:, at + number]
                factors.append(factor)
                at += len(self.ties)
            else:
                rest[:, place] = x[:, at]
                at += 1
        return factors, rest

    def bounded(self, x: Free) -> Free:
        """Return the parameters for unconstrained numbers x: Λ unchanged, the others within their
        bounds."""
        _, rest = self.split(x)
        inside, found, at = self.component.bounded(rest, self.columns), [x[:, :0]], 0
        for place, each in enumerate(self.own):
            wide = len(self.ties) if each.variance else 1
            kept = x[:, at : at + wide] if each.variance else inside[:, place : place + 1]
            found.append(kept)
            at += wide
        return np.concatenate(found, axis=1)

    def starts(self) -> list[tuple[float, ...]]:
        """The starts of one copy, with an independent shock for each channel; with fewer factors,
        further channels use the last."""
        most, found = max(j for _, j in self.ties), []
        for start in self.component.starts(self.columns):
            told: list[float] = []
            for x, each in zip(start, self.own, strict=True):
                tied = [x if j == min(i, most) else 0.0 for i, j in self.ties]
                told += tied if each.variance else [x]
            found.append(tuple(told))
        return found

    @cached_property
    def shock_places(self) -> list[tuple[int, int, int]]:
        """The positions of the shocks' covariance over all copies, on and below the diagonal, each
        with that of one copy."""
        block = self.component.block(self.columns)
        pairs = {(a, b) for a in range(self.copies) for b in range(self.copies)}
        if all(i == j for i, j in self.ties):
            pairs = {(a, a) for a in range(self.copies)}
        m, found = block.states, []
        for place, (i, j) in enumerate(block.shock):
            for a, b in pairs:
                for row, column in {(a * m + i, b * m + j), (a * m + j, b * m + i)}:
                    if row >= column:
                        found.append((row, column, place))
        return sorted(set(found))

    def numbers(self, parameters: Free) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The entries of T and of the shocks' covariance at their positions, and the covariance of
        the initial state."""
        block, (factors, rest) = self.component.block(self.columns), self.split(parameters)
        count, m = len(parameters), block.states
        variances = [k for k, each in enumerate(self.own) if each.variance]
        shock = np.zeros((count, len(self.shock_places)), parameters.dtype)
        start = np.zeros((count, self.copies, m, self.copies, m), parameters.dtype)
        row, column, place = np.array(self.shock_places, int).reshape(-1, 3).T
        one_of, other_of = row // max(m, 1), column // max(m, 1)
        given = rest.copy()
        given[:, variances] = 0
        fixed = self.component.numbers(given)
        for factor, k in zip(factors, variances, strict=True):
            one = given.copy()
            one[:, k] = 1
            alone = self.component.numbers(one)
            tied = factor @ np.swapaxes(factor, 1, 2)
            shock += tied[:, one_of, other_of] * (alone.shock - fixed.shock)[:, place]
            if alone.start_cov is not None and fixed.start_cov is not None:
                more = alone.start_cov - fixed.start_cov
                start += np.einsum("sab,sij->saibj", tied, more)
        shock += np.where(one_of == other_of, fixed.shock[:, place], 0)
        for copy in range(self.copies):
            if fixed.start_cov is not None:
                start[:, copy, :, copy] += fixed.start_cov
        moves = np.tile(fixed.transition, (1, self.copies))
        wide = self.copies * m
        return moves, shock, start.reshape(count, wide, wide)


@dataclass(frozen=True)
class JointlyAssembled(Assembly):
    """The channels of a series as one system. The channels of a step are separate values, which are
    observed one after the other before the state advances (Durbin & Koopman 2012, 6.4).

    Their designs are given as covariates: see `designs`.
    """

    components: tuple[Component, ...]
    channels: int
    columns: int

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The components over all channels."""
        return tuple(Part(each, self.channels, self.columns) for each in self.components)

    @cached_property
    def entries(self) -> list[tuple[int, int, float, int, int]]:
        """All entries of the channels' designs: (channel, state, weight, covariate or −1,
        component)."""
        found, at = [], 0
        for group, part in enumerate(self.parts):
            block = part.component.block(self.columns)
            for channel, seen in enumerate(part.component.seen(self.channels)):
                for copy, state, weight in seen:
                    found.append((channel, at + copy * block.states + state, weight, -1, group))
            for channel in range(self.channels if block.columns else 0):
                for column, state in enumerate(block.columns):
                    found.append((channel, at + channel * block.states + state, 1.0, column, group))
            at += part.copies * block.states
        return found

    def designs(
        self, covariates: Float[np.ndarray, "total column"]
    ) -> Float[np.ndarray, "value entry"]:
        """Return the weight of each entry for each channel of each step."""
        found = np.zeros((len(covariates), self.channels, len(self.entries)))
        for place, (channel, _, weight, column, _) in enumerate(self.entries):
            found[:, channel, place] = weight if column < 0 else covariates[:, column]
        return found.reshape(-1, len(self.entries))

    @cached_property
    def structure(self) -> Structure:
        """The positions of all entries."""
        moves: list[tuple[int, int]] = []
        shocks: list[tuple[int, int]] = []
        diffuse: list[bool] = []
        for part in self.parts:
            block, at = part.component.block(self.columns), len(diffuse)
            for copy in range(part.copies):
                to = at + copy * block.states
                moves += [(to + i, to + j) for i, j in block.transition]
            shocks += [(at + row, at + column) for row, column, _ in part.shock_places]
            diffuse += list(block.diffuse) * part.copies
        return Structure(
            len(diffuse),
            tuple(moves),
            tuple(shocks),
            (),
            (),
            tuple(diffuse),
            tuple(state for _, state, _, _, _ in self.entries),
            (),
            tuple(group for *_, group in self.entries),
            len(self.components),
            self.channels,
        )

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of each component."""
        return tuple(each for part in self.parts for each in part.parameters)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the components."""
        return tuple(each.label for each in self.components)

    def bounded(self, x: Free) -> Free:
        """Return the parameters for unconstrained numbers x."""
        return np.concatenate([part.bounded(own) for part, own in self.each(x)], axis=1)

    def numbers(self, parameters: Free) -> Parameters:
        """Return the entries of every series at the positions of the structure; all noise is in
        states."""
        count, m = len(parameters), self.structure.states
        found = [part.numbers(own) for part, own in self.each(parameters)]
        start, at = np.zeros((count, m, m), parameters.dtype), 0
        for _, _, own in found:
            wide = own.shape[1]
            start[:, at : at + wide, at : at + wide] = own
            at += wide
        return Parameters(
            np.concatenate([moves for moves, _, _ in found], axis=1),
            np.concatenate([shock for _, shock, _ in found], axis=1),
            np.zeros(count, parameters.dtype),
            np.zeros((count, m)),
            start,
        )

    def starts(self) -> Float[np.ndarray, "start parameter"]:
        """Combinations of the starts of the components."""
        options = product(*(part.starts() for part in self.parts))
        return np.array([[x for part in each for x in part] for each in options])

    def each(self, numbers: Free) -> list[tuple[Part, np.ndarray]]:
        """Return the components, each with its own columns."""
        found, at = [], 0
        for part in self.parts:
            wide = len(part.parameters)
            found.append((part, numbers[:, at : at + wide]))
            at += wide
        return found
