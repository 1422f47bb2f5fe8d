"""The list of work of the automatic choice: fixed by data and budget, cut off by the clock or the
user alone, recorded, and repeated to the same bytes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead.data import Panel
from stepahead.forecasting import ETS, Baseline, Theta, WorkItem
from stepahead.workflow import Candidate
from stepahead.workflow.choice import Cost, work_list

DRAWS = np.random.default_rng(0)
PANEL = Panel.from_arrays([DRAWS.normal(size=40).cumsum() + 20, DRAWS.normal(size=44).cumsum()])
SPECS = {"naive": Baseline("naive"), "drift": Baseline("drift"), "theta": Theta(), "ets": ETS()}

COSTS = {"ets": Cost(10.0)}
"""Estimates for which a minute has room for three fits at the origins."""


class Clock:
    """Stands still but for what is spent on it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def field(clock: Clock, **seconds: float) -> Callable[..., tuple[Candidate, ...]]:
    """Methods without JAX that take so many seconds a fit, whatever the estimate says."""

    def fits(name: str) -> Any:
        def fit(history: Panel, key: Any, heard: Any) -> Any:
            last = history.lengths[0] == len(PANEL.series(0))
            clock.now += seconds.get(f"{name}_last" if last else name, 0.0)
            heard(None)
            return SPECS[name].fitted(history, 2, key=key, season=1)

        return fit

    return lambda *_: tuple(
        Candidate(name, fits(name), compiled=False, cost=COSTS.get(name, Cost())) for name in SPECS
    )


def chosen(
    clock: Clock, work: Any = None, stop_after: str = "", checkpoint: Any = None, **seconds: float
) -> Any:
    def heard(event: Any) -> None:
        if event.row.name == stop_after:
            raise KeyboardInterrupt

    return sa.auto(
        PANEL,
        2,
        key=0,
        clock=clock,
        choose_from=field(clock, **seconds),
        on_event=heard,
        work=work,
        interruptible=True,
        checkpoint=checkpoint,
    )


def saved(choice: Any, path: Any) -> bytes:
    sa.save(choice.forecaster, path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("happens", "left"),
    [
        ({}, set()),
        ({"theta": 40.0}, {"theta"}),  # stopped by the clock
        ({"ets_last": 99.0}, set()),  # compared, and too slow when fitted to all data
        ({"stop_after": "theta"}, {"ets"}),  # by the user
    ],
)
def test_what_was_done_is_recorded_and_repeated_to_the_same_bytes(
    happens: Any, left: set[str], tmp_path: Any
) -> None:
    first = chosen(Clock(), **happens)
    assert {item.name for item in first.work} == set(SPECS) - left
    assert all(name in first.sentence for name in left)
    assert first.interrupted == ("stop_after" in happens)
    sa.save(first.forecaster, tmp_path / "first")
    record = sa.load(tmp_path / "first").work
    assert record == first.work
    assert {item.name: item.fits for item in record}.get("ets", 3) == 3
    assert {i.name for i in record if i.seeds} == set(first.forecaster.names)
    assert ("ets" in first.forecaster.names) == ("ets_last" not in happens and "ets" not in left)
    again = chosen(Clock(), record, theta=1e9)  # however slow it is now
    assert saved(again, tmp_path / "again") == (tmp_path / "first").read_bytes()
    assert str(record[0]) in first.forecaster.description


@pytest.mark.parametrize("times", [1, 2])
def test_after_ctrl_c_the_same_call_goes_on_to_the_same_bytes(times: int, tmp_path: Any) -> None:
    """Once or twice interrupted: what was compared is not compared again, and nothing is left out
    in the end."""
    folder, seconds = tmp_path / "run", {"drift": 2.0, "theta": 2.0, "ets": 2.0}
    alone, clocks = Clock(), list[Clock]()
    whole = chosen(alone, **seconds)
    for stop_after in ("drift", "theta")[:times]:
        clocks.append(Clock())
        part = chosen(clocks[-1], None, stop_after, folder, **seconds)
        assert part.interrupted and "Not compared because of the interruption: " in part.sentence
        assert folder.exists()
    clocks.append(Clock())
    again = chosen(clocks[-1], checkpoint=folder, **seconds)
    assert not again.interrupted and again.sentence == whole.sentence
    assert sum(clock.now for clock in clocks) == alone.now
    assert saved(again, tmp_path / "again") == saved(whole, tmp_path / "whole")
    assert not folder.exists()


