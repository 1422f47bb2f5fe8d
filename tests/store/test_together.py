"""Many at the same time: writers and readers of one path, and threads that share one forecaster."""

import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import stepahead as sa
from stepahead import models
from stepahead._files import write_atomically
from stepahead.forecasting import ETS, Regressor, Theta
from stepahead.training import Gradient

MANY = 8
PANEL = sa.Panel.from_arrays(
    50 + np.random.default_rng(0).normal(size=(3, 40)).cumsum(axis=1), ids=["a", "b", "c"]
)
QUICK = Gradient(span=8, epochs=1, steps=2, batch=4)


def at_once(work, count: int = MANY) -> list:
    """The results of `work(number)` in as many threads, which begin together; the first error is
    raised."""
    ready = threading.Barrier(count)

    def begun(number: int):
        ready.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return [one.result() for one in [pool.submit(begun, number) for number in range(count)]]


def test_threads_save_and_load_one_path_and_none_fails(tmp_path) -> None:
    path = tmp_path / "one.stepahead"
    each = [sa.fit(models.Naive(), PANEL.take(np.array([number])), 2, key=0) for number in range(3)]
    sa.save(each[0], path)

    def work(number: int) -> None:
        for _ in range(3):
            sa.save(each[number % 3], path)
            assert sa.load(path).history.ids[0] in ("a", "b", "c")

    at_once(work)
    assert [left.name for left in tmp_path.iterdir()] == ["one.stepahead"]


WRITER = """
import sys
from pathlib import Path
from stepahead._files import write_atomically
path, own = Path(sys.argv[1]), sys.argv[2].encode() * 200_000
sys.stdin.read()
for _ in range(25):
    write_atomically(path, own)
    seen = path.read_bytes()
    assert len(seen) == len(own) and len(set(seen)) == 1
"""


def test_processes_write_and_read_one_path_and_it_is_always_whole(tmp_path) -> None:
    path = tmp_path / "one"
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(n)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for n in range(MANY)
    ]
    for process in begun:  # their input ends, and they begin
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=60)[1] for process in begun]
    assert said == [b""] * MANY and [process.returncode for process in begun] == [0] * MANY
    assert [left.name for left in tmp_path.iterdir()] == ["one"]


def test_what_cannot_be_written_is_said_with_its_remedy_and_leaves_nothing(tmp_path) -> None:
    (tmp_path / "folder").mkdir()
    for path, said in (
        (tmp_path / "folder", "Is a directory. Name a file, not a folder."),
        (tmp_path / "no" / "file", "Make its folder first"),
    ):
        with pytest.raises(sa.Refusal, match=said):
            write_atomically(path, b"x")
    assert [left.name for left in tmp_path.iterdir()] == ["folder"]
    write_atomically(tmp_path / ("ä" * 120), b"a name that leaves no room for a longer one")


@pytest.mark.parametrize(
    "spec",
    [
        *(models.GRU(3), models.SeasonalNaive(4), models.basic_structural(4)),
        *(ETS(), Theta(), Regressor(LinearRegression(), lags=3)),
    ],
    ids=repr,
)
def test_threads_that_share_a_forecaster_get_what_one_alone_gets(spec) -> None:
    options = {"training": QUICK} if isinstance(spec, models.GRU) else {}
    forecaster = sa.fit(spec, PANEL, 2, key=0, **options)

    def work(number: int) -> bytes:
        """Every other thread asks of another panel: what one asks does not show in what another
        gets."""
        panel = None if number % 2 else PANEL.take(np.array([2, 0]))
        done = forecaster.predict(5, levels=[80], paths=20, panel=panel)
        return done.mean.tobytes() + done.quantiles.tobytes()

    together = at_once(work)
    assert together == [work(number) for number in range(MANY)]


def test_the_same_backtest_made_twice_at_the_same_time_ends_twice(tmp_path) -> None:
    """The first to end takes away what it kept, while the other one writes there."""
    ended = threading.Event()

    def work(number: int):
        def heard(event) -> None:
            if number and event.number == 1:
                ended.wait(60)

        report = sa.backtest(
            [models.Drift()], PANEL, 2, 4, key=0, checkpoint=tmp_path / "kept", on_event=heard
        )
        shutil.rmtree(tmp_path / "kept", ignore_errors=True)  # as the command does
        ended.set()
        return report

    one, other = at_once(work, 2)
    np.testing.assert_array_equal(one.mean["Drift()"], other.mean["Drift()"])
