"""The verbs that judge, as a user calls them: automatic choice included, nothing sees its future; a
run that was cut off goes on."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead.data import Panel
from stepahead.forecasting import Baseline
from stepahead.workflow import Candidate

KEY = jax.random.key(0)
HORIZON = 2


@pytest.fixture
def panel() -> Panel:
    rng = np.random.default_rng(0)
    return Panel.from_arrays(
        [10 + 0.3 * np.arange(n) + rng.normal(size=n) for n in (34, 30)], ids=["a", "b"]
    )


def few(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
    """Two methods that cost nothing and compile nothing."""

    def fits(spec: Any) -> Any:
        return lambda history, key, heard: sa.fit(
            spec, history, horizon, key=key, season=season, on_event=heard
        )

    return Candidate("naive", fits(Baseline("naive"))), Candidate("drift", fits(Baseline("drift")))


@dataclass(frozen=True)
class ChoosesOnAll:
    """A choice that was made on the whole panel: it peeks, though every model that it fits is
    honest."""

    everything: Panel

    def fitted(self, panel: Panel, horizon: int, *, key: Any, season: int) -> Any:
        choice = sa.auto(
            self.everything, horizon, key=key, clock=lambda: 0.0, season=season, choose_from=few
        )
        best = next(row.name for row in choice.leaderboard if row.name != "combination")
        return sa.fit(Baseline(best), panel, horizon, key=key, season=season)

    def __repr__(self) -> str:
        return "ChoosesOnAll()"


def test_automatic_choice_sees_nothing_after_the_origin(panel: Panel) -> None:
    assert sa.leak_check(sa.Auto(few), panel, HORIZON, 2, key=KEY) == 2


def test_a_choice_made_on_everything_is_caught(panel: Panel) -> None:
    def prepared(everything: Panel) -> ChoosesOnAll:
        return ChoosesOnAll(everything)

    with pytest.raises(sa.Refusal, match="Model 'ChoosesOnAll\\(\\)' sees the future"):
        sa.leak_check(prepared, panel, HORIZON, 3, key=KEY)
    with pytest.raises(
        sa.Refusal, match=r"ChoosesOnAll\(\) holds the whole panel, and so the future"
    ):
        sa.leak_check(ChoosesOnAll(panel), panel, HORIZON, 3, key=KEY)


def test_origins_that_choose_come_before_the_one_that_judges(panel: Panel) -> None:
    """Every history that a candidate is given ends, with the steps that it is judged on, at or
    before the origin."""
    ends = []

    def watched(seen: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
        ends.append(seen.times.max())
        return few(seen, horizon, season)

    report = sa.backtest([sa.Auto(watched)], panel, HORIZON, 3, key=KEY, levels=())
    assert ends == report.origins.max(axis=1).tolist()


class Mean(models.Mean):
    """Calls itself as the other does, and is not it."""

    def __repr__(self) -> str:
        return "Mean()"


def test_a_backtest_that_was_cut_off_goes_on(panel: Panel, tmp_path: Any) -> None:
    """The same call made again uses what was written, refuses what another run wrote, and clears up
    when it is done."""
    specs, folder = [models.Drift(), models.Mean()], tmp_path / "run"

    def stop(event: Any) -> None:
        if (event.model, event.number) == ("Mean()", 1):
            raise KeyboardInterrupt

    whole = sa.backtest(specs, panel, HORIZON, 3, key=KEY)
    with pytest.raises(KeyboardInterrupt):
        sa.backtest(specs, panel, HORIZON, 3, key=KEY, checkpoint=folder, on_event=stop)
    assert len(list(folder.iterdir())) == 4
    with pytest.raises(sa.Refusal, match="holds another run"):
        sa.backtest(specs, panel, HORIZON, 3, key=jax.random.key(1), checkpoint=folder)
    with pytest.raises(sa.Refusal, match="holds another run"):
        sa.backtest([models.Drift(), Mean()], panel, HORIZON, 3, key=KEY, checkpoint=folder)
    events: list[Any] = []
    again = sa.backtest(
        specs, panel, HORIZON, 3, key=KEY, checkpoint=folder, on_event=events.append
    )
    assert [event.kept for event in events] == [True] * 4 + [False] * 2
    for name in whole.mean:
        np.testing.assert_array_equal(again.mean[name], whole.mean[name])
    np.testing.assert_array_equal(again.quantiles["Mean()"], whole.quantiles["Mean()"])
    assert not list(folder.iterdir())
