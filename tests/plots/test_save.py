"""Figures become files that need nothing else."""

import re
import struct

import numpy as np
import pytest

from stepahead import Refusal
from stepahead.plots import save_figure, series_plot

FIGURE = series_plot(
    {"unique_id": ["a"] * 3, "ds": np.arange(3), "y": np.array([1.0, 3.0, 2.0])},
    title="three steps",
)


def test_a_png_has_two_pixels_a_point(tmp_path) -> None:
    content = save_figure(FIGURE, tmp_path / "figure.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", content[16:24])
    assert width > 2 * 760
    assert height > 2 * 320


def test_an_svg_carries_the_title_and_the_line(tmp_path) -> None:
    text = save_figure(FIGURE, str(tmp_path / "figure.SVG")).read_text()
    assert "three steps" in text
    assert 'aria-roledescription="line mark"' in text


def test_html_opens_without_a_network(tmp_path) -> None:
    text = save_figure(FIGURE, tmp_path / "figure.html").read_text()
    assert not re.findall(r"<(?:script|link)[^>]*(?:src|href)=", text)
    assert "three steps" in text
    assert len(text) > 500_000


def test_what_cannot_be_written_is_said(tmp_path) -> None:
    with pytest.raises(Refusal, match=r"\.png, \.svg or \.html"):
        save_figure(FIGURE, tmp_path / "figure.jpeg")
    with pytest.raises(Refusal, match="no folder"):
        save_figure(FIGURE, tmp_path / "nowhere" / "figure.png")
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_is_replaced_and_nothing_is_left_over(tmp_path) -> None:
    path = tmp_path / "figure.svg"
    path.write_text("older")
    save_figure(FIGURE, path)
    assert path.read_text().startswith("<svg")
    assert [p.name for p in tmp_path.iterdir()] == ["figure.svg"]
