"""The app through its routes: from a file to its answer, and what it refuses."""

import errno
import gzip
import json
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("starlette")
pytest.importorskip("httpx2")

from starlette.testclient import TestClient

from stepahead import Refusal
from stepahead.web.app import Given, State, _curves, application
from stepahead.web.app._endings import ending
from stepahead.web.app._files import ending_of, named
from stepahead.web.app._jobs import MOST_WAITING, Jobs
from stepahead.web.app._repeat import command, python
from stepahead.web.app.work._size import refuse_bomb, refuse_wide
from stepahead.web.server._metrics import resident_bytes

SCRIPT = "<script>alert(1)</script>"
"""The id of a series that would like to be a program."""


def table(series: tuple[str, ...] = ("north", "=1+1", SCRIPT), months: int = 48) -> bytes:
    """A table of monthly sales."""
    draws = np.random.default_rng(0)
    rows = ["shop,month,sales"]
    for shop in series:
        for n in range(months):
            value = 100 + n + 15 * np.sin(n * np.pi / 6) + draws.normal()
            rows.append(f"{shop},{2020 + n // 12}-{n % 12 + 1:02d}-01,{value:.1f}")
    return "\n".join(rows).encode()


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    held = State(lambda: "// the drawing program", cores=1)
    yield held
    held.close()


@pytest.fixture(scope="module")
def client(state: State) -> Iterator[TestClient]:
    with TestClient(application(state), headers={"accept": "text/html"}) as client:
        yield client


