"""`stepahead states`: the hidden states of a file, as a table, a picture and a saved model."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stepahead as sa
from stepahead.cli import main


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    return int(left.value.code or 0)


def test_states_are_decoded_drawn_and_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draws = np.random.default_rng(0)
    level = np.repeat([0.0, 6.0, 0.0], 20)
    days = np.datetime64("2024-01-01") + np.arange(60)
    file, out = tmp_path / "level.csv", tmp_path / "path.csv"
    picture, kept = tmp_path / "path.svg", tmp_path / "level.stepahead"
    values = level + draws.normal(size=60)
    pd.DataFrame({"ds": days, "y": values}).to_csv(file, index=False)
    page = tmp_path / "states.html"
    every = "--out", out, "--plot", picture, "--save", kept, "--report", page
    assert run("states", file, *every) == 0
    assert "y: 2 hidden states" in page.read_text() and "What comes next" in page.read_text()
    said = capsys.readouterr()
    assert "deviation" in said.out and "Written to" in said.err
    table = pd.read_csv(out)
    assert table["state"].tolist() == (1 + (level > 0)).tolist()
    np.testing.assert_allclose(table["p1"] + table["p2"], 1, rtol=1e-9)
    assert "<svg" in picture.read_text()
    assert (sa.states(sa.load(kept)).path == table["state"]).all()
    assert run("states", file, "--states", "1-3") == 0
    said = capsys.readouterr().out
    assert "states,parameters,log_likelihood,aic,bic,held_out" in said
    assert len(said.splitlines()) == 4 + 1 + 2  # a table of three numbers, one of two states
    for wrong in ("3-2", "two", "2-", "0"):
        assert run("states", file, "--states", wrong) == 2
        assert "--states" in capsys.readouterr().err
    assert run("states", file, "--states", 100) == 2
    assert "at least as many" in capsys.readouterr().err
    assert run("states", file, "--emission", "poisson") == 2
    assert "counts" in capsys.readouterr().err


def test_columns_may_have_emissions_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draws, state = np.random.default_rng(0), np.repeat([0, 1, 0], 15)
    file, page, out = tmp_path / "both.csv", tmp_path / "both.html", tmp_path / "path.csv"
    counts = draws.poisson(2 + 12 * state)
    columns = {"t": np.arange(45), "warm": draws.normal(9 * state), "calls": counts}
    pd.DataFrame(columns).to_csv(file, index=False)
    both = "--target", "warm", "--target", "calls"
    picture = tmp_path / "both.svg"
    asked = "states", file, *both, "--emission"
    every = "--report", page, "--out", out, "--plot", picture
    assert run(*asked, "gaussian,poisson", *every) == 0
    path = pd.read_csv(out)["state"].to_numpy()
    assert (path == path[0]).tolist() == (state == 0).tolist()
    assert page.read_text().count('role="img"') == 3  # a figure of each column, the transitions
    assert ">warm<" in picture.read_text() and ">calls<" in picture.read_text()
    assert "mean of calls" in capsys.readouterr().out
    for names, said in (
        ("poisson,gaussian", "column 'warm' of series"),
        ("gaussian,poisson,poisson", "3 distributions, but there are 2 columns of values (warm"),
        ("gaussian,poison", "Did you mean 'poisson'"),
        ("gaussian,full-gaussian", "Name it alone"),
    ):
        assert run(*asked, names) == 2
        assert said in capsys.readouterr().err
    assert run(*asked, "poisson", "--lags", 1) == 2
    assert "--lags" in capsys.readouterr().err


def test_states_of_a_text_are_decoded_drawn_and_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draws = np.random.default_rng(0)
    syllables = [f"{one}{two}" for one in "bdgk" for two in "aio"]
    lines = ["".join(draws.choice(syllables, 5)) + " " for _ in range(30)]
    file, page = tmp_path / "sounds.txt", tmp_path / "states.html"
    file.write_text("\n\n".join(lines) + "\n")
    kept, picture, out = (tmp_path / name for name in ("m.stepahead", "p.svg", "path.csv"))
    asked = "states", file, "--tokenizer", "characters"
    assert run(*asked, "--report", page, "--save", kept, "--plot", picture, "--out", out) == 0
    said = capsys.readouterr()
    assert (
        "a text, 30 lines, independent of each other" in said.err
        and "29 blank ones left out" in said.err
    )
    table = pd.read_csv(out)
    assert table["line"].unique().tolist() == list(range(1, 60, 2))
    assert table["position"].tolist() == list(range(1, 12)) * 30
    assert "".join(table["token"][:11]) == lines[0]
    vowel = table["token"].isin([*"aio"])
    (of_vowels,) = set(table["state"][vowel])
    assert not (table["state"][table["token"].isin([*"bdgk"])] == of_vowels).any()
    np.testing.assert_allclose(table["p1"] + table["p2"], 1)
    assert "sounds.txt: 2 hidden states" in page.read_text() and "<svg" in picture.read_text()
    assert (sa.states(sa.load(kept), lines).path == table["state"]).all()
    assert run(*asked, "--one-text", "--states", "1-2", "--by", "held-out", "--out", out) == 0
    said = capsys.readouterr()
    assert "one running text of 30 lines" in said.err
    assert "held_out" in said.out and len(said.out.splitlines()) == 3 + 3
    again = pd.read_csv(out)
    places = ["line", "position", "token"]
    assert again[places].equals(table[places])
    for options, said_of in (
        (("--emission", "poisson"), "`--emission` belongs to series of numbers"),
        (("--target", "y"), "`--target` belongs"),
        (("--tokenizer", "letters"), "no tokenizer 'letters'"),
    ):
        assert run("states", file, *options) == 2
        assert said_of in capsys.readouterr().err
    assert run("states", "sample:nile", "--tokenizer", "words") == 2
    assert "sample:nile" in capsys.readouterr().err


def test_known_and_forbidden_states_condition_paths_and_probabilities() -> None:
    series = np.repeat([0.0, 1.0, 0.0], 15) + np.random.default_rng(1).normal(0, 0.7, 45)
    forecaster = sa.fit(sa.models.HMM(2), sa.Panel.from_arrays([series]), 1, key=0)
    free = sa.states(forecaster, k=3)
    assert free.log_probs.shape == (3, 1) and (np.diff(free.log_probs[:, 0]) < 0).all()
    assert (free.paths[0] == sa.states(forecaster).path).all()
    fixed, forbidden = np.zeros(45, int), np.zeros((45, 2), bool)
    fixed[20], forbidden[30:, 1] = 1, True
    found = sa.states(forecaster, fixed=fixed, forbidden=forbidden)
    assert found.path[20] == 1 and (found.path[30:] == 1).all() and free.path[20] == 2
    np.testing.assert_allclose(found.posterior[20], [1, 0])
    np.testing.assert_allclose(found.posterior[30:, 1], 0)
    share = np.exp(found.log_likelihood - free.log_likelihood)  # p(those states | data)
    drawn = sa.workflow.sample_states(forecaster, 4000, key=1)
    held = ((drawn[:, 20] == 1) & (drawn[:, 30:] == 1).all(axis=1)).mean()
    assert abs(held - share[0]) < 4 * np.sqrt(share[0] / 4000)
    for wrong, match in (
        ({"fixed": np.zeros(44, int)}, "`fixed` must have one entry for each of 45"),
        ({"fixed": np.full(45, 3)}, "from 1 to 2"),
        ({"forbidden": np.ones((45, 3), bool)}, "a column for each of 2 states"),
        ({"forbidden": np.ones((45, 2), bool)}, "No path of states is possible at the value"),
        ({"k": 0}, "`k`"),
    ):
        with pytest.raises(sa.Refusal, match=match):
            sa.states(forecaster, **wrong)


def test_paths_drawn_given_the_data_agree_with_the_posterior() -> None:
    series = np.repeat([0.0, 1.0, 0.0], 15) + np.random.default_rng(1).normal(0, 0.7, 45)
    forecaster = sa.fit(sa.models.HMM(2), sa.Panel.from_arrays([series]), 1, key=0)
    found = sa.states(forecaster)
    drawn = sa.workflow.sample_states(forecaster, 2000, key=1)
    share = np.stack([(drawn == k + 1).mean(axis=0) for k in range(2)], axis=1)
    assert drawn.shape == (2000, 45)
    assert abs(share - found.posterior).max() < 0.05
    np.testing.assert_allclose(found.stationary() @ found.transition, found.stationary())
    np.testing.assert_allclose(
        found.log_likelihood[0], forecaster.score().total[0] + first_density(forecaster), rtol=1e-6
    )


def first_density(forecaster: sa.Forecaster) -> float:
    """log p of the first value, which `score` does not count, without the scale's derivative."""
    inside = forecaster.scaled.apply(forecaster.history)
    body = forecaster.model.body
    raw = np.asarray(body.emission.parameters)[:, 0]
    scale = np.logaddexp(0, raw[:, 1]) + 1e-4
    logs = -0.5 * ((inside.values[0, 0] - raw[:, 0]) / scale) ** 2 - np.log(scale)
    first = np.logaddexp.reduce(body.log_start + logs - 0.5 * np.log(2 * np.pi))
    stretch = np.asarray(forecaster.scaled.log_derivative(forecaster.history))[1:]
    return float(first - stretch.sum())


def test_values_that_never_change_have_no_states(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "same.csv"
    days = np.datetime64("2024-01-01") + np.arange(20)
    pd.DataFrame({"ds": days, "y": 7}).to_csv(file, index=False)
    assert run("states", file) == 2
    assert "All values are 7, so there is one state" in capsys.readouterr().err
