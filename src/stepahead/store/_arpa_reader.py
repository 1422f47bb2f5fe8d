"""Read ARPA files; errors name the line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .._check import Refusal, counted
from .._files import unpacked
from .._types import END, UNKNOWN
from ..data import Vocabulary
from ..models import NGramModel, NGramTable
from ..ops import looked_up
from ._arpa import NEVER, TEN

PIECE = 50_000
"""Number of lines that are split into fields at once."""

HIGHEST = 1e6
"""Upper limit for back-off weights."""

WEIGHTS = 1000
"""Number of contexts whose back-off weights are checked at once."""

LEAST = 1e-3
"""Log probabilities above 0 by more than this (in nats) are errors; smaller excesses come from
rounding to seven digits."""

UNK = b"<unk>"


def load_arpa(path: str | Path) -> tuple[NGramModel, Vocabulary]:
    """Read an ARPA file, gzipped or not. Return the model and its vocabulary in the order of the
    file, with `<unk>` and `</s>` first.

    Log probabilities become nats, and −99 or less becomes −inf. Without `<unk>` in the file,
    unknown words have probability 0. These are errors, and the message names the line: counts that
    do not match the n-grams, words that are not among the 1-grams, duplicate n-grams, n-grams whose
    context is missing, and fields that are not numbers.
    """
    path = Path(path)
    sections = list(_sections(path, unpacked(path, "an ARPA file").split(b"\n")))
    words = _words(sections[0])
    numbers = {word: number for number, word in enumerate(words)}
    vocabulary = Vocabulary(tuple(word.decode() for word in words))
    tables: list[NGramTable] = []
    for section in sections:
        tables.append(
            _unigrams(section, numbers) if not tables else _table(section, numbers, tables)
        )
    tables[-1] = replace(tables[-1], log_left=np.zeros(0))
    model = NGramModel(tuple(tables))
    _check_weights(path, model, vocabulary)
    return model, vocabulary


def _check_weights(path: Path, model: NGramModel, vocabulary: Vocabulary) -> None:
    """Raise an error for a back-off weight above 1 that gives a following token a probability above
    1. Smaller weights cannot."""
    words = np.arange(model.size)[:, None]
    for table, longer in zip(model.tables[:-1], model.tables[1:], strict=True):
        for contexts in np.array_split(
            words[np.flatnonzero(table.log_left > 0)], max(1, len(words) // WEIGHTS)
        ):
            if not len(contexts):
                continue
            highest = model.next_log_probs(list(contexts)).max(axis=1)
            wrong = np.flatnonzero(highest > LEAST)
            if len(wrong):
                named = " ".join(
                    "<s>" if word == END else vocabulary.words[word] for word in contexts[wrong[0]]
                )
                raise Refusal(
                    f"In '{path}' the back-off weight of '{named}' gives a word that follows the "
                    "probability "
                    f"{np.exp(highest[wrong[0]]):.3g}. The file is damaged or not ARPA: write it "
                    "again."
                )
        context, last = np.divmod(longer.keys, model.size)
        words = np.concatenate([words[context], last[:, None]], axis=1)


@dataclass(frozen=True)
class _Section:
    """The n-grams of one length: the lines of the file, and the number of the first one. Those of
    the length `longest` have no back-off weights."""

    path: Path
    length: int
    longest: bool
    first: int
    lines: list[bytes]

    def refuse(self, row: int, what: str) -> Refusal:
        """The error for one row."""
        return _damaged(self.path, self.first + row, what)

    def fields(self) -> Iterator[tuple[int, list[list[bytes]]]]:
        """The fields of all lines, piece by piece, with the first row of each piece. A line has a
        number, the words, and possibly a back-off weight.

        The words must lie between two tabs. Otherwise the back-off weight that follows an empty
        word would be read as a word.
        """
        for start in range(0, len(self.lines), PIECE):
            rows = [line.split() for line in self.lines[start : start + PIECE]]
            for row, found in enumerate(rows, start):
                if len(found) != self.length + 2 and self.lines[row].count(b"\t") > 1:
                    raise self.refuse(
                        row,
                        f"does not hold {counted(self.length, 'word')} between two tabs: one of "
                        "them may be empty",
                    )
                if len(found) != self.length + 1 and (
                    len(found) != self.length + 2 or self.longest
                ):
                    weight = "" if self.longest else " and perhaps a weight"
                    words = counted(self.length, "word")
                    raise self.refuse(row, f"does not hold a number, {words}{weight}")
            yield start, rows

    def numbers(self, start: int, texts: list[bytes], most: float) -> np.ndarray:
        """A column of numbers, in nats. Fields that are not numbers, or above `most`, are
        errors."""
        try:
            found = np.array(texts, "S").astype(np.float64)
        except ValueError:
            found = np.array([_number(text) for text in texts])
        bad = np.flatnonzero(~(found <= most))
        if len(bad):
            what = (
                f"holds '{texts[bad[0]].decode(errors='replace')}' where a number must be that is"
                f" at most {most:g}"
            )
            raise self.refuse(start + int(bad[0]), what)
        return np.where(found <= NEVER, -np.inf, found * TEN)

    def read(self, numbers: dict[bytes, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Word numbers (−1 for an unknown word), log probabilities, and log back-off weights."""
        ids, probs, left = [np.zeros((0, self.length), np.int64)], [np.zeros(0)], [np.zeros(0)]
        stop = self.length + 1
        for start, rows in self.fields():
            ids.append(
                np.array(
                    [numbers.get(word, -1) for row in rows for word in row[1:stop]], np.int64
                ).reshape(-1, self.length)
            )
            probs.append(self.numbers(start, [row[0] for row in rows], 0.0))
            left.append(
                self.numbers(
                    start, [row[stop] if len(row) > stop else b"0" for row in rows], HIGHEST
                )
            )
        return np.concatenate(ids), np.concatenate(probs), np.concatenate(left)


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _damaged(path: Path, line: int, what: str) -> Refusal:
    return Refusal(
        f"Line {line} of '{path}' {what}. The file is damaged or not ARPA: write it again."
    )


