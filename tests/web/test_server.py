"""The server's routes, by a client on loopback names: what they answer, and what they refuse."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

import stepahead as sa
from stepahead import Refusal
from stepahead.web.server import Limits, Models, server
from stepahead.web.shell import Access

TOKEN = "a-token-of-the-test"
HOST = "localhost:8600"
GOLDEN = Path(__file__).parents[1] / "golden"
FORECAST = "/v1/timeseries/forecast"


@pytest.fixture(scope="module")
def panel() -> sa.Panel:
    months = np.arange(48)
    values = [10 + months % 12 + months / 10, 50 + months % 12 + np.cos(months**2)]
    start, monthly = np.datetime64("2020-01-01", "us"), sa.Frequency.parse("MS")
    return sa.Panel.from_arrays(values, ["a", "<script>"], start, monthly)


@pytest.fixture(scope="module")
def folder(panel: sa.Panel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a forecaster of each series by itself, a network, and a language model."""
    where = tmp_path_factory.mktemp("models")
    sa.save(sa.fit(sa.forecasting.Theta(), panel, horizon=3, key=0), where / "local.stepahead")
    brief = sa.training.Gradient(span=12, epochs=1, steps=2)
    network = sa.fit(sa.models.GRU(3), panel, horizon=3, key=0, training=brief)
    sa.save(network, where / "network.stepahead")
    texts = sa.data.Tokens.from_texts(["the cat sat", "the dog sat", "the dog ran"])
    words = sa.fit(sa.models.NGram(2, sa.models.AddK(1.0)), texts)
    sa.save(words, where / "words.stepahead")
    return where


@pytest.fixture(scope="module")
def models(folder: Path) -> Models:
    names = ("local", "network", "words")
    return Models.load([folder / f"{name}.stepahead" for name in names], sizes=(16,))


@pytest.fixture(scope="module")
def told() -> list[dict[str, object]]:
    return []


@pytest.fixture(scope="module")
def client(models: Models, told: list[dict[str, object]]) -> Iterator[TestClient]:
    access = Access(frozenset({HOST}), TOKEN)
    limits = Limits(values=1000, series=3, horizon=50, texts=5, characters=200, tokens=40)
    app = server(models, access, limits=limits, log=lambda event: told.append(dict(event)))
    with TestClient(app, base_url=f"http://{HOST}") as one:
        one.headers["authorization"] = f"Bearer {TOKEN}"
        yield one


def post(client: TestClient, path: str, body: Any, status: int = 200) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def content(client: TestClient, *inputs: Any, model: str = "local", **options: Any) -> list[Any]:
    body = {"model": model, "inputs": list(inputs), "options": options}
    answer = post(client, FORECAST, body)
    assert answer["status"] == "completed" and answer["model"] == model
    (output,) = answer["outputs"]
    assert output["type"] == "time_series_forecast"
    return output["content"]


def test_own_series_are_forecast_as_by_the_model(client: TestClient, folder: Path) -> None:
    done = sa.load(folder / "local.stepahead").predict(2, levels=[80], quantiles=[0.5])
    second, first = content(
        client, {"name": "<script>"}, {"name": "a"}, horizon=2, levels=[80], quantiles=[0.5]
    )
    assert [second["name"], first["name"]] == ["<script>", "a"]
    assert first["mean_forecast"] == done.mean[0, :, 0].tolist()
    assert second["quantiles"]["0.5"] == done.quantiles[1, :, 0, 1].tolist()
    assert first["intervals"]["80"]["upper"] == done.interval(80)[1][0, :, 0].tolist()
    assert (first["frequency"], first["start_timestamp"]) == ("MS", "2024-01-01T00:00:00")


