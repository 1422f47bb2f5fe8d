"""Words with their tags: CoNLL-U, or one word and its tag per line."""

from pathlib import Path

from ..._check import Refusal, counted
from ...data import Tagged, Tokens, Vocabulary
from ._text import lines_of

TITLES = (
    frozenset({"word", "words", "token", "tokens", "form", "text"}),
    frozenset({"tag", "tags", "pos", "upos", "xpos", "label", "labels", "ner"}),
)
"""Headers of a column of words and of a column of tags, in lower case."""


def read_conllu(
    path: str | Path,
    *,
    column: str = "upos",
    vocabulary: Vocabulary | None = None,
    tags: Vocabulary | None = None,
) -> Tagged:
    """Read CoNLL-U (universaldependencies.org/format.html): the words of every sentence and their
    tags, gzipped or not.

    `column` is `upos` or `xpos`. The parts of multiword tokens (`8-9 don't`) are read, empty nodes
    (`5.1`) are not. In a file of two columns each line is a word, a tab and its tag, whatever the
    `column`. Without a `vocabulary` it is made of all words, so that unknown words can still be
    represented by their characters; for test data give `tags`, the tags of the training data, to
    keep their numbers.
    """
    at = {"upos": 3, "xpos": 4}.get(column)
    if at is None:
        raise Refusal(
            f"`column` must be 'upos' or 'xpos', but it is {column!r}. Give one of these."
        )
    sentences, words, word_tags = list[tuple[list[str], list[str]]](), list[str](), list[str]()
    for number, line in lines_of(path):
        if not line.strip():
            if words:
                sentences.append((words, word_tags))
            words, word_tags = [], []
            continue
        if line.startswith("#"):
            continue
        cells = line.strip("\n").split("\t")
        if len(cells) == 2:
            cells = _of_two(path, number, cells, len(words) + 1, first=not (sentences or words))
        if len(cells) != 10:
            raise Refusal(
                f"Line {number} of '{path}' has {counted(len(cells), 'column')}, parted by tabs, "
                "where CoNLL-U has 10 and a word with its tag 2. Correct that line."
            )
        if "-" in cells[0] or "." in cells[0]:
            continue
        if cells[0] != str(len(words) + 1):
            raise Refusal(
                f"Line {number} of '{path}' is word {cells[0]!r} where word {len(words) + 1} "
                "should come. Correct that line."
            )
        if not cells[1] or cells[at] in ("", "_"):
            raise Refusal(
                f"Line {number} of '{path}' has no {'word' if not cells[1] else column}. Correct "
                "that line."
            )
        words.append(cells[1])
        word_tags.append(cells[at])
    if words:
        sentences.append((words, word_tags))
    if not sentences:
        raise Refusal(f"'{path}' holds no sentence. Give a CoNLL-U file.")
    inputs = Tokens.from_sequences([words for words, _ in sentences], vocabulary=vocabulary)
    return Tagged(
        inputs, Tokens.from_sequences([word_tags for _, word_tags in sentences], vocabulary=tags)
    )


def _of_two(
    path: str | Path, number: int, cells: list[str], place: int, *, first: bool
) -> list[str]:
    """The ten columns of CoNLL-U for a line with a word and its tag; a header is an error."""
    word, tag = cells
    titles = zip(cells, TITLES, strict=True)
    if first and all(name.strip().lower() in known for name, known in titles):
        raise Refusal(
            f"Line {number} of '{path}' is a header ({word}, {tag}). Remove it: every line holds a "
            "word, a tab and its tag."
        )
    return [str(place), word.strip(), "_", tag.strip(), tag.strip(), *"_____"]
