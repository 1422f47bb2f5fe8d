"""Tables written to files."""

from pathlib import Path

from .._files import written_whole
from ._columns import Table, write_csv


def write_table(table: Table, path: Path) -> None:
    """Write columns in the format given by the ending of `path`; the file appears when it is
    complete."""
    ending = path.suffix.lower()
    if ending == ".csv":
        with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as file:
            write_csv(table, file)
        return
    import pandas as pd

    frame = pd.DataFrame(table)
    if ending == ".parquet":
        from ..readers import write_parquet

        write_parquet(frame, path)
        return
    with written_whole(path) as part:
        frame.to_json(part, orient="records", date_format="iso", indent=1)
