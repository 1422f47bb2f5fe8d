"""The section of a report that compares the candidates: leaderboard, and error by step ahead."""

from collections.abc import Sequence

import numpy as np

from .._axes import column
from ..comparison import error_by_step_plot
from ._html import Markup, element, joined
from ._page import chart
from ._report import Comparison
from ._report_parts import part, table, words
from ._words import number

MOST_MODELS = 5
"""The number of models whose error by step ahead is drawn, besides the naive one."""

ALIKE = 0.01
"""Two models whose errors differ by at most this share at every step ahead are drawn as one."""

HEADINGS = {
    "mase": "Error (MASE)",
    "smape": "sMAPE, %",
    "mae": "MAE",
    "rmse": "RMSE",
    "pinball": "Pinball loss",
    "won": "Won",
    "seconds": "Seconds",
}


def comparison_part(comparison: Comparison, model: str) -> Markup:
    """The leaderboard, and the error by step ahead of the best models and of the naive one."""
    board = comparison.leaderboard
    names = [str(name) for name in column(board, "model").tolist()]
    known = [str(key) for key in board.keys()]  # noqa: SIM118
    shown = [name for name in known if name in HEADINGS or name.startswith("coverage-")]
    mase = (
        column(board, "mase").astype(np.float64) if "mase" in known else np.full(len(names), np.nan)
    )
    naive = mase[names.index(comparison.naive)] if comparison.naive in names else np.nan
    against = bool(naive > 0)
    head = [
        "Model",
        *([f"Against {comparison.naive}"] if against else []),
        *(_heading(name) for name in shown),
    ]
    rows = [
        [
            joined(name, element("span", "chosen", class_="chip")) if name == model else name,
            *([_bar(mase[n] / naive)] if against else []),
            *(_cell(key, column(board, key)[n]) for key in shown),
        ]
        for n, name in enumerate(names)
    ]
    origins = (
        f"at {comparison.origins} origin{'s' if comparison.origins != 1 else ''} "
        if comparison.origins
        else ""
    )
    text = words(
        f"Each model forecast {origins}inside the data, from the values before, and was compared "
        "with the values after.",
        (
            "MASE is the mean absolute error, divided by that of repeating the last season within "
            "the history: below 1 is better."
            if "mase" in known
            else ""
        ),
        (
            "Won is the share of comparisons in which a model had the smallest error."
            if "won" in known
            else ""
        ),
    )
    strong = names.index(model) if model in names else None
    board_drawn = element("div", table(head, rows, strong), class_="scroll board")
    return part("Models compared", text, board_drawn, _by_step(comparison, model, names))


def _heading(name: str) -> str:
    return HEADINGS.get(name) or f"Within {name.removeprefix('coverage-')}%"


def _cell(key: str, value: float) -> str:
    if key == "won" or key.startswith("coverage-"):
        return f"{value:.0%}" if np.isfinite(value) else "–"
    return (
        f"{value:.1f}"
        if key == "seconds"
        else f"{value:.3f}"
        if key == "mase" and np.isfinite(value)
        else number(value)
    )


def _bar(ratio: float) -> Markup:
    """A ratio to the naive error as a bar; 1 is marked, and 2 fills the cell."""
    if not np.isfinite(ratio):
        return Markup("–")
    inside = element(
        "i",
        style=f"width:{min(ratio, 2) * 50:.1f}%",
        class_="same" if abs(ratio - 1) < 0.005 else "worse" if ratio > 1 else None,
    )
    return joined(element("span", inside, class_="bar naive"), f"{ratio:.2f}")


def _by_step(comparison: Comparison, model: str, ranked: Sequence[str]) -> Markup | None:
    """The errors by step ahead of the chosen model, the best of the others and the naive one,
    without models equal to another; None if there is only one step."""
    errors = comparison.by_step
    if errors is None or len(column(errors, "step")) < 2:
        return None
    models = [str(name) for name in errors.keys() if str(name) != "step"]  # noqa: SIM118
    values = {name: column(errors, name).astype(np.float64) for name in models}
    ends = [model, *([comparison.naive] if comparison.naive else [])]
    distinct: list[str] = []
    for name in [name for name in dict.fromkeys([*ends, *ranked, *values]) if name in values]:
        if np.isfinite(values[name]).any() and not any(
            np.allclose(values[name], values[k], rtol=ALIKE, equal_nan=True) for k in distinct
        ):
            distinct.append(name)
    drawn = sorted(distinct[: MOST_MODELS + 1], key=lambda name: name == comparison.naive)
    lines = {name: values[name] for name in drawn}
    figure = error_by_step_plot(
        lines,
        measure=comparison.measure,
        reference=comparison.naive if comparison.naive in lines else None,
    )
    label = f"{comparison.measure} of {', '.join(lines)} at each step ahead"
    left = [name for name in values if name not in lines]
    text = words(
        "Error at each step ahead: where a line meets the dashed one, the naive forecast is as "
        "good.",
        f"Not drawn: {', '.join(left)}." if left else "",
    )
    return joined(
        element("h3", "Error by step ahead"),
        text,
        element("figure", chart(figure, "by-step", label, height=300)),
    )
