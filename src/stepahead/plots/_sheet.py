"""The style sheet that reports and the local app share."""

from pathlib import Path


def theme_sheet() -> str:
    """The style sheet of a page: CSS with its colours as variables, text, tables, tiles, bars.

    >>> "--blue: #2563eb" in theme_sheet()
    True
    """
    return Path(__file__).with_name("theme.css").read_text(encoding="utf-8")
