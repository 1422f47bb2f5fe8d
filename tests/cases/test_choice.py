"""The model that is chosen, and how sure it is: files as people have them, each with what is right
for it."""

import io

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead import data, forecasting, models
from stepahead.cli import main
from stepahead.data import Panel
from stepahead.workflow import Candidate, candidates

KEY = jax.random.key(0)
SKEWED = np.random.default_rng(0).lognormal(
    0.0, 1.0, 2000
)  # the median is 1, the mean exp(1/2) = 1.65


@pytest.mark.parametrize(
    "head", [models.Gaussian(), models.StudentT(), models.Quantiles(), models.Point()], ids=repr
)
def test_the_forecast_is_the_mean_where_the_scaler_is_affine_and_the_median_where_it_bends(
    head,
) -> None:
    panel = Panel.from_arrays([SKEWED])
    for scaler in (data.identity(), data.standard(), data.robust(), data.mean_scale()):
        done = sa.fit(models.Mean(), panel, horizon=2, key=KEY, head=head, scaler=scaler)
        assert done.forecast(levels=())["forecast"].tolist() == pytest.approx(
            [SKEWED.mean()] * 2, rel=0.15
        )
    for scaler in (data.log(), data.asinh(), data.pipeline(data.log(), data.standard())):
        done = sa.fit(models.Mean(), panel, horizon=2, key=KEY, head=head, scaler=scaler)
        table = done.forecast(levels=())
        assert "mean" not in table.columns
        assert np.mean(table["forecast"].iloc[0] > SKEWED) == pytest.approx(0.5, abs=0.06)


def test_ets_of_positive_series_gives_the_median() -> None:
    done = sa.fit(
        forecasting.ETS(), Panel.from_arrays([SKEWED[:300]]), horizon=1, key=KEY
    ).forecast(levels=())
    assert np.mean(done["forecast"].iloc[0] > SKEWED) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    "scaler", [None, data.robust(), data.pipeline(data.log(), data.standard())], ids=repr
)
def test_what_decides_when_to_stop_has_not_taught_the_scales_either(scaler) -> None:
    """Held back values and covariates that are wild, negative or huge: training goes as it would
    have gone with tame ones."""
    draws, held = np.random.default_rng(1).uniform(1, 2, (2, 30, 3)), 4
    recipe = sa.training.Gradient(span=4, epochs=2, steps=2, batch=4, patience=9)
    losses = []
    for factor in (1.0, 1e4 if scaler else -1e4):
        wild = draws.copy()
        wild[:, -held:, :2] *= factor  # what is known beforehand is fed to the steps before
        panel = data.with_covariates(
            Panel.from_arrays(list(wild[:, :, :1])),
            past=Panel.from_arrays(list(wild[:, :, 1:2]), names=["p"]),
            known=Panel.from_arrays(list(wild[:, :, 2:]), names=["k"]),
        )
        done = sa.fit(
            models.MLPAR(3, hidden=(2,)),
            panel,
            horizon=held,
            key=KEY,
            scaler=scaler,
            training=recipe,
        )
        losses.append(done.learning.losses)
        at_last = done.scaler.fit(panel).apply(panel)  # of all the history
        np.testing.assert_array_equal(done.scaled.apply(panel).values, at_last.values)
    np.testing.assert_array_equal(*losses)


# Short series


@pytest.mark.parametrize(
    "name",
    ["three-points.csv", "five-points.csv", "eight-points.csv", "twenty-products-eight-months.csv"],
)
def test_a_short_series_is_forecast_with_wide_intervals_and_that_is_said(cases, name: str) -> None:
    panel = sa.read(cases / name)
    choice = sa.auto(panel, 3, key=KEY, clock=lambda: 0.0)
    assert choice.sentence.endswith(
        "zero-shot, the pretrained network, is used, with wide intervals; its accuracy on these "
        "data is not known."
    )
    assert choice.forecaster.spec.seasons == (12,), "a year of months, though none was seen whole"
    done = choice.forecaster.predict(levels=80)
    low, high = done.interval(80)
    assert ((low < done.mean) & (done.mean < high)).all()
    width = (high - low)[:, :, 0]
    assert (np.diff(width, axis=1) > 0).all()
    changes = np.array(
        [np.sqrt(np.mean(np.diff(panel.series(n)[:, 0]) ** 2)) for n in range(len(panel))]
    )
    assert (width[:, 0] > 2 * 1.28 * changes * 0.7).mean() > 0.9


