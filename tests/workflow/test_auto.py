"""The automatic choice: one that was stopped goes on to the same end."""

from typing import Any

import jax
import numpy as np
import pytest

import stepahead as sa
from stepahead import models
from stepahead.data import Panel
from stepahead.forecasting import Combination, Ensemble
from stepahead.training import Gradient
from stepahead.workflow import Candidate, CandidateDone

KEY = jax.random.key(0)
PANEL = Panel.from_arrays([np.arange(40.0) + np.random.default_rng(0).normal(0, 0.1, 40)])


class Killed(BaseException):
    pass


class Calls:
    """The names of the models that were fitted; number `die_at` (from 1) is killed. Who listens is
    no part of what a run is."""

    def __init__(self, die_at: int = 0) -> None:
        self.names, self.die_at = list[str](), die_at

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.die_at:
            raise Killed

    def __reduce__(self) -> str:
        return "listener"


def choose(calls: Calls) -> Any:
    """A mean and a small network of two seeds; every fit is called out."""

    def few(panel: Panel, horizon: int, season: int) -> tuple[Candidate, ...]:
        def fits(name: str, spec: Any, **more: Any) -> Any:
            def fit(history: Panel, key: Any, events: Any) -> Any:
                calls(name)
                return sa.fit(spec, history, horizon, key=key, season=season, **more)

            return fit

        small = fits(
            "mlp", models.MLPAR(3, hidden=(4,)), training=Gradient(span=3, epochs=2, batch=32)
        )
        return Candidate("mean", fits("mean", models.Mean())), Candidate("mlp", small, seeds=2)

    return few


@pytest.mark.slow
def test_a_comparison_that_was_killed_goes_on_and_ends_the_same(tmp_path: Any) -> None:
    calls = Calls()
    whole = sa.auto(PANEL, 2, key=KEY, clock=lambda: 0.0, choose_from=choose(calls))
    assert (whole.name, calls.names) == ("mlp", ["mean", "mlp", "mlp", "mlp"])
    for die_at in (
        2,
        4,
    ):  # while the second candidate is compared; while the second member is fitted
        with pytest.raises(Killed):
            sa.auto(
                PANEL,
                2,
                key=KEY,
                clock=lambda: 0.0,
                choose_from=choose(Calls(die_at)),
                checkpoint=tmp_path / "run",
            )
        with pytest.raises(sa.Refusal, match="holds another run"):
            sa.auto(
                PANEL,
                3,
                key=KEY,
                clock=lambda: 0.0,
                choose_from=choose(Calls()),
                checkpoint=tmp_path / "run",
            )
        calls, events = Calls(), list[CandidateDone]()
        again = sa.auto(
            PANEL,
            2,
            key=KEY,
            clock=lambda: 0.0,
            choose_from=choose(calls),
            checkpoint=tmp_path / "run",
            on_event=events.append,
        )
        assert calls.names == ["mlp"] * (5 - die_at)
        assert [event.row.name for event in events] == ["mean", "mlp"]
        assert isinstance(again.forecaster, Combination)
        assert isinstance(again.forecaster.members[0], Ensemble)
        assert [row.mase for row in again.leaderboard] == [row.mase for row in whole.leaderboard]
        for quantiles in ((), (0.1,)):
            np.testing.assert_array_equal(
                again.forecaster.predict(5, quantiles=quantiles).quantiles,
                whole.forecaster.predict(5, quantiles=quantiles).quantiles,
            )
        np.testing.assert_array_equal(
            again.forecaster.predict(5).mean, whole.forecaster.predict(5).mean
        )
        assert not (tmp_path / "run").exists()
