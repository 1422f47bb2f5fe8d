"""A line ends where a line ends: with a line feed, a carriage return or both, and with no other
character, in every reader of text."""

import codecs
import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stepahead as sa
from stepahead.data import Characters
from stepahead.readers import read_labelled, read_text, text_of

ODD = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\u00a0"
"""Separators of Unicode, which `str.splitlines` takes for the end of a line, and a space that does
not break."""

LINES = st.text(
    st.one_of(
        st.sampled_from(ODD + "\t ab\ud7ff"),
        st.characters(exclude_characters="\0\r\n\ufeff", exclude_categories=["Cs"]),
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(LINES, max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    packed=st.booleans(),
)
def test_lines_are_the_bytes_between_line_ends(
    lines: list[str], end: str, last: bool, packed: bool, tmp_path: Path
) -> None:
    raw = end.join(lines).encode() + end.encode() * last
    (tmp_path / "text").write_bytes(gzip.compress(raw) if packed else raw)
    expected = [line.decode() for line in re.split(rb"\r?\n", raw)]
    assert text_of(tmp_path / "text").split("\n") == expected
    held = [line for line in expected if line.strip()]
    if held:
        assert list(read_text(tmp_path / "text", tokenizer=Characters()).texts()) == [
            line.replace("</s>", "") for line in held
        ]
    else:
        with pytest.raises(sa.Refusal, match="is empty"):
            read_text(tmp_path / "text")


@pytest.mark.parametrize("odd", list(ODD))
def test_odd_separators_stay_within_their_line(odd: str, tmp_path: Path) -> None:
    (tmp_path / "a.tsf").write_text(
        "@relation x\n@attribute name string\n@frequency "
        f"daily\n@data\none{odd}two:1,2,3\nthree:4,5\n"
    )
    if odd in "\x0b\x1c\x1d\x1e":
        with pytest.raises(sa.Refusal, match="holds bytes that no table has"):
            sa.read(tmp_path / "a.tsf")
    else:
        panel = sa.read(tmp_path / "a.tsf")
        assert panel.lengths.tolist() == [3, 2] and list(panel.ids) == [f"one{odd}two", "three"]
    (tmp_path / "labels").write_text("".join(f"x\tone{odd}two\ny\tb\n" for _ in range(2)))
    assert len(read_labelled(tmp_path / "labels", tokenizer=Characters())) == 4


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"])
def test_a_text_with_a_byte_order_mark_is_read_in_its_encoding(name: str, tmp_path: Path) -> None:
    text = "grün 我\r\n\u2028two\n"
    (tmp_path / "text").write_bytes(f"\ufeff{text}".encode(name))
    assert text_of(tmp_path / "text") == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            "ab\ncd".encode("utf-16-le"),
            r"the character 0 in line 1, .* iconv -f utf-16le .* 'my text'",
        ),
        (b"ab\nc\0d", r"the character 0 in line 2"),
        (b"a\n\xe9b", r"not UTF-8: byte 2 \(0xe9, line 2\).* iconv -f latin1 -t utf-8 'my text'"),
        (codecs.BOM_UTF16_LE + b"a\0b", r"not UTF-16: byte \d+ .* cut off"),
        (gzip.compress(b"a b c" * 99, mtime=0)[:-9], r"is a damaged gzip file"),
        (
            gzip.compress(np.random.default_rng(0).bytes(999), mtime=0)[:20] + b"x" * 99,
            r"is a damaged gzip file",
        ),
    ],
    ids=[
        "utf-16 without its mark",
        "a zero byte",
        "latin-1",
        "utf-16 cut off",
        "gzip cut off",
        "gzip damaged",
    ],
)
def test_what_is_no_text_is_refused_with_the_way_out(raw: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "my text").write_bytes(raw)
    with pytest.raises(sa.Refusal, match=said):
        text_of(tmp_path / "my text")
