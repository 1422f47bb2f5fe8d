"""The order of labelled lines (label or text first) and their header, inferred from the lines."""

from collections.abc import Sequence
from typing import NamedTuple

TITLES = frozenset(
    {
        "label",
        "labels",
        "class",
        "category",
        "target",
        "tag",
        "y",
        "sentiment",
        "language",
        "lang",
        "intent",
        "topic",
        "rating",
        "kategorie",
        "klasse",
    }
)
"""Headers of a column of labels, in lower case."""

HEADINGS = frozenset(
    {
        "text",
        "texts",
        "sentence",
        "sentences",
        "line",
        "name",
        "review",
        "comment",
        "message",
        "document",
        "word",
        "x",
        "input",
        "content",
        "title",
        "utterance",
    }
)
"""Headers of a column of texts, in lower case."""

ENOUGH, FEWEST = 8, 4
"""The number of lines from which on frequencies alone decide, and that from which on they decide at
all."""


class Order(NamedTuple):
    """The order of labelled lines: `label_first`, `header` (True if the first line is one), and
    notes."""

    label_first: bool
    header: bool
    notes: tuple[str, ...]


def order_of(
    first_read: Sequence[tuple[str, str]],
    last_read: Sequence[tuple[str, str]],
    columns: bool,
    requested: bool | None,
    names: Sequence[str] | None,
) -> Order:
    """The order of the lines, which are given as (label, text), split with the label first and with
    the label last. With `columns`, both are whole columns; `requested` is the order that the user
    gave, `names` the known labels.

    >>> texts = [(f"a text {number}", "pn"[number % 2]) for number in range(8)]
    >>> found = order_of(texts, [(label, text) for text, label in texts], True, None, None)
    >>> found.label_first
    False
    >>> print(*found.notes)
    Text stands first, then its label: the second column holds 2 different values, the first 8.
    `label_first=True` reads it the other way.
    """
    notes = list[str]()
    heading = _heading(first_read[0], last_read[0])
    if heading is not None:
        first_column = "label" if heading else "text"
        above = ", ".join(first_read[0])
        notes.append(
            f"The first line ({above}) is a header, so it is not an example; the "
            f"{first_column} stands first."
        )
        first_read, last_read = first_read[1:], last_read[1:]
    if requested is not None:
        label_first = requested
        if heading is not None and heading != requested:
            notes[-1] = (
                f"{notes[-1].partition(';')[0]}, though it says otherwise than was asked for."
            )
    elif heading is not None:
        label_first = heading
    else:
        label_first, more_notes = _from_values(first_read, last_read, columns, names)
        notes += more_notes
    labels = [label for label, _ in (first_read if label_first else last_read)]
    notes += _of_labels(labels, label_first, names)
    return Order(label_first, heading is not None, tuple(notes))


def _heading(first: tuple[str, str], last: tuple[str, str]) -> bool | None:
    """True or False if the first line is a header with the label first or last, else None."""
    if _is_title(*first):
        return True
    return False if _is_title(*last) else None


def _is_title(label: str, text: str) -> bool:
    return label.lower() in TITLES and text.lower() in HEADINGS


def _from_values(
    first_read: Sequence[tuple[str, str]],
    last_read: Sequence[tuple[str, str]],
    columns: bool,
    names: Sequence[str] | None,
) -> tuple[bool, list[str]]:
    """True if the label is first, and notes. The known labels decide; else that labels have fewer
    distinct values than texts; else, on few lines, that only the texts have several words."""
    first, last = ({label for label, _ in read} for read in (first_read, last_read))
    if names is not None:
        return not (last <= set(names) and not first <= set(names)), []
    if not columns or len(last) > len(first):
        return True, []
    if len(first_read) < ENOUGH and _of_words(first) and not any(map(_several, last)):
        note = "Text stands first, then its label: the first column alone holds several words."
        return False, [f"{note} `label_first=True` reads it the other way."]
    if len(last) == len(first) or len(first_read) < FEWEST:
        return True, []
    if 2 * len(last) <= len(first):
        note = (
            f"Text stands first, then its label: the second column holds {len(last)} different"
            f" values, the first {len(first)}."
        )
        return False, [f"{note} `label_first=True` reads it the other way."]
    note = (
        f"Label first, then text, though the first column holds {len(first)} different values and"
        f" the second {len(last)}."
    )
    return True, [f"{note} `label_first=False` reads it the other way."]


def _of_words(values: set[str]) -> bool:
    """True if most values have several words."""
    return 2 * sum(map(_several, values)) > len(values)


def _several(value: str) -> bool:
    return len(value.split()) > 1


def _of_labels(labels: Sequence[str], label_first: bool, names: Sequence[str] | None) -> list[str]:
    """A note if labels hardly repeat, so that a model cannot learn them."""
    kinds = len(set(labels))
    if names is not None or len(labels) < ENOUGH or 2 * kinds <= len(labels):
        return []
    return [
        f"{kinds:,} labels on {len(labels):,} lines: most are seen once, so little can be learned "
        "of them. If these are the texts, give "
        f"`label_first={not label_first}`."
    ]
