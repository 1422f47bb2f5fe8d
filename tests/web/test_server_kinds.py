"""Every kind of saved model, served: texts labelled, tagged, translated, and forecasts that read
covariates, each as by the model itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx2")

from starlette.testclient import TestClient

import stepahead as sa
from stepahead import Refusal
from stepahead.data import with_covariates
from stepahead.web.server import Models, server
from stepahead.web.server._forecast_service import joined
from stepahead.web.server._models import service_of
from stepahead.web.shell import Access

HOST, TOKEN = "localhost:8600", "a-token-of-the-test"
GOLDEN = Path(__file__).parents[1] / "golden"
FORECAST = "/v1/timeseries/forecast"
STEPS, HORIZON, LIFT = 60, 3, 30.0
TEXTS = ["the dog bites a man", "a man walks"]
KINDS = ("labels-of-text", "tags-by-features", "translator", "lstm-words")


@pytest.fixture(scope="module")
def panel() -> sa.Panel:
    """Two series that a promotion lifts by 30, with none in the steps ahead."""
    draws = np.random.default_rng(0)
    promo = (draws.random((2, STEPS + HORIZON)) < 0.3).astype(float)
    promo[:, STEPS:] = 0
    y = 100 + LIFT * promo[:, :STEPS] + draws.normal(size=(2, STEPS))
    known = sa.Panel.from_arrays(list(promo), ids=["a", "b"], names=["promo"])
    return with_covariates(sa.Panel.from_arrays(list(y), ids=["a", "b"]), known=known)


@pytest.fixture(scope="module")
def lifted(panel: sa.Panel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "lifted.stepahead"
    sa.save(sa.forecasting.Harmonic().fitted(panel, HORIZON, key=0, season=7), path)
    return path


@pytest.fixture(scope="module")
def client(lifted: Path) -> Iterator[TestClient]:
    held = Models.load([lifted, *(GOLDEN / f"v2-{kind}.stepahead" for kind in KINDS)], sizes=(1,))
    app = server(held, Access(frozenset({HOST}), TOKEN), log=lambda event: None)
    with TestClient(app, base_url=f"http://{HOST}") as one:
        one.headers["authorization"] = f"Bearer {TOKEN}"
        yield one


def post(client: TestClient, path: str, body: Any, status: int = 200) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def content(client: TestClient, given: Any, horizon: int = HORIZON) -> Any:
    options = {"horizon": horizon, "levels": [80]}
    body = {"inputs": given if isinstance(given, list) else [given], "options": options}
    found = post(client, FORECAST, body)["outputs"][0]["content"]
    return found if isinstance(given, list) else found[0]


def test_texts_are_labelled_as_by_the_model(client: TestClient) -> None:
    model: Any = sa.load(GOLDEN / "v2-labels-of-text.stepahead")
    found = post(client, "/v1/label", {"texts": TEXTS})["labels"]
    for row, one in zip(model.probabilities(TEXTS), found, strict=True):
        assert one["label"] == model.names[row.argmax()]
        assert sum(one["probabilities"].values()) == pytest.approx(1)
        assert one["probabilities"][one["label"]] == pytest.approx(row.max())
    scored = {"inputs": TEXTS, "params": {"model": "v2-labels-of-text"}}
    assert post(client, "/invocations", scored)["predictions"] == found


def test_words_are_tagged_as_by_the_model(client: TestClient) -> None:
    model: Any = sa.load(GOLDEN / "v2-tags-by-features.stepahead")
    found = post(client, "/v1/tag", {"texts": TEXTS})["tags"]
    assert [[pair["word"] for pair in text] for text in found] == [text.split() for text in TEXTS]
    tags = model.tag(model.tokens(TEXTS))
    told = [tags.vocabulary.words[number] for number in tags.ids]
    assert [pair["tag"] for text in found for pair in text] == told and len(set(told)) > 1


def test_texts_are_translated_as_by_the_model(client: TestClient) -> None:
    model: Any = sa.load(GOLDEN / "v2-translator.stepahead")
    found = post(client, "/v1/translate", {"texts": TEXTS, "width": 2, "length": 6})
    assert found["translations"] == list(model.translate(TEXTS, width=2, length=6))


def test_a_network_streams_what_it_samples(client: TestClient) -> None:
    body = {"model": "v2-lstm-words", "prompt": "the", "length": 5, "seed": 3}
    (sample,) = post(client, "/v1/sample", body)["samples"]
    streamed = client.post("/v1/sample", json={**body, "stream": True}).text
    assert streamed.count("\n\n") >= 3 and f'"text": "{sample["text"]}"' in streamed


def test_other_series_bring_their_covariates(client: TestClient, panel: sa.Panel) -> None:
    held, first = panel.covariates, slice(0, STEPS + HORIZON)
    assert held is not None
    promo = held.known[first, 0].copy()
    given = {"name": "new", "series": panel.values[:STEPS, 0].tolist()}
    without = content(client, {**given, "known": {"promo": promo.tolist()}})
    promo[STEPS + 1] = 1
    lifted = content(client, {**given, "known": {"promo": promo.tolist()}})
    gaps = np.subtract(lifted["mean_forecast"], without["mean_forecast"])
    np.testing.assert_allclose(gaps, [0, LIFT, 0], atol=1.5)
    both = [
        {**given, "name": name, "known": {"promo": promo.tolist()}} for name in ("one", "other")
    ]
    for one in content(client, both):
        np.testing.assert_allclose(one["mean_forecast"], lifted["mean_forecast"], rtol=1e-9)


def test_own_series_are_asked_what_if(client: TestClient, lifted: Path) -> None:
    own: Any = sa.load(lifted)
    as_it_was = content(client, {"name": "b"})
    np.testing.assert_allclose(as_it_was["mean_forecast"], own.predict().mean[1, :, 0])
    other = content(client, {"name": "b", "known": {"promo": [0, 0, 1]}})
    assert other["name"] == "b" and other["start_timestamp"] == as_it_was["start_timestamp"]
    gaps = np.subtract(other["mean_forecast"], as_it_was["mean_forecast"])
    np.testing.assert_allclose(gaps, [0, 0, LIFT], atol=1.5)
    assert content(client, {"name": "b"}) == as_it_was  # nothing was kept


X = {"name": "x", "series": [1.0, 2.0, 3.0] * 4}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (X, "known covariate 'promo', which these series do not have"),
        ({**X, "known": {"promo": [0] * 12}}, "holds 12 values, and 15 are needed"),
        ({**X, "known": {"promo": [0] * 14 + [None]}}, "'promo' is missing after the end"),
        ({**X, "known": {"price": [0] * 15}}, "known covariate 'promo', which these series"),
        ({**X, "known": {"promo": ["high"] * 15}}, "must be a list of numbers"),
        ({**X, "known": [0] * 15}, "`known` must be an object"),
        ({**X, "past": {"rain": [0] * 9}, "known": {"promo": [0] * 15}}, "in `past` holds 9"),
        ({"name": "a", "known": {"price": [0] * 3}}, "no known column 'price'"),
        ({"name": "a", "known": {"promo": [0] * 2}}, "holds 2 values, and 3 are needed"),
        ({"name": "a", "static": {"area": 1}}, "Of a series of the model's own only"),
        ({"name": "a", "known": {"promo": [10**400] * 3}}, "above 1e308"),
    ],
)
def test_covariates_that_do_not_fit_are_said(
    client: TestClient, given: dict[str, Any], sentence: str
) -> None:
    body = {"inputs": [given], "options": {"horizon": HORIZON}}
    assert sentence in post(client, FORECAST, body, 422)["error"]


def test_series_of_different_columns_are_not_joined() -> None:
    one = sa.Panel.from_arrays([[1.0, 2.0]], ["a"])
    price = with_covariates(one, known=sa.Panel.from_arrays([[1.0] * 3], names=["price"]))
    promo = with_covariates(one, known=sa.Panel.from_arrays([[1.0] * 3], names=["promo"]))
    assert joined([price, price]).covariates.offsets.tolist() == [0, 3, 6]  # type: ignore[union-attr]
    for others in ([price, promo], [price, one]):
        with pytest.raises(Refusal, match="bring the same columns"):
            joined(others)


def test_a_kind_that_no_route_serves_is_refused_in_a_sentence() -> None:
    with pytest.raises(Refusal, match=r"cannot be served\. Give a file of a forecaster"):
        service_of(sa.load(GOLDEN / "v2-generator.stepahead"), ())


@pytest.mark.parametrize("kind", ["tags-most-frequent", "labels-of-series", "theta", "ngram"])
def test_other_kinds_are_described(kind: str) -> None:
    service = service_of(sa.load(GOLDEN / f"v2-{kind}.stepahead"), ())
    assert service.verbs and service.described()["model"]
