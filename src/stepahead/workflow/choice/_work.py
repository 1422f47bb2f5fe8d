"""The list of work of `auto`: fixed by the data and the budget before anything is fitted, so that
the same data give the same choice on a slow machine and on a fast one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from ..._check import Refusal
from ...forecasting import WorkItem
from ._candidates import Candidate

SHARE = 0.8
"""The share of the budget that the list may take by its estimates; the rest is for machines that
are slower, and for what is not estimated."""

FITS = (2, 3, 6)
"""Fits of a local method at the origins, beyond the first, as far as there is room; at the origins
between, its states move on with the parameters that it has."""


@dataclass(frozen=True)
class Planned:
    """A candidate on the list: fitted `fits` times at the `windows` origins, then with `seeds`
    random seeds to all data if it is part of the forecast."""

    candidate: Candidate
    windows: int
    fits: int = 1
    seeds: int = 1

    @property
    def refit(self) -> int:
        """Origins from one fit to the next; 0: at the oldest origin only."""
        return 0 if self.candidate.compiled else ceil(self.windows / self.fits)

    @property
    def compared_in(self) -> float:
        """Estimated seconds of its comparison."""
        cost = self.candidate.cost
        return cost.once + cost.fit * self.fits + cost.forecast * self.windows

    @property
    def share(self) -> float:
        """The share of all its work that its comparison is; a half where no cost is known."""
        return self.compared_in / self.seconds if self.seconds else 0.5

    @property
    def seconds(self) -> float:
        """Estimated seconds of all its work; all data have another shape, and so are compiled
        for once more."""
        cost = self.candidate.cost
        return self.compared_in + cost.once + cost.fit * self.seeds


def work_list(
    field: Sequence[Candidate], windows: int, budget: float
) -> tuple[list[Planned], list[str]]:
    """The list, and the names of candidates for which the budget has no room.

    In the order of `field`, which is that of their worth for their time, each is put on the list
    with one fit and one seed if there is room for it; the first always. Then, in the same order,
    local methods get more fits, and models with random weights more seeds.
    """
    room, listed, left = SHARE * budget, list[Planned](), list[str]()
    for number, candidate in enumerate(field):
        least = Planned(candidate, windows)
        if number and least.seconds > room:
            left.append(candidate.name)
        else:
            listed.append(least)
            room -= least.seconds
    for more in FITS:
        for number, item in enumerate(listed):
            better = replace(item, fits=min(more, windows))
            if not item.candidate.compiled and better.seconds - item.seconds <= room:
                listed[number] = better
                room -= better.seconds - item.seconds
    for number, item in enumerate(listed):
        more, each = item.candidate.seeds - 1, item.candidate.cost.fit
        if more * each > room:
            more = max(0, int(room / each))
        listed[number] = replace(item, seeds=1 + more)
        room -= more * each
    return listed, left


def repeated(field: Sequence[Candidate], windows: int, work: Sequence[WorkItem]) -> list[Planned]:
    """The list of what was done once before; refused where a model is not among the candidates."""
    by_name = {candidate.name: candidate for candidate in field}
    missing = [item.name for item in work if item.name not in by_name]
    if missing or not work:
        raise Refusal(
            f"`work` names models that are not compared on these data ({', '.join(missing)}); "
            f"those are {', '.join(by_name)}. Give the `work` of a choice on the same data."
        )
    return [Planned(by_name[item.name], windows, item.fits, item.seeds) for item in work]