def test_two_values_are_forecast_as_a_random_walk_and_that_is_said() -> None:
    panel = sa.Panel.from_arrays([[5.0, 7.0]])
    choice = sa.auto(panel, 3, key=KEY, clock=lambda: 0.0)
    assert choice.sentence.endswith(
        "random-walk is used: the last value, with wide intervals, because few changes were seen."
    )
    done = choice.forecaster.predict(levels=80)
    low, high = done.interval(80)
    np.testing.assert_array_equal(done.mean[0, :, 0], 7.0)
    assert (np.diff((high - low)[0, :, 0]) > 0).all()


def test_the_pretrained_network_knows_the_season_of_the_frequency_before_two_were_seen() -> None:
    """18 months: the forecast of a month follows that month of the year before."""
    draws = np.random.default_rng(1)
    months = np.arange(30)
    size = 100 + 40 * np.sin(2 * np.pi * months / 12) + draws.normal(size=(20, 30))
    year = data.Frequency.parse("MS")
    begin = np.datetime64("2020-01-01")
    panel = Panel.from_arrays(list(size[:, :18]), frequency=year, start=begin)

    def error(**options) -> float:
        spec = forecasting.Pretrained(adjusted=False, **options)
        done = sa.fit(spec, panel, 12, key=KEY).predict(levels=())
        return float(np.abs(done.mean[..., 0] - size[:, 18:]).mean())

    assert sa.fit(forecasting.Pretrained(), panel, 12, key=KEY).spec.seasons == (12,)
    assert error() < 0.5 * error(seasons=())
    assert sa.data.season_of(panel) == 1, "scores and other methods still count two seasons"


def test_series_without_room_for_an_origin_leave_the_others_theirs() -> None:
    """Half of the series are young: the others are compared at as many origins as alone, and the
    young ones are forecast by the pretrained network alone."""
    draws = np.random.default_rng(0)
    old = [5 + draws.normal(size=60).cumsum() for _ in range(6)]
    young = [5 + draws.normal(size=11).cumsum() for _ in range(6)]

    def few(panel, horizon, season):
        kept = ("naive", "seasonal-naive", "theta", "zero-shot")
        return tuple(c for c in candidates(panel, horizon, season) if c.name in kept)

    def chosen(series, season):
        panel = Panel.from_arrays(series)
        return sa.auto(panel, 4, key=KEY, clock=lambda: 0.0, season=season, choose_from=few)

    alone, both = chosen(old, 4), chosen(old + young, 4)
    np.testing.assert_array_equal(alone.report.origins, both.report.origins)
    member = both.forecaster.names.index("zero-shot")
    np.testing.assert_array_equal(both.forecaster.weights[6:, member], 1.0)
    np.testing.assert_array_equal(both.forecaster.weights[:6], alone.forecaster.weights)
    assert "on 6 of 12 series" in both.sentence
    assert "6 series without room for an origin are forecast by zero-shot alone." in both.sentence
    without = chosen(old + young, 1)
    np.testing.assert_array_equal(without.forecaster.weights[6], without.forecaster.shared)
    assert "alone" not in without.sentence


