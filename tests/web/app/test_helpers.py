"""Text and textbook: the numbers are those of the models, and bad questions get sentences."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx2")

from starlette.testclient import TestClient

from stepahead import Refusal
from stepahead.store import load
from stepahead.web.app import State, application
from stepahead.web.app._helper import Helper
from stepahead.web.app.work import _learn, _named_models, _text

GOLDEN = Path(__file__).parents[2] / "golden"
TEXT = "the cat sat on the mat .\nthe dog sat on the cat .\na cat saw the dog .\n" * 5


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict:
    path = tmp_path_factory.mktemp("text") / "given.txt"
    path.write_text(TEXT)
    return _text.count("one", str(path), "my.txt", "words", 3)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    state = State(str, cores=1)
    with TestClient(application(state)) as client:
        yield client


def test_a_text_is_counted(counted: dict) -> None:
    assert (counted["tokens"], counted["lines"], counted["vocabulary"]) == (100, 15, 11)
    assert 1 < counted["perplexity"] < 3


def test_next_tokens_sum_to_one_and_name_strange_words(counted: dict) -> None:
    found = _text.next_("one", "on the", top=100)
    assert sum(share for _, share in found["rows"]) == pytest.approx(1)
    assert found["rows"][0][0] in ("mat", "cat") and found["unknown"] == []
    assert _text.next_("one", "on zebra")["unknown"] == ["zebra"]


def test_samples_begin_as_told_and_repeat(counted: dict) -> None:
    options = {"prompt": "the", "length": 8, "temperature": 1.0, "nucleus": 1.0}
    drawn = _text.sample("one", seed=1, **options)
    assert drawn == _text.sample("one", seed=1, **options) != _text.sample("one", seed=2, **options)
    assert all(text.startswith("the ") and len(text.split()) <= 9 for text in drawn)


def test_sentences_are_ranked_and_gaps_filled(counted: dict) -> None:
    rows = _text.rank("one", ["cat the sat", "the cat sat"])
    assert [text for text, _ in rows] == ["the cat sat", "cat the sat"] and rows[0][1] < rows[1][1]
    found = _text.fill("one", "sat _ the mat")
    assert found["gaps"][0][0][0] == "on" and found["best"] == "sat on the mat"
    with pytest.raises(Refusal, match="no gap"):
        _text.fill("one", "sat on")


def test_the_sine_decays_by_recursion_and_not_one_step_ahead() -> None:
    found = _learn.sine(tau=4, k=8, noise=0.1, train=600, model="linear")
    assert found["rmse"] == pytest.approx(found["error"][0], rel=0.2)
    assert 0.1 < found["error"][0] < found["error"][31] < found["error"][63]
    x, fitted = _learn._fitted(4, 0.1, 600, "linear", 0)
    one = fitted.with_history(_learn.Panel.from_arrays([x[:700]])).predict(8).mean[0, :, 0]
    assert found["far"][707] == pytest.approx(one[7], abs=1e-5)
    assert np.isnan(found["recursion"][599]) and np.isfinite(found["recursion"][600])


def test_the_law_of_error_growth_says_what_is_measured() -> None:
    found = _learn.sine(tau=8, k=8, noise=0.2, train=600, model="linear")
    law, error = np.array(found["law"]), np.array(found["error"])
    np.testing.assert_allclose(law, error, rtol=0.12)
    assert (law > 0.2).all() and law[31] > law[0]
    assert _learn.sine(tau=8, k=8, noise=0.2, train=600, model="linear")["law"][0] == law[0]


def test_an_unrolled_network_follows_its_equation() -> None:
    found = _learn.unrolled("GRU")
    parts = {name.split(" ")[-1]: np.array(part) for name, part in found["parts"].items()}
    h, z, n = parts["h"], parts["update"], parts["candidate"]
    assert h.shape == (16, 40) == z.shape and len(found["t"]) == len(found["x"]) == 40
    np.testing.assert_allclose(h[:, 1:], ((1 - z) * n)[:, 1:] + z[:, 1:] * h[:, :-1], atol=1e-5)
    assert (parts["reset"] > 0).all() and (parts["reset"] < 1).all()


def test_the_chain_settles_at_its_long_run_shares() -> None:
    found = _learn.chain("sun rain sun sun rain rain sun", 1, "rain", 60)
    law = np.array(found["law"])
    np.testing.assert_allclose(law.sum(axis=0), 1)
    assert law[found["words"].index("rain"), 0] == 1
    np.testing.assert_allclose(law[:, -1], found["stationary"], atol=1e-6)


def test_gradients_vanish_at_a_factor_and_gates_keep_them() -> None:
    small = _learn.gradients(0.5, 0.0, 20)
    wide = _learn.gradients(0.5, 6.0, 20)
    assert small["RNN"][19] < 1e-3 * small["RNN"][0]
    np.testing.assert_allclose(small["RNN"], wide["RNN"])
    assert wide["LSTM"][19] > 0.1 * wide["LSTM"][0] > small["LSTM"][19]
    assert wide["GRU"][19] > 0.1 * wide["GRU"][0] > small["GRU"][19]


def test_a_helper_answers_refuses_and_is_started_anew(client: TestClient, tmp_path: Path) -> None:
    helper = Helper("text")
    path = tmp_path / "given.txt"
    path.write_text(TEXT)
    question = {"do": "count", "path": str(path), "label": "it", "tokens": "words", "order": 2}
    assert helper.ask(question | {"name": "a"})["tokens"] == 100
    with pytest.raises(Refusal, match="not there any more"):
        helper.ask({"do": "next", "name": "b", "prompt": ""})
    path.write_text(TEXT * 20_000)  # takes longer than any machine needs to end a process
    with pytest.raises(Refusal, match="longer than 0 s"):
        helper.ask(question | {"name": "c", "order": 9}, seconds=1e-6)
    helper.start()
    child = helper._child
    assert child is not None and child.poll() is None
    helper.close()
    assert child.poll() is not None


def test_models_of_the_command_line_label_tag_and_translate() -> None:
    texts = ["the dog bites a man", "", "a man walks"]

    def asked(kind: str) -> dict:
        return _named_models.answer(str(GOLDEN / f"v2-{kind}.stepahead"), texts)

    model: Any = load(GOLDEN / "v2-labels-of-text.stepahead")
    labels = asked("labels-of-text")
    assert [row[0][0] for row in labels["rows"]] == list(model.predict([texts[0], texts[2]]))
    assert sum(share for _, share in labels["rows"][0]) == pytest.approx(1)
    tags = asked("tags-most-frequent")
    assert [[word for word, _ in row] for row in tags["rows"]] == [
        text.split() for text in texts if text
    ]
    translator: Any = load(GOLDEN / "v2-translator.stepahead")
    assert asked("translator")["rows"] == list(translator.translate(texts[::2], width=4))
    with pytest.raises(Refusal, match="neither labels nor tags"):
        asked("theta")
    with pytest.raises(Refusal, match="no text"):
        _named_models.answer("nowhere", [" "])


def test_only_models_of_the_command_line_are_asked() -> None:
    state = State(str, cores=1, models=[GOLDEN / "v2-labels-of-text.stepahead"])
    with TestClient(application(state)) as client:
        assert "v2-labels-of-text" in client.get("/text").text
        asked = {"model": "v2-labels-of-text", "lines": "the dog bites\na man walks"}
        told = client.post("/text/models", json=asked).json()
        assert told["kind"] == "label" and len(told["rows"]) == 2
        asked = {"model": str(GOLDEN / "v2-bayes.stepahead"), "lines": "the dog"}
        answer = client.post("/text/models", json=asked)
        assert answer.status_code == 422 and "no such model" in answer.json()["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/text/models", b'{"model": "", "lines": "a"}'),
        ("/learn/unrolled", b'{"model": "transformer"}'),
        ("/text/next", b"{"),
        ("/text/next", b"[]"),
        ("/text/evil", b"{}"),
        ("/text/sample", b'{"temperature": "hot"}'),
        ("/text/sample", b'{"length": 100000}'),
        ("/learn/sine", b'{"tau": "65"}'),
        ("/learn/gradients", b'{"stretch": "nan", "steps": 20, "keep": 0}'),
        ("/learn/__class__", b"{}"),
    ],
)
def test_a_bad_question_gets_a_sentence(client: TestClient, path: str, body: bytes) -> None:
    answer = client.post(path, content=body)
    assert answer.status_code == 422 and answer.json()["error"].endswith(".")
