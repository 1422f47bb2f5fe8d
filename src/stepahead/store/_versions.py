"""Headers of earlier formats are brought to the present one, so that every saved file can be loaded
for ever."""

from typing import Any

_FIELDS_OF_FORMAT_1 = {
    "labels": ("spec", "names", "vocabulary", "scale", "learning"),
    "tags": ("spec", "words", "characters", "tags", "learning"),
    "language": ("spec", "vocabulary", "learning", "backward"),
    "translation": ("spec", "source", "scale", "target", "learning"),
    "generator": ("spec", "vocabulary", "features", "learning", "names"),
    "series generator": ("spec", "head", "scale", "features", "names", "learning"),
    "forecaster": ("spec", "scaler", "scaled", "learning", "horizon", "context", "season"),
    "local": ("spec", "horizon", "season"),
    "conformal": ("season", "gain"),
    "ensemble": (),
}
"""The top-level fields of a header of format 1, by kind of fitted value."""

_RENAMED_CLASSES = {
    "Marks": "WordsAndPunctuation",
    "Chain": "Pipeline",
    "FittedChain": "FittedPipeline",
}
"""Classes that had another name in files of format 1 or 2: old name to new."""

_RENAMED_FIELDS = {("Encoder", "lost"): "word_dropout", ("Vocabulary", "cut"): "tokenizer"}
"""Fields that had another name in files of format 1 or 2, by the old name of the class: old name to
new."""


_WITHOUT_SETTINGS = {"ETS": "EarlierETS", "Theta": "EarlierTheta"}
"""Methods that had no settings in earlier files, and the classes that fit as they did."""


def upgrade(header: dict[str, Any]) -> dict[str, Any]:
    """Bring a header of any format to the present one."""
    renamed = _renamed(_named_alone(header))
    return renamed if header["format"] > 1 else _from_format_1(renamed, header.get("panel"), "")


def _named_alone(packed: Any) -> Any:
    """Replace methods without settings by the classes that fit as they did."""
    if isinstance(packed, list):
        return [_named_alone(item) for item in packed]
    if not isinstance(packed, dict):
        return packed
    if packed.get("fields") == {} and packed.get("kind") in _WITHOUT_SETTINGS:
        return {**packed, "kind": _WITHOUT_SETTINGS[packed["kind"]]}
    return {name: _named_alone(value) for name, value in packed.items()}


def _renamed(packed: Any) -> Any:
    """Replace old names of classes and fields by the present ones."""
    if isinstance(packed, list):
        return [_renamed(item) for item in packed]
    if not isinstance(packed, dict):
        return packed
    held = {name: _renamed(value) for name, value in packed.items()}
    kind = held.get("kind")
    if isinstance(kind, str) and isinstance(held.get("fields"), dict):
        fields = {
            _RENAMED_FIELDS.get((kind, name), name): value for name, value in held["fields"].items()
        }
        return {**held, "kind": _RENAMED_CLASSES.get(kind, kind), "fields": fields}
    return held


def _from_format_1(header: dict[str, Any], panel: Any, at: str) -> dict[str, Any]:
    """A header of format 1 in the present format. Format 1 had the fields at the top level, one
    panel for all forecasters inside, and the arrays of members under names that start with `at`."""
    kind = header.get("kind", "forecaster")
    if kind not in _FIELDS_OF_FORMAT_1:
        return header
    fields = {name: header[name] for name in _FIELDS_OF_FORMAT_1[kind]}
    history = {"panel": "panel", "header": panel}
    if kind == "forecaster":
        fields |= {
            "covariates": header.get("covariates"),
            "history": history,
            "key": {"key": f"{at}key"},
        }
        outline = {"head": header["head"], "channels": header["channels"]}
        return {"kind": kind, "fields": fields, "outline": outline, "model": {"net": at}}
    if kind == "local":
        return {"kind": kind, "fields": {**fields, "history": history}}
    if kind == "ensemble":
        members = [
            {"fitted": _from_format_1(member, panel, f"{number}/")}
            for number, member in enumerate(header["members"])
        ]
        return {"kind": kind, "fields": {"members": members}}
    if kind == "conformal":
        sizes = {
            "residuals": {"array": "residuals"},
            "spacing": header["spacing"],
            "series": header["series"],
        }
        inside = {"fitted": _from_format_1(header["inside"], panel, "")}
        return {
            "kind": kind,
            "fields": {
                **fields,
                "inside": inside,
                "calibration": {"kind": "Calibration", "fields": sizes},
            },
        }
    model = header.get("model", {"value": header["counts"]} if "counts" in header else {"net": ""})
    return {"kind": kind, "fields": fields, "model": model}