def test_intervals_of_few_changes_hold_as_often_as_they_say() -> None:
    """Walks of 3 to 8 values, alone and beside others: 80 % intervals hold 80 % of what comes,
    where plain normal ones hold too little."""
    draws = np.random.default_rng(0)
    held, beside = [], []
    for _ in range(150):
        walks = draws.normal(size=(4, 11)).cumsum(axis=1) * draws.uniform(0.5, 2) + 20
        for number, n in enumerate((3, 4, 6, 8)):
            seen = Panel.from_arrays([walks[number, :n]])
            low, high = (
                forecasting.RandomWalk()
                .fitted(seen, 3, key=KEY, season=1)
                .predict(levels=80)
                .interval(80)
            )
            held.append(
                (low[0, :, 0] <= walks[number, n : n + 3])
                & (walks[number, n : n + 3] <= high[0, :, 0])
            )
        few = Panel.from_arrays([walk[:4] for walk in walks])
        low, high = (
            forecasting.RandomWalk()
            .fitted(few, 3, key=KEY, season=1)
            .predict(levels=80)
            .interval(80)
        )
        beside.append((low[:, :, 0] <= walks[:, 4:7]) & (walks[:, 4:7] <= high[:, :, 0]))
    assert np.mean(held, axis=0)[0] >= 0.78 and np.mean(held) < 0.93
    assert np.mean(beside, axis=(0, 1))[0] >= 0.77 and np.mean(beside) < 0.93


def test_a_network_refuses_to_know_three_points_by_heart(cases) -> None:
    for name in ("three-points.csv", "eight-points.csv"):
        with pytest.raises(
            sa.Refusal, match="needs at least 20 changes from step to step to learn from"
        ):
            sa.fit(models.GRU(32), sa.read(cases / name), horizon=3, key=KEY)


# A budget is kept, and a candidate that fails fails alone


