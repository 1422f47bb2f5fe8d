"""Reading labelled lines."""

import csv
from collections.abc import Callable
from pathlib import Path

from ..._check import Refusal, counted
from ...data import Labelled, Tokenizer, Tokens, Vocabulary
from ._label_order import order_of
from ._text import lines_of


def read_labelled(
    path: str | Path,
    *,
    tokenizer: Tokenizer | None = None,
    label_first: bool | None = None,
    separator: str | None = None,
    vocabulary: Vocabulary | None = None,
    min_count: int = 1,
    names: tuple[str, ...] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Labelled:
    """Read a text in which every line is a sequence and its label, in UTF-8, gzipped or not; empty
    lines are skipped.

    Lines are `label<TAB>text` or `label text`; with `label_first=False` they are `text<TAB>label`.
    Unless given, the order is inferred from a header (`text<TAB>label`), which is not an example.
    Without a header the label is first, with two exceptions: two columns of which the second has at
    most half as many distinct values as the first; and fewer than eight lines in which the second
    column has one word each and most of the first have several. `on_note` receives a sentence about
    each such decision, and about blank lines.

    Unless `separator` is given, it is a tab if the line contains one, else the first (or last)
    white space; a file with the extension .csv has two columns separated by commas or semicolons.
    `tokenizer` splits texts into tokens (at white space unless given), and tokens that occur fewer
    than `min_count` times are `<unk>`. For test data, give the `vocabulary` and the label `names`
    of the training data: a label that is not among them is an error.
    """
    if separator == "":
        raise Refusal(
            "`separator` is what stands between label and text, but it is empty. Give a tab, or "
            "None for white space."
        )
    every = list(lines_of(path))
    lines = [(number, line) for number, line in every if line.strip()]
    if not lines:
        raise Refusal(
            f"'{path}' holds no line with something in it. Give a file of labelled lines."
        )
    in_csv = separator is None and Path(path).name.lower().removesuffix(".gz").endswith(".csv")
    cells = _cells(path, lines) if in_csv else None
    if cells is not None:
        lines = [(number, "") for number, *_ in cells]
        first_read, last_read = [(a, b) for _, a, b in cells], [(b, a) for _, a, b in cells]
    else:
        first_read, last_read = (
            [_split_line(line, first, separator) for _, line in lines] for first in (True, False)
        )
    columns = in_csv or separator is not None or all("\t" in line for _, line in lines)
    if separator is None and not in_csv:
        _refuse_tables(path, [line for _, line in lines])
    order = order_of(first_read, last_read, columns, label_first, names)
    if on_note is not None:
        for note in (*order.notes, *_blank_note(every, len(lines))):
            on_note(note)
    labels, texts = list[str](), list[str]()
    for (number, _), (label, text) in list(
        zip(lines, first_read if order.label_first else last_read, strict=True)
    )[order.header :]:
        if not label or not text:
            what = "label" if not label else "text"
            order_name = "label first, then text" if order.label_first else "text first, then label"
            raise Refusal(
                f"Line {number} of '{path}' has no {what}. Every line holds both, "
                f"{order_name}. Correct that line."
            )
        labels.append(label)
        texts.append(text)
    if not texts:
        raise Refusal(f"'{path}' holds a header and no examples. Give a file of labelled lines.")
    return Labelled.of(
        Tokens.from_texts(texts, tokenizer, vocabulary=vocabulary, min_count=min_count),
        labels,
        names,
    )


def _blank_note(every: list[tuple[int, str]], filled: int) -> list[str]:
    """A sentence on the number of blank lines (the end of the last line is not one), if there
    are any."""
    blank = len(every) - filled - (not every[-1][1])
    return [f"{counted(blank, 'blank line')} left out."] if blank else []


def _refuse_tables(path: str | Path, lines: list[str]) -> None:
    """Raise an error for lines with the same number of columns, three or more: it is unclear which
    of them are meant."""
    columns = {line.strip("\n").count("\t") + 1 for line in lines}
    if len(lines) > 1 and len(columns) == 1 and min(columns) > 2:
        raise Refusal(
            f"Every line of '{path}' has {min(columns)} columns, parted by tabs. Keep two of them, "
            "label and text."
        )


def _cells(path: str | Path, lines: list[tuple[int, str]]) -> list[tuple[int, str, str]]:
    """The row number and the two cells of each row of a CSV file."""
    text = [line.strip("\n") + "\n" for _, line in lines]
    by = max(",;\t", key=lambda mark: sum(mark in line for line in text))
    reader = csv.reader(text, delimiter=by, skipinitialspace=True)
    found = []
    for row in reader:
        number = lines[min(reader.line_num, len(lines)) - 1][0]
        if len(row) != 2:
            raise Refusal(
                f"Line {number} of '{path}' has {counted(len(row), 'column')}, where a CSV file of "
                "labelled texts has two, the text and its label; a text with commas stands in "
                "quotes. Keep these two columns."
            )
        found.append((number, row[0].strip(), row[1].strip()))
    return found


def _split_line(line: str, label_first: bool, separator: str | None) -> tuple[str, str]:
    """The label and the text of a line; '' if it has none."""
    by = separator if separator is not None else "\t" if "\t" in line else None
    parts = line.strip("\n").split(by, 1) if label_first else line.strip("\n").rsplit(by, 1)
    first, second = (
        (parts[0].strip(), parts[1].strip()) if len(parts) == 2 else (parts[0].strip(), "")
    )
    return (first, second) if label_first else (second, first)
