"""The columns of many Parquet files: an error if a file has other columns than the first."""

from collections.abc import Iterable
from pathlib import Path

from ..._check import Refusal
from ..files import Table, quoted
from ..tables import is_role

Kinds = dict[str, str]
"""The type of every column of a file, by its name, in words."""


def refuse_unlike(
    table: Table, files: list[str], read: Iterable[str], named: Iterable[str] = ()
) -> None:
    """Raise an error for files of which one lacks a column that is `read`, or has it with another
    type, or has a column that the first file lacks although `named` or its name gives it a role.

    The engine would use the columns of the first file, cast those of the others, and ignore the
    rest.
    """
    listed = ", ".join(map(quoted, files))
    rows = table.rows(
        "SELECT file_name, name, type, converted_type, logical_type, num_children FROM "
        f"parquet_schema([{listed}])"
    )
    by_file: dict[str, Kinds] = {}
    for file, name, *held, children in rows:
        kinds = by_file.setdefault(str(file), {})
        if not children:
            kinds[str(name)] = _kind(*(str(each or "") for each in held))
    (first, wanted), *others = by_file.items()
    read, asked = list(read), set(named)
    for file, kinds in others:
        for name in (*read, *kinds):
            role = name in read or name in asked or is_role(name)
            here, there = wanted.get(name), kinds.get(name)
            if not role or here == there:
                continue
            if here is None or there is None:
                lacks, has = (first, file) if here is None else (file, first)
                raise Refusal(
                    f"'{_short(lacks)}' has no column '{name}', which '{_short(has)}' has. Write "
                    "it into every file, or give those alone that have it."
                )
            raise Refusal(
                f"The column '{name}' holds {here} in '{_short(first)}', but {there} in "
                f"'{_short(file)}'. Write it one way."
            )


def _short(file: str) -> str:
    return Path(file).name if "://" not in file else file


def _kind(physical: str, converted: str, logical: str) -> str:
    """The type of a column, in words."""
    if "Timestamp" in logical and "isAdjustedToUTC=1" in logical:
        return "stamps with a time zone"
    if physical == "INT96" or "Timestamp" in logical or converted.startswith("TIMESTAMP"):
        return "stamps"
    if "DateType" in logical or converted == "DATE":
        return "stamps"
    if physical == "BYTE_ARRAY" and "DECIMAL" not in converted:
        return "text"
    return "numbers"
