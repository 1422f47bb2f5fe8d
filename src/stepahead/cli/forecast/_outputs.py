"""The files that `stepahead forecast` writes."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..._check import Refusal, counted
from ...outputs import FittedModel, Table, rows_in, write_table
from ..shared import (
    PAGES,
    PICTURES,
    TABLES,
    Console,
    HalfPrecision,
    Out,
    check_room,
    check_writable,
    provenance,
)

if TYPE_CHECKING:
    from ...data import Panel


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The files that were asked for; each field is an option."""

    out: Out = None
    fitted_: Annotated[
        Path | None,
        typer.Option("--fitted", help="Write fitted values (one step ahead) and residuals."),
    ] = None
    save: Annotated[
        Path | None, typer.Option(help="Save the fitted model, for predict and update.")
    ] = None
    half_precision: HalfPrecision = False
    plot: Annotated[
        Path | None, typer.Option(help=f"Plot the forecast: {', '.join(PICTURES)}.")
    ] = None
    report: Annotated[
        Path | None, typer.Option(help="Write a report of forecast, model and errors: .html.")
    ] = None

    def check(self) -> None:
        """Raise an error for files that cannot be written, before any work."""
        check_writable("--out", self.out, TABLES)
        check_writable("--fitted", self.fitted_, TABLES)
        check_writable("--save", self.save)
        if self.half_precision and self.save is None:
            raise Refusal("`--half-precision` says how a model is saved. Give --save FILE.")
        check_writable("--plot", self.plot, PICTURES)
        check_writable("--report", self.report, PAGES)

    def check_room(self, panel: "Panel", horizon: int, levels: int) -> None:
        """Raise an error if the disk has too little space for the files, before fitting."""
        check_room("--save", self.save, 2 * panel.values.nbytes + panel.times.nbytes)
        check_room("--out", self.out, 20 * len(panel) * panel.channels * horizon * (3 + 2 * levels))
        check_room("--fitted", self.fitted_, 80 * panel.values.size)

    def save_model(self, done: FittedModel, console: Console) -> None:
        """Save the model if asked to, and print the command that forecasts with it."""
        if self.save is None:
            return
        from ...store import save

        save(done.forecaster, self.save, half_precision=self.half_precision)
        again = f"stepahead predict {shlex.quote(str(self.save))}"
        console.say(f"Model saved to {self.save}. To forecast with it: {again}")

    def write(
        self,
        panel: "Panel",
        table: Table,
        done: FittedModel,
        season: int,
        notes: Sequence[str],
        console: Console,
    ) -> None:
        """Write the forecast `table`, fitted values, plot and report, if asked for."""
        if self.out is not None:
            write_table(table, self.out)
            console.say(f"Forecast of {len(panel):,} series written to {self.out}.")
        past = self._fitted_values(done, console)
        if self.plot is not None:
            _plot(panel, table, done.name, self.plot, console)
        if self.report is not None:
            from ...outputs import write_page

            write_page(self.report, panel, table, done, past, season, provenance(notes))
            console.say(f"Report written to {self.report}.")

    def _fitted_values(self, done: FittedModel, console: Console) -> Table | None:
        """The table of fitted values, written if asked for; None if neither a file nor the report
        needs it."""
        if self.fitted_ is None and self.report is None:
            return None
        from ...outputs import fitted_columns

        table = fitted_columns(done.forecaster)
        if self.fitted_ is not None:
            write_table(table, self.fitted_)
            console.say(f"Fitted values and residuals (fitted − actual) written to {self.fitted_}.")
        return table


def _plot(panel: "Panel", table: Table, name: str, path: Path, console: Console) -> None:
    """Write the plot of the first series; with several channels, each of them has a panel."""
    from ...plots import forecast_plot, save_figure

    curves = len(panel) * panel.channels
    subject = f"{panel.ids[0]}: the" if curves == 1 else "The"
    figure = forecast_plot(
        panel,
        table,
        target=panel.names[0] if panel.channels == 1 else "value",
        title=f"{subject} next {counted(rows_in(table) // max(curves, 1), 'step')} by {name}",
    )
    save_figure(figure, path)
    console.say(f"Plot written to {path}.")
