"""`search`: compare models and seeds at rolling origins, each pair as a task on an engine."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..._check import Refusal, counted, options_known, whole
from ...data import Panel, require_panel
from ...distributed import Engine, engine_named
from ...evaluation import Columns
from ...store import identity, load_values, save_result, save_values, saved_result
from .._backtest import backtest
from ._folder import JobFolder, read_json, write_json
from ._plan import folder_of
from ._scores import read_table, written
from ._survey import run_pass
from ._task import ChunkDone

SCORES = ("mase", "smape", "mae", "rmse")
"""The scores of a task."""


@dataclass(frozen=True)
class Search:
    """The result of `search`: the scores of every model and key in `tried`, in the given order;
    their means over keys in `leaderboard`, smallest MASE first, with `spread`, the standard
    deviation of the MASE over keys; and the `best` model. Both tables are also in the folder, as
    `tried.csv` and `leaderboard.csv`."""

    folder: Path
    tried: Columns
    leaderboard: Columns
    best: Any


@options_known()
def search(
    specs: Sequence[Any],
    panel: Panel,
    horizon: int,
    windows: int,
    folder: str | Path,
    *,
    keys: Sequence[int] = (0,),
    engine: Engine | str = "processes",
    step: int = 1,
    refit: int = 0,
    season: int | None = None,
    on_event: Callable[[ChunkDone], None] | None = None,
) -> Search:
    """Evaluate every model with every key at rolling origins, each pair as a separate task: sizes
    of a network, its seeds, or other settings.

    A task is a `backtest` of one model: it is fitted before the oldest of `windows` origins, which
    lie `step` steps apart, and again at every `refit`-th one (0: never). Tasks run on an `engine`
    (see `forecast_in_chunks`), and the results do not depend on it, on the number of workers or on
    the order in which they end. Finished ones are kept in the folder: if a call was killed, the
    same call continues it. The windows that select the best model do not evaluate it: keep final
    steps that no window uses, and evaluate it there. Refused: models that need code of your own.

    >>> import numpy as np, tempfile, stepahead as sa
    >>> panel = sa.Panel.from_arrays([np.arange(30.0) + np.arange(30) % 2])
    >>> specs = [sa.forecasting.Baseline(kind) for kind in ("naive", "drift")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = sa.workflow.search(specs, panel, 2, 3, f"{folder}/tried", engine="loop")
    >>> done.best, done.leaderboard["mase"].round(2).tolist()
    (Baseline(kind='drift'), [0.52, 1.31])
    """
    require_panel("panel", panel)
    names = [] if isinstance(specs, str) else [repr(spec) for spec in specs]
    if not names or len(set(names)) < len(names):
        raise Refusal("`specs` must name one model or more, each once.")
    seeds = [whole("keys", key, at_least=0) for key in keys]
    if not seeds or len(set(seeds)) < len(seeds):
        raise Refusal("`keys` must be one whole number or more, each once.")
    sizes = {
        "horizon": whole("horizon", horizon),
        "windows": whole("windows", windows),
        "step": whole("step", step),
        "refit": whole("refit", refit, at_least=0),
        "season": None if season is None else whole("season", season),
    }
    job = folder_of(folder)
    job.begin(identity("search", list(specs), panel, seeds, sizes))
    if job.manifest is None:
        save_values({"panel": panel}, job.work / "panel")
        for number, spec in enumerate(specs):
            save_values({"spec": spec}, job.model(number))
        write_json(job.work / "plan.json", {"keys": seeds, "names": names, **sizes})
        given = nullcontext(engine) if isinstance(engine, Engine) else engine_named(engine)
        with given as workers:
            _run(job, workers, len(names) * len(seeds), on_event or (lambda event: None))
        _finish(job, names, seeds)
    job.clear()
    held = job.manifest
    assert held is not None  # it is done
    tried, board = (read_table(held[name]) for name in ("tried", "leaderboard"))
    return Search(job.path, tried, board, specs[names.index(board["model"][0])])


def search_task(folder: str, number: int) -> list[int]:
    """Save the scores of one model with one key. The tasks of one model have consecutive
    numbers."""
    job = folder_of(folder)
    plan = read_json(job.work / "plan.json")
    assert plan is not None  # written before any call
    place, turn = divmod(number, len(plan["keys"]))
    spec = load_values(job.model(place))["spec"]
    panel = load_values(job.work / "panel")["panel"]
    sizes = {name: plan[name] for name in ("horizon", "windows", "step", "refit", "season")}
    try:
        report = backtest([spec], panel, key=plan["keys"][turn], levels=(), **sizes)
    except Refusal as wrong:
        raise Refusal(f"{plan['names'][place]} could not be evaluated. {wrong}") from wrong
    board = report.leaderboard()
    row = board["model"].tolist().index(repr(spec))
    scores = np.array([board[name][row] for name in SCORES])
    save_result(job.result("search", number), "", [scores], 0.0)
    return [1, 0]


def _run(job: JobFolder, engine: Engine, tasks: int, tell: Callable[[ChunkDone], None]) -> None:
    """Run the tasks that are left."""
    left = [number for number in range(tasks) if not job.result("search", number).exists()]
    count = tasks - len(left)

    def one_more(number: int, result: list[int]) -> None:
        nonlocal count
        count += 1
        tell(ChunkDone("search", count, tasks))

    lost = run_pass(engine, "search_task", job, left, one_more)
    if lost:
        number, why = min(lost)
        raise Refusal(
            f"{counted(len(lost), 'task')} of {tasks} failed, the rest is kept. Task {number}: "
            f"{why.rstrip('.')}. The same call tries again what is not there."
        )


def _finish(job: JobFolder, names: list[str], keys: list[int]) -> None:
    """Write the tables and the manifest."""
    found = []
    for number in range(len(names) * len(keys)):
        done = saved_result(job.result("search", number), "")
        assert done is not None and done.arrays is not None  # or it was refused
        found.append(done.arrays[0])
    scores = np.stack(found)
    model = np.array([name for name in names for _ in keys], dtype=object)
    columns = dict(zip(SCORES, scores.T, strict=True))
    tried = Columns({"model": model, "key": np.tile(np.array(keys), len(names)), **columns})
    by_key = scores.reshape(len(names), len(keys), len(SCORES))
    means = by_key.mean(axis=1)
    spread = by_key[:, :, 0].std(axis=1, ddof=1) if len(keys) > 1 else np.full(len(names), np.nan)
    order = np.lexsort((means[:, 2], means[:, 0]))
    table = {"model": np.array(names, dtype=object)[order]}
    table |= {name: column[order] for name, column in zip(SCORES, means.T, strict=True)}
    tables = {"tried": tried, "leaderboard": Columns({**table, "spread": spread[order]})}
    for name, each in tables.items():
        job.write_csv(name, each)
    held = {name: written(each) for name, each in tables.items()}
    job.finish({**(read_json(job.work / "job.json") or {}), "format": 1, **held})
