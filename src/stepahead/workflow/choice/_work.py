"""The plan of `auto`: which candidates are compared with how many fits, fixed from the data and the
budget before anything is fitted, so that slow and fast machines choose the same model."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from ..._check import Refusal
from ...forecasting import WorkItem
from ._candidates import Candidate

SHARE = 0.8
"""The share of the budget that the plan may use by its estimates; the rest covers slower machines
and work that is not estimated."""

FITS = (2, 3, 6)
"""The numbers of fits of a local method at the origins, beyond the first, if there is room. At
other origins only its state is advanced, with the parameters that it has."""


@dataclass(frozen=True)
class Planned:
    """A planned candidate: fitted `fits` times at the `windows` origins, then to all data with
    `seeds` random seeds if it is part of the forecast."""

    candidate: Candidate
    windows: int
    fits: int = 1
    seeds: int = 1

    @property
    def refit(self) -> int:
        """The number of origins between two fits; 0 means at the oldest origin only."""
        return 0 if self.candidate.compiled else ceil(self.windows / self.fits)

    @property
    def compared_in(self) -> float:
        """Estimated seconds of its comparison."""
        cost = self.candidate.cost
        return cost.once + cost.fit * self.fits + cost.forecast * self.windows

    @property
    def share(self) -> float:
        """The share of the comparison in all its work; a half if no cost is known."""
        return self.compared_in / self.seconds if self.seconds else 0.5

    @property
    def seconds(self) -> float:
        """Estimated seconds of all its work. The fit to all data has other shapes, so it is
        compiled again."""
        cost = self.candidate.cost
        return self.compared_in + cost.once + cost.fit * self.seeds


def work_list(
    field: Sequence[Candidate], windows: int, budget: float
) -> tuple[list[Planned], list[str]]:
    """Return the plan, and the names of the candidates for which the budget has no room.

    In the order of `field`, most useful first, each candidate is planned with one fit and one seed
    if there is room; the first always. Then, in the same order, local methods get more fits and
    networks more seeds.
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
    """Return the plan that repeats recorded work. Refuse a model that is not among the
    candidates."""
    by_name = {candidate.name: candidate for candidate in field}
    missing = [item.name for item in work if item.name not in by_name]
    if missing or not work:
        raise Refusal(
            f"`work` names models that are not compared on these data ({', '.join(missing)}); "
            f"those are {', '.join(by_name)}. Give the `work` of a choice on the same data."
        )
    return [Planned(by_name[item.name], windows, item.fits, item.seeds) for item in work]
