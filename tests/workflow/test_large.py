"""Forecasts in chunks: those of the whole panel, the same bytes on every engine, and what fails is
named."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.distributed import Engine, Loop, Processes
from stepahead.forecasting import (
    MSTL,
    AutoARIMA,
    Baseline,
    Pretrained,
    RandomWalk,
    Theta,
    with_lower_bound,
)
from stepahead.imputation import Kalman, Linear, Seasonal
from stepahead.native import series
from stepahead.workflow import (
    FromSome,
    backtest_in_chunks,
    evenly_chosen,
    forecast_in_chunks,
    impute_in_chunks,
)

COUNT = 23


def table(seed: int = 0) -> pd.DataFrame:
    """Series of their own lengths, a short one, one of a single value, one that never changes, and
    gaps; the rows in no order."""
    draws = np.random.default_rng(seed)
    frames = []
    for number in range(COUNT):
        length = {3: 4, 4: 1}.get(number, int(draws.integers(24, 60)))
        months = pd.date_range("2019-01-01", periods=length, freq="MS")
        values = (
            50
            + np.cumsum(draws.normal(size=length) * (1 + number / 4))
            + 9 * np.sin(np.arange(length) / 2)
        )
        values = np.full(length, 7.0) if number == 5 else values
        frame = pd.DataFrame({"unique_id": f"s{number:02}", "ds": months, "y": values.round(2)})
        if number % 4 == 2:
            frame = frame.drop(index=[2, 7]).assign(y=lambda each: each["y"].mask(each.index == 9))
        frames.append(frame)
    return pd.concat(frames).sample(frac=1, random_state=seed)


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    """The table in two files of a folder."""
    folder = tmp_path / "sales"
    folder.mkdir()
    rows = table()
    sa.readers.write_parquet(rows[:400], folder / "one.parquet")
    sa.readers.write_parquet(rows[400:], folder / "two.parquet")
    return folder


def written(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its bytes."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def panel(sales: Path) -> sa.Panel:
    """The whole of it, by its ids."""
    read = sa.read(str(sales / "*.parquet"))
    return read.take(np.argsort(read.ids))


def forecasts(done: Any) -> pd.DataFrame:
    """All parts, one after the other."""
    return pd.concat([pd.read_parquet(part) for part in done.parts], ignore_index=True)


@pytest.mark.parametrize(
    ("model", "exact"),
    [(Theta(), True), (Baseline("naive"), True), (RandomWalk(), True), (MSTL(), False)],
    ids=repr,
)
def test_chunks_are_forecast_as_the_whole_panel(
    sales: Path, tmp_path: Path, panel: sa.Panel, model: Any, exact: bool
) -> None:
    """To the bit, but for linear algebra over many series at once; short series and ones that never
    change among them, which the others tell how much they move."""
    done = forecast_in_chunks(model, sales, 3, tmp_path / "out", engine=Loop(), series=9)
    assert len(done.parts) == 3 and done.series == COUNT and done.failed == ()
    wanted = sa.fit(model, panel, 3, key=0).forecast()
    compiled = series.available()  # else NumPy searches for parameters of many series at once
    rtol = 1e-12 if compiled else 1e-6
    pd.testing.assert_frame_equal(
        forecasts(done), wanted, check_exact=exact and compiled, check_dtype=False, rtol=rtol
    )


@pytest.mark.parametrize("model", [sa.conformal(Theta(), windows=3), sa.Auto()], ids=repr)
def test_what_is_learned_from_some_forecasts_all_as_in_memory(
    sales: Path, tmp_path: Path, panel: sa.Panel, model: Any
) -> None:
    """A combination and intervals that were calibrated, to the bit; how much a short series moves,
    say all of them, wherever chunks end."""
    options: dict[str, Any] = {"engine": "loop", "learn_from": 6, "levels": 80}
    done = forecast_in_chunks(model, sales, 2, tmp_path / "a", series=9, **options)
    alike = evenly_chosen(panel, 6)
    assert 6 <= len(alike) <= 12 and alike.lengths.min() >= 24
    whole = sa.fit(FromSome(model, 6), panel, 2, key=0)
    wanted = whole.forecast(levels=80)
    told = (whole.chosen, whole.trusted_steps) if isinstance(model, sa.Auto) else ("", None)
    assert (done.chosen, done.trusted_steps) == told
    exact = series.available() and not isinstance(model, sa.Auto)  # whose network multiplies
    # The ends of an interval near 0 are differences of values near 50: 1e-5 is 2e-7 of these.
    near: dict[str, Any] = {"check_exact": exact, "rtol": 1e-6, "atol": 1e-5}
    pd.testing.assert_frame_equal(forecasts(done), wanted, check_dtype=False, **near)
    again = forecast_in_chunks(model, sales, 2, tmp_path / "b", series=4, **options)
    pd.testing.assert_frame_equal(forecasts(again), forecasts(done), **near)


def test_a_fitted_forecaster_is_shared_out(sales: Path, tmp_path: Path, panel: sa.Panel) -> None:
    fitted = sa.fit(sa.conformal(Theta(), windows=3), long_enough(panel, 24), 2, key=0)
    done = forecast_in_chunks(fitted, sales, 1, tmp_path / "b", engine="loop", series=9, levels=())
    assert len(forecasts(done)) == COUNT


def test_a_method_learns_on_from_some_before_it_forecasts_all(
    sales: Path, tmp_path: Path, panel: sa.Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is tuned once, to the series that are evenly chosen."""
    given: list[Any] = []

    def tuned(self: Any, some: sa.Panel, horizon: int, key: Any, season: int) -> Any:
        given.append((self.fine_tune, len(some), horizon, season))
        return replace(self, averaged=True), [(1.0, 0.5)]

    monkeypatch.setattr(Pretrained, "tuned", tuned)
    network = Pretrained(fine_tune=7)
    options: dict[str, Any] = {"engine": "loop", "series": 9, "season": 4, "learn_from": 5}
    done = forecast_in_chunks(network, sales, 2, tmp_path / "a", **options)
    assert (
        len(given) == 1 and given[0][0] == 7 and 5 <= given[0][1] < COUNT and given[0][2:] == (2, 4)
    )
    wanted = sa.fit(replace(network, fine_tune=0, averaged=True), panel, 2, season=4, key=0)
    pd.testing.assert_frame_equal(forecasts(done), wanted.forecast(), check_dtype=False, rtol=1e-6)


