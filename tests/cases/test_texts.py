"""Texts and labels as people have them: read as they are meant, and what was understood is said."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stepahead as sa
from stepahead.readers import read_labelled

Run = tuple[int, str, str]


def run(capsys: pytest.CaptureFixture[str], *words: object) -> Run:
    """Exit code, output and what was said."""
    from stepahead.cli import main

    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def noted(path: Path, **options: object) -> tuple[sa.data.Labelled, list[str]]:
    """Labelled lines, and what was said of them."""
    notes = list[str]()
    return read_labelled(path, on_note=notes.append, **options), notes


def test_text_may_stand_before_its_label(
    cases: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = cases / "labels-text-first.tsv"
    read, notes = noted(file)
    assert read.names == ("north", "south") and read.inputs.texts()[0] == "Anna"
    assert notes[0].startswith(
        "Text stands first, then its label: the second column holds 2 different values, the first "
        "10."
    )
    save = tmp_path / "m.stepahead"
    code, _, said = run(capsys, "label", "fit", file, "--tokenizer", "characters", "--save", save)
    assert (
        code == 0
        and "Text stands first" in said
        and "`--label-first` reads it the other way" in said
    )
    assert "of 2 labels" in said and "Accuracy 90.0% on held-out examples" in said
    _, out, _ = run(capsys, "label", "predict", save, "Anna", "Otto", "--json")
    assert [row["label"] for row in json.loads(out)] == ["south", "north"]
    code, out, _ = run(capsys, "label", "evaluate", save, file)
    assert code == 0 and "\nnorth,30,1.0,1.0,1.0\n" in out
    _, _, said = run(capsys, "label", "fit", file, "--label-first", "--save", save)
    assert "of 10 labels" in said and "Text stands first" not in said


def test_a_header_above_labelled_lines_is_no_example(
    cases: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    read, notes = noted(cases / "labels-with-header.tsv")
    assert (
        read.names == ("north", "south")
        and len(read) == 40
        and set(read.inputs.texts()) == {"Anna", "Otto"}
    )
    assert notes == [
        "The first line (text, label) is a header, so it is not an example; the text stands first."
    ]
    code, _, said = run(
        capsys, "label", "fit", cases / "labels-with-header.tsv", "--save", tmp_path / "m.stepahead"
    )
    assert (
        code == 0
        and "(text, label) is a header" in said
        and "of 2 labels" in said
        and "--tokenizer characters" in said
    )
    assert "No label has two different sequences" in said


def test_the_order_of_labelled_lines_is_told_from_them(tmp_path: Path) -> None:
    """Of two columns, by how many values each holds, or by their words where there are few lines;
    of lines with white space alone, the label stands first."""
    path = tmp_path / "lines"
    for lines, label_first, said in [
        ("Label\tSentence\npos\tfine\nneg\tbad\n", True, "is a header"),
        ("Comment\tRating\nfine\tpos\nbad\tneg\n", False, "is a header"),
        ("".join(f"name{n}\t{'xy'[n % 2]}\n" for n in range(8)), False, "Text stands first"),
        ("".join(f"{'xy'[n % 2]}\tname{n}\n" for n in range(8)), True, ""),
        (
            "".join(f"{'xyz'[n % 3]}\t{'ab'[n % 2]}\n" for n in range(8)),
            True,
            "Label first, then text, though",
        ),
        ("".join(f"{'xy'[n % 2]} it was {n} .\n" for n in range(8)), True, ""),
        (
            "".join(f"name{n} {'xy'[n % 2]}\n" for n in range(8)),
            True,
            "8 labels on 8 lines: most are seen once",
        ),
        ("a\tb\nc\tb\n", True, ""),
        ("it was good\tpos\nit was bad\tneg\n", False, "first column alone holds several words"),
        ("".join(f"name{n}\t{'xy'[n % 2]}\n" for n in range(4)), False, "Text stands first"),
        ("South Korea\tKim\nSouth Korea\tLee\nNorth Korea\tPak\n", True, ""),
    ]:
        path.write_text(lines)
        read, notes = noted(path)
        rows = [
            line.split("\t" if "\t" in line else " ")[0 if label_first else -1]
            for line in lines.splitlines()
        ]
        expected = rows["is a header" in said :]
        assert [read.names[label] for label in read.labels] == expected, lines
        assert (said in notes[0]) if said else not notes
    path.write_text("Comment\tRating\nfine\tpos\n")
    read, notes = noted(path, label_first=True)
    assert read.names == ("fine",) and "says otherwise than was asked for" in notes[0]
    path.write_text("text\tlabel\n")
    with pytest.raises(sa.Refusal, match="holds a header and no examples"):
        read_labelled(path)
    path.write_text("b\ty\na\tx\n")
    assert read_labelled(path, names=("x", "y")).labels.tolist() == [1, 0]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.data(), labels=st.integers(2, 4), size=st.integers(12, 40))
def test_whichever_stands_first_the_same_examples_are_read(
    data: st.DataObject, labels: int, size: int, tmp_path: Path
) -> None:
    said = [f"label {data.draw(st.integers(0, labels - 1))}" for _ in range(size)]
    texts = [f"text {n} {data.draw(st.sampled_from('ab'))}" for n in range(size)]
    for name, pairs in (
        ("first", zip(said, texts, strict=True)),
        ("last", zip(texts, said, strict=True)),
    ):
        (tmp_path / name).write_text("".join(f"{one}\t{other}\n" for one, other in pairs))
    one, other = (read_labelled(tmp_path / name) for name in ("first", "last"))
    assert one.names == other.names == tuple(sorted(set(said)))
    assert one.inputs.texts() == other.inputs.texts() == tuple(texts)
    np.testing.assert_array_equal(one.labels, other.labels)


def test_a_script_without_spaces_is_told_from_lines_of_one_word(
    cases: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, save = cases / "chinese-lines.txt", tmp_path / "m.stepahead"
    code, _, said = run(capsys, "text", "fit", file, "--save", save)
    assert (
        code == 0
        and "Split into words, 72 lines are 72 tokens, so the model cannot learn" in said
        and "--tokenizer characters" in said
    )
    code, _, said = run(capsys, "text", "fit", file, "--tokenizer", "characters", "--save", save)
    assert code == 0 and "--tokenizer characters" not in said
    assert run(capsys, "text", "next", save, "我喜", "--json", "--top", "1")[1].count("欢") == 1
    (tmp_path / "marks.txt").write_text("我喜欢，吃苹果。\nวันนี้ อากาศดี\n" * 5)
    assert (
        "has no spaces between words"
        in run(capsys, "text", "order", tmp_path / "marks.txt", "--highest", "2")[2]
    )
    (tmp_path / "plain.txt").write_text("the cat sat\nthe dog ran\n" * 5)
    assert (
        "--tokenizer characters"
        not in run(capsys, "text", "order", tmp_path / "plain.txt", "--highest", "2")[2]
    )


def test_utf_16_with_its_mark_is_read(
    cases: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert sa.read_text(cases / "utf16-lines.txt").texts()[:2] == ("the cat sat", "the dog ran")
    code, _, said = run(
        capsys, "text", "fit", cases / "utf16-lines.txt", "--save", tmp_path / "m.stepahead"
    )
    assert code == 0 and "54 tokens to learn from, vocabulary of 7" in said
    assert (
        run(capsys, "text", "score", tmp_path / "m.stepahead", "--file", cases / "utf16-lines.txt")[
            0
        ]
        == 0
    )


def test_what_was_never_seen_is_said_wherever_it_is_asked_about(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "text").write_text("the cat sat\nthe dog ran\n" * 9)
    (tmp_path / "labels").write_text("x\tthe cat\ny\ta dog\n" * 9)
    text, labels = tmp_path / "t.stepahead", tmp_path / "l.stepahead"
    assert run(capsys, "text", "fit", tmp_path / "text", "--save", text)[0] == 0
    assert run(capsys, "label", "fit", tmp_path / "labels", "--save", labels)[0] == 0
    code, _, said = run(capsys, "text", "fill", text, "the _ zebra")
    assert code == 2 and "'zebra' is not in the vocabulary" in said
    code, out, _ = run(capsys, "text", "fill", text, "the _ sat", "--top", "1")
    assert code == 0 and "cat" in out
    _, _, said = run(capsys, "label", "predict", labels, "the zebra")
    assert "1 of 2 tokens is unknown to the model, such as 'zebra'" in said
    assert "unknown to the model" not in run(capsys, "label", "predict", labels, "a cat")[2]
    code, out, _ = run(capsys, "text", "score", text, "", "--json")
    assert code == 0 and json.loads(out)["texts"][0]["log_prob"] < 0
    for words in (
        ("search", text, "the", "--width", "99"),
        ("sample", text, "--temperature", "inf", "--count", "5"),
    ):
        code, out, _ = run(capsys, "text", *words)
        assert code == 0 and out.strip() and "<unk>" not in out
