"""The sections of a report on errors at past origins: leaderboard, error by step ahead, and how far
ahead the forecast can be trusted."""

from collections.abc import Sequence

import numpy as np

from ...data import Panel
from ...evaluation import Predictability, Trust
from .._axes import column
from ..comparison import error_by_step_plot, trust_plot
from ._html import Markup, element, joined
from ._page import chart
from ._report import Comparison, Report
from ._report_parts import part, table, words
from ._words import columns_of, number, steps

MOST_MODELS = 5
"""The number of models whose error by step ahead is drawn, besides the naive one."""

ALIKE = 0.01
"""Two models whose errors differ by at most this share at every step ahead are drawn as one."""

MOST_ROWS, UNFOLDED = 120, 24
"""The number of steps ahead in the table, and the number up to which it is not collapsed."""

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


def trust_part(report: Report, measure: str) -> Markup:
    """The verdicts of both horizons: whether the forecast is better than naive ones (errors in
    `measure`), and whether it is narrower than the spread of the past; empty if neither is
    known."""
    trust, informative = report.trusted, report.informative
    if trust is None and informative is None:
        return joined()
    information = "" if informative is None else f"Information in the forecast: {informative}"
    return part(
        "How far ahead can it be trusted?",
        words(report.trust, information),
        *([] if trust is None or len(trust.p) < 2 else [_trusted_errors(trust, measure)]),
        _verdicts(trust, informative, report.history, measure),
    )


def trust_tile(trust: Trust, history: Panel) -> tuple[str, str, str]:
    """The key figure: the trust horizon, or the verdict on all steps together, or on the first."""
    if trust.horizon:
        far = steps(trust.horizon, history.frequency)
        return "Trusted", far, f"better than naive (p < {trust.level:g})"
    first = f"{steps(trust.block, history.frequency)} ahead"
    if trust.together < trust.level:
        return "Trusted", "in the mean", f"of all steps; {first}: {trust.verdicts[0]}"
    return "Trusted", trust.verdicts[0], f"{first}, against naive"


def _trusted_errors(trust: Trust, measure: str) -> Markup:
    """The error by step of the model, with its 95 % band, and of the naive forecasts."""
    label = f"{measure} of {trust.model} and the naive forecasts at each step ahead"
    drawn = chart(trust_plot(trust, measure=measure), "trust", label, height=260)
    note = "Band: 95 % interval of the mean error; shaded: the steps at which it is trusted."
    return joined(element("figure", drawn), element("p", note, class_="note below"))


def _verdicts(
    trust: Trust | None, informative: Predictability | None, panel: Panel, measure: str
) -> Markup:
    """A table of the verdicts."""
    columns: list[tuple[str, Sequence[str]]] = []
    if trust is not None:
        losses = {f"{measure} of {trust.model}": trust.loss, **trust.rivals}
        columns += zip(losses, columns_of(list(losses.values())), strict=True)
        columns.append(("p", [_chance(p) for p in trust.p.tolist()]))
        columns.append(("Against naive", trust.verdicts))
    if informative is not None and np.isfinite(informative.ratio).any():
        ratios = [f"{ratio:.0%}" for ratio in informative.ratio.tolist()]
        columns.append((f"{informative.level:g}% interval / past spread", ratios))
    if not columns:
        return joined()
    names, values = zip(*columns, strict=True)
    rows = [(f"{k:,}", *row) for k, row in enumerate(zip(*values, strict=True), start=1)]
    drawn = element("div", table(("Step ahead", *names), rows[:MOST_ROWS]), class_="scroll")
    unfolded = "open" if len(rows) <= UNFOLDED else None
    return element(
        "details", element("summary", "Step by step"), drawn, class_="fold", open=unfolded
    )


def _chance(p: float) -> str:
    """A p-value for a table.

    >>> _chance(0.0312), _chance(1e-7)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.0005 else f"{p:.3f}"