class Backwards(Loop):
    """Chunks in the opposite order, as far as they are there at once."""

    def map(self, function: str, chunks: Any) -> Iterator[Any]:
        """As `Loop.map`, the last chunk first."""
        calls = list(chunks)
        for outcome in super().map(function, calls[::-1]):
            yield outcome._replace(place=len(calls) - 1 - outcome.place)


def test_bytes_depend_on_no_engine(sales: Path, tmp_path: Path) -> None:
    engines: dict[str, Engine] = {"loop": Loop(), "two": Processes(2), "back": Backwards()}
    for name, engine in engines.items():
        with engine:
            forecast_in_chunks(Theta(), sales, 3, tmp_path / name, engine=engine, series=9)
    one = written(tmp_path / "loop")
    assert set(one) == {"manifest.json", *(f"part-{n:06d}.parquet" for n in range(3))}
    assert written(tmp_path / "two") == one
    assert written(tmp_path / "back") == one


class Stopped(Exception):
    """The end of the process, in the middle."""


@pytest.mark.parametrize("calls", [1, 5])
def test_a_job_that_was_stopped_goes_on_to_the_same_bytes(
    sales: Path, tmp_path: Path, calls: int
) -> None:
    """Whether it stopped in the survey, in the second pass or in the forecasts."""

    class Mortal(Loop):
        def map(self, function: str, chunks: Any) -> Iterator[Any]:
            nonlocal calls
            for outcome in super().map(function, chunks):
                if calls == 0:
                    raise Stopped
                calls -= 1
                yield outcome

    options: dict[str, Any] = {"series": 9}
    with pytest.raises(Stopped):
        forecast_in_chunks(Theta(), sales, 3, tmp_path / "a", engine=Mortal(), **options)
    (tmp_path / "a" / "_work" / ".half.part").write_bytes(b"of a file")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a").glob("part-*")}
    forecast_in_chunks(Theta(), sales, 3, tmp_path / "a", engine=Loop(), **options)
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "a").glob("part-*")}
    assert before.items() <= after.items()  # what was there was not made again
    forecast_in_chunks(Theta(), sales, 3, tmp_path / "b", engine=Loop(), **options)
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_poisoned_series_are_named_and_the_rest_arrives(tmp_path: Path) -> None:
    rows = table()
    infinite, twice = rows["unique_id"] == "s07", rows["unique_id"] == "s13"
    rows.loc[infinite & (rows["ds"] == "2019-03-01"), "y"] = np.inf
    rows = pd.concat([rows, rows[twice][:1]])
    empty = rows["unique_id"] == "s20"
    rows.loc[empty, "y"] = np.nan
    sa.readers.write_parquet(rows, tmp_path / "sales.parquet")
    done = forecast_in_chunks(
        Theta(), tmp_path / "sales.parquet", 2, tmp_path / "out", engine="loop", series=10
    )
    assert [each.id for each in done.failed] == ["s07", "s13", "s20"]
    assert "infinite value at 2019-03-01" in done.failed[0].reason
    assert "more than one row at" in done.failed[1].reason
    assert "No value at all" in done.failed[2].reason
    found = forecasts(done)
    assert len(found) == 2 * (COUNT - 3)
    assert not set(found["unique_id"]) & {"s07", "s13", "s20"}
    again = forecast_in_chunks(
        Theta(), tmp_path / "sales.parquet", 2, tmp_path / "out", engine="loop", series=10
    )
    assert again == done


