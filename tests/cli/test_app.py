"""The shape of the command line: the same reading options everywhere, and groups of commands that
are refused like single ones."""

from collections.abc import Iterator
from typing import Annotated

import pytest
import typer

from stepahead._check import Refusal
from stepahead.cli import app, main
from stepahead.cli._app import command_of, commands

COLUMNS = ["sql", "id", "time", "target"]
CLOCK = ["frequency", "zone", "day_first"]
CELLS = ["decimal", "thousands", "missing", "fill", "drop_outliers"]
READING = {
    "forecast": [
        "file",
        *COLUMNS,
        "known",
        "past",
        "static",
        "future",
        "calendar",
        *CLOCK,
        *CELLS,
    ],
    "backtest": ["file", *COLUMNS, "known", "past", "static", "calendar", *CLOCK, *CELLS],
    "impute": ["file", *COLUMNS, "known", "past", "static", "calendar", *CLOCK, *CELLS],
    "inspect": ["file", *COLUMNS, *CLOCK, *CELLS],
    "predict": ["file", *COLUMNS, "zone", "day_first", *CELLS, "future"],
    "update": ["file", *COLUMNS, "zone", "day_first", *CELLS, "future"],
}
SHOWN = {
    "file": (
        "The data: CSV, TSV, JSON lines, Parquet or .tsf, one or many series; or a sample, such as"
        " sample:co2."
    ),
    "--sql": "Instead of FILE: a DuckDB query over files.",
    "--id": "Column with the id of the series; repeat for several columns.",
    "--time": "Column of the time stamps.",
    "--target": "Column of the values; repeat for several channels.",
    "--frequency": "Frequency in pandas' notation: D, MS, W-SUN, 15min, ...",
    "--zone": "Time zone of the time stamps, such as Europe/Berlin.",
    "--day-first / --month-first": "Order of day and month in dates such as 01/02/2024.",
    "--decimal": "Decimal mark of numbers such as 1,234: a comma or a point.",
    "--thousands": "Thousands separator: a comma, a point, a space or an apostrophe.",
    "--missing": "Number that marks a missing value, such as -200.",
    "--fill": "Value of time steps without a row, such as 0; by default missing.",
    "--drop-outliers": "Read outliers as missing; `inspect` lists them.",
    "-h, --help": "Show this message and exit.",
}


def test_every_command_reads_by_the_same_options() -> None:
    every = {name for names in READING.values() for name in names}
    for command, names in READING.items():
        parameters = command_of([command])[1].params
        assert [each.name for each in parameters if each.name in every] == names


def test_the_help_of_the_reading_options_is_what_it_says() -> None:
    command = command_of(["inspect"])[1]
    context = typer.Context(command, help_option_names=["-h", "--help"])
    records = [each.get_help_record(context) for each in command.get_params(context)]
    assert {name.split(" <")[0]: text for name, text in records} == SHOWN
    saved = [
        each
        for name in ("predict", "update")
        for each in command_of([name])[1].params
        if each.name == "file"
    ]
    assert [each.metavar for each in saved] == ["data", "NEWDATA"]


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A group of two commands, `stepahead sums add` and `stepahead sums root`, for as long as a
    test lasts."""
    group = typer.Typer(help="Sums.")

    @group.command()
    def add(*, degree: Annotated[int, typer.Option("--degree-of-both")] = 1) -> None:
        raise Refusal(
            f"`degree` must be even, but it is {degree}. Say `degree=2`; `key` is another matter."
        )

    @group.command()
    def root() -> None:
        typer.echo("3")

    monkeypatch.setattr(app, "registered_groups", [*app.registered_groups])
    app.add_typer(group, name="sums")
    commands.cache_clear()
    yield
    commands.cache_clear()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["sums", "root"], 0, ""),
        (
            ["sums", "add", "--degree-of-both", "3"],
            2,
            "`--degree-of-both` must be even, but it is 3. Say `--degree-of-both 2`; `key` is "
            "another matter.\n",
        ),
        (
            ["sums", "add", "--speed", "3"],
            2,
            "No such option: --speed. See: stepahead sums add --help\n",
        ),
        (
            ["sums", "ad"],
            2,
            "No such command 'ad'. Did you mean 'add'? See: stepahead sums --help\n",
        ),
        (["sums"], 0, ""),
        ([], 0, ""),
    ],
)
@pytest.mark.usefixtures("sums")
def test_a_command_of_a_group_is_refused_like_any_other(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(words)
    printed = capsys.readouterr()
    assert (left.value.code, printed.err) == (code, said)
    assert (not printed.out) == bool(code)