class Clock:
    """Stands still but for what is spent on it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def costing(clock: Clock, **seconds: float):
    """Candidates that take so many seconds a fit, in twenty epochs; the later, the better they
    are."""

    def named(panel: Panel, horizon: int, season: int):
        def fits(name: str, each: float):
            def fit(history: Panel, key, heard):
                for epoch in range(20):
                    clock.now += each / 20
                    heard(epoch)
                kind = {"naive": "mean", "better": "naive"}.get(name, "drift")
                spec = forecasting.Baseline(kind)
                return sa.fit(spec, history, horizon, key=key, season=season)

            return fit

        return tuple(
            Candidate(name, fits(name, each), seeds=3 if name == "best" else 1)
            for name, each in seconds.items()
        )

    return named


LINE = Panel.from_arrays([np.arange(40.0)])


@pytest.mark.parametrize(
    ("seconds", "name", "late", "spent"),
    [
        ({"naive": 1, "better": 5, "best": 8}, "best", None, 60),  # 8 to compare, three seeds of 8
        (
            {"naive": 1, "better": 5, "best": 20},
            "best",
            None,
            60,
        ),  # one seed of three, the next two are stopped
        (
            {"naive": 1, "better": 5, "best": 183},
            "better",
            "best",
            60,
        ),  # stopped half way through what is left
        ({"naive": 1, "better": 40, "best": 1}, "best", "better", 60),
        ({"naive": 1, "better": 180, "best": 180}, "naive", "better, best", 60),
        (
            {"naive": 70, "better": 1},
            "naive",
            "better",
            140,
        ),  # the simplest is not bounded: there must be an answer
    ],
)
def test_a_budget_bounds_the_comparison_and_the_last_fit(
    seconds, name: str, late: str | None, spent: float
) -> None:
    clock = Clock()
    choice = sa.auto(
        LINE, 2, key=KEY, clock=clock, budget=60.0, choose_from=costing(clock, **seconds)
    )
    assert choice.name == name
    assert clock.now <= spent + 0.11 * 60
    assert (
        (f"Left out for lack of time: {late}." in choice.sentence)
        if late
        else "Left out" not in choice.sentence
    )
    (chosen,) = choice.forecaster.members  # the others have several times its error
    members = getattr(chosen, "members", [chosen])
    assert len(members) == (3 if seconds.get("best") in (1, 8) and name == "best" else 1)


def test_compiling_is_not_counted_as_the_time_of_a_model() -> None:
    import time

    def compiles(panel: Panel, horizon: int, season: int):
        def fit(history: Panel, key, heard):
            jax.jit(lambda x: jax.lax.fori_loop(0, 3, lambda _, y: jnp.sin(y) @ jnp.cos(y).T, x))(
                jnp.ones((7, 7))
            ).block_until_ready()
            return sa.fit(models.Naive(), history, horizon, key=key)

        return (Candidate("naive", fit),)

    start, compiling = time.monotonic(), sa.ops.compiling_seconds()
    choice = sa.auto(LINE, 2, key=KEY, clock=time.monotonic, choose_from=compiles)
    assert sa.ops.compiling_seconds() > compiling
    assert (
        choice.leaderboard[0].seconds
        <= time.monotonic() - start - (sa.ops.compiling_seconds() - compiling) / 2
    )


def test_a_candidate_that_fails_is_left_out_and_named() -> None:
    def broken(history: Panel, key, heard):
        raise ZeroDivisionError("nothing to divide by. Try again")

    def fragile(history: Panel, key, heard):
        """Fits what is compared, and refuses the whole panel, which is longer."""
        if history.lengths[0] == 40:
            raise sa.Refusal("Forty is too many. Give fewer.")
        return sa.fit(forecasting.Baseline("drift"), history, 2, key=key)

    def field(panel: Panel, horizon: int, season: int):
        naive, mean = (
            Candidate(
                name,
                lambda history, key, heard, name=name: sa.fit(
                    forecasting.Baseline(name), history, 2, key=key
                ),
            )
            for name in ("naive", "mean")
        )
        return naive, Candidate("broken", broken), mean, Candidate("fragile", fragile)

    choice = sa.auto(LINE, 2, key=KEY, clock=lambda: 0.0, choose_from=field)
    assert choice.name == "naive"
    assert [row.name for row in choice.leaderboard] == ["fragile", "combination", "naive", "mean"]
    assert "The forecast is that of naive" in choice.sentence
    assert (
        "Left out: broken, which failed (ZeroDivisionError nothing to divide by)."
        in choice.sentence
    )
    assert "Left out: fragile, which failed (Forty is too many)." in choice.sentence
    # It was the better choice, so the naive forecast is not praised in its place.
    assert choice.unfitted == ("fragile",)
    assert "fragile, with a weight by the errors at" in choice.trust_sentence
    assert choice.trust_sentence.endswith("could not be fitted to all data.")
    with pytest.raises(
        sa.Refusal, match=r"No model could be compared\. Left out: broken, which failed"
    ):
        sa.auto(
            LINE,
            2,
            key=KEY,
            clock=lambda: 0.0,
            choose_from=lambda *_: (Candidate("broken", broken),),
        )


# Nothing below zero that never was


def every_forecaster(panel: Panel) -> dict:
    """One of each kind, on a panel that falls towards 0."""

    class Last:
        def fit(self, x, y):
            self.step = np.mean(y - x[:, -1])

        def predict(self, x):
            return x[:, -1] + self.step

    small = sa.training.Gradient(span=3, epochs=1, steps=1, batch=4)
    specs = {
        "drift": models.Drift(),
        "linear": models.LinearAR(1),
        "ets": forecasting.ETS(),
        "theta": forecasting.Theta(),
        "walk": forecasting.RandomWalk(),
        "regressor": forecasting.Regressor(Last(), lags=1),
        "conformal": sa.conformal(models.Drift(), windows=6),
    }
    made = {name: sa.fit(spec, panel, horizon=4, key=KEY) for name, spec in specs.items()}
    member = sa.fit(models.MLPAR(3, hidden=(2,)), panel, horizon=4, key=KEY, training=small)
    return made | {"ensemble": forecasting.Ensemble((member, member))}


def test_what_never_was_below_zero_is_not_forecast_there_by_anything(tmp_path) -> None:
    """And what was may be: of two series that fall alike, one begins below 0."""
    fall = np.linspace(30, 0, 24) + np.random.default_rng(0).uniform(0, 2, 24)
    fall[-1] = 0  # else exponential smoothing works in logs, and cannot fall below
    panel = Panel.from_arrays(
        [fall, fall - 31, np.r_[np.nan, fall[1:]]], ids=["stock", "balance", "gap"]
    )
    for name, forecaster in every_forecaster(panel).items():
        table = forecaster.forecast(levels=[80])
        numbers = table[["forecast", "lo-80", "hi-80"]].to_numpy().reshape(3, 4, 3)
        assert (numbers[[0, 2]] >= 0).all() and (numbers[[0, 2], ..., 1] == 0).any(), name
        assert (numbers[1] < 0).any(), name
        free = (
            forecaster.forecast(levels=[80], lower=-np.inf)[["forecast", "lo-80", "hi-80"]]
            .to_numpy()
            .reshape(3, 4, 3)
        )
        np.testing.assert_allclose(np.maximum(free[[0, 2]], 0), numbers[[0, 2]])
        assert free[0].min() < 0, name
        np.testing.assert_allclose(
            forecaster.forecast(levels=(), lower=5)["forecast"], np.maximum(free[..., 0].ravel(), 5)
        )
    report = sa.backtest([models.Drift()], panel, horizon=4, windows=3, key=KEY, levels=[95])
    assert (report.quantiles["Drift()"][:, [0, 2]] >= 0).all() and (
        report.quantiles["Drift()"][:, 1] < 0
    ).any()
    sa.save(
        forecaster := sa.fit(forecasting.RandomWalk(), panel, horizon=2, key=KEY), tmp_path / "walk"
    )
    np.testing.assert_array_equal(
        sa.load(tmp_path / "walk").predict(levels=80).quantiles,
        forecaster.predict(levels=80).quantiles,
    )


def test_demand_that_ended_is_compared_by_the_methods_for_demand() -> None:
    """A level shift to 0: adjusted to it, the demand before would be negative."""
    draws = np.random.default_rng(0)
    sold = np.concatenate([100 + draws.integers(0, 30, 30), np.zeros(60)])
    panel = Panel.from_arrays([sold, np.where(np.arange(90) % 5, 0.0, 3.0)])

    def few(*sizes):
        kept = ("naive", "theta", "tsb", "hurdle")
        return tuple(c for c in candidates(*sizes) if c.name in kept)

    choice = sa.auto(panel, 4, key=KEY, season=1, choose_from=few)
    assert {row.name for row in choice.leaderboard} >= {"tsb", "hurdle"}
    assert "failed" not in choice.sentence


@pytest.mark.parametrize("model", ["ets", "zero-shot", "linear"])
def test_intervals_of_counts_end_at_counts_whatever_the_model(
    model: str, tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In Python and at the shell; series that are no counts keep their decimals."""
    draws = np.random.default_rng(0).poisson(4.0, size=(2, 40)).astype(float)
    draws[1] += 0.25
    panel = Panel.from_arrays(list(draws), ids=["counts", "amounts"])
    spec = {
        "ets": forecasting.ETS(),
        "zero-shot": forecasting.Pretrained(),
        "linear": models.LinearAR(3),
    }[model]
    path = tmp_path / "counts.csv"
    long = {"unique_id": np.repeat(panel.ids, 40), "ds": np.tile(np.arange(40), 2)}
    pd.DataFrame(long | {"y": draws.ravel()}).to_csv(path, index=False)
    with pytest.raises(SystemExit, match="0"):
        main(["forecast", str(path), "--horizon", "3", "--model", model, "--quiet"])
    printed = pd.read_csv(io.StringIO(capsys.readouterr().out))
    for table in (sa.fit(spec, panel, 3, key=KEY).forecast(levels=80), printed):
        ends = table.set_index("unique_id")[["lo-80", "hi-80"]]
        assert (ends.loc["counts"] % 1 == 0).all(axis=None)
        assert (ends.loc["amounts"] % 1 != 0).any(axis=None)


