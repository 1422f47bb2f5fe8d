"""The file of a request, read with the options that were chosen on the page."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...._check import Refusal
from ....readers import Reading, understand


def read_file(request: dict[str, Any]) -> Reading:
    """Read the file of a request; sentences name it as the user does."""
    path, label = Path(request["path"]), request["label"]
    try:
        reading = understand(str(path), **request["options"])
    except Refusal as refusal:
        raise Refusal(named(str(refusal), path, label)) from refusal
    notes = tuple(named(note, path, label) for note in reading.notes)
    return replace(reading, source=label, notes=notes)


def named(sentence: str, path: Path, label: str) -> str:
    """The sentence with the user's name of the file in place of ours."""
    ours = path.name not in label
    return sentence.replace(str(path), label).replace(path.name, label) if ours else sentence