def give(client: TestClient, content: bytes, name: str = "sales.csv") -> str:
    """Give a file; the address of its page."""
    answer = client.post("/files", files={"file": (name, content)}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def events(client: TestClient, job: str, after: int = 0) -> list[dict]:
    """All that a job tells, to its end."""
    heard = client.get(f"/jobs/{job}/events", headers={"last-event-id": str(after)})
    lines = [line for line in heard.text.split("\n") if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def read(client: TestClient, path: str) -> str:
    """The page of a file, once it is read."""
    events(client, job_of(client.get(path).text))
    return client.get(path).text


def job_of(page: str) -> str:
    return page.split('data-job="')[1].split('"', maxsplit=1)[0]


@pytest.fixture(scope="module")
def answered(client: TestClient) -> tuple[str, str, list[dict]]:
    """A file given and answered: the address of its page, the job, and its events."""
    page = give(client, table())
    read(client, page)
    asked = {"horizon": "3", "levels": "80", "budget": "2"}
    answer = client.post(f"{page}/answers", data=asked, follow_redirects=False)
    job = answer.headers["location"].removeprefix("/answers/")
    return page, job, events(client, job)


def test_a_file_is_understood(client: TestClient, answered: tuple) -> None:
    text = client.get(answered[0]).text
    assert "Series &#39;shop&#39;, time &#39;month&#39;, value &#39;sales&#39;" in text
    assert "3 series" in text and "144 steps" in text and ">MS<" in text


def test_no_id_becomes_markup(client: TestClient, answered: tuple) -> None:
    page, job, _ = answered
    name = SCRIPT.replace("<", "&lt;").replace(">", "&gt;")
    assert SCRIPT not in client.get(page).text
    assert SCRIPT not in client.get(f"/answers/{job}").text
    evil = give(client, table((SCRIPT,)).replace(b"month", SCRIPT.encode()), f"{SCRIPT}.csv")
    text = read(client, evil)
    assert SCRIPT not in text and name in text
    report = client.get(f"/answers/{job}/files/report.html").text
    assert SCRIPT not in report


def test_the_answer_grows_in_order(answered: tuple) -> None:
    told = [event["event"] for event in answered[2]]
    stages = [event["stage"] for event in answered[2] if event["event"] == "forecast"]
    assert stages == [0, 1]
    assert told.index("forecast") < told.index("candidate") < told.index("answer")
    assert told.index("answer") < told.index("residuals") < told.index("file")
    assert told[-1] == "ended" and answered[2][-1]["how"] == "done"
    answer = next(event for event in answered[2] if event["event"] == "answer")
    assert answer["trust"]["horizon"] in range(4) and answer["leaderboard"][0]["mase"] > 0


def test_the_first_forecast_comes_within_two_seconds(answered: tuple) -> None:
    """By the processor's time, which other work on the machine does not change, from the start of
    the process on."""
    first = next(event for event in answered[2] if event["event"] == "forecast")
    assert first["stage"] == 0 and 0 < first["processor"] < 2.0


def test_a_reload_hears_what_was_missed(client: TestClient, answered: tuple) -> None:
    _, job, all_events = answered
    assert events(client, job) == all_events
    assert events(client, job, after=len(all_events) - 2) == all_events[-2:]
    assert client.get(f"/answers/{job}").status_code == 200


def test_the_numbers_of_a_series(client: TestClient, answered: tuple) -> None:
    _, job, _ = answered
    past = client.get(f"/jobs/{job}/series/1/history").json()
    ahead = client.get(f"/jobs/{job}/series/1/forecast").json()
    assert past["steps"] == len(past["t"]) == 48 and past["dated"]
    assert ahead["t"][0] == np.datetime64("2024-01-01", "ms").astype(int)
    rows = client.get(f"/answers/{job}/files/forecast.csv").text.splitlines()
    row = dict(zip(rows[0].split(","), rows[4].split(","), strict=True))
    assert float(row["forecast"]) == pytest.approx(ahead["mean"][0], rel=1e-3)
    assert float(row["lo-80"]) == pytest.approx(ahead["ends"][0][0][0], rel=1e-3)
    parts = client.get(f"/jobs/{job}/series/1/components").json()["parts"]
    added = sum(np.array(part["y"]) for part in parts)
    np.testing.assert_allclose(added, past["y"], atol=1e-6)
    errors = client.get(f"/jobs/{job}/series/1/residuals").json()
    assert sum(count for *_, count in errors["bins"]) >= 24


def test_errors_by_series_are_those_of_the_leaderboard(client: TestClient, answered: tuple) -> None:
    _, job, told = answered
    rows = client.get(f"/jobs/{job}/series").json()["rows"]
    answer = next(event for event in told if event["event"] == "answer")
    board = {row["name"]: row["mase"] for row in answer["leaderboard"]}
    means = {name: np.mean([row[name] for row in rows]) for name in ("error", "naive")}
    assert means["error"] == pytest.approx(board[answer["name"]], rel=1e-6)
    assert means["naive"] == pytest.approx(board["seasonal-naive"], rel=1e-6)
    assert len({row["error"] for row in rows}) == 3


def test_residuals_of_all_series_are_in_deviations_of_their_own(tmp_path: Path) -> None:
    """A series without bias, one with, one without any error, and one not seen."""
    draws = np.random.default_rng(0).normal(size=(2, 40))
    draws -= draws.mean(axis=1, keepdims=True)
    errors = np.concatenate([5 * draws[0], 0.1 * draws[1] + 0.1, np.zeros(5), np.full(5, np.nan)])
    np.save(tmp_path / "offsets.npy", np.array([0, 40, 80, 85, 90]))
    np.save(tmp_path / "values.npy", np.full((90, 1), 7.0))
    np.save(tmp_path / "fitted.npy", 7 + errors[:, None])
    found = _curves.overall_residuals(tmp_path)
    scaled = np.concatenate([each / each.std() for each in (errors[:40], errors[40:80])])
    counts, edges = np.histogram(scaled, 30)
    np.testing.assert_allclose([count for *_, count in found["bins"]], counts)
    np.testing.assert_allclose([low for low, *_ in found["bins"]], edges[:-1])
    assert (found["curves"], found["biased"]) == (2, 0.5)


def test_reports_and_the_app_have_one_theme(client: TestClient) -> None:
    from stepahead.plots import _theme, theme_sheet

    assert client.get("/static/theme.css").text == theme_sheet()
    own = client.get("/static/app.css").text
    for number, colour in enumerate(_theme.PALETTE, 1):
        assert f"--palette-{number}: {colour};" in own
    repeated = set(theme_sheet().splitlines()) & set(own.splitlines())
    assert {line for line in repeated if line.strip("}")} <= {
        ":root {",
        "@media (max-width: 680px) {",
    }


def test_a_text_cell_is_no_formula(client: TestClient, answered: tuple) -> None:
    rows = client.get(f"/answers/{answered[1]}/files/forecast.csv").text.splitlines()
    assert rows[4].startswith("'=1+1,2024-01-01,")


@pytest.mark.parametrize("name", ["forecast.parquet", "model.stepahead", "report.html"])
def test_every_file_comes(client: TestClient, answered: tuple, name: str) -> None:
    answer = client.get(f"/answers/{answered[1]}/files/{name}")
    assert answer.status_code == 200 and len(answer.content) > 500
    assert f'filename="{name}"' in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path", ["request.json", "..%2Frequest.json", "%2Fetc%2Fpasswd", "../request.json"]
)
def test_no_other_file_comes(client: TestClient, answered: tuple, path: str) -> None:
    assert client.get(f"/answers/{answered[1]}/files/{path}").status_code == 404


def test_the_command_repeats_it(client: TestClient, answered: tuple) -> None:
    text = client.get(f"/answers/{answered[1]}").text
    assert "stepahead forecast sales.csv --horizon 3 --levels 80 --budget 2s --out" in text
    assert "sa.read(&#39;sales.csv&#39;)" in text


def test_a_list_is_searched(client: TestClient, answered: tuple) -> None:
    job = job_of(client.get(answered[0]).text)
    found = client.get(f"/jobs/{job}/series", params={"search": "NOR"}).json()
    assert [row["name"] for row in found["rows"]] == ["north"]
    assert (found["found"], found["total"]) == (1, 3)


def test_thousands_of_series_are_searched_and_turned_by_the_page() -> None:
    rows = [{"name": f"shop {number}"} for number in range(5000)]
    page = _curves.listed(rows, " SHOP 49", 50)
    assert (page["found"], page["total"], page["start"]) == (111, 5000, 50)
    expected = [number for number in range(5000) if str(number).startswith("49")][50:100]
    assert [row["number"] for row in page["rows"]] == expected
    assert [row["name"] for row in page["rows"]] == [f"shop {number}" for number in expected]


def test_the_reading_is_overruled(client: TestClient) -> None:
    page = give(client, b"a,b,c\n2024-01-01,1,5\n2024-01-02,2,6\n2024-01-03,3,7\n")
    options = {"target": ["c"], "frequency": "D", "season": "3"}
    client.post(f"{page}/read", data=options)
    text = read(client, page)
    assert "value &#39;c&#39;" in text and 'value="3"' in text
    client.post(f"{page}/read", data={"time": "nowhere"})
    text = read(client, page)
    assert "There is no column &#39;nowhere&#39;" in text and "Say how to read it" in text


def test_outliers_are_overruled_and_the_command_says_so(client: TestClient) -> None:
    values = [5, 6, 5, 7, 6, 5, 900, 6, 5, 6, 7, 5]
    rows = "".join(f"2024-01-{day + 1:02d},{value}\n" for day, value in enumerate(values))
    page = give(client, f"day,sales\n{rows}".encode())
    assert "<dt>Outliers</dt><dd>1<" in read(client, page)
    client.post(f"{page}/read", data={"drop_outliers": "yes"})
    text = read(client, page)
    assert "<dt>Outliers</dt><dd>none<" in text and "1 value<small>missing" in text
    assert "1 outlier read as missing: 900 of" in text
    request = {"label": "a.csv", "options": {"drop_outliers": True}, "season": None, "horizon": 2}
    request |= {"levels": [80, 95], "budget": 60}
    assert " --drop-outliers --horizon 2 " in command(request)
    assert "sa.read('a.csv', drop_outliers=True)" in python(request)


def test_rows_that_follow_come_in_a_file_of_their_own(client: TestClient) -> None:
    rows = "".join(f"2024-01-{day:02d},{day % 5},{day % 2}\n" for day in range(1, 21))
    later = "".join(f"2024-01-{day:02d},1\n" for day in range(21, 25))
    page = give(client, f"day,sales,promo\n{rows}".encode())
    files = {"future": ("later.csv", f"day,promo\n{later}".encode())}
    client.post(f"{page}/read", data={"target": ["sales"], "known": ["promo"]}, files=files)
    text = read(client, page)
    assert "later.csv; a file" in text and "known &#39;promo&#39;" in text
    bad = {"future": ("bad.csv", b"day,weather\n2024-01-21,1\n")}
    client.post(f"{page}/read", data={"target": ["sales"], "known": ["promo"]}, files=bad)
    text = read(client, page)
    alarm = text.split('role="alert"')[1].split("</p>")[0]
    assert "promo" in alarm and "given-" not in alarm


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.csv", "empty.csv is empty"),
        (b"%PDF-1.4 ...........", "paper.pdf", "paper.pdf"),
        (b"day,sales\nmonday,many\ntuesday,few\n", "words.csv", ""),
    ],
)
def test_a_bad_file_gets_a_sentence(
    client: TestClient, content: bytes, name: str, sentence: str
) -> None:
    answer = client.post("/files", files={"file": (name, content)})
    text = answer.text if answer.status_code == 422 else read(client, answer.url.path)
    assert 'role="alert"' in text and sentence in text
    assert "given-" not in text.split('role="alert"')[1].split("</p>")[0]


