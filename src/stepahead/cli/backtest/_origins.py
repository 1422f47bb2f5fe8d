"""The forecast origins of `stepahead backtest`: their number, the steps between them, and the
shortest series."""

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted, whole
from ..shared import Console

if TYPE_CHECKING:
    from ...data import Panel

FEW_SERIES, MOST, WINDOWS = 30, 100, 10
"""Default numbers of origins: up to `MOST` for fewer than `FEW_SERIES` series, else `WINDOWS`. With
few series, the test of the trust horizon needs many origins."""


@dataclass(frozen=True, kw_only=True)
class Origins:
    """The options on origins."""

    windows: Annotated[
        int | None,
        typer.Option(
            help=(
                f"Number of forecast origins; by default up to {MOST} for few series, {WINDOWS} for"
                " many, within the second half of the series."
            )
        ),
    ] = None
    step: Annotated[
        int | None,
        typer.Option(
            help=(
                "Steps between origins; for few series by default 1, or more where more than"
                f" {MOST} origins would fit."
            )
        ),
    ] = None
    refit: Annotated[
        int, typer.Option(help="Refit every so many origins; 0: fit once, at the oldest origin.")
    ] = 0

    def sizes(self, panel: "Panel", horizon: int) -> dict[str, int]:
        """The arguments of `workflow.backtest` for these series."""
        windows, step = layout(panel, horizon, self.windows, self.step)
        return {"horizon": horizon, "windows": windows, "step": step, "refit": self.refit}

    def of_many(self, horizon: int) -> dict[str, int]:
        """The same arguments when no series has been read: a few origins, one horizon apart."""
        windows = 3 if self.windows is None else whole("--windows", self.windows)
        step = horizon if self.step is None else whole("--step", self.step)
        return {"horizon": horizon, "windows": windows, "step": step, "refit": self.refit}


def layout(panel: "Panel", horizon: int, windows: int | None, step: int | None) -> tuple[int, int]:
    """Number of origins, and steps between them, as given. By default the origins are spread over
    the second half of the median series, at most `MOST` for few series and `WINDOWS` for many.

    >>> import numpy as np, stepahead as sa
    >>> (
    ...     layout(sa.Panel.from_arrays([np.arange(144.0)]), 12, None, None),
    ...     layout(sa.Panel.from_arrays([np.arange(30.0)]), 6, None, 3),
    ... )
    ((61, 1), (4, 3))
    """
    if windows is not None:
        whole("--windows", windows)
    room = max(0, int(median(panel.lengths.tolist())) // 2 - horizon)
    few = len(panel) < FEW_SERIES
    wanted = windows or (MOST if few else WINDOWS)
    if step is not None:
        spacing = whole("--step", step)
    elif few:
        spacing = max(1, math.ceil((room + 1) / wanted))
    else:
        spacing = math.ceil(horizon / max(1, wanted // 3))
    return windows or max(1, min(wanted, room // spacing + 1)), spacing


def needed(sizes: dict[str, int]) -> int:
    """The smallest length of a series: all windows, and one season before the earliest origin."""
    return sizes["horizon"] + (sizes["windows"] - 1) * sizes["step"] + max(2, sizes["season"])


def long_enough(panel: "Panel", needed: int, skip: bool, console: Console) -> "Panel":
    """The series of at least `needed` steps; shorter ones are an error unless `skip`."""
    import numpy as np

    enough = panel.lengths >= needed
    if enough.all():
        return panel
    short = [f"'{name}'" for name in panel.ids[~enough][:5].tolist()]
    more = int((~enough).sum()) - len(short)
    named = f"{', '.join(short)}{f' and {more:,} more' if more else ''}"
    problem = f"Series shorter than the {counted(needed, 'step')} that these origins need: {named}"
    if not skip or not enough.any():
        add = "Add --skip-short to leave them out, or ask" if enough.any() else "Ask"
        raise Refusal(
            f"{problem}. {add} for a shorter --horizon, fewer --windows or a smaller --step."
        )
    console.say(f"{problem}; left out.")
    return panel.take(np.flatnonzero(enough))


def design(sizes: dict[str, int]) -> str:
    """A sentence on the origins, the horizon and refitting.

    >>> design({"windows": 5, "step": 12, "horizon": 12, "refit": 1})
    'Backtest: 5 origins, 12 steps apart, 12 steps ahead; refitted at every origin.'
    """
    fitting = {0: "fitted once, at the oldest origin", 1: "refitted at every origin"}.get(
        sizes["refit"], f"refitted every {sizes['refit']} origins"
    )
    return (
        f"Backtest: {counted(sizes['windows'], 'origin')}, {counted(sizes['step'], 'step')} apart,"
        f" {counted(sizes['horizon'], 'step')} ahead; {fitting}."
    )
