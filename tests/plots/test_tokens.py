"""The figures of token models, read from their specifications."""

import numpy as np
import pytest

from stepahead import Refusal
from stepahead.plots import perplexity_plot, transitions_plot


def test_each_text_has_its_panel_and_each_line_a_ring_at_its_lowest() -> None:
    figure = perplexity_plot(
        {
            "words": {"KN": [9.0, 5.0, 6.0], "ML": [9.0, np.inf, np.inf]},
            "characters": {"KN": [4.0, 3.0, 2.0]},
        }
    )
    words, characters = (panel.layer[0] for panel in figure.concat)
    assert words.layer[0].data.values.tolist() == [
        ["KN", 1, 9.0],
        ["KN", 2, 5.0],
        ["KN", 3, 6.0],
        ["ML", 1, 9.0],
    ]
    assert words.layer[1].data.values.tolist() == [["KN", 2, 5.0], ["ML", 1, 9.0]]
    assert characters.layer[1].data.values.tolist() == [["KN", 3, 2.0]]
    assert [panel.layer[1].data["name"].tolist() for panel in figure.concat] == [
        ["words"],
        ["characters"],
    ]
    with pytest.raises(Refusal, match="something is empty"):
        perplexity_plot({"words": {}})


def test_a_cell_goes_from_its_row_to_its_column() -> None:
    figure = transitions_plot(
        np.array([[0.1, 0.9, 0.0], [0.0, 0.255, 0.745]]), ["a", " "], ["x", "y", "z"]
    )
    cells = figure.layer[0].encoding.to_dict()
    assert (cells["y"]["field"], cells["x"]["field"], cells["y"]["sort"]) == (
        "from",
        "to",
        ["a", "␣"],
    )
    assert figure.data.values.tolist()[3:5] == [["␣", "x", 0.0, ""], ["␣", "y", 0.255, ".26"]]
    with pytest.raises(Refusal, match="must have a row for each of 1"):
        transitions_plot(np.ones((2, 2)), ["a"])
    with pytest.raises(Refusal, match="cannot be read"):
        transitions_plot(np.ones((61, 61)), [str(n) for n in range(61)])