def test_one_poisoned_series_among_ten_thousand_costs_itself_alone(tmp_path: Path) -> None:
    count, months = 10_000, pd.date_range("2024-01-01", periods=8, freq="MS")
    names = np.char.add("s", np.char.zfill(np.arange(count).astype("U5"), 5))
    values = np.arange(8.0 * count)
    values[8 * 7321 + 3] = np.inf
    rows = {"unique_id": np.repeat(names, 8), "ds": np.tile(months, count), "y": values}
    sa.readers.write_parquet(pd.DataFrame(rows), tmp_path / "sales.parquet")
    done = forecast_in_chunks(
        Baseline("naive"),
        tmp_path / "sales.parquet",
        1,
        tmp_path / "out",
        engine="loop",
        levels=(),
        season=1,
    )
    assert [each.id for each in done.failed] == ["s07321"]
    assert "infinite value at 2024-04-01" in done.failed[0].reason
    found = forecasts(done)
    assert len(done.parts) == 5 and done.series == count
    assert found["unique_id"].tolist() == np.delete(names, 7321).tolist()
    np.testing.assert_allclose(found["forecast"], np.delete(values[7::8], 7321))


def long_enough(panel: sa.Panel, steps: int) -> sa.Panel:
    """The series of so many steps."""
    return panel.take(np.flatnonzero(panel.lengths >= steps))