@pytest.mark.parametrize(
    ("field", "value"),
    [("horizon", "0"), ("horizon", "1e3"), ("horizon", ""), ("levels", "200"), ("budget", "nan")],
)
def test_a_bad_question_gets_a_sentence(
    client: TestClient, answered: tuple, field: str, value: str
) -> None:
    asked = {"horizon": "3", "levels": "80", "budget": "2"} | {field: value}
    answer = client.post(f"{answered[0]}/answers", data=asked)
    assert answer.status_code == 422 and 'role="alert"' in answer.text


def test_a_name_of_nothing_is_refused(client: TestClient) -> None:
    for path in ("/files/none", "/answers/none", "/jobs/none/events", "/jobs/none/series"):
        assert client.get(path).status_code == 404


def test_names_of_files() -> None:
    assert named("..\\..\\a/b/<x>.csv") == "<x>.csv"
    assert ending_of("a.parquet.gz") == ".parquet.gz" and ending_of("a.py") == ".csv"


def test_a_cancelled_job_ends_and_its_child_too(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, cores=1)
    path = tmp_path / "sales.csv"
    path.write_bytes(table(months=200))
    request = {"path": str(path), "label": "sales.csv", "options": {}, "season": None}
    job = jobs.start("answer", request | {"horizon": 3, "levels": [80], "budget": 60.0}, 60)
    while job.child is None:
        time.sleep(0.01)
    child = job.child
    jobs.cancel(job)
    child.wait(10)
    while job.ended is None:
        time.sleep(0.01)
    assert job.ended["how"] == "cancelled" and job.events[-1] == job.ended


