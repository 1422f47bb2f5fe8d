"""Labelled lines, CoNLL-U and .ts files: read as they are meant, refused with the line that is
wrong."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from stepahead import Refusal
from stepahead.data import Characters
from stepahead.readers import read_conllu, read_labelled, read_ts

CONLLU = """# text = I don't.
1\tI\ti\tPRON\tPRP\t_\t2\tnsubj\t_\t_
2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdo\tdo\tAUX\tVBP\t_\t0\troot\t_\t_
3\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_
3.1\tcare\t_\tVERB\t_\t_\t_\t_\t_\t_

1\tNo\tno\tINTJ\tUH\t_\t0\troot\t_\t_
"""


def written(folder: Path, text: str, name: str = "file") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def test_labels_stand_before_or_behind_their_text(tmp_path: Path) -> None:
    read = read_labelled(written(tmp_path, "pos\ta good one\n\nneg\tbad\n", "lines.gz"))
    assert (read.inputs.texts(), read.names, read.labels.tolist()) == (
        ("a good one", "bad"),
        ("neg", "pos"),
        [1, 0],
    )
    read = read_labelled(written(tmp_path, "1 a good one\n0 bad\n"))
    assert (read.inputs.texts(), read.labels.tolist()) == (("a good one", "bad"), [1, 0])
    read = read_labelled(
        written(tmp_path, "de la Cruz\tSpanish\n"), label_first=False, tokenizer=Characters()
    )
    assert (read.inputs.texts(), read.names, len(read.inputs.ids)) == (
        ("de la Cruz",),
        ("Spanish",),
        10,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 good\n0\n", r"Line 2 of .* has no text"),
        ("\tgood\n", r"Line 1 of .* has no label"),
        ("\n\n", r"holds no line"),
        ("1\ta\tgood\n2\tb\tbad\n", r"Every line of .* has 3 columns.*Keep two of them"),
    ],
)
def test_a_line_without_its_label_or_text_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_labelled(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x a b\ny b b\n", []),
        ("x a b\n\n  \ny b b\n\n", ["3 blank lines left out."]),
        ("x a b\n\ny b b", ["1 blank line left out."]),
    ],
)
def test_blank_lines_are_counted(tmp_path: Path, text: str, said: list[str]) -> None:
    notes: list[str] = []
    assert len(read_labelled(written(tmp_path, text), on_note=notes.append)) == 2
    assert notes == said


def test_labels_of_other_text_must_be_known_and_text_must_be_utf_8(tmp_path: Path) -> None:
    train = read_labelled(written(tmp_path, "x a\ny b\n"))
    with pytest.raises(Refusal, match=r"The label 'z' was not seen in training"):
        read_labelled(
            written(tmp_path, "z a\n"), vocabulary=train.inputs.vocabulary, names=train.names
        )
    with pytest.raises(Refusal, match=r"`separator` .* is empty"):
        read_labelled(written(tmp_path, "z a\n"), separator="")
    (tmp_path / "latin").write_bytes(b"x a\ny \xe9\n")
    with pytest.raises(Refusal, match=r"not UTF-8: byte 6 \(0xe9, line 2\)"):
        read_labelled(tmp_path / "latin")


def test_of_conllu_the_words_and_their_tags_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, CONLLU)
    read = read_conllu(path)
    assert (read.inputs.texts(), read.tags.texts()) == (
        ("I do n't", "No"),
        ("PRON AUX PART", "INTJ"),
    )
    assert read_conllu(path, column="xpos").tags.texts()[0] == "PRP VBP RB"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("3\tn't", "4\tn't", r"Line 5 of .* is word '4' where word 3 should come"),
        ("3\tn't\tnot", "3\tn't", r"Line 5 of .* has 9 columns"),
        ("AUX", "_", r"Line 4 of .* has no upos"),
    ],
)
def test_a_wrong_line_of_conllu_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_conllu(written(tmp_path, CONLLU.replace(old, new, 1)))


def test_a_word_and_its_tag_a_line_are_as_good(tmp_path: Path) -> None:
    read = read_conllu(written(tmp_path, "text\tN\nof\tP\n\n\n\nNo\tI\n"))
    assert (read.inputs.texts(), read.tags.texts()) == (("text of", "No"), ("N P", "I"))
    for wrong, said in [
        ("Word\tTag\nof\tP\n", r"Line 1 of .* is a header \(Word, Tag\)\. Remove it"),
        ("of\tP\nhand\n", r"Line 2 of .* has 1 column, .* where CoNLL-U has 10 and a word .* 2"),
        ("of\t\n", r"Line 1 of .* has no upos"),
    ]:
        with pytest.raises(Refusal, match=said):
            read_conllu(written(tmp_path, wrong))


def test_of_ts_every_series_has_its_own_length(tmp_path: Path) -> None:
    read = read_ts(
        written(
            tmp_path,
            "#said\n@timeStamps false\n@classLabel true a b\n@DATA\n1,2,?:4,5,6:b\n7:8:a\n",
            "x.ts.gz",
        )
    )
    np.testing.assert_array_equal(read.inputs.values, [[1, 4], [2, 5], [np.nan, 6], [7, 8]])
    assert (read.inputs.lengths.tolist(), read.names, read.labels.tolist()) == (
        [3, 1],
        ("a", "b"),
        [1, 0],
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2:a\n", r"no line '@data'"),
        ("@data\n", r"holds no series"),
        ("@data\n1,2\n", r"Line 2 of .* has no label"),
        ("@data\n1,2:3:a\n", r"channels in line 2 of .* differ in length"),
        ("@data\n1,2:a\n1:2:a\n", r"Line 3 of .* has 2 channels, those before have 1"),
        ("@data\n1,x:a\n", r"Line 2 of .* holds something that is not a number"),
        ("@timestamps true\n@data\n", r"time stamps of their own"),
        ("@classlabel false\n@data\n", r"have no labels"),
    ],
)
def test_a_wrong_line_of_ts_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read_ts(written(tmp_path, text))


@pytest.mark.parametrize("mark", [",", ";"])
def test_csv_of_two_columns_holds_texts_and_labels(mark: str, tmp_path: Path) -> None:
    """As a spreadsheet writes it: a header, and quotes around a text that holds the mark."""
    texts = [f"a{mark} text {number}" for number in range(8)]
    path = tmp_path / "reviews.csv"
    path.write_text(
        f"review{mark}sentiment\n"
        + "".join(f'"{text}"{mark}{"pn"[n % 2]}\n' for n, text in enumerate(texts))
    )
    read = read_labelled(path)
    assert list(read.inputs.texts()) == texts
    assert [read.names[label] for label in read.labels] == ["p", "n"] * 4


def test_csv_with_more_than_two_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reviews.csv"
    path.write_text("id,text,label\n1,good,p\n")
    with pytest.raises(Refusal, match=r"Line 1 of .* has 3 columns, where a CSV file of labelled"):
        read_labelled(path)