@pytest.mark.parametrize("model", ["local", "network"])
def test_other_series_are_forecast_as_by_the_model(
    client: TestClient, folder: Path, model: str
) -> None:
    values = [3.0, 5.0, 4.0, None, 6.0, 8.0, 7.0, 9.0, 8.0, 9.5, 11.0, 10.0]
    given = {"series": values, "frequency": "month", "start_timestamp": "2021-03-31T00:00:00Z"}
    (found,) = content(client, {"name": "x", **given}, model=model, horizon=2, levels=[90])
    panel = sa.Panel.from_arrays(
        [np.array(values, float)],
        ["x"],
        np.datetime64("2021-03-31", "us"),
        sa.Frequency.parse("ME"),
    )
    done = sa.load(folder / f"{model}.stepahead").predict(2, levels=[90], panel=panel)
    np.testing.assert_allclose(found["mean_forecast"], done.mean[0, :, 0], rtol=1e-6)
    low = found["intervals"]["90"]["lower"]
    np.testing.assert_allclose(low, done.interval(90)[0][0, :, 0], rtol=1e-5)
    assert (found["frequency"], found["start_timestamp"]) == ("month", "2022-03-31T00:00:00")
    (numbered,) = content(client, {"name": "x", "series": values}, model=model, horizon=1)
    assert "start_timestamp" not in numbered


@pytest.mark.parametrize(
    ("frequency", "start", "first"),
    [
        ("S", "2024-01-01T00:00:00", "2024-01-01T00:00:12"),
        ("minute", "2024-01-01T00:00:00", "2024-01-01T00:12:00"),
        ("H", "2024-01-01T13:00:00", "2024-01-02T01:00:00"),
        ("day", "2024-02-20T06:00:00", "2024-03-03T06:00:00"),
        ("W", "2024-01-03T00:00:00", "2024-03-27T00:00:00"),
        ("M", "2024-01-15T00:00:00", "2025-01-15T00:00:00"),
        ("quarter", "2024-02-29T00:00:00", "2027-02-28T00:00:00"),
        ("Y", "2024-05-06T00:00:00", "2036-05-06T00:00:00"),
        ("B", "2024-01-05T00:00:00", "2024-01-23T00:00:00"),
        ("D", 5, 17),
    ],
)
def test_frequencies_of_kserve(client: TestClient, frequency: str, start: Any, first: Any) -> None:
    given = {"name": "x", "series": [1.0, 2.0, 4.0] * 4, "frequency": frequency}
    (found,) = content(client, {**given, "start_timestamp": start}, horizon=1)
    assert (found["frequency"], found["start_timestamp"]) == (frequency, first)


def test_requests_at_the_same_time_are_answered_as_alone(client: TestClient) -> None:
    draws = np.random.default_rng(0)
    asked = [
        {"name": f"s{n}", "series": draws.normal(20, 3, 60 + n % 3).tolist()} for n in range(12)
    ]
    # A constant series and a short one: local methods look at the others for these.
    asked += [{"name": "still", "series": [3.0] * 60}, {"name": "short", "series": [1.0, 4.0, 2.0]}]
    for model in ("network", "local"):
        options = {"model": model, "horizon": 2, "levels": [80]}
        alone = [content(client, each, **options) for each in asked]
        before = client.get("/metrics").text
        together: list[Any] = [None] * len(asked)

        def ask(place: int, found: list[Any] = together, options: Any = options) -> None:
            found[place] = content(client, asked[place], **options)

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(asked))]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_allclose(
                one[0]["mean_forecast"], other[0]["mean_forecast"], rtol=1e-5
            )
            np.testing.assert_allclose(
                one[0]["quantiles"]["0.1"], other[0]["quantiles"]["0.1"], rtol=1e-4
            )
        calls = _count(client.get("/metrics").text) - _count(before)
        assert calls < len(asked), f"{len(asked)} requests were {calls} calls"


def test_short_series_join_others_only_where_these_do_not_change_their_forecast(
    models: Models,
) -> None:
    long, short = sa.Panel.from_arrays([np.arange(48.0)]), sa.Panel.from_arrays([np.arange(9.0)])
    holed = sa.Panel.from_arrays([np.where(np.arange(48) % 4, 1.0, np.nan)])
    network, local = models["network"].service, models["local"].service
    assert [local.joins(each) for each in (long, short, holed)] == [True, False, False]
    assert [network.joins(each) for each in (long, short, holed)] == [True, True, True]


def _count(metrics: str) -> int:
    (line,) = (
        one for one in metrics.splitlines() if one.startswith("stepahead_batch_requests_count")
    )
    return int(line.split()[1])


