"""Files as people have them, at the command line: a result, or one sentence and exit code 2; never
a traceback."""

import io
from pathlib import Path

import pandas as pd
import pytest

from stepahead.cli import main

FILES = Path(__file__).parents[1] / "readers" / "files"
NAMES = sorted(path.name for path in FILES.iterdir())
TELLING = {
    "empty.csv": "is empty. Give a table",
    "header-only.csv": "a header and no rows",
    "one-column.csv": "one column only",
    "picture-named.csv": "is a PNG picture, not a table",
    "text-among-numbers.csv": "holds 'broken' in column 'y'",
    "duplicate-stamps.csv": "more than one row at 2024-01-06",
    "stamp-off-the-grid.csv": "a stamp off its grid",
    "two-frequencies.csv": "series 'a' has 'D' and series 'b' has 'MS'",
    "infinite-value.csv": "infinite value at 2024-01-05",
    "all-missing-series.csv": "No value at all in series 'b'",
    "ids-that-differ-by-a-space.csv": "differ only by spaces",
}


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    printed = capsys.readouterr()
    return left.value.code or 0, printed.out, printed.err


@pytest.mark.parametrize("name", NAMES)
def test_inspect_and_forecast_agree_on_a_file(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    seen, told = (
        run(capsys, "inspect", FILES / name),
        run(capsys, "forecast", FILES / name, "-k", 2, "--model", "naive", "--quiet"),
    )
    assert seen[0] == told[0]
    for code, out, err in (seen, told):
        assert code in (0, 2)
        assert "Traceback" not in err
        if code == 2:
            assert (out, err.count("\n")) == ("", 1)
            assert err.rstrip().endswith((".", "?", ")"))
            assert TELLING.get(name, "") in err
    assert seen[0] == 2 or name not in TELLING
    if told[0] == 0:
        table = pd.read_csv(io.StringIO(told[1]))
        assert len(table) % 2 == 0
        assert table.drop(columns=["unique_id", "ds"]).notna().all(axis=None)