def _sections(path: Path, lines: list[bytes]) -> Iterator[_Section]:
    """Split the file at its headings and compare the n-grams with the stated counts."""
    lines = [line.strip() for line in lines]
    if b"\\data\\" not in lines:
        raise Refusal(f"'{path}' has no line '\\data\\', so it is not an ARPA file. Give one.")
    at = lines.index(b"\\data\\") + 1
    stated: list[tuple[int, int]] = []
    while at < len(lines) and (not lines[at] or lines[at].startswith(b"ngram ")):
        if lines[at]:
            order, _, number = lines[at].removeprefix(b"ngram ").partition(b"=")
            if order.strip() != str(len(stated) + 1).encode() or not number.strip().isdigit():
                raise _damaged(
                    path,
                    at + 1,
                    f"is '{lines[at].decode(errors='replace')}', but 'ngram {len(stated) + 1}=…' "
                    "is due",
                )
            stated.append((int(number), at + 1))
        at += 1
    if not stated:
        raise _damaged(path, at + 1, "does not state how many n-grams there are")
    for length, (due, line) in enumerate(stated, 1):
        while at < len(lines) and not lines[at]:
            at += 1
        if at == len(lines) or lines[at] != f"\\{length}-grams:".encode():
            raise _damaged(path, min(at + 1, len(lines)), f"should be '\\{length}-grams:'")
        first = at = at + 1
        while at < len(lines) and lines[at] and not lines[at].startswith(b"\\"):
            at += 1
        if at - first != due:
            raise _damaged(path, line, f"states {due} {length}-grams, but there are {at - first}")
        yield _Section(path, length, length == len(stated), first + 1, lines[first:at])
    while at < len(lines) and not lines[at]:
        at += 1
    if at == len(lines) or lines[at] != b"\\end\\":
        raise _damaged(path, min(at + 1, len(lines)), "should be '\\end\\'")


def _words(section: _Section) -> list[bytes]:
    """The words of the 1-grams, `<unk>` and `</s>` first, `<s>` left out."""
    seen: dict[bytes, None] = {}
    for start, rows in section.fields():
        for row, fields in enumerate(rows, start):
            word = UNK if fields[1] == b"<UNK>" else fields[1]
            if word in seen:
                raise section.refuse(row, f"gives '{word.decode(errors='replace')}' a second time")
            try:
                word.decode()
            except UnicodeDecodeError as wrong:
                raise section.refuse(row, "is not UTF-8") from wrong
            seen[word] = None
    for needed in (b"<s>", b"</s>"):
        if needed not in seen:
            raise section.refuse(
                0, f"begins 1-grams without '{needed.decode()}', which every sentence needs"
            )
    return [UNK, b"</s>", *(word for word in seen if word not in (UNK, b"<s>", b"</s>"))]


def _unigrams(section: _Section, numbers: dict[bytes, int]) -> NGramTable:
    """The table of 1-grams. END gets the probability of `</s>` and the back-off weight of `<s>`."""
    size = len(numbers)
    begin = size
    ids, probs, left = section.read({**numbers, b"<s>": begin, b"<UNK>": UNKNOWN})
    log_probs, log_left = np.full(size + 1, -np.inf), np.zeros(size + 1)
    log_probs[ids[:, 0]], log_left[ids[:, 0]] = probs, left
    log_left[END] = log_left[begin]
    return NGramTable(np.arange(size), log_probs[:size], log_left[:size])


def _table(section: _Section, numbers: dict[bytes, int], tables: list[NGramTable]) -> NGramTable:
    """The sorted table of one length. Duplicates and n-grams without a context are errors."""
    length, size = section.length, len(numbers)
    begin = size
    ids, probs, left = section.read({**numbers, b"<s>": begin, b"<UNK>": UNKNOWN})
    unknown = np.flatnonzero((ids < 0).any(axis=1))
    if len(unknown):
        word = section.lines[unknown[0]].split()[int(np.argmax(ids[unknown[0]] < 0)) + 1]
        raise section.refuse(
            int(unknown[0]),
            f"holds '{word.decode(errors='replace')}', which is not among the 1-grams",
        )
    misplaced = (ids[:, 1:] == begin).any(axis=1) | (ids[:, :-1] == END).any(axis=1)
    if misplaced.any():
        raise section.refuse(
            int(np.argmax(misplaced)), "has '<s>' not as its first word, or '</s>' not as its last"
        )
    context = np.where(ids[:, 0] == begin, END, ids[:, 0])
    for place in range(1, length - 1):
        context = looked_up(tables[place].keys, context * size + ids[:, place])
        if (context < 0).any():
            what = (
                f"holds an n-gram whose first {counted(place + 1, 'word')} are not among the"
                f" {place + 1}-grams"
            )
            raise section.refuse(int(np.argmax(context < 0)), what)
    keys = context * size + ids[:, -1]
    rank = np.argsort(keys, kind="stable")
    keys = keys[rank]
    twice = np.flatnonzero(keys[1:] == keys[:-1])
    if len(twice):
        raise section.refuse(int(rank[twice[0] + 1]), "gives an n-gram a second time")
    return NGramTable(keys, probs[rank], left[rank])
