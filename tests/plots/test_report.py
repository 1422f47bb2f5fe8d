"""The report: whole in itself, true to its values, small, and safe whatever the data holds."""

import json
import re
from html.parser import HTMLParser
from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stepahead import Frequency, Panel, Refusal
from stepahead.evaluation import Predictability, stationarity, trust_horizon
from stepahead.outputs import provenance
from stepahead.plots import (
    Comparison,
    Provenance,
    Report,
    Residuals,
    StationarityTests,
    Training,
    report_html,
)
from stepahead.plots._thinned import MOST_POINTS
from stepahead.plots.forecasts._curves import chosen
from stepahead.plots.forecasts._errors import errors_histogram, errors_of, errors_over_time
from stepahead.plots.report._html import program
from stepahead.plots.report._report_words import trust_in_words

WRITTEN = Provenance(
    "stepahead forecast data.csv --horizon 3",
    ("data.csv: 1 series",),
    {"stepahead": "0.1.0"},
    "today",
)
HOSTILE = '</script><img src=x onerror="alert(1)">\'&<!--<script>'


def forecast_of(
    panel: Panel, horizon: int = 3, levels: tuple[int, ...] = (95, 80)
) -> dict[str, Any]:
    rows = len(panel) * horizon * panel.channels
    columns = {
        "unique_id": np.repeat(panel.ids, horizon * panel.channels),
        "ds": np.repeat(panel.future(horizon).reshape(-1), panel.channels),
        "forecast": np.arange(float(rows)),
    }
    for level in levels:
        columns |= {
            f"lo-{level}": columns["forecast"] - level,
            f"hi-{level}": columns["forecast"] + level,
        }
    return columns


def monthly(
    length: int = 40, ids: tuple[str, ...] = ("air",), names: tuple[str, ...] = ("y",)
) -> Panel:
    values = [
        np.sin(np.arange(length))[:, None] + np.arange(1, len(names) + 1) + n
        for n in range(len(ids))
    ]
    return Panel.from_arrays(values, ids, np.datetime64("2020-01-01"), Frequency.parse("MS"), names)


def compared() -> Comparison:
    board = {
        "model": ["ets", "naive", "gru"],
        "mase": [0.75, 1.5, 1.875],
        "won": [0.75, 0.25, 0.0],
        "seconds": [1.0, 0.1, 9.0],
    }
    steps = {
        "step": np.arange(1, 4),
        "ets": [0.4, 0.5, 0.6],
        "naive": [0.8, 1.0, 1.2],
        "gru": [1.0, 1.2, 1.5],
        "same": [0.8, 1.0, 1.2],
    }
    return Comparison(board, steps, naive="naive", origins=3)