def test_stopped_it_answers_by_the_models_so_far(client: TestClient, state: State) -> None:
    page = give(client, table(("north",), months=150))
    read(client, page)
    asked = {"horizon": "12", "levels": "80", "budget": "600"}
    answer = client.post(f"{page}/answers", data=asked, follow_redirects=False)
    job = state.jobs.find(answer.headers["location"].removeprefix("/answers/"))

    def told(name: str) -> int:
        return sum(event["event"] == name for event in job.events)

    while job.ended is None and told("candidate") < 2:
        time.sleep(0.05)
    client.post(f"/answers/{job.name}/stop", data={"how": "best"})
    while job.ended is None:
        time.sleep(0.05)
    answered = next(event for event in job.events if event["event"] == "answer")
    assert job.ended["how"] == "done" and answered["interrupted"]
    assert len(answered["leaderboard"]) < next(
        event["candidates"] for event in job.events if event["event"] == "candidate"
    )


def test_many_readers_at_once_leave_no_memory_behind(client: TestClient, answered: tuple) -> None:
    """Eight threads, 240 requests: each is answered as alone, and the second half holds no more."""
    page, job, _ = answered
    paths = [page, f"/answers/{job}", *(f"/jobs/{job}/series/{n}/history" for n in range(3))]
    read_job = job_of(client.get(page).text)
    paths += [f"/jobs/{read_job}/series", f"/jobs/{job}/series/1/forecast", "/"]
    alone = {path: client.get(path).text for path in paths[1:-1]}
    wrong: list[str] = []

    def reader(first: int) -> None:
        for turn in range(15):
            path = paths[(first + turn) % len(paths)]
            answer = client.get(path)
            if answer.status_code != 200 or answer.text != alone.get(path, answer.text):
                wrong.append(path)

    held = []
    for _ in range(2):
        threads = [threading.Thread(target=reader, args=(n,)) for n in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        held.append(resident_bytes())
    assert not wrong
    assert held[1] - held[0] < 8 << 20


def test_a_full_queue_is_refused(tmp_path: Path) -> None:
    class Idle(Jobs):
        def _work(self) -> None:
            """Nobody works."""

    jobs = Idle(tmp_path, cores=1)
    nothing = {"path": str(tmp_path / "none.csv"), "label": "none.csv", "options": {}}
    for _ in range(MOST_WAITING):
        jobs.start("understand", nothing, 10)
    with pytest.raises(ValueError, match="jobs are waiting already"):
        jobs.start("understand", nothing, 10)
    jobs.close()


@pytest.mark.parametrize(
    ("code", "said", "sentence"),
    [
        (-9, "", "was killed"),
        (28, "", "disk is full"),
        (12, "", "more memory"),
        (2, "Line 3 is short. Correct it.\n", "Line 3 is short"),
        (1, "Traceback\nKeyError: 'x'", "KeyError: 'x'. This is a bug"),
        (-11, "", "signal 11"),
    ],
)
def test_every_end_has_a_sentence(code: int, said: str, sentence: str) -> None:
    assert sentence in ending("failed", said, code)["sentence"]


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        out.writestr("xl/workbook.xml", bytes(80 << 20))
    with pytest.raises(Refusal, match="unpacks to more than 200 times its size"):
        refuse_bomb(tmp_path / "bomb.xlsx", "bomb.xlsx")


def test_a_bomb_is_not_unpacked(client: TestClient) -> None:
    bomb = gzip.compress(b"day,sales\n" + bytes(80 << 20), 9)
    text = read(client, give(client, bomb, "bomb.csv.gz"))
    assert "bomb.csv.gz unpacks to more than 200 times its size" in text
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "content", [b"[" * 2_000_000, b'{"a":' * 400_000, b'[{"a": 1' + b"0" * 9_000]
)
def test_a_json_bomb_gets_a_sentence(client: TestClient, content: bytes) -> None:
    text = read(client, give(client, content, "bomb.json"))
    assert "bomb.json" in text.split('role="alert"')[1].split("</p>")[0]
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("packed", [False, True])
def test_a_table_of_too_many_columns_is_refused_before_it_is_parsed(
    tmp_path: Path, packed: bool
) -> None:
    row = b",".join(b"1" for _ in range(20_001))
    path = tmp_path / "wide.csv"
    path.write_bytes(gzip.compress(row + b"\n" + row) if packed else row + b"\n" + row)
    with pytest.raises(Refusal, match="wide has 20,001 columns, and the app takes 20,000"):
        refuse_wide(path, "wide")
    for taken in (row.removeprefix(b"1,"), b"[" + row + b"]", b"\0" + row):
        path.write_bytes(taken)
        refuse_wide(path, "wide")


