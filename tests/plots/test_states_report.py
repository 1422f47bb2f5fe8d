"""The report of hidden states: every number on the page is that of the tables and the matrix."""

import html
import re

import numpy as np

from stepahead.plots import (
    Provenance,
    StatesReport,
    TokenStatesReport,
    states_report_html,
    token_states_report_html,
)


def page_of(names: list[str], transition, posterior) -> str:
    steps, states = np.shape(posterior)
    path = {
        "unique_id": np.repeat(np.array(names, dtype=object), steps),
        "ds": np.tile(np.arange(steps), len(names)),
        "y": np.tile(np.arange(steps) * 1.0, len(names)),
        "state": np.tile(np.argmax(posterior, axis=1) + 1, len(names)),
        **{f"p{k + 1}": np.tile(np.array(posterior)[:, k], len(names)) for k in range(states)},
    }
    summary = {
        "state": np.arange(1, states + 1),
        "share": np.full(states, 1 / states),
        "steps": np.full(states, np.inf),
        "mean": np.arange(states) + 0.5,
        "deviation": np.ones(states),
    }
    report = StatesReport(path, summary, np.array(transition), Provenance("stepahead states"))
    return states_report_html(report, drawing="")


def said(page: str) -> str:
    bare = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", bare)))


def test_probabilities_ahead_follow_the_matrix_from_the_last_belief() -> None:
    belief = [[0.2, 0.8], [1.0, 0.0]]
    page = page_of(["<b>"], [[0.9, 0.1], [0.4, 0.6]], belief)
    text = said(page)
    assert "<b>: 2 hidden states" in text and "<b>:" not in page
    assert "The state is 1 at the last step, with probability 100%; one step later it is 1" in text
    for row in ("last step 100.0% 0.0%", "1 step ahead 90.0% 10.0%", "2 steps ahead 85.0% 15.0%"):
        assert row in text
    assert "50 steps ahead 80.0% 20.0%" in text  # the stationary law is (0.8, 0.2)
    assert "1 50.0% ∞ 0.5 1" in text and "2 50.0% ∞ 1.5 1" in text


def test_of_many_series_six_are_drawn() -> None:
    page = page_of([f"s{n}" for n in range(8)], [[1.0]], [[1.0], [1.0]])
    assert "2 more series are not drawn." in page and "8 series: 1 hidden state" in said(page)
    assert page.count('id="path-') == 2 * 6  # each a figure and its data
    assert 'id="transitions"' in page


def test_a_text_is_shown_in_the_colours_of_its_states() -> None:
    lines = [[("<b>", 1), ("c", 1), ("d", 2)], [("e", 2)] * 2000]
    summary = {
        "state": [1, 2],
        "share": [0.5, 0.5],
        "duration": [2.0, np.inf],
        "tokens": ["<", "e"],
    }
    emitted = [(["<b>", " "], [0.75, 0.25]), (["e"], [1.0])]
    page = token_states_report_html(
        TokenStatesReport(
            "a.txt",
            lines,
            " ",
            emitted,
            summary,
            np.array([[0.5, 0.5], [0.0, 1.0]]),
            Provenance("stepahead states"),
        ),
        drawing="",
    )
    text = said(page)
    assert "a.txt: 2 hidden states" in text and "<b>" not in page
    assert page.count('title="state 1">&lt;b&gt; c</span>') == 1
    assert page.count('title="state 2"') == 2 and "The first 1,500 of 2,003 tokens." in text
    assert "1 50.0% 2 <" in text and "2 50.0% ∞ e" in text and "Share of all tokens" in text
    assert page.count('role="img"') == 3 and '"label":"75.0%"' in page
