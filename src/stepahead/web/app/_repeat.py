"""The command and the Python code that repeat a result of the app."""

import shlex
from typing import Any

OPTIONS = (
    *("id", "time", "target", "known", "frequency", "day_first", "decimal", "fill"),
    "drop_outliers",
)
"""Options for reading a file, in the order in which they are written."""


def words(request: dict[str, Any]) -> list[str]:
    """The words of the command.

    >>> request = {"label": "my sales.csv", "options": {"id": ["shop"]}, "season": None}
    >>> words(request | {"horizon": 12, "levels": [80, 95], "budget": 60})
    ['stepahead', 'forecast', 'my sales.csv', '--id', 'shop', '--horizon', '12']
    """
    said = ["stepahead", "forecast", _path(request["label"])]
    for name in OPTIONS:
        given = request["options"].get(name)
        if name == "day_first" and given is not None:
            said.append("--day-first" if given else "--month-first")
        elif name == "drop_outliers" and given:
            said.append("--drop-outliers")
        else:
            values = given if isinstance(given, list) else [] if given is None else [given]
            said += [word for value in values for word in (f"--{name}", _number(value))]
    if request.get("future"):
        said += ["--future", _path(request["future"][1])]
    said += ["--horizon", str(request["horizon"])]
    if request["season"] is not None:
        said += ["--season", str(request["season"])]
    if request["levels"] != [80, 95]:
        said += ["--levels", ",".join(_number(level) for level in request["levels"])]
    if request["budget"] != 60:
        said += ["--budget", f"{_number(request['budget'])}s"]
    return said


def command(request: dict[str, Any]) -> str:
    """The command, quoted for a shell; it writes the same files as the page offers.

    >>> request = {"label": "-a b.csv", "options": {}, "season": None, "horizon": 2}
    >>> command(request | {"levels": [80, 95], "budget": 60})[:39]
    "stepahead forecast './-a b.csv' --horiz"
    """
    files = ["--out", "forecast.csv", "--save", "model.stepahead", "--report", "report.html"]
    return shlex.join([*words(request), *files])


def text_words(request: dict[str, Any]) -> list[str]:
    """The words of the command that trains on a text as the page did.

    >>> text_words({"label": "a b.txt", "tokens": "words", "budget": 60.0})
    ['stepahead', 'text', 'fit', 'a b.txt', '--tokenizer', 'words']
    """
    said = ["stepahead", "text", "fit", _path(request["label"]), "--tokenizer", request["tokens"]]
    if request["budget"] != 60:
        said += ["--budget", f"{_number(request['budget'])}s"]
    return said


def python(request: dict[str, Any]) -> str:
    """The lines of Python that do the same as the command."""
    given = {name: request["options"].get(name) for name in OPTIONS}
    if request.get("future"):
        given["future"] = request["future"][1]
    options = "".join(f", {name}={value!r}" for name, value in given.items() if value is not None)
    season = f", season={request['season']}" if request["season"] is not None else ""
    levels = [int(level) if level == int(level) else level for level in request["levels"]]
    return "\n".join(
        [
            "import time",
            "import stepahead as sa",
            "",
            f"panel = sa.read({request['label']!r}{options})",
            f"choice = sa.auto(panel, horizon={request['horizon']}, key=0{season}, "
            f"budget={_number(request['budget'])}, clock=time.monotonic)",
            "print(choice.sentence, choice.trust_sentence)",
            f"table = choice.forecaster.forecast(levels={levels})",
        ]
    )


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _path(label: str) -> str:
    """A path that a command cannot mistake for an option."""
    return f"./{label}" if label.startswith("-") else label
