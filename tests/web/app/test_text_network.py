"""A network trained on a text as a job: told as it grows, asked when it is there, cancelled."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx2")

from starlette.testclient import TestClient

import stepahead as sa
from stepahead.web.app import State, application

SCRIPT = "<script>alert(1)</script>.txt"
"""The name of a file that would like to be a program."""


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    held = State(str, cores=1)
    yield held
    held.close()


@pytest.fixture(scope="module")
def client(state: State) -> Iterator[TestClient]:
    with TestClient(application(state)) as client:
        yield client


def sentences() -> bytes:
    draws = np.random.default_rng(0)
    nouns, verbs = ["cat", "dog", "man", "bird"], ["sees", "hears", "likes"]
    lines = [
        f"the {draws.choice(nouns)} {draws.choice(verbs)} a {draws.choice(nouns)}"
        for _ in range(250)
    ]
    return "\n".join(lines).encode()


def started(client: TestClient) -> str:
    """The name of a job that trains on the sentences."""
    asked = {"tokens": "words", "budget": "900"}
    files = {"file": (SCRIPT, sentences())}
    answer = client.post("/text/fits", data=asked, files=files, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/text/fits/")


@pytest.fixture(scope="module")
def trained(client: TestClient) -> tuple[str, list[dict]]:
    """The job, and all that it told."""
    job = started(client)
    lines = client.get(f"/jobs/{job}/events").text.split("\n")
    return job, [json.loads(line[6:]) for line in lines if line.startswith("data: ")]


def ask(client: TestClient, job: str, kind: str, **asked: Any) -> Any:
    body = {"job": job, "name": "network", **asked}
    answer = client.post(f"/text/{kind}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_training_is_told_model_by_model_and_epoch_by_epoch(trained: tuple) -> None:
    kinds = [event["event"] for event in trained[1]]
    assert kinds.index("text") < kinds.index("model") < kinds.index("epoch") < kinds.index("answer")
    assert kinds[-1] == "ended" and trained[1][-1]["how"] == "done"
    epochs = [event for event in trained[1] if event["event"] == "epoch"]
    assert [event["number"] for event in epochs] == list(range(1, len(epochs) + 1))
    assert epochs[-1]["validation"] < epochs[0]["validation"]
    answer = next(event for event in trained[1] if event["event"] == "answer")
    assert {"network", "counts"} <= set(answer["models"])
    assert [row["bits"] for row in answer["rows"]] == sorted(row["bits"] for row in answer["rows"])


def test_the_network_answers_as_it_does_from_its_file(
    client: TestClient, state: State, trained: tuple
) -> None:
    job = trained[0]
    network: Any = sa.load(state.jobs.find(job).folder / "network.stepahead")
    found = ask(client, job, "next", prompt="the")["rows"]
    expected = network.next("the", top=len(found))
    assert [token for token, _ in found] == [one.token for one in expected]
    np.testing.assert_allclose(
        [share for _, share in found], [one.probability for one in expected], rtol=1e-3
    )
    assert ask(client, job, "next", name="counts", prompt="the")["rows"] != found
    ranked = ask(client, job, "rank", lines="likes cat the\nthe cat likes a dog")
    assert ranked[0][0] == "the cat likes a dog" and ranked[0][1] < ranked[1][1] - 1
    filled = ask(client, job, "fill", text="the cat _ a dog")
    assert filled["gaps"][0][0][0] in ("sees", "hears", "likes")
    drawn = ask(client, job, "sample", prompt="the bird", length=6, seed=2)
    assert len(drawn) == 3 and all(text.startswith("the bird") for text in drawn)


def test_the_page_of_the_job_is_found_again_with_its_models_and_command(
    client: TestClient, trained: tuple
) -> None:
    page = client.get(f"/text/fits/{trained[0]}").text
    assert f'data-job="{trained[0]}"' in page and SCRIPT not in page
    assert "stepahead text fit &#39;script&gt;.txt&#39; --tokenizer words --budget 900s" in page
    file = client.get(f"/text/fits/{trained[0]}/files/network")
    assert file.status_code == 200 and len(file.content) > 1000
    for name in ("request", "..%2F..%2Frequest", "nothing"):
        assert client.get(f"/text/fits/{trained[0]}/files/{name}").status_code == 404


def test_what_is_no_model_of_the_text_is_refused(client: TestClient, trained: tuple) -> None:
    for asked in ({"job": "none", "name": "network"}, {"job": trained[0], "name": "../counts"}):
        answer = client.post("/text/next", json={"prompt": "the", **asked})
        assert answer.status_code == 422 and answer.json()["error"].startswith("There is no")
    for asked in ({"text": " "}, {"text": "a b", "budget": "0"}, {"text": "a", "budget": "nan"}):
        answer = client.post("/text/fits", data=asked)
        assert answer.status_code == 422 and answer.json()["error"].endswith(".")


@pytest.mark.parametrize("how", ["cancel", "best"])
def test_training_is_ended(client: TestClient, state: State, how: str) -> None:
    job = state.jobs.find(started(client))
    while job.child is None:
        time.sleep(0.01)
    client.post(f"/text/fits/{job.name}/stop", data={"how": how})
    job.child.wait(20)
    while job.ended is None:
        time.sleep(0.01)
    assert job.ended["how"] == "cancelled"


def test_a_text_larger_than_it_looks_is_not_unpacked(client: TestClient) -> None:
    files = {"file": ("bomb.txt.gz", gzip.compress(bytes(80 << 20), 1))}
    answer = client.post("/text/count", files=files)
    assert answer.status_code == 422
    assert "bomb.txt.gz unpacks to more than 200 times" in answer.json()["error"]