def test_a_forecast_that_is_no_number_is_not_put_on_a_bound() -> None:
    done = forecasting.with_lower_bound(
        sa.Prediction(np.array([[[-np.inf], [np.nan], [-1.0]]])), LINE
    )
    np.testing.assert_array_equal(done.mean.ravel(), [-np.inf, np.nan, 0.0])


def test_the_command_says_what_it_put_on_zero_and_how_to_leave_it(tmp_path, capsys) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(
        "unique_id,ds,y\n"
        + "".join(
            f"{name},{t},{level - t}\n" for name, level in (("a", 9), ("b", 3)) for t in range(8)
        )
    )
    numbers = []
    for more in ([], ["--lower=-inf"], ["--lower", "-5"]):
        with pytest.raises(SystemExit, match=r"^0$"):
            main(["forecast", str(file), "-k", "3", "--model", "drift", "--levels", "", *more])
        printed = capsys.readouterr()
        numbers.append([float(line.split(",")[2]) for line in printed.out.splitlines()[1:]])
        assert (
            "1 of 6 forecast numbers were negative, though these series never were" in printed.err
        ) == (not more)
    assert numbers[0] == pytest.approx([1, 0, 0, -5, -6, -7], abs=1e-3)
    assert numbers[1] == pytest.approx([1, 0, -1, -5, -6, -7], abs=1e-3)
    assert numbers[2] == pytest.approx([1, 0, -1, -5, -5, -5], abs=1e-3)


