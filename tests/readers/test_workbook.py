"""Workbooks are read like the same table in a text file, or refused in a sentence."""

import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import stepahead as sa
from stepahead.readers import preview, understand

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TYPES = "http://schemas.openxmlformats.org/package/2006"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DAY = 45_292
"""1 January 2024 as a spreadsheet counts days."""

Cell = str | float | None


def cell(place: str, value: Cell, style: int) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def workbook(path: Path, *sheets: list[list[Cell]]) -> Path:
    """A workbook of these sheets; the first column of numbers below a header are dates."""
    numbers = range(1, len(sheets) + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for n in numbers
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="{RELATED}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    listed = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(
            "[Content_Types].xml",
            f'{HEAD}<Types xmlns="{TYPES}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
            '"/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            f'spreadsheetml.sheet.main+xml"/>{overrides}</Types>',
        )
        packed.writestr(
            "_rels/.rels",
            f'{HEAD}<Relationships xmlns="{TYPES}/relationships"><Relationship Id="r1" '
            f'Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml",
            f'{HEAD}<workbook {MAIN} xmlns:r="{RELATED}"><sheets>{listed}</sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{HEAD}<Relationships xmlns="{TYPES}/relationships">{links}<Relationship Id="s" '
            f'Type="{RELATED}/styles" Target="styles.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/styles.xml",
            f'{HEAD}<styleSheet {MAIN}><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        for n, rows in zip(numbers, sheets, strict=True):
            lines = "".join(
                f'<row r="{r}">'
                + "".join(cell(f"{'ABCD'[c]}{r}", one, 1 - min(c, 1)) for c, one in enumerate(row))
                + "</row>"
                for r, row in enumerate(rows, 1)
            )
            packed.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f"{HEAD}<worksheet {MAIN}><sheetData>{lines}</sheetData></worksheet>",
            )
    return path


ROWS: list[list[Cell]] = [
    [float(DAY + n), shop, 10.5 + n if n != 3 else None] for shop in "ab" for n in range(8)
]


def test_a_sheet_is_read_like_the_same_text(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    told: list[list[Cell]] = [["Sales of the shops"], [], ["day", "shop", "sales"], *ROWS]
    path = workbook(tmp_path / "sales.xlsx", [["Notes"]], told)
    lines = [
        f"2024-01-{int(str(day)[:-2]) - DAY + 1:02d},{shop},{'' if sales is None else sales}"
        for day, shop, sales in ROWS
    ]
    (tmp_path / "sales.csv").write_text("\n".join(["day,shop,sales", *lines]))
    same = sa.read(tmp_path / "sales.csv")
    reading = understand(path)
    panel = reading.panel
    np.testing.assert_array_equal(panel.values, same.values)
    np.testing.assert_array_equal(panel.times, same.times)
    assert panel.ids.tolist() == ["a", "b"] and panel.frequency == same.frequency
    assert "sheet 'S2', of 2 sheets, was read" in " ".join(reading.notes)
    assert reading.source == "sales.xlsx" and preview(path).columns == ("day", "shop", "sales")


def test_a_workbook_without_a_table_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("python_calamine")
    with pytest.raises(sa.Refusal, match=r"No sheet of 'empty\.xlsx' holds a table"):
        sa.read(workbook(tmp_path / "empty.xlsx", [["alone"]]))
    broken = tmp_path / "broken.xlsx"
    whole = workbook(tmp_path / "whole.xlsx", ROWS).read_bytes()
    broken.write_bytes(whole.replace(b"<sheetData>", b"<sheetDatum>"))
    with pytest.raises(sa.Refusal, match=r"'broken\.xlsx' cannot be read as a workbook|No sheet"):
        sa.read(broken)


def test_without_the_extra_the_sentence_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(sa.Refusal, match=r"as CSV, needs .* pip install 'stepahead\[excel\]'"):
        sa.read(workbook(tmp_path / "sales.xlsx", ROWS))


def test_another_archive_is_no_table(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr("notes.txt", "nothing")
    with pytest.raises(sa.Refusal, match=r"'a\.xlsx' is a zip archive, not a table"):
        sa.read(tmp_path / "a.xlsx")
