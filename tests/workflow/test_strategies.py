"""Strategies side by side: the same origins, the right weights, and a clock that is the
caller's."""

import itertools
from dataclasses import replace

import jax
import numpy as np
import pytest

from stepahead import Refusal, models, workflow
from stepahead.data import Panel
from stepahead.evaluation import LAST_VALUE
from stepahead.forecasting import ETS, anchored, mimo
from stepahead.training import EVERY, LAST, Gradient

PANEL = Panel.from_arrays([np.sin(np.arange(60.0) / 3)])
BRIEF = Gradient(span=6, epochs=1, steps=2, batch=4)


@pytest.fixture(scope="module")
def found() -> workflow.Strategies:
    ticks = itertools.count()
    return workflow.strategies(
        models.RNN(2), PANEL, 3, 2, key=0, clock=lambda: float(next(ticks)), training=BRIEF
    )


def test_a_recurrent_model_is_arranged_in_four_ways(found: workflow.Strategies) -> None:
    body = 2 + 4 + 2
    weights = {name: cost.weights for name, cost in found.costs.items()}
    one, three = body + 2 * (2 + 1), body + 3 * 2 * (2 + 1)
    assert weights == {
        "recursive": one,
        "direct": 3 * one,
        "MIMO": three,
        "MIMO, every step trained": three,
    }
    assert all(cost.seconds == 1 for cost in found.costs.values())


def test_what_is_judged_is_what_fit_fits(found: workflow.Strategies) -> None:
    history = Panel.from_arrays([PANEL.values[:56, 0]])
    for name, steps in (("MIMO", LAST), ("MIMO, every step trained", EVERY)):
        recipe = replace(BRIEF, loss_steps=steps)
        own = workflow.fit(
            models.RNN(2), history, 3, key=0, strategy=anchored(mimo), training=recipe
        )
        np.testing.assert_array_equal(own.predict().mean, found.report.mean[name][0])


def test_the_table_holds_errors_and_costs_of_all_and_of_the_naive_guess(
    found: workflow.Strategies,
) -> None:
    table = found.table()
    row = table["model"].tolist().index(LAST_VALUE)
    assert (
        len(table["model"]) == 6 and table["weights"][row] == 0 and np.isfinite(table["mase"]).all()
    )


def test_exact_models_are_the_same_direct_and_all_at_once() -> None:
    ramp = Panel.from_arrays([np.random.default_rng(0).normal(size=50)])
    exact = workflow.strategies(models.LinearAR(2), ramp, 3, 2, key=0, clock=lambda: 0.0)
    np.testing.assert_allclose(exact.report.mean["direct"], exact.report.mean["MIMO"])
    np.testing.assert_allclose(
        exact.report.mean["recursive"][:, :, 0], exact.report.mean["MIMO"][:, :, 0], atol=0.2
    )
    assert not np.allclose(
        exact.report.mean["recursive"][:, :, 2], exact.report.mean["MIMO"][:, :, 2]
    )


@pytest.mark.parametrize("spec", [models.Naive(), ETS()])
def test_what_knows_one_way_only_is_refused(spec: models.Specification) -> None:
    with pytest.raises(Refusal, match="in one way only"):
        workflow.strategies(spec, PANEL, 3, 2, key=0, clock=lambda: 0.0)


def test_point_forecasts_of_a_linear_model_have_no_spread_to_count() -> None:
    assert (
        workflow.weight_count(
            models.build(models.LinearAR(4), 1, models.Point(), jax.random.key(0))
        )
        == 5
    )
    assert (
        workflow.weight_count(
            models.build(models.LinearAR(4), 1, models.Gaussian(), jax.random.key(0))
        )
        == 6
    )
