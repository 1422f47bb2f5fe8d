"""scikit-learn reads, changes and copies every specification."""

import re
from dataclasses import MISSING, fields, is_dataclass, replace
from typing import Any

import pytest
from registry import CASES, HEADS, SCALERS
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import ParameterGrid

from stepahead import Refusal, data, forecasting, generation, imputation, models, training
from stepahead._settings import Settings
from stepahead.forecasting import Conformal, Regressor
from stepahead.models import GRU, Anchored, EncoderDecoder

DOORS = (data, forecasting, generation, imputation, models, training)


def usual() -> list[Any]:
    """Every public specification that needs nothing to be made, as it is then."""
    kinds = [getattr(door, name) for door in DOORS for name in dir(door)]
    leaves = {
        kind
        for kind in kinds
        if isinstance(kind, type)
        and issubclass(kind, Settings)
        and is_dataclass(kind)
        and not getattr(kind, "__abstractmethods__", None)
        and all(each.default is not MISSING for each in fields(kind))
    }
    return [kind() for kind in sorted(leaves, key=lambda kind: kind.__name__)]


GIVEN = [
    *usual(),
    *(case.spec for case in CASES if isinstance(case.spec, Settings)),
    *HEADS,
    *SCALERS.values(),
    Conformal(forecasting.AutoARIMA()),
    models.Tagger(models.Encoder(GRU(4), pool=models.MaxPool())),
    models.StateSpace(models.LocalLevel(), models.AR(2)),
    training.Gradient(span=8, epochs=2),
]


def named(spec: Any) -> str:
    """What it prints as, without the addresses of functions in it, which differ by process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(spec))


@pytest.mark.parametrize("spec", GIVEN, ids=named)
def test_a_clone_is_equal_and_parameters_make_the_specification_again(spec: Any) -> None:
    parameters = spec.get_params(deep=False)
    assert list(parameters) == [each.name for each in fields(spec)]
    assert clone(spec) == spec.set_params(**spec.get_params()) == spec


def test_enough_kinds_are_met() -> None:
    assert len(usual()) > 40


def test_parameters_within_parameters_are_read_and_changed_by_their_path() -> None:
    spec = Anchored(EncoderDecoder(GRU(8)))
    assert spec.get_params()["spec__body__width"] == 8
    assert spec.set_params(spec__body__width=3) == Anchored(EncoderDecoder(GRU(3)))
    assert spec.set_params(spec__body__layers=2, spec=EncoderDecoder(GRU(5))) == Anchored(
        EncoderDecoder(GRU(5, layers=2))
    )
    assert spec == Anchored(EncoderDecoder(GRU(8)))


def test_a_grid_of_scikit_learn_makes_specifications() -> None:
    grid = ParameterGrid({"body__width": [2, 4], "body__dropout": [0.0, 0.1]})
    made = [clone(EncoderDecoder(GRU(1))).set_params(**point) for point in grid]
    assert made == [EncoderDecoder(GRU(w, dropout=d)) for d in (0.0, 0.1) for w in (2, 4)]


def test_an_estimator_inside_is_copied_with_its_specification() -> None:
    spec = Regressor(Ridge(alpha=2.0), lags=3)
    copied = clone(spec)
    assert copied.estimator is not spec.estimator and copied.lags == 3
    assert copied.get_params()["estimator__alpha"] == 2.0
    assert replace(spec).set_params(lags=4).estimator is spec.estimator


def test_an_unknown_parameter_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(Refusal, match=r"no parameter of GRU 'widht'.*Did you mean 'width'\?"):
        GRU(8).set_params(widht=3)
    with pytest.raises(Refusal, match=r"no parameter of EncoderDecoder 'body__widht'"):
        EncoderDecoder(GRU(8)).set_params(body__widht=3)
    with pytest.raises(Refusal, match=r"no parameter of GRU 'width__x'"):
        GRU(8).set_params(width__x=3)


def test_a_value_that_the_specification_refuses_is_refused() -> None:
    with pytest.raises(Refusal, match="`width`"):
        GRU(8).set_params(width=0)