def quick(panel: Panel, horizon: int, season: int):
    """The candidates that cost little, and whatever joins them."""
    return tuple(
        c
        for c in candidates(panel, horizon, season)
        if c.name not in ("theta", "ets", "arima", "linear", "mlp", "gru")
    )


@pytest.mark.parametrize(
    ("name", "series"), [("intermittent-monthly.csv", 6), ("five-hundred-mixed-series.csv.gz", 60)]
)
def test_counts_and_amounts_are_not_forecast_below_zero(cases, name: str, series: int) -> None:
    panel = sa.read(cases / name)
    panel = panel.take(np.arange(series))
    for model in (models.Drift(), sa.conformal(models.SeasonalNaive(12), windows=2)):
        table = sa.fit(model, panel, horizon=6, key=KEY).forecast(levels=80)
        assert table.select_dtypes("number").to_numpy().min() >= 0
    choice = sa.auto(panel.take(np.arange(6)), 6, key=KEY, clock=lambda: 0.0, choose_from=quick)
    assert choice.forecaster.forecast().select_dtypes("number").to_numpy().min() >= 0
    assert all((ends >= 0).all() for ends in choice.report.quantiles.values())


def test_a_first_zero_that_comes_late_stops_no_forecast(cases) -> None:
    """Networks choose their scale by positive data, and take the zero that comes; nothing that
    compares them is ended by it."""
    panel, later = (
        sa.read(cases / "first-zero-late.csv"),
        sa.read(cases / "first-zero-in-new-data.csv", frequency="D"),
    )
    first = int(np.argmax(panel.values[:, 0] == 0))
    before, rest = (
        panel.slice(np.array([0]), np.array([first])),
        panel.slice(np.array([first]), panel.lengths),
    )
    assert (before.values > 0).all() and len(rest.values) > 0
    few = sa.training.Gradient(span=5, epochs=1, steps=2, batch=8)
    for spec in (models.MLPAR(4), models.GRU(3)):
        forecaster = sa.fit(spec, before, horizon=3, key=KEY, training=few)
        assert not forecaster.scaled.affine
        assert np.isfinite(forecaster.update(rest).update(later).predict(levels=80).quantiles).all()
        assert np.isfinite(
            forecaster.predict(panel=panel.with_values(panel.values - 60)).mean
        ).all()
    windows = len(rest.values) + 1
    report = sa.backtest(
        [models.MLPAR(4), forecasting.ETS()], panel, 1, windows, key=KEY, refit=0, training=few
    )
    assert all(np.isfinite(report.mean[name]).all() for name in report.models)


def test_intermittent_methods_compete(cases) -> None:
    names = {
        candidate.name
        for candidate in candidates(sa.read(cases / "intermittent-monthly.csv"), 6, 12)
    }
    assert names & {"croston", "sba", "tsb", "imapa", "adida"}


def test_methods_for_demand_do_not_compete_where_values_are_negative() -> None:
    """Returned goods: the methods would fail one by one, and each failure would be told."""
    demand = np.where(np.arange(90) % 4, 0.0, 5.0)
    for low, wanted in ((0.0, {"sba", "tsb", "imapa", "hurdle"}), (-2.0, set())):
        panel = Panel.from_arrays([demand, np.where(np.arange(90) == 40, low, demand)])
        names = {candidate.name for candidate in candidates(panel, 6, 1)}
        assert names & {"sba", "tsb", "imapa", "hurdle"} == wanted


