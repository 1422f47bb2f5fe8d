"""Models and seeds compared as tasks: the numbers of `backtest`, the same on every engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stepahead as sa
from stepahead.distributed import Loop, Processes
from stepahead.forecasting import ETS, Baseline, Theta
from stepahead.workflow import search

SPECS: list[Any] = [Baseline("naive"), Theta(), ETS("A,N,N")]


@pytest.fixture
def panel() -> sa.Panel:
    draws = np.random.default_rng(0)
    return sa.Panel.from_arrays([30 + np.cumsum(draws.normal(size=40)) for _ in range(3)])


def written(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class Backwards(Loop):
    """The last task first, and the end after some."""

    def __init__(self, most: int) -> None:
        self.most = most

    def map(self, function: str, chunks: Any) -> Iterator[Any]:
        """As `Loop.map`."""
        calls = list(chunks)
        for turn, outcome in enumerate(super().map(function, calls[::-1])):
            if turn == self.most:
                raise KeyboardInterrupt
            yield outcome._replace(place=len(calls) - 1 - outcome.place)


def test_tasks_have_the_scores_of_a_backtest(panel: sa.Panel, tmp_path: Path) -> None:
    """On every engine the same bytes, and after a stop in the middle."""
    options: dict[str, Any] = {"keys": (3, 1), "step": 2, "season": 4}
    done = search(SPECS, panel, 2, 4, tmp_path / "loop", engine="loop", **options)
    wanted = sa.backtest(SPECS, panel, 2, 4, step=2, season=4, refit=0, key=0, levels=())
    board = wanted.leaderboard()
    assert done.tried["model"].tolist() == [repr(spec) for spec in SPECS for _ in (3, 1)]
    assert done.tried["key"].tolist() == [3, 1] * 3
    for name in ("mase", "smape", "mae", "rmse"):
        score = dict(zip(board["model"].tolist(), board[name], strict=True))
        np.testing.assert_allclose(done.tried[name], [score[n] for n in done.tried["model"]])
    assert done.leaderboard["mase"].tolist() == sorted(done.leaderboard["mase"].tolist())
    assert repr(done.best) == done.leaderboard["model"][0]
    assert not done.leaderboard["spread"].any()  # these models draw nothing
    with Processes(2) as engine:
        search(SPECS, panel, 2, 4, tmp_path / "two", engine=engine, **options)
    with pytest.raises(KeyboardInterrupt):
        search(SPECS, panel, 2, 4, tmp_path / "back", engine=Backwards(2), **options)
    assert len(list((tmp_path / "back" / "_work").glob("search-*"))) == 3
    search(SPECS, panel, 2, 4, tmp_path / "back", engine=Backwards(9), **options)
    assert set(written(tmp_path / "loop")) == {"manifest.json", "tried.csv", "leaderboard.csv"}
    assert written(tmp_path / "two") == written(tmp_path / "back") == written(tmp_path / "loop")
    again = search(SPECS, panel, 2, 4, tmp_path / "loop", engine=Backwards(0), **options)
    assert again.tried["mase"].tolist() == done.tried["mase"].tolist()


def test_every_task_has_its_key(
    panel: sa.Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the spread over keys is that of their scores."""
    from stepahead.workflow.large import _search

    judge, seen = _search.backtest, list[Any]()

    def of_one(specs: Any, given: sa.Panel, *, key: int, **options: Any) -> Any:
        seen.append((repr(specs[0]), key))
        return judge(specs, given.take(np.array([key])), key=key, **options)

    monkeypatch.setattr(_search, "backtest", of_one)
    done = search(SPECS[:2], panel, 2, 3, tmp_path / "a", keys=(0, 2), engine="loop")
    assert seen == [(repr(spec), key) for spec in SPECS[:2] for key in (0, 2)]
    first = done.tried["mase"][:2]
    place = done.leaderboard["model"].tolist().index(repr(SPECS[0]))
    assert done.leaderboard["mase"][place] == pytest.approx(first.mean())
    assert done.leaderboard["spread"][place] == pytest.approx(first.std(ddof=1))


def test_wrong_use_is_refused(panel: sa.Panel, tmp_path: Path) -> None:
    for specs, options, told in (
        ([], {}, "`specs` must name"),
        ([Theta(), Theta()], {}, "each once"),
        ([Theta()], {"keys": (1, 1)}, "`keys` must be"),
        ([Theta()], {"keys": ()}, "`keys` must be"),
    ):
        with pytest.raises(sa.Refusal, match=told):
            search(specs, panel, 2, 3, tmp_path / "a", engine="loop", **options)
    with pytest.raises(sa.Refusal, match=r"Baseline\(\) could not be evaluated\. .*windows"):
        search([Baseline("naive")], panel, 2, 90, tmp_path / "b", engine="loop")
    search([Theta()], panel, 2, 3, tmp_path / "c", engine="loop")
    with pytest.raises(sa.Refusal, match="holds the result of another job"):
        search([Theta()], panel, 2, 4, tmp_path / "c", engine="loop")