@pytest.mark.parametrize(("seconds", "used"), [(45.0, True), (47.0, False)])
def test_the_first_of_the_last_fits_may_exceed_the_budget_by_a_tenth(
    seconds: float, used: bool
) -> None:
    """Five fits of 4 s at the origins leave 40 of the 60 s for the last fit, and the tenth."""
    choice = chosen(clock := Clock(), theta=4.0, theta_last=seconds)
    assert clock.now == 20 + seconds
    assert ("theta" in choice.forecaster.names) == used
    assert ("Left out for lack of time: theta" in choice.sentence) == (not used)


def test_a_slow_machine_does_the_same_as_long_as_it_is_within_the_budget(tmp_path: Any) -> None:
    """Seconds that are not beyond the budget decide nothing, not even of the next fits."""
    slow = {"naive": 1.0, "drift": 2.0, "theta": 1.0, "ets": 2.0}
    quick, late = chosen(Clock()), chosen(Clock(), **slow)
    assert saved(quick, tmp_path / "quick") == saved(late, tmp_path / "late")


def test_nothing_waits_for_naive2(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long series it costs more than the first candidate, and no choice looks at it."""
    monkeypatch.delattr("stepahead.evaluation._naive2.naive2")
    report = chosen(Clock()).report
    with pytest.raises(NameError):
        sa.evaluation.scores(report)


def test_a_record_of_other_models_is_refused() -> None:
    with pytest.raises(sa.Refusal, match=r"`work` names models .* \(gru\); those are naive, drift"):
        chosen(Clock(), [WorkItem("gru", 1, 1)])


def test_before_any_answer_or_unasked_an_interruption_ends_it_all() -> None:
    def broken(history: Panel, key: Any, heard: Any) -> Any:
        raise KeyboardInterrupt

    candidates = (Candidate("naive", broken), Candidate("other", broken))
    with pytest.raises(KeyboardInterrupt):  # nothing is done yet
        sa.auto(
            PANEL, 2, key=0, clock=Clock(), choose_from=lambda *_: candidates, interruptible=True
        )
    with pytest.raises(KeyboardInterrupt):  # nobody asked for a part
        sa.auto(
            PANEL,
            2,
            key=0,
            clock=Clock(),
            choose_from=lambda *_: (field(Clock())()[0], candidates[1]),
        )


def planned(budget: float, **costs: tuple[float, int, bool]) -> tuple[dict[str, Any], list[str]]:
    """Fits and seeds of each candidate on the list, of fit seconds, seeds and being compiled; at 10
    origins."""

    def nothing(*_: Any) -> Any:
        raise AssertionError

    made = [
        Candidate(name, nothing, seeds, compiled, Cost(fit))
        for name, (fit, seeds, compiled) in costs.items()
    ]
    listed, left = work_list(made, 10, budget / 0.8)
    return {item.candidate.name: (item.fits, item.seeds) for item in listed}, left


def test_the_list_fills_the_room_in_order_candidates_first_then_fits_then_seeds() -> None:
    costs = {"naive": (0, 1, False), "ets": (1, 1, False), "mlp": (2, 3, True), "gru": (9, 3, True)}
    for budget, ets, mlp, left in (
        (1.0, None, None, ["ets", "mlp", "gru"]),
        (2.0, (1, 1), None, ["mlp", "gru"]),  # one fit at the origins, and one to all data
        (6.0, (1, 1), (1, 1), ["gru"]),
        (7.0, (2, 1), (1, 1), ["gru"]),
        (11.0, (6, 1), (1, 1), ["gru"]),
        (13.0, (6, 1), (1, 2), ["gru"]),
        (15.0, (6, 1), (1, 3), ["gru"]),
        (24.0, (1, 1), (1, 1), []),
    ):
        found, without = planned(budget, **costs)
        expected = {"naive": (6, 1), "ets": ets, "mlp": mlp} | (
            {} if "gru" in left else {"gru": (1, 1)}
        )
        assert (found, without) == ({k: v for k, v in expected.items() if v}, left), budget


def test_the_first_is_on_the_list_whatever_it_costs_and_without_a_limit_all_are() -> None:
    assert planned(0.5, naive=(5, 3, False), ets=(1, 1, False)) == ({"naive": (1, 1)}, ["ets"])
    found, left = planned(np.inf, naive=(5, 1, False), gru=(1e6, 3, True))
    assert (found, left) == ({"naive": (6, 1), "gru": (1, 3)}, [])