def test_a_child_that_reads_has_a_limit_of_memory() -> None:
    """Nothing is touched: what it may not even reserve, it cannot hold."""
    program = (
        "from stepahead.web.app.work._limits import READING_MEMORY, limit; limit('understand', {});"
        "import mmap; mmap.mmap(-1, READING_MEMORY)"
    )
    child = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert child.returncode != 0 and b"Cannot allocate memory" in child.stderr


def test_a_child_that_finds_the_disk_full_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stepahead.web.app.work import __main__ as door
    from stepahead.web.app.work._events import Teller

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(door, "limit", lambda kind, request: None)  # this process goes on
    monkeypatch.setattr(Teller, "array", full)
    path = tmp_path / "sales.csv"
    path.write_bytes(table())
    request = {"path": str(path), "label": "sales.csv", "options": {}, "season": None}
    (tmp_path / "request.json").write_text(json.dumps(request))
    code = door.main("understand", tmp_path)
    assert "The disk is full" in ending("failed", "", code)["sentence"]


def test_a_table_larger_than_it_looks_is_refused(client: TestClient, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    day = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(1_200_000, np.int8)), pa.array(["2024-01-01"])
    )
    one = pa.table({f"c{n}": day for n in range(100)})
    pq.write_table(one, tmp_path / "bomb.parquet")
    content = (tmp_path / "bomb.parquet").read_bytes()
    assert len(content) < 1 << 20
    text = read(client, give(client, content, "bomb.parquet"))
    assert "bomb.parquet has 120,000,000 cells" in text