def test_a_backtest_in_chunks_judges_as_in_memory(
    sales: Path, tmp_path: Path, panel: sa.Panel
) -> None:
    """A method of each series by itself, whose short series ask the others, and one that learns
    from many, both fitted at two of three origins."""
    models = [Theta(), sa.conformal(Theta(), windows=3)]
    sizes: dict[str, Any] = {"horizon": 2, "windows": 3, "step": 1, "refit": 2, "season": 4}
    done = backtest_in_chunks(
        models, sales, folder=tmp_path / "a", engine="loop", series=9, learn_from=99, **sizes
    )
    assert [each.id for each in done.failed] == ["s03", "s04"]
    assert "the origins need 5" in done.failed[0].reason
    long = long_enough(panel, 5)
    assert len(long) == COUNT - 2

    def fits(history: sa.Panel, spec: Any) -> Any:
        # as in chunks: what is learned of many, long ones, is shared out without its history
        some = history if spec is models[0] else long_enough(history, 24)
        done = sa.fit(spec, some, 2, key=0, season=4)
        return lambda seen: with_lower_bound(
            done.without_history().predict(2, levels=(80, 95), panel=seen), seen
        )

    fitted = {repr(spec): partial(fits, spec=spec) for spec in models}
    wanted = sa.evaluation.backtest(fitted, long, 2, 3, 1, refit=2, season=4)
    board = wanted.leaderboard()
    assert list(done.leaderboard) == list(board)
    assert done.leaderboard["model"].tolist() == board["model"].tolist()
    for name in list(board)[1:]:
        np.testing.assert_allclose(done.leaderboard[name], board[name], rtol=1e-10)
    for name, errors in wanted.by_step().items():
        np.testing.assert_allclose(done.by_step[name], errors, rtol=1e-10)
    told = {name: str(trust) for name, trust in done.trust_horizon().items()}
    assert told == {name: str(trust) for name, trust in wanted.trust_horizon().items()}
    rows = forecasts(done).set_index(["unique_id", "model"])
    assert len(rows) == 4 * len(long)
    last = rows.loc[(long.ids[-1], "last value")]
    error = np.abs(wanted.actual - wanted.mean["last value"])[:, -1]
    assert last["mae"] == pytest.approx(np.nanmean(error), rel=1e-12)
    backtest_in_chunks(
        models, sales, folder=tmp_path / "b", engine=Backwards(), series=9, learn_from=99, **sizes
    )
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_local_methods_judge_as_backtest_does(sales: Path, tmp_path: Path, panel: sa.Panel) -> None:
    """At each origin the usual change is that of all series up to it."""
    models = [Theta(), RandomWalk()]
    done = backtest_in_chunks(models, sales, 2, 2, tmp_path / "a", engine="loop", series=9)
    long = long_enough(panel, 4)
    wanted = sa.backtest(models, long, 2, 2, key=0).leaderboard()
    assert done.leaderboard["model"].tolist() == wanted["model"].tolist()
    rtol = 1e-10 if series.available() else 1e-6
    for name in list(wanted)[1:]:
        np.testing.assert_allclose(done.leaderboard[name], wanted[name], rtol=rtol)


@pytest.mark.parametrize("method", [Linear(), Seasonal(4), None], ids=repr)
def test_gaps_are_filled_in_chunks_as_in_memory(
    sales: Path, tmp_path: Path, panel: sa.Panel, method: Any
) -> None:
    done = impute_in_chunks(
        sales, tmp_path / "out", method, engine="loop", series=9, learn_from=4, season=4
    )
    assert done.failed == () and len(done.parts) == 3
    assert done.values == len(panel.values) and done.imputed == panel.missing > 0
    if method is None:
        assert done.name in map(repr, (Linear(), Seasonal(4), Kalman(4)))
        method = next(
            each for each in (Linear(), Seasonal(4), Kalman(4)) if repr(each) == done.name
        )
    wanted = sa.impute(panel, method, key=0).filled.table()
    pd.testing.assert_frame_equal(forecasts(done), wanted, check_dtype=False, rtol=1e-6)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imputers learn for some updates only."""
    monkeypatch.setattr("stepahead.tasks._impute.EPOCHS", 1)
    monkeypatch.setattr("stepahead.tasks._impute.UPDATES", 20)


@pytest.mark.usefixtures("quickly")
def test_a_network_fills_by_its_covariates_in_chunks_as_in_memory(
    priced: Path, tmp_path: Path
) -> None:
    """It learns from some series, evenly chosen, once; and the same bytes come again."""
    gaps = pd.read_parquet(priced)
    gaps.loc[(gaps["ds"].dt.day % 9 == 4) & (gaps["unique_id"] != "s0"), "sales"] = np.nan
    sa.readers.write_parquet(gaps, tmp_path / "gaps.parquet")
    network: dict[str, Any] = {"method": sa.models.Bidirectional(3), "key": 5, "learn_from": 3}
    columns: dict[str, Any] = {"target": "sales", "known": "price", "static": "area"}
    options: dict[str, Any] = {"holidays": DAYS, **network, **columns}
    done = impute_in_chunks(
        tmp_path / "gaps.parquet", tmp_path / "a", engine="loop", series=4, **options
    )
    assert done.failed == () and done.name == "Bidirectional(width=3, layers=1)"
    panel = sa.data.with_holidays(sa.read(tmp_path / "gaps.parquet", **columns), DAYS, 0)
    panel = panel.take(np.argsort(panel.ids))
    some = evenly_chosen(panel, 3)
    assert len(some) < len(panel) and done.imputed == panel.missing > 0
    learned = sa.tasks.fit_imputer(network["method"], some, key=5)
    wanted = sa.imputation.fill_gaps(panel, learned).table()
    pd.testing.assert_frame_equal(forecasts(done), wanted, check_dtype=False, rtol=1e-4)
    bare = sa.imputation.fill_gaps(
        panel, sa.tasks.fit_imputer(network["method"], sa.data.without_covariates(some), key=5)
    ).table()
    assert np.abs(bare["y"] - wanted["y"]).max() > 1e-3  # so covariates were read
    impute_in_chunks(
        tmp_path / "gaps.parquet", tmp_path / "b", engine=Backwards(), series=4, **options
    )
    assert written(tmp_path / "a") == written(tmp_path / "b")


@pytest.mark.usefixtures("quickly")
def test_with_covariates_a_network_is_compared_too(
    priced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And without them it is not."""
    compared: list[list[str]] = []

    def scores(panel: sa.Panel, methods: dict[str, Any], *, key: int) -> Any:
        compared.append(list(methods))
        return sa.workflow.imputation_scores(panel, {"linear": Linear()}, key=key)

    monkeypatch.setattr("stepahead.workflow.large._impute.imputation_scores", scores)
    options: dict[str, Any] = {"engine": "loop", "target": "sales", "season": 1}
    impute_in_chunks(priced, tmp_path / "a", **options)
    impute_in_chunks(priced, tmp_path / "b", known="price", **options)
    assert compared == [["linear", "kalman"], ["linear", "kalman", "recurrent"]]