def test_one_bad_request_does_not_spoil_the_others(client: TestClient) -> None:
    bodies = [{"model": "words", "prompt": word} for word in ("the", "zebra", "cat")]
    found: list[Any] = [None] * 3

    def ask(place: int) -> None:
        found[place] = client.post("/v1/next", json=bodies[place])

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [one.status_code for one in found] == [200, 422, 200]
    assert "'zebra' is not in the vocabulary" in found[1].json()["error"]


def test_a_language_model_answers(client: TestClient, folder: Path) -> None:
    words = sa.load(folder / "words.stepahead")
    scores = post(client, "/v1/score", {"model": "words", "texts": ["the cat sat", "ran"]})[
        "scores"
    ]
    totals = words.score(["the cat sat", "ran"]).totals
    np.testing.assert_allclose([one["log_prob"] for one in scores], totals, rtol=1e-12)
    tokens = post(client, "/v1/next", {"prompt": "the", "top": 2})["tokens"]
    assert tokens[0]["token"] == "dog" and len(tokens) == 2
    body = {"prompt": "the", "length": 6, "seed": 5}
    (sample,) = post(client, "/v1/sample", body)["samples"]
    (drawn,) = words.sample(6, key=5, prompt="the")
    assert sample["text"] == drawn.text

    streamed = client.post("/v1/sample", json={**body, "stream": True})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    *events, end = streamed.text.strip().split("\n\n")
    assert end.startswith("event: end\n")
    assert json.loads(end.partition("data: ")[2])["text"] == drawn.text
    one_by_one = [json.loads(each.removeprefix("data: ")) for each in events]
    assert sum(one["log_prob"] for one in one_by_one) == pytest.approx(drawn.log_prob)


def test_mlflow_scores_tables_and_texts(client: TestClient, panel: sa.Panel, folder: Path) -> None:
    params = {"model": "local", "horizon": 2, "levels": [80]}
    own = post(client, "/invocations", {"params": params})["predictions"]
    table = sa.load(folder / "local.stepahead").forecast(2, levels=[80])
    assert [one["unique_id"] for one in own] == table["unique_id"].tolist()
    np.testing.assert_allclose([one["lo-80"] for one in own], table["lo-80"], rtol=1e-12)
    stamps = [str(stamp.astype("M8[D]")) for stamp in panel.times[:48]]
    rows = [[name, stamp, y] for name in "ab" for stamp, y in zip(stamps, range(48), strict=True)]
    split = {"columns": ["unique_id", "ds", "y"], "data": rows}
    records = [dict(zip(split["columns"], row, strict=True)) for row in rows]
    first = post(client, "/invocations", {"dataframe_split": split, "params": params})
    second = post(client, "/invocations", {"dataframe_records": records, "params": params})
    assert first == second and len(first["predictions"]) == 4
    assert first["predictions"][0]["ds"] == "2024-01-01T00:00:00"
    texts = {"inputs": ["the cat"], "params": {"model": "words"}}
    assert post(client, "/invocations", texts)["predictions"][0]["log_prob"] < 0


def test_metadata_health_and_the_page(client: TestClient) -> None:
    listed = client.get("/v1/models").json()["models"]
    assert [one["name"] for one in listed] == ["local", "network", "words"]
    assert "Theta" in client.get("/v2/models/local").json()["parameters"]["model"]
    assert client.get("/v2/models/network/ready").json() == {"name": "network", "ready": True}
    for path in ("/ping", "/health", "/version", "/v2/health/live", "/v2/health/ready"):
        assert client.get(path, headers={"authorization": ""}).status_code == 200
    for path in ("/v1/models", "/v2", "/metrics", "/openapi.json", "/", "/v2/models/local"):
        assert client.get(path).status_code == 200
        assert client.get(path, headers={"authorization": ""}).status_code == 401
    described = client.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0" and FORECAST in described["paths"]
    names = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names)
    page = client.get("/").text
    assert all(path in page for path in described["paths"])
    assert "<script" not in page and "://" not in page and "style=" not in page


