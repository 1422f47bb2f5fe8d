"""Headers of earlier versions, brought to the present one: what was saved once loads for ever."""

from typing import Any

_AFTER_ONE = {
    "labels": ("spec", "names", "vocabulary", "scale", "learning"),
    "tags": ("spec", "words", "characters", "tags", "learning"),
    "language": ("spec", "vocabulary", "learning", "backward"),
    "translation": ("spec", "source", "scale", "target", "learning"),
    "generator": ("spec", "vocabulary", "features", "learning", "names"),
    "series generator": ("spec", "head", "scale", "features", "names", "learning"),
}
"""The fields that stood at the top of a header of format 1, by kind."""


def upgraded(header: dict[str, Any]) -> dict[str, Any]:
    """The header as the present format has it."""
    kind = header.get("kind")
    if header["format"] > 1 or kind not in _AFTER_ONE:
        return header
    fields = {name: header[name] for name in _AFTER_ONE[kind]}
    model = header.get("model", {"value": header["counts"]} if "counts" in header else {"net": ""})
    return {"kind": kind, "fields": fields, "model": model}
