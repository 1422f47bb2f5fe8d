"""The file of a request, read with the options of the page."""

import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...._check import Refusal
from ....readers import Reading, confined, understand
from ._size import refuse_bomb


def read_file(request: dict[str, Any]) -> Reading:
    """Read the file of a request; messages use the user's name of the file."""
    path, label = Path(request["path"]), request["label"]
    given, options = [(path, label)], dict(request["options"])
    if request.get("future"):
        later, its_label = request["future"]
        refuse_bomb(Path(later), its_label)
        given.append((Path(later), its_label))
        options["future"] = later

    def said(sentence: str) -> str:
        for ours, theirs in given:
            sentence = named(sentence, ours, theirs)
        return sentence

    try:
        with only(*(ours for ours, _ in given)):
            reading = understand(str(path), **options)
    except Refusal as refusal:
        raise Refusal(said(str(refusal))) from refusal
    return replace(reading, source=label, notes=tuple(map(said, reading.notes)))


def only(*paths: Path) -> AbstractContextManager[None]:
    """A context manager in which only these files can be read; a sample or a pattern comes from the
    command line and is allowed."""
    return confined(*paths) if all(path.is_file() for path in paths) else nullcontext()


FIELDS = {
    "id": "Id of the series",
    "time": "Time",
    "target": "Values",
    "known": "Known covariates",
    "frequency": "Frequency",
    "season": "Season, in steps",
    "day_first": "01/02/2024 is",
    "decimal": "Decimal mark",
    "fill": "Steps without a row are",
    "drop_outliers": "Outliers are",
    "future": "Rows that follow",
}
"""The fields of the page, by the argument that each sets."""


def named(sentence: str, path: Path, label: str) -> str:
    """The sentence with the user's name of the file instead of the internal one, and with the
    page's fields instead of arguments.

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