def test_a_season_given_for_integer_times_is_modelled_as_that_of_dates_is() -> None:
    """Half hours without dates: the day that the user names, and the week that shows."""
    steps = np.arange(336 * 5)
    week = 20 * np.sin(2 * np.pi * steps / 48) * (1 + (steps // 48 % 7 < 5))
    values = [100 + week + np.random.default_rng(0).normal(size=len(steps))]
    dated = Panel.from_arrays(
        values, start=np.datetime64("2024-01-01"), frequency=data.Frequency.parse("30min")
    )
    names = [
        [each.name for each in candidates(panel, 48, 48)]
        for panel in (Panel.from_arrays(values), dated)
    ]
    assert names[0] == names[1] and {"mstl", "kernel-ridge", "seasonal-naive-336"} <= set(names[0])
    plain = {each.name: each for each in candidates(Panel.from_arrays(values), 48, 48)}
    assert plain["mstl"].fit(Panel.from_arrays(values), KEY, None).spec.seasons == (48, 336)


def test_a_level_shift_does_not_make_intervals_three_times_too_wide(cases) -> None:
    panel = sa.read(cases / "five-hundred-mixed-series.csv.gz").take(
        np.array([164, 179, 199, 324])
    )  # shifted at step 45 of 60
    low, high = (
        sa.auto(panel, 6, key=KEY, clock=lambda: 0.0, choose_from=quick)
        .forecaster.predict(levels=80)
        .interval(80)
    )
    honest = np.array([2 * 1.28 * panel.series(n)[45:].std() for n in range(4)])
    assert (high - low)[:, 0, 0] == pytest.approx(honest, rel=0.5)


def test_days_with_a_week_and_a_year_use_both(cases) -> None:
    """Of the candidates that know of seasons by their formulas."""
    past, after = data.split(sa.read(cases / "daily-week-and-year.csv.gz"), 60)
    done = sa.auto(
        past,
        60,
        key=KEY,
        clock=lambda: 0.0,
        choose_from=lambda *told: tuple(c for c in quick(*told) if "zero-shot" not in c.name),
    ).forecaster.predict(levels=80)
    low, high = done.interval(80)
    actual = after.values[None]
    assert np.abs(done.mean - actual).mean() < 8
    assert 0.7 <= np.mean((low <= actual) & (actual <= high)) <= 0.9


def _baselines(*names: str):
    def field(panel: Panel, horizon: int, season: int):
        def fitted(name: str):
            spec = forecasting.Baseline(name)
            return Candidate(
                name, lambda history, key, heard: sa.fit(spec, history, horizon, season=season)
            )

        return tuple(map(fitted, names))

    return field


@pytest.mark.parametrize("other", ["drift", "mean"])
def test_a_naive_choice_is_not_advised_instead_of_itself(other: str) -> None:
    """And errors that cannot be scaled are explained, not shown as nan."""
    panel = Panel.from_arrays([np.tile(np.arange(7.0), 9)])
    field = _baselines("seasonal-naive", other)
    choice = sa.auto(panel, 3, key=0, clock=lambda: 0.0, season=7, choose_from=field)
    assert choice.name == "seasonal-naive"
    assert choice.trust_sentence.startswith("The forecast is itself a naive one, so there is no")
    assert choice.trust_sentence.endswith(f"a better choice at {choice.trust.origins} origins.")
    assert "Errors are not shown" in choice.sentence
    assert "nan" not in choice.sentence


def test_what_was_judged_is_said_where_one_model_is_used_alone() -> None:
    """The errors are those of the choice at every origin, which may have been another one there."""
    line = np.arange(60.0) + np.random.default_rng(0).normal(0, 0.1, 60)
    field = _baselines("naive", "mean", "drift")
    choice = sa.auto(Panel.from_arrays([line]), 3, key=0, clock=lambda: 0.0, choose_from=field)
    assert choice.name == "drift"
    assert "is that of drift alone, which has all the weight by the errors" in choice.sentence
    assert (
        "the combination, chosen again at each origin from earlier errors only" in choice.sentence
    )
    assert choice.trust_sentence == str(choice.trust)
