"""Parallel text and piano rolls."""

from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead.readers import read_piano_rolls


def test_lines_belong_together_and_empty_pairs_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "de").write_text("ein Hund\n\nzwei\n")
    (tmp_path / "en").write_text("a dog\n\ntwo")
    pairs = sa.read_pairs(tmp_path / "de", tmp_path / "en")
    assert pairs.inputs.texts() == ("ein Hund", "zwei") and pairs.targets.texts() == (
        "a dog",
        "two",
    )
    again = sa.read_pairs(
        tmp_path / "en",
        tmp_path / "en",
        vocabularies=(pairs.inputs.vocabulary, pairs.targets.vocabulary),
    )
    assert (again.inputs.ids == 0).all() and again.targets.texts() == pairs.targets.texts()


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ("a\nb\nc\n", "x\ny\n", "3 lines .* 2: line 3 of .*de', which begins 'c', has none"),
        ("a\n", "x\ny\n", "line 2 of .*en', which begins 'y'"),
        ("a\n\n", "x\ny\n", "Line 2 of .*de' is empty"),
        ("\n", "\n", "no line with something"),
    ],
)
def test_lines_without_a_partner_are_refused_by_their_number(
    left: str, right: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "de").write_text(left)
    (tmp_path / "en").write_text(right)
    with pytest.raises(sa.Refusal, match=said):
        sa.read_pairs(tmp_path / "de", tmp_path / "en")


def test_piano_rolls_are_pieces_of_88_keys(tmp_path: Path) -> None:
    from scipy.io import savemat

    pieces = np.empty((1, 2), object)
    pieces[0, 0], pieces[0, 1] = np.eye(88)[[39, 43]], np.zeros((3, 88))
    savemat(tmp_path / "a.mat", dict.fromkeys(("traindata", "validdata", "testdata"), pieces))
    parts = read_piano_rolls(tmp_path / "a.mat")
    assert list(parts) == ["train", "valid", "test"] and parts["test"].lengths.tolist() == [2, 3]
    assert [parts["train"].names[key] for key in np.argmax(parts["train"].values[:2], axis=1)] == [
        "C4",
        "E4",
    ]
    savemat(tmp_path / "b.mat", {"traindata": pieces})
    with pytest.raises(sa.Refusal, match="no 'validdata'"):
        read_piano_rolls(tmp_path / "b.mat")
    (tmp_path / "c.mat").write_text("no such file")
    with pytest.raises(sa.Refusal, match="cannot be read as a MATLAB file"):
        read_piano_rolls(tmp_path / "c.mat")