X = {"name": "x", "series": [1.0, 2.0, 3.0] * 4}


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        (FORECAST, {"inputs": [X]}, 422, "`model` is missing, and local, network can forecast"),
        (FORECAST, {"model": "locl", "inputs": [X]}, 404, "Did you mean 'local'?"),
        (FORECAST, {"model": "../../etc/passwd", "inputs": [X]}, 404, "no such model"),
        (FORECAST, {"model": "words", "inputs": [X]}, 422, "cannot forecast"),
        (FORECAST, {"model": "local"}, 422, "`inputs` is missing"),
        (
            FORECAST,
            {"model": "local", "inputs": [{"name": "zz"}]},
            422,
            "not fitted to a series 'zz'",
        ),
        (FORECAST, {"model": "local", "inputs": [X, X]}, 422, "Two of the `inputs`"),
        (FORECAST, {"model": "local", "inputs": [{"name": "x", "series": ["1"]}]}, 422, "numbers"),
        (FORECAST, {"model": "local", "inputs": [{"name": "x", "series": [True]}]}, 422, "numbers"),
        (FORECAST, {"model": "local", "inputs": [{"name": "x", "series": []}]}, 422, "numbers"),
        (FORECAST, {"model": "local", "inputs": [{"series": [1.0]}]}, 422, "`name` is missing"),
        (FORECAST, {"model": "local", "inputs": {"a": 1}}, 422, "list of objects"),
        (
            FORECAST,
            {"model": "local", "inputs": [{**X, "start_timestamp": "soon"}]},
            422,
            "`start_timestamp` must be",
        ),
        (
            FORECAST,
            {"model": "local", "inputs": [X], "options": {"horizon": 51}},
            422,
            "at most 50 as `horizon`",
        ),
        (
            FORECAST,
            {"model": "local", "inputs": [X], "options": {"levels": [0.8]}},
            422,
            "in percent",
        ),
        (
            FORECAST,
            {"model": "local", "inputs": [X], "options": {"level": [80]}},
            422,
            "no field 'level'. There are: horizon, quantiles, levels. Did you mean 'levels'?",
        ),
        (
            FORECAST,
            {"model": "local", "inputs": [{"name": "x", "series": [1.0] * 1001}]},
            422,
            "at most 1,000 as `values`",
        ),
        (
            FORECAST,
            {"model": "local", "inputs": [{"name": str(n)} for n in range(4)]},
            422,
            "at most 3 as `series`",
        ),
        ("/v1/score", {"model": "words", "texts": ["a"] * 6}, 422, "at most 5 as `texts`"),
        ("/v1/score", {"model": "words", "texts": ["a" * 201]}, 422, "as `characters`"),
        ("/v1/score", {"model": "words", "txets": ["a"]}, 422, "Did you mean 'texts'?"),
        ("/v1/sample", {"length": 41}, 422, "at most 40 as `tokens`"),
        (
            "/v1/sample",
            {"stream": True, "prompt": "zebra", "length": 9},
            422,
            "not in the vocabulary",
        ),
        ("/v1/label", {"texts": ["a"]}, 422, "No model that is served here can label"),
        ("/v1/tag", {"model": "words", "texts": ["a"]}, 422, "cannot tag"),
        ("/v1/translate", {"model": "words", "texts": ["a"]}, 422, "cannot translate"),
        ("/invocations", {"inputs": ["a"]}, 422, "must name a `model`"),
        ("/invocations", {"params": {"model": "local"}, "inputs": [1]}, 422, "reads a table"),
        ("/v1/update", {"inputs": [X]}, 404, "nothing at this address"),
        ("/v1/nowhere", {}, 404, "nothing at this address"),
        ("/v1/models", {}, 405, "does not accept this method"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    client: TestClient, path: str, body: Any, status: int, sentence: str
) -> None:
    assert sentence in post(client, path, body, status)["error"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"{", "not JSON"),
        (b"[1]", "must be a JSON object"),
        (b'{"a": NaN}', "NaN is not a number in JSON"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_what_is_no_json_is_refused(client: TestClient, body: bytes, sentence: str) -> None:
    answer = client.post(FORECAST, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400 and sentence in answer.json()["error"]


def test_numbers_that_json_holds_and_floats_do_not(client: TestClient) -> None:
    for number in ("1e999", "-1e999", "9" * 400):
        body = f'{{"model": "local", "inputs": [{{"name": "x", "series": [1, {number}]}}]}}'
        answer = client.post(FORECAST, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert answer.json()["error"].endswith(("missing.", "it."))


def test_another_kind_of_content_is_refused(client: TestClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post(FORECAST, content=b"{}", headers={"content-type": kind})
        assert answer.status_code == 415


def test_the_log_says_nothing_of_the_data(
    client: TestClient, told: list[dict[str, object]]
) -> None:
    content(client, {"name": "secret", "series": [77777.0] * 12})
    post(client, "/v1/score", {"model": "words", "texts": ["secret"]})
    client.get("/v2/models/secret")
    assert told and not {"secret", "77777"} & set(json.dumps(told).replace('"', " ").split())
    assert told[-1]["route"] == "/v2/models/{model}"


def test_a_full_queue_is_said(models: Models) -> None:
    app = server(models, Access(frozenset({HOST}), TOKEN), limits=Limits(waiting=0))
    with TestClient(app, base_url=f"http://{HOST}") as one:
        answer = one.post(
            "/v1/next", json={"prompt": "the"}, headers={"authorization": f"Bearer {TOKEN}"}
        )
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Ask again" in answer.json()["error"]


def test_update_is_off_unless_asked_for_and_moves_on(folder: Path, panel: sa.Panel) -> None:
    held = Models.load([folder / "local.stepahead"])
    app = server(held, Access(frozenset({HOST}), TOKEN), update=True)
    with TestClient(app, base_url=f"http://{HOST}") as one:
        one.headers["authorization"] = f"Bearer {TOKEN}"
        before = content(one, {"name": "a"}, horizon=1)[0]
        new = {"inputs": [{"name": "a", "series": [90.0, 91.0]}]}
        assert post(one, "/v1/update", new)["version"] == "2"
        after = content(one, {"name": "a"}, horizon=1)[0]
        assert after["start_timestamp"] == "2024-03-01T00:00:00"
        late = {"inputs": [{"name": "a", "series": [1.0], "start_timestamp": "2020-01-01"}]}
        assert "not after the end" in post(one, "/v1/update", late, 422)["error"]
        assert (
            "no series 'q'"
            in post(one, "/v1/update", {"inputs": [{"name": "q", "series": [1.0]}]}, 422)["error"]
        )
    fresh = sa.load(folder / "local.stepahead")
    start = np.datetime64("2024-01-01", "us")
    new_panel = sa.Panel.from_arrays([[90.0, 91.0]], ["a"], start, panel.frequency)
    expected = fresh.update(new_panel).predict(1, panel=None).mean[0, :, 0].tolist()
    assert after["mean_forecast"] == expected != before["mean_forecast"]
    assert len(sa.load(folder / "local.stepahead").history.values) == len(panel.values)


def test_a_changed_file_is_loaded_and_a_broken_one_is_not(
    folder: Path, tmp_path: Path, panel: sa.Panel
) -> None:
    path = tmp_path / "here.stepahead"
    path.write_bytes((folder / "local.stepahead").read_bytes())
    held = Models.load([path])
    served, told = held["here"], list[dict[str, object]]()
    before = served.service
    from stepahead.web.server._asking import Asking
    from stepahead.web.server._metrics import Metrics

    asking = Asking(held, Limits(), Metrics())
    assert not served.changed()
    path.write_bytes(b"half a file")
    assert served.changed()
    asyncio.run(asking.reload(served, lambda event: told.append(dict(event))))
    assert (told[-1]["outcome"], served.service is before, served.version) == ("refused", True, 1)
    assert not served.changed()  # it is not tried again and again
    sa.save(sa.fit(sa.forecasting.Baseline("drift"), panel, horizon=3, key=0), path)
    assert served.changed()
    asyncio.run(asking.reload(served, lambda event: told.append(dict(event))))
    assert (told[-1]["outcome"], served.version) == ("loaded", 2)
    assert "rift" in served.service.described()["model"]
    path.unlink()
    assert not served.changed()
    assert 'model="here",outcome="refused"} 1' in asking.metrics.text()


def test_what_cannot_be_served_is_said(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "local.stepahead").write_bytes((folder / "local.stepahead").read_bytes())
    with pytest.raises(Refusal, match="Two files are named 'local'"):
        Models.load([folder / "local.stepahead", tmp_path / "local.stepahead"])
    with pytest.raises(Refusal, match="There is no file"):
        Models.load([tmp_path / "none.stepahead"])