def test_states_do_not_fill_in_chunks(sales: Path, tmp_path: Path) -> None:
    with pytest.raises(sa.Refusal, match=r"not filled by HMM.*Give Linear\(\)"):
        impute_in_chunks(sales, tmp_path / "out", sa.models.HMM(2), engine="loop")


def limited_to(size: int, call: Any) -> None:
    """Call while no file of this process can be larger than so many bytes: a full disk."""
    resource = pytest.importorskip("resource", reason="needs limits of Unix")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        call()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_the_job_which_goes_on_once_there_is_room(
    sales: Path, tmp_path: Path
) -> None:
    """While rows are sorted, and while parts are written."""

    def forecast(out: str, engine: Engine) -> Any:
        return forecast_in_chunks(
            Baseline("naive"), sales, 3, tmp_path / out, engine=engine, series=9, season=1
        )

    class Full(Loop):
        def map(self, function: str, chunks: Any) -> Iterator[Any]:
            calls = super().map(function, chunks)
            if not function.endswith("forecast_chunk"):
                yield from calls
                return
            yield next(calls)
            limited_to(1000, lambda: left.append(next(calls)))
            yield left[0]

    left: list[Any] = []
    with pytest.raises(sa.Refusal, match=r"could not be sorted into .*\. Free some space there"):
        limited_to(1000, lambda: forecast("a", Loop()))
    with pytest.raises(sa.Refusal, match=r"part-000001\.parquet' could not be written"):
        forecast("a", Full())
    there = {path.name for path in (tmp_path / "a").iterdir()}
    assert there == {"_work", "part-000000.parquet"}
    forecast("a", Loop())
    forecast("b", Loop())
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_a_damaged_file_is_named_and_the_same_call_works_once_it_is_mended(
    sales: Path, tmp_path: Path
) -> None:
    whole = (sales / "two.parquet").read_bytes()
    (sales / "two.parquet").write_bytes(whole[: len(whole) // 2])
    options: dict[str, Any] = {"folder": tmp_path / "out", "engine": "loop", "season": 1}
    with pytest.raises(sa.Refusal, match=r"two\.parquet"):
        forecast_in_chunks(Baseline("naive"), sales, 3, **options)
    (sales / "two.parquet").write_bytes(whole)
    assert forecast_in_chunks(Baseline("naive"), sales, 3, **options).failed == ()
    with pytest.raises(sa.Refusal, match="holds the result of another job"):
        forecast_in_chunks(Baseline("naive"), sales, 2, **options)


@pytest.fixture
def priced(tmp_path: Path) -> Path:
    """Series of days with a price, known three days further, visits, seen with the value, and an
    area; of one series a price of the future is missing."""
    draws, frames = np.random.default_rng(1), []
    for number in range(9):
        length = 33 + number
        days = pd.date_range("2024-11-20", periods=length + 3)
        price = draws.uniform(1, 3, length + 3).round(2)
        sales = np.append(
            (20 - 4 * price[:length] + draws.normal(size=length)).round(2), [np.nan] * 3
        )
        frame = {"unique_id": f"s{number}", "ds": days, "sales": sales, "price": price}
        frames.append(
            pd.DataFrame(
                {**frame, "visits": np.where(np.isnan(sales), np.nan, sales + 1), "area": number}
            )
        )
    rows = pd.concat(frames)
    rows.loc[
        (rows["unique_id"] == "s7") & (rows["ds"] == rows["ds"][rows["unique_id"] == "s7"].max()),
        "price",
    ] = np.nan
    path = tmp_path / "priced.parquet"
    sa.readers.write_parquet(rows.sample(frac=1, random_state=0), path)
    return path


COLUMNS: dict[str, Any] = {"target": "sales", "known": "price", "past": "visits", "static": "area"}
DAYS = ["2024-12-25", "2024-12-31"]


def read_priced(path: Path, ahead: int) -> sa.Panel:
    """The series that can be forecast, in memory."""
    read = sa.data.with_holidays(sa.read(path, **COLUMNS), DAYS, ahead)
    order = np.argsort(read.ids)
    return read.take(order[read.ids[order] != "s7"])


@pytest.mark.parametrize("model", [AutoARIMA((1, 0, 0)), sa.models.LinearAR(2)], ids=repr)
def test_covariates_are_read_as_in_memory(priced: Path, tmp_path: Path, model: Any) -> None:
    """By a method that reads those known beforehand, and by one that learns from some series. A
    series whose future is not known is named; the future is no part of the history."""
    options: dict[str, Any] = {"engine": "loop", "series": 4, "holidays": DAYS, "season": 7}
    done = forecast_in_chunks(model, priced, 3, tmp_path / "a", **options, **COLUMNS)
    assert [each.id for each in done.failed] == ["s7"]
    assert "'price'" in done.failed[0].reason and "2025-01-0" in done.failed[0].reason
    panel = read_priced(priced, 3)
    assert panel.lengths.tolist() == [33, 34, 35, 36, 37, 38, 39, 41]
    rule = model if isinstance(model, AutoARIMA) else FromSome(model)
    wanted = sa.fit(rule, panel, 3, season=7, key=0).forecast()
    pd.testing.assert_frame_equal(forecasts(done), wanted, check_dtype=False, rtol=1e-9)


def test_rows_of_the_future_that_nobody_named_are_left_out(priced: Path, tmp_path: Path) -> None:
    done = forecast_in_chunks(
        RandomWalk(), priced, 3, tmp_path / "b", target="sales", engine="loop", levels=()
    )
    wanted = sa.fit(RandomWalk(), sa.read(priced, target="sales"), 3, key=0).forecast(levels=())
    wanted = wanted.sort_values(["unique_id", "ds"], ignore_index=True)
    pd.testing.assert_frame_equal(forecasts(done), wanted, check_dtype=False)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"folder": "sales/ahead"}, "lies inside the folder of the data"),
        ({"holidays": ["never"]}, "`holidays` must be dates"),
        ({"known": "price"}, "There is no column 'price'"),
    ],
)
def test_wrong_use_is_refused_and_leaves_nothing(
    sales: Path, tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    given: dict[str, Any] = {"source": sales, "folder": "out", "engine": "loop", **change}
    given["folder"] = tmp_path / given["folder"]
    with pytest.raises(sa.Refusal, match=told):
        forecast_in_chunks(Baseline("naive"), horizon=2, **given)
    assert not list(tmp_path.rglob("part-*"))
    with pytest.raises(sa.Refusal, match="`models` must name one model or more"):
        backtest_in_chunks("ets", sales, 2, 1, tmp_path / "out", engine="loop")  # type: ignore[arg-type]
