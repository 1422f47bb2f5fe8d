"""The file of a request, read with the options that were chosen on the page."""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...._check import Refusal
from ....readers import Reading, confined, understand


def read_file(request: dict[str, Any]) -> Reading:
    """Read the file of a request; sentences name it as the user does."""
    path, label = Path(request["path"]), request["label"]
    try:
        with one_file(path):
            reading = understand(str(path), **request["options"])
    except Refusal as refusal:
        raise Refusal(named(str(refusal), path, label)) from refusal
    notes = tuple(named(note, path, label) for note in reading.notes)
    return replace(reading, source=label, notes=notes)


def one_file(path: Path) -> AbstractContextManager[None]:
    """Nothing but this file is read in the block; a sample or a pattern is the user's own, of the
    command line."""
    return confined(path) if path.is_file() else nullcontext()


FIELDS = {
    "id": "Id of the series",
    "time": "Time",
    "target": "Values",
    "known": "Known beforehand",
    "frequency": "Frequency",
    "season": "Season, in steps",
    "day_first": "01/02/2024 is",
    "decimal": "Decimal mark",
    "fill": "Steps without a row are",
}
"""The fields of the page, by the argument that each sets."""


def named(sentence: str, path: Path, label: str) -> str:
    """The sentence with the user's name of the file in place of ours, and with the fields of the
    page in place of arguments.

    >>> named("Say which: `target='sales'`, or name a `key`.", Path("given-1.csv"), "a.csv")
    "Say which: “Values” 'sales', or name a `key`."
    """
    sentence = re.sub(r"`(\w+)(?:=([^`]*))?`", _as_field, sentence)
    ours = path.name not in label
    return sentence.replace(str(path), label).replace(path.name, label) if ours else sentence


def _as_field(found: re.Match[str]) -> str:
    if found[1] not in FIELDS:
        return found[0]
    return f"“{FIELDS[found[1]]}”" + (f" {found[2]}" if found[2] else "")