def test_a_killed_worker_is_said(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, cores=1)
    nothing = {"path": "sample:nile", "label": "nile", "options": {}}
    job = jobs.start("understand", nothing, 60)
    while job.child is None:
        time.sleep(0.01)
    job.child.kill()
    while job.ended is None:
        time.sleep(0.01)
    assert job.ended["how"] == "failed" and "was killed" in job.ended["sentence"]


def test_what_takes_too_long_is_ended(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path, cores=1)
    nothing = {"path": "sample:nile", "label": "nile", "options": {}}
    job = jobs.start("understand", nothing, 0.05)
    while job.ended is None:
        time.sleep(0.01)
    assert "longer than" in job.ended["sentence"]
    assert job.child is not None and job.child.returncode != 0


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 422), (errno.EIO, 500)])
def test_a_full_disk_is_said(
    state: State, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    async def full(*_: object) -> None:
        raise OSError(number, "no room")

    monkeypatch.setattr("stepahead.web.app._pages.received", full)
    client = TestClient(application(state), raise_server_exceptions=False)
    answer = client.post("/files", files={"file": ("a.csv", b"day,sales")})
    assert answer.status_code == status
    assert ("The disk is full" in answer.text) == (number == errno.ENOSPC)


def test_a_sample_and_a_missing_file_named_at_the_shell(state: State, client: TestClient) -> None:
    sample = state.add(Given("sample:nile", "sample:nile"))
    missing = state.add(Given("nowhere/sales.csv", "nowhere/sales.csv"))
    assert "1 series" in read(client, f"/files/{sample.name}")
    text = read(client, f"/files/{missing.name}")
    assert "There is no file that matches &#39;nowhere/sales.csv&#39;" in text


def test_without_known_columns_there_is_no_what_if(client: TestClient, answered: tuple) -> None:
    asked = {"series": 0, "values": {"promo": [1]}}
    answer = client.post(f"/answers/{answered[1]}/what-if", json=asked)
    assert answer.status_code == 422 and "no known covariates" in answer.text
