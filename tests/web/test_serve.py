"""`stepahead serve` as a process, asked over loopback by a client of HTTP."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stepahead.cli import main

TOKEN = "a-token-of-the-test"
GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nothing.stepahead"], "There is no file 'nothing.stepahead'"),
        (["a.stepahead", "--host", "0.0.0.0"], "`--host 0.0.0.0` is reached from other machines"),
        (["a.stepahead", "--token", "short"], "`--token` must be at least 16"),
        (["a.stepahead", "--port", "70000"], "Nothing can listen at"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], own_environment: None
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["serve", *words])
    assert left.value.code == 2
    printed = capsys.readouterr().err.strip()
    assert printed.startswith(sentence) and "\n" not in printed


def test_without_the_extra_the_command_says_how_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, own_environment: None
) -> None:
    from stepahead import web

    monkeypatch.setattr(web, "installed", lambda name: name != "uvicorn")
    with pytest.raises(SystemExit) as left:
        main(["serve", "a.stepahead"])
    assert left.value.code == 2
    assert "pip install 'stepahead[app]'" in capsys.readouterr().err


@pytest.fixture
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STEPAHEAD_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("STEPAHEAD_TOKEN", raising=False)


def test_a_served_model_answers_many_clients_and_ends_gracefully(tmp_path: Path) -> None:
    environment = {**os.environ, "STEPAHEAD_TOKEN": TOKEN, "STEPAHEAD_CACHE": str(tmp_path)}
    command = ["serve", str(GOLDEN / "v2-ngram.stepahead"), "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "stepahead", *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        lines = iter(process.stderr.readline, "")
        said = next(line for line in lines if "Serving at" in line)
        port = int(said.partition("127.0.0.1:")[2].partition("/")[0])
        statuses: list[int] = []

        def ask(times: int) -> None:
            call = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            for _ in range(times):
                body = json.dumps({"prompt": "", "top": 2})
                headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
                call.request("POST", "/v1/next", body, headers)
                answer = call.getresponse()
                answer.read()
                statuses.append(answer.status)
            call.close()

        def end_at_last() -> None:  # so that a failure below does not wait for ever
            process.kill()

        guard = threading.Timer(60, end_at_last)
        guard.start()
        threads = [threading.Thread(target=ask, args=(20,)) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        stranger = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        stranger.request("POST", "/v1/next", "{}", {"Content-Type": "application/json"})
        status = stranger.getresponse().status
        stranger.close()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(timeout=30) == 0
        guard.cancel()
    assert statuses == [200] * 160 and status == 401
    assert TOKEN not in said + rest and rest.rstrip().endswith("Stopped.")
    events = [json.loads(line) for line in rest.splitlines() if line.startswith("{")]
    assert [each["status"] for each in events].count(200) == 160
