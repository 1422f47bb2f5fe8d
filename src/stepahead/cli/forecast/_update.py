"""`stepahead update`: new observations for a saved model, which is trained on them only with
--fine-tune."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted
from ..shared import NEW_DATA, Console, Quiet, Source, check_writable, reads_data
from ._covariates import read_for_model

if TYPE_CHECKING:
    from ...data import Panel
    from ...forecasting import Predictor


@reads_data(
    *NEW_DATA,
    file=typer.Argument(
        metavar="NEWDATA", help="New observations of its series.", show_default=False
    ),
)
def update(
    *,
    model: Annotated[
        Path, typer.Argument(help="File written by forecast --save.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(help="Save the updated model here; may be MODEL itself.", show_default=False),
    ],
    fine_tune: Annotated[
        bool,
        typer.Option(
            "--fine-tune", help="Continue training from the saved weights on the new observations."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Random seed of --fine-tune.")] = 0,
    source: Source,
    quiet: Quiet = False,
) -> None:
    """Add new observations to the series of a saved model.

    The next forecast starts after them. The weights change only with --fine-tune.
    """
    check_writable("--out", out)
    console = Console(quiet)

    from ...forecasting import Predictor
    from ...store import load_as, save

    forecaster = load_as(Predictor, model, "stepahead forecast --save")
    reading = read_for_model(source, forecaster, forecaster.horizon, console, own=True)
    later, known = new_steps(forecaster.required_history, reading.panel)
    if known:
        console.say(
            f"{counted(known, 'step')} that the model already holds "
            f"{'was' if known == 1 else 'were'} left out."
        )
    save(
        _fine_tuned(forecaster, later, seed, console) if fine_tune else forecaster.update(later),
        out,
    )
    gap = gap_note(forecaster.required_history, later)
    if gap:
        console.say(gap)
    console.say(
        f"{counted(int(later.lengths.sum()), 'new step')} of {len(later):,} series; the updated "
        f"model is in {out}."
    )


def _fine_tuned(
    forecaster: "Predictor", later: "Panel", seed: int, console: Console
) -> "Predictor":
    """The model after further training on the new observations, with a message on its loss."""
    from ... import workflow
    from ...outputs import cache_compiled

    cache_compiled()
    with console.epochs("fine-tuning") as listener:
        done = workflow.fine_tune(forecaster, later, key=seed, on_event=listener)
    if done.before is None:
        console.say("This model has no weights to continue from: it was refitted to all its data.")
    else:
        console.say(
            f"Training loss on all its data: {done.before:.4g} before, {done.after:.4g} after."
        )
    return done.forecaster


def gap_note(history: "Panel", later: "Panel") -> str | None:
    """A sentence on missing steps between the end of each series and its first new step; None if
    there are none.

    >>> import stepahead as sa
    >>> gap_note(
    ...     sa.Panel.from_arrays([[1.0, 2.0]], ids=["a"]),
    ...     sa.Panel.from_arrays([[9.0]], ids=["a"], start=4),
    ... )
    "Between the history and the new data 2 steps of series 'a' are not there (from 2 to 3): they
    count as missing."
    """
    import numpy as np

    from ...data import format_stamp

    places = {name: number for number, name in enumerate(history.ids.tolist())}
    own = np.array([places[name] for name in later.ids.tolist()])
    last = history.times[history.offsets[1:] - 1][own]
    gaps = history.frequency.position(last, later.times[later.offsets[:-1]]) - 1
    open_ = np.flatnonzero(gaps > 0)
    if not len(open_):
        return None
    first = int(open_[0])
    ends = [
        format_stamp(stamp)
        for stamp in history.frequency.advance(last[first], np.array([1, gaps[first]]))
    ]
    more = (
        f", and {counted(int(gaps[open_[1:]].sum()), 'step')} of {len(open_) - 1:,} others"
        if len(open_) > 1
        else ""
    )
    are = "is" if gaps[open_].sum() == 1 else "are"
    return (
        f"Between the history and the new data {counted(int(gaps[first]), 'step')} of series "
        f"'{later.ids[first]}' {are} not there "
        f"(from {ends[0]} to {ends[1]}){more}: they count as missing."
    )


def new_steps(history: "Panel", new: "Panel") -> "tuple[Panel, int]":
    """The steps after the end of the history, and the number of earlier ones, which must be equal
    to the history.

    >>> import stepahead as sa
    >>> later, known = new_steps(
    ...     sa.Panel.from_arrays([[1.0, 2.0]]), sa.Panel.from_arrays([[1.0, 2.0, 3.0]])
    ... )
    >>> later.values[:, 0].tolist(), known
    ([3.0], 2)
    """
    import numpy as np

    from ...data import format_stamp

    places = {name: number for number, name in enumerate(history.ids.tolist())}
    begins = np.zeros(len(new), dtype=np.int64)
    for number, name in enumerate(new.ids.tolist()):
        if name not in places:
            continue
        at = places[name]
        rows, own = slice(*new.offsets[number : number + 2]), slice(*history.offsets[at : at + 2])
        held = new.times[rows] <= history.times[own][-1]
        begins[number] = int(held.sum())
        where = np.searchsorted(history.times[own], new.times[rows][held])
        before, now = (
            history.values[own][np.minimum(where, len(history.times[own]) - 1)],
            new.values[rows][held],
        )
        revised = (history.times[own][where] == new.times[rows][held]) & (
            (before != now) & ~(np.isnan(before) & np.isnan(now))
        ).any(axis=1)
        if revised.any():
            first = int(np.argmax(revised))
            raise Refusal(
                f"Series '{name}' was {before[first, 0]:g} at "
                f"{format_stamp(new.times[rows][held][first])} when the model was fitted, and is "
                f"{now[first, 0]:g} in the new data. A revised past takes a new fit: stepahead "
                "forecast."
            )
    if (begins == new.lengths).all():
        raise Refusal(
            "The new data hold no step after the end of the model's history, so there is nothing "
            "to add."
        )
    return new.slice(begins, new.lengths), int(begins.sum())