class Page(HTMLParser):
    """A page as a browser parses it: the elements with their attributes, the text outside scripts,
    the specifications of the figures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.elements, self.text, self.figures = [], [], "", {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append((tag, dict(attrs)))
        self.elements.append((tag, dict(attrs)))
        if tag in ("meta", "img", "br"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tag, attributes = self.open[-1] if self.open else ("", {})
        if tag == "script" and "id" in attributes:
            self.figures[attributes["id"].removesuffix("-data")] = json.loads(data)
        elif tag not in ("script", "style"):
            self.text += data + "\n"

    def count(self, tag: str, **attributes: str) -> int:
        return sum(
            name == tag and attributes.items() <= found.items() for name, found in self.elements
        )


def page_of(panel: Panel, horizon: int = 3, **more: Any) -> Page:
    return Page(
        report_html(
            Report(
                panel, forecast_of(panel, horizon), **{"model": "ets", "provenance": WRITTEN} | more
            )
        )
    )


def values(figure: dict[str, Any], layer: int) -> list[dict[str, Any]]:
    """The rows that one layer of a figure draws."""
    return figure["datasets"][(figure | figure["layer"][layer])["data"]["name"]]


def test_the_page_is_whole_in_itself_and_holds_the_program_once() -> None:
    panel = monthly(ids=("a", "b", "c"))
    residuals = {
        "unique_id": ["a"] * 12,
        "ds": panel.times[:12],
        "y": np.arange(12.0),
        "fitted": np.arange(12.0) ** 1.1,
    }
    text = report_html(
        Report(
            panel,
            forecast_of(panel),
            "ets",
            WRITTEN,
            comparison=compared(),
            training=Training({"training": np.array([2.0, 1.0])}, "done"),
            residuals=Residuals(residuals),
        )
    )
    page = Page(text)
    assert page.open == []
    assert len(page.figures) == page.count("div", **{"class": "chart", "role": "img"}) == 7
    assert not [
        value
        for _, found in page.elements
        for name, value in found.items()
        if name in ("src", "href", "srcset", "action")
    ]
    assert page.count("script") == 7 + 2
    assert text.count("window.vegaEmbed=") == 1
    (policy,) = [found["content"] for _, found in page.elements if "http-equiv" in found]
    assert policy.split(";")[0] == "default-src 'none'"
    assert "unsafe-eval" not in policy  # and so the figures must not compile expressions
    assert "ast: true" in text
    assert not re.search(r"@import|url\(", text[: text.index("</style>")])


def test_what_comes_with_the_data_stays_text() -> None:
    panel = monthly(ids=(HOSTILE, "b"), names=(HOSTILE,))
    board = {"model": [HOSTILE, "naive"], "mase": [0.5, 1.0]}
    steps = {"step": [1, 2], HOSTILE: [0.4, 0.5], "naive": [0.8, 1.0]}
    residuals = {
        "unique_id": [HOSTILE] * 12,
        "ds": panel.times[:12],
        "y": np.arange(12.0),
        "fitted": np.arange(12.0) ** 1.1,
    }
    page = page_of(
        panel,
        model=HOSTILE,
        reason=HOSTILE,
        trust=HOSTILE,
        title=HOSTILE,
        comparison=Comparison(board, steps, naive="naive"),
        training=Training({HOSTILE: np.array([2.0, 1.0])}, HOSTILE, HOSTILE),
        residuals=Residuals(residuals, HOSTILE),
        provenance=Provenance(HOSTILE, (HOSTILE,), {HOSTILE: HOSTILE}, HOSTILE),
    )
    assert page.open == []
    assert page.count("img") == 0
    assert page.count("script") == len(page.figures) + 2
    assert page.count("h1") == page.count("title") == 1
    assert page.text.count(HOSTILE) >= 14
    assert page.figures["forecast-0"]["description"].startswith(HOSTILE)


def test_the_summary_says_what_why_and_how_far() -> None:
    panel = monthly(40)
    text = " ".join(page_of(panel, reason="It was the best.", comparison=compared()).text.split())
    assert (
        "From one series with 40 months in all (2020-01 to 2023-04), the next 3 months are "
        "forecast, to 2023-07" in text
    )
    assert (
        "by the model ets. It was the best. On average its error was below that of naive at every "
        "one of the 3 steps ahead" in text
    )
    assert "for 2023-07 the forecast is 2, with a probability of 80% between -78 and 82." in text
    assert "Error 50% below that of naive" in text
    assert (
        page_of(panel, trust="Trust it for a week.", comparison=compared()).text.count(
            "On average its error"
        )
        == 0
    )


def trusted_twice() -> Any:
    """A trust horizon of two steps, no evidence at the third."""
    draws = np.random.default_rng(0).normal(size=(40, 3))
    naive = np.full((40, 3), 2.0) + 0.1 * draws
    own = naive + [-1.0, -0.5, 0.0] + 0.1 * np.random.default_rng(1).normal(size=(40, 3))
    return trust_horizon("combination", own, {"last value": naive})


def test_both_horizons_stand_in_the_page_step_by_step() -> None:
    trust = trusted_twice()
    informative = Predictability(80.0, np.array([0.25, 0.5, 1.5]), 2)
    page = page_of(monthly(), trust=str(trust), trusted=trust, informative=informative)
    text = " ".join(page.text.split())
    assert "Trusted 2 months better than naive (p < 0.05)" in text
    assert f"How far ahead can it be trusted? {trust} Information in the forecast: the 80 %" in text
    assert "MASE of combination last value p Against naive 80% interval / past spread" in text
    second, third = (f"{trust.loss[k]:.3f} {trust.rivals['last value'][k]:.3f}" for k in (1, 2))
    assert f"2 {second} < 0.001 better 50%" in text
    assert f"3 {third} {trust.p[2]:.3f} no evidence 150%" in text
    assert "trust" in page.figures
    alone = page_of(monthly(), informative=informative)
    assert "trust" not in alone.figures and "Trusted" not in alone.text
    assert "2\n50%" in alone.text
    assert "How far ahead can it be trusted?" not in page_of(monthly()).text


def test_without_a_step_that_is_trusted_the_key_figure_is_the_verdict() -> None:
    naive = np.full((40, 2), 2.0)
    for shift, verdict in ((0.0, "no evidence"), (1.0, "worse")):
        own = naive + shift + 0.1 * np.random.default_rng(1).normal(size=(40, 2))
        trust = trust_horizon("combination", own, {"last value": naive})
        text = " ".join(page_of(monthly(), trusted=trust).text.split())
        assert f"Trusted {verdict} 1 month ahead, against naive" in text
    later = naive - [0.0, 1.0] + 0.1 * np.random.default_rng(1).normal(size=(40, 2))
    trust = trust_horizon("combination", later, {"last value": naive})
    text = " ".join(page_of(monthly(), trusted=trust).text.split())
    assert "Trusted in the mean of all steps; 1 month ahead: no evidence" in text


def test_the_error_of_a_choice_is_not_that_at_the_origins_that_made_it() -> None:
    """A model that is used alone was chosen for its error; the error of the choice is that of the
    combination, chosen again at each origin, and none is shown if no origin judges it."""
    board = compared().leaderboard
    for judged, said in (("gru", "25% above"), (None, "50% below"), ("", None)):
        comparison = Comparison(board, naive="naive", judged=judged)
        text = " ".join(page_of(monthly(), comparison=comparison).text.split())
        again = ", chosen again at each origin" if judged else ""
        assert (f"Error {said} that of naive{again}" in text) == (said is not None)
        assert ("chosen again" in text) == bool(judged)


def test_a_report_needs_neither_networks_nor_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures alone (`stepahead[plots]`) bring neither JAX nor statsmodels."""

    def version(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("stepahead.outputs._report.version", version)
    assert set(provenance("stepahead forecast", ()).versions) == {"stepahead", "Python"}


def test_trust_is_claimed_only_as_far_as_every_step_is_better() -> None:
    def said(own: list[float]) -> str:
        return trust_in_words(
            Comparison(
                {"model": []},
                {"step": [1, 2, 3], "m": own, "naive": [1.0, 1.0, 1.0]},
                naive="naive",
            ),
            "m",
        )

    assert "up to 1 of 3 steps ahead" in said([0.5, 1.5, 0.5])
    assert (
        "not below that of naive one step ahead, though at 2 of the 3 steps ahead it was;"
        in said([1.0, 0.5, 0.5])
    )
    assert "nor at any step after it" in said([1.0, 1.5, 1.5])
    assert (
        trust_in_words(compared(), "naive")
        == trust_in_words(None, "ets")
        == trust_in_words(compared(), "unknown")
        == ""
    )


def test_the_figure_and_the_numbers_are_the_forecast() -> None:
    page = page_of(monthly())
    figure = page.figures["forecast"]
    areas = [n for n, layer in enumerate(figure["layer"]) if layer["mark"]["type"] == "area"]
    assert [row["high"] for row in values(figure, areas[0])][1:] == [95.0, 96.0, 97.0]
    assert [row["high"] for row in values(figure, areas[1])][1:] == [80.0, 81.0, 82.0]
    assert all(
        layer["encoding"].get("color", {}).get("legend", None) is None for layer in figure["layer"]
    )
    row = page.text[page.text.index("2023-07\n", page.text.index("high 95%")) :].split("\n")
    assert row[:6] == ["2023-07", "2", "-78", "82", "-93", "97"]


def test_the_leaderboard_holds_every_model_against_the_naive_one() -> None:
    text = page_of(monthly(), comparison=compared()).text
    assert re.search(r"ets\nchosen\n0\.50\n0\.750\n75%\n1\.0\n", text)
    assert re.search(r"gru\n1\.25\n1\.875\n0%\n9\.0\n", text)
    assert "at 3 origins inside the data" in text


def test_the_error_by_step_leaves_out_what_equals_another_and_a_single_step() -> None:
    page = page_of(monthly(), comparison=compared())
    drawn = [
        layer["encoding"]["color"]["scale"]["domain"]
        for layer in page.figures["by-step"]["layer"][:1]
    ]
    assert drawn == [["ets", "gru", "naive"]]
    assert "Not drawn: same." in page.text
    single = Comparison(
        compared().leaderboard, {"step": [1], "ets": [0.4], "naive": [0.8]}, naive="naive"
    )
    assert "by-step" not in page_of(monthly(), comparison=single).figures


def test_training_says_how_long_and_why_it_stopped() -> None:
    trained = page_of(
        monthly(),
        training=Training(
            {"training": np.array([3.0, 2.0]), "validation": np.array([])}, "no better for 5 epochs"
        ),
    )
    assert "Training ran for 2 epochs. It stopped: no better for 5 epochs." in trained.text
    exact = page_of(monthly(), training=Training({}, "the fit is exact, in closed form"))
    assert "No epochs of training: the fit is exact, in closed form." in exact.text
    assert "learning" not in exact.figures


def test_the_command_and_the_reading_are_there() -> None:
    page = page_of(monthly())
    assert page.text.count("stepahead forecast data.csv --horizon 3") == 1
    assert "data.csv: 1 series" in page.text
    assert "made today · stepahead 0.1.0" in page.text


def test_many_series_are_six_figures_from_the_steadiest_to_the_most_varied() -> None:
    random = np.random.default_rng(0)
    arrays = [
        100 + size * random.normal(size=40)
        for size in random.permutation(np.linspace(0.1, 30, 3003))
    ]
    panel = Panel.from_arrays([*arrays, np.ones(60), 1000 * random.normal(size=5)])
    spread = np.array([np.std(a) / np.mean(np.abs(a)) for a in arrays])
    index = chosen(panel)
    assert len(index) == 6
    assert (index[0], index[-1]) == (np.argmin(spread), np.argmax(spread))
    assert (np.diff(spread[index]) > 0).all()
    text = report_html(Report(panel, forecast_of(panel), "naive", WRITTEN))
    assert "6 of 3,005 series are drawn" in text
    assert len(text) < 1_200_000
    few = page_of(panel, shown=["7", "3000"])
    assert [few.figures[f"forecast-{n}"]["description"].split(":")[0] for n in (0, 1)] == [
        "7",
        "3000",
    ]
    with pytest.raises(Refusal, match="no series 'x'"):
        page_of(monthly(ids=("a", "b")), shown=["x"])


def test_a_long_series_is_thinned_and_said_to_be() -> None:
    series = np.sin(np.arange(200_000.0))
    series[123_456] = 77.0
    page = page_of(Panel.from_arrays([series]))
    whole = values(page.figures["history"], 0)
    assert len(whole) < 1600
    assert max(row["y"] for row in whole) == 77.0
    assert "through about 1,500 of 200,000 steps; no extreme is left out" in page.text


def test_residuals_of_one_series_keep_their_unit_and_of_many_lose_it() -> None:
    one = {
        "unique_id": ["a"] * 4,
        "ds": np.arange(4),
        "y": [1.0, 2.0, 3.0, np.nan],
        "fitted": [2.0, 2.0, 7.0, 1.0],
    }
    found = errors_of(one, "kW")
    assert found is not None
    assert (found.values.tolist(), found.quantity) == ([1.0, 0.0, 4.0], "residual, kW")
    rows = {
        "unique_id": ["a", "b"] * 50,
        "ds": np.repeat(np.arange(50), 2),
        "y": np.zeros(100),
        "fitted": np.tile([1.0, -1000.0, 3.0, 3000.0], 25),
    }
    both = errors_of(rows, "kW")
    assert both is not None and both.series == 2
    assert np.unique(both.values).tolist() == pytest.approx([-0.5, 1.0, 1.5, 3.0])
    assert both.neighbours == pytest.approx(-1.0)
    assert errors_over_time(both).to_dict()["layer"][0]["mark"]["type"] == "area"
    for count, mark in (
        (MOST_POINTS, "circle"),
        (MOST_POINTS + 1, "area"),
    ):  # the extremes of a long series alone would look like two bands
        long = errors_of(
            {
                "unique_id": ["a"] * count,
                "ds": np.arange(count),
                "y": np.zeros(count),
                "fitted": np.sin(np.arange(count)),
            },
            "kW",
        )
        assert mark in {
            layer["mark"]["type"] for layer in errors_over_time(long).to_dict()["layer"]
        }
    assert errors_of(one | {"fitted": [np.nan] * 4}, "kW") is None


def test_a_handful_of_residuals_is_not_drawn() -> None:
    table = {"unique_id": ["air"] * 3, "ds": np.arange(3), "y": np.zeros(3), "fitted": np.ones(3)}
    page = page_of(monthly(), residuals=Residuals(table, "at the origins"))
    assert "residuals" not in page.figures
    assert (
        "3 residuals: fitted values (at the origins) minus actual values. Above zero the model was "
        "too high. On average the model was 1 too high." in page.text
    )


def test_the_histogram_counts_every_residual() -> None:
    random = np.random.default_rng(1)
    table = {
        "unique_id": ["a"] * 5000,
        "ds": np.arange(5000),
        "y": np.zeros(5000),
        "fitted": random.standard_t(2, 5000),
    }
    found = errors_of(table, "y")
    assert found is not None
    drawn = errors_histogram(found).layer[0].data
    assert drawn["count"].sum() == 5000
    assert drawn["from"].min() > found.values.min()


def test_a_long_title_leaves_room_for_the_figure() -> None:
    figure = page_of(
        monthly(names=("a quantity with a name that nobody should have given to it " * 3,))
    ).figures["forecast"]
    assert 0 < figure["config"]["axisY"]["titleLimit"] < figure["height"]
    assert figure["config"]["axisX"]["titleLimit"] < 300


def test_channels_have_a_figure_each_and_interleave() -> None:
    panel = monthly(ids=("a", "b"), names=("hot", "cold"))
    page = page_of(panel)
    assert [page.figures[f"forecast-{n}"]["description"].split(":")[0] for n in range(4)] == [
        "a, hot",
        "a, cold",
        "b, hot",
        "b, cold",
    ]
    line = [
        n
        for n, layer in enumerate(page.figures["forecast-1"]["layer"])
        if layer["mark"]["type"] == "line"
    ][-1]
    assert [row["y"] for row in values(page.figures["forecast-1"], line)][1:] == [1.0, 3.0, 5.0]


def test_a_forecast_of_other_series_is_refused() -> None:
    panel = monthly(ids=("a", "b"))
    with pytest.raises(Refusal, match="for each of the 2 series of `history`"):
        report_html(Report(panel, forecast_of(monthly(ids=("b", "a"))), "ets", WRITTEN))
    with pytest.raises(Refusal, match="but it holds 3 rows"):
        report_html(Report(panel, forecast_of(monthly()), "ets", WRITTEN))


def test_stamps_are_those_of_the_clock_in_the_panels_zone() -> None:
    zoned = Frequency.parse("h", zone="Asia/Tokyo")
    panel = Panel.from_arrays(
        [np.arange(30.0)], start=np.datetime64("2024-01-01T00:00"), frequency=zoned
    )
    frame = pd.DataFrame(forecast_of(panel, 12))
    frame["ds"] = pd.DatetimeIndex(frame["ds"]).tz_localize("UTC").tz_convert("Asia/Tokyo")
    residuals = {
        "unique_id": ["0"] * 12,
        "ds": frame["ds"],
        "y": np.zeros(12),
        "fitted": np.arange(12.0),
    }
    page = Page(report_html(Report(panel, frame, "ets", WRITTEN, residuals=Residuals(residuals))))
    assert "(2024-01-01 09:00 to 2024-01-02 14:00)" in page.text
    first = values(page.figures["residuals"], 1)[0]["t"]
    assert np.datetime64(int(first), "ms") == np.datetime64("2024-01-02T15:00")


@pytest.mark.parametrize(
    "series",
    [
        [1.0],
        [5.0] * 30,
        [np.nan] * 30,
        [1e30, -1e30] * 20,
        [1e-30, 2e-30] * 20,
        [np.nan, 1.0, np.nan],
        [0.0] * 20,
    ],
    ids=["one step", "constant", "all missing", "huge", "tiny", "lone value", "zeros"],
)
@pytest.mark.parametrize("horizon", [1, 3])
def test_odd_series_make_a_page_too(series: list[float], horizon: int) -> None:
    panel = Panel.from_arrays([series])
    table = {
        "unique_id": np.repeat(panel.ids, len(series)),
        "ds": panel.times,
        "y": panel.values[:, 0],
        "fitted": np.zeros(len(series)),
    }
    page = page_of(panel, horizon, residuals=Residuals(table))
    assert page.open == []
    assert "nan" not in page.text.lower()


def test_a_program_that_would_end_its_element_is_not_put_into_a_page() -> None:
    with pytest.raises(ValueError, match="must not hold the end"):
        program("let a = '</SCRIPT>'")


def test_the_page_says_whether_the_past_is_like_the_future() -> None:
    draws = np.random.default_rng(0).normal(size=(3, 120))
    panel = Panel.from_arrays([*draws[:2].cumsum(axis=1), draws[2]], ids=[HOSTILE, "b", "c"])
    found, first = stationarity(panel), panel.take(np.array([0]))
    alone = page_of(first, tested=StationarityTests(first, found[:1]))
    assert "unit root (ADF p = " in alone.text and values(alone.figures["level-shift"], 1)[0][
        "y"
    ] == pytest.approx(panel.values[0, 0])
    assert alone.count("code") == 2 + 1  # two ways to forecast changes, and the command
    several = page_of(panel, tested=StationarityTests(panel, found))
    assert "1 of the 3 look stationary." in several.text
    assert re.search(
        r"unit root\s+2\s+67%\s+Let the model forecast differences.*stationary\s+1\s+33%",
        several.text,
        re.DOTALL,
    )
    some = page_of(
        panel,
        tested=StationarityTests(
            panel.slice(np.full(3, 60), panel.lengths).take(np.array([0])), found[:1]
        ),
    )
    assert "1 of 3 series were tested. Only the last 60 steps were tested." in some.text
