"""Workbooks: the sheet that is meant, its header, and its cells as text."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Wanted
from tagledger.readers.formats.xlsx import Xlsx
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading
from tests.conftest import examples

HEADER = ["No", "Opened", "Subject", "Tags"]
ROWS = [
    [1, dt.datetime.fromisoformat("2024-01-02"), "Boiler", "heat, noise"],
    [2, dt.datetime.fromisoformat("2024-01-03T04:05:06"), "Keys", None],
    [3, None, 1984, 2021],
]


def save(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a workbook with these rows in its sheets."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def raw_of(folder: Path, file: str = "a.xlsx", **options: Any) -> Raw:
    columns = {"id": "No", "created_on": "Opened", "title": "Subject"}
    items = {"file": file, "columns": columns} | options
    labels = {"delimited": "Tags", "separator": ","}
    return read(Reading.model_validate({"items": items, "labels": labels}), folder)


def labels_of(raw: Raw) -> list[tuple[Any, str]]:
    ids = raw.items["id"].to_pylist()
    pairs = zip(raw.labels["item"].to_pylist(), raw.labels["tag"].to_pylist(), strict=True)
    return [(ids[item], tag.strip()) for item, tag in pairs]


def columns_of(path: Path, *names: str, limit: int = 10**8, **options: Any) -> dict[str, Any]:
    """Columns of a file whose rows are in one block, and the rows' numbers."""
    several = options.pop("several", frozenset())
    wanted = Wanted(
        names,
        several=several,
        rest=options.pop("rest", None),
        every_row=options.pop("every", False),
    )
    (block,) = Xlsx(**options).blocks(SourceFile(path, limit=limit, name=path.name), wanted)
    found = {name: column.to_pylist() for name, column in block.columns.items()}
    return found | {"rows": block.rows.tolist()}


def test_cells_are_read_as_they_are_meant(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", Tickets=[HEADER, *ROWS])
    raw = raw_of(tmp_path)
    assert raw.items["id"].to_pylist() == [1, 2, 3]
    assert raw.items["title"].to_pylist() == ["Boiler", "Keys", "1984"]
    assert [
        None if at is None else at.isoformat() for at in raw.items["created_on"].to_pylist()
    ] == [
        "2024-01-02T00:00:00+00:00",
        "2024-01-03T04:05:06+00:00",
        None,
    ]
    assert labels_of(raw) == [(1, "heat"), (1, "noise"), (3, "2021")]


def test_the_only_sheet_with_rows_is_taken(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", Cover=[], Tickets=[HEADER, *ROWS])
    assert len(raw_of(tmp_path).items) == 3


def test_one_of_several_sheets_must_be_named(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", Cover=[["Read me"]], Tickets=[HEADER, *ROWS])
    with pytest.raises(TagledgerError, match="2 sheets have rows") as caught:
        raw_of(tmp_path)
    assert "'Cover' (Read me); 'Tickets' (No, Opened, Subject, Tags)" in caught.value.hint
    assert len(raw_of(tmp_path, sheet="Tickets").items) == 3
    with pytest.raises(TagledgerError, match="no sheet 'Tickers'") as caught:
        raw_of(tmp_path, sheet="Tickers")
    assert "did you mean Tickets?" in caught.value.hint


def test_a_title_above_the_header_is_no_header(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", T=[["All tickets"], ["of 2024"], HEADER, *ROWS])
    with pytest.raises(TagledgerError, match="no column 'No'") as caught:
        raw_of(tmp_path)
    assert "set `skip: 2`" in caught.value.hint
    raw = raw_of(tmp_path, skip=2)
    assert raw.items["row"].to_pylist() == [1, 2, 3]
    with pytest.raises(TagledgerError, match="no column 'Number'") as caught:
        columns_of(tmp_path / "a.xlsx", "Number")
    assert "row 1, with the one cell 'All tickets'" in caught.value.hint


def test_a_sheet_without_a_header_has_its_names_from_the_reading(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", T=ROWS)
    assert raw_of(tmp_path, header=HEADER).items["id"].to_pylist() == [1, 2, 3]
    with pytest.raises(TagledgerError, match="4 columns, and `header` names 3"):
        raw_of(tmp_path, header=HEADER[:3])
    more = columns_of(tmp_path / "a.xlsx", "No", "More", header=[*HEADER, "More"])
    assert more["More"] == ["", "", ""]


def test_empty_rows_are_passed_over_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[[], ["a"], [1], [], [], [2], [None], []])
    assert columns_of(path, "a") == {"a": ["1", "2"], "rows": [1, 4]}
    assert columns_of(path, "a", every=True) == {"a": ["1", "", "", "2"], "rows": [1, 2, 3, 4]}


def test_a_name_may_stand_over_several_columns_where_it_is_wanted_so(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx", T=[["id", "tag", "x", "tag"], [1, "a", 0, 7], [2, None, 0, "b"]]
    )
    with pytest.raises(TagledgerError, match="2 columns with the name 'tag'"):
        columns_of(path, "id", "tag")
    several = columns_of(path, "id", "tag", several=frozenset({"tag"}))
    assert several["tag"] == [["a", "7"], ["b"]]
    assert columns_of(path, "id", "x", rest="x")["x"] == [["0", "7"], ["0", "b"]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3.0, "3"),
        (-0.5, "-0.5"),
        (True, "true"),
        (False, "false"),
        ("3.0", "3.0"),
        ("007", "007"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.time(1, 2, 3), "01:02:03"),
        ("#N/A", ""),
        ("=1/0", ""),
    ],
)
def test_a_cell_as_text(cell: Any, text: str, tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[["a", "b"], [cell, "x"]])
    assert columns_of(path, "a")["a"] == [text]


def test_errors_of_formulas_are_named(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[["a", "b"], ["#N/A", "x"], ["#REF!", "y"]])
    (block,) = Xlsx().blocks(SourceFile(path), Wanted(("a",)))
    assert block.notes == ["2 cells hold a formula's error, such as #N/A: read as empty"]


def test_an_id_that_a_cell_cannot_hold_is_set_aside(tmp_path: Path) -> None:
    save(tmp_path / "a.xlsx", T=[HEADER, [12345678901234567890, None, "x", "a"], ROWS[0]])
    raw = raw_of(tmp_path)
    assert raw.items["id"].to_pylist() == [1]
    assert raw.set_aside["reason"].tolist() == ["No has more digits than a cell keeps"]
    assert '"Subject":"x"' in raw.set_aside["record"][0]


def test_a_workbook_in_an_archive_is_read(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", Tickets=[HEADER, *ROWS])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(path, "in/a.xlsx")
    assert labels_of(raw_of(tmp_path, "all.zip!in/a.xlsx")) == labels_of(raw_of(tmp_path))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"id,tags\n1,a\n", "not a workbook"),
        (b"%PDF-1.7 \xff", "a PDF document"),
        (b"<!DOCTYPE html><p>log in", "a web page"),
        (b"PK\x03\x04 no archive", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "cannot be read"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_workbook_is_refused(content: bytes, what: str, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(TagledgerError, match=what):
        raw_of(tmp_path)


def changed(path: Path, member: str, old: bytes, new: bytes) -> None:
    """Change the bytes of a member of a zip archive."""
    with zipfile.ZipFile(path) as archive:
        contents = {one: archive.read(one) for one in archive.namelist()}
    assert old in contents[member]
    contents[member] = contents[member].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("place", [b'r="XFD1048576"', b"r = 'XFD1048576'", b"\tr\n=\n'XFD1048576'"])
def test_a_cell_far_off_takes_no_memory(place: bytes, tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[["a"], [1]])
    changed(path, SHEET, b'r="A2"', place)
    with pytest.raises(TagledgerError, match=r"row 1,048,576 and column 16,384"):
        columns_of(path, "a")


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[["a"], [1]])
    changed(path, SHEET, b"</worksheet>", b"</worksheet>" + b" " * 3_000_000)
    with pytest.raises(TagledgerError, match="more than 1,000,000 bytes"):
        columns_of(path, "a", limit=10**6)
    assert columns_of(path, "a", limit=10**7)["a"] == ["1"]


def test_a_member_that_declares_less_than_it_holds_is_counted_as_it_is(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[["a"], [1]])
    changed(path, SHEET, b"</worksheet>", b"</worksheet>" + b" " * 3_000_000)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET).file_size
    data = path.read_bytes()
    assert data.count(size.to_bytes(4, "little")) == 2
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (900).to_bytes(4, "little")))
    with pytest.raises(TagledgerError, match="more than 1,000,000 bytes"):
        columns_of(path, "a", limit=10**6)


def test_a_long_text_that_many_cells_share_counts_in_each_of_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    for _ in range(1_000):
        book.active.append(["x" * 3_000])
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(TagledgerError, match="more than 1,000,000 bytes"):
        columns_of(tmp_path / "a.xlsx", "a", limit=10**6)
    assert len(columns_of(tmp_path / "a.xlsx", "a", limit=10**7)["a"]) == 1_000


TABLE = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="T">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
CELL_OF_TEXT = (
    '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
)
TRUE = '<table:table-cell office:value-type="boolean" office:boolean-value="true"{}/>'
TIMES = ' table:number-columns-repeated="{}"'


def save_open_document(path: Path, *rows: str) -> Path:
    """Write a workbook in OpenDocument's form."""
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    entry = '<manifest:file-entry manifest:full-path="/" manifest:media-type="' + kind + '"/>'
    name = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", TABLE.format("".join(rows)))
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{name}">{entry}</manifest:manifest>',
        )
    return path


def table_row(*cells: str, times: int = 1) -> str:
    repeated = f' table:number-rows-repeated="{times}"'
    return f"<table:table-row{repeated}>{''.join(cells)}</table:table-row>"


def test_a_sheet_of_open_document_is_read_with_its_empty_end(tmp_path: Path) -> None:
    end = f"<table:table-cell{TIMES.format(16_382)}/>"
    path = save_open_document(
        tmp_path / "a.ods",
        table_row(CELL_OF_TEXT.format("", "a"), CELL_OF_TEXT.format("", "b"), end),
        table_row(CELL_OF_TEXT.format(TIMES.format(2), "x"), end),
        table_row(f"<table:table-cell{TIMES.format(16_384)}/>", times=1_048_574),
    )
    assert columns_of(path, "a", "b") == {"a": ["x"], "b": ["x"], "rows": [1]}


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (table_row(TRUE.format(TIMES.format(16_384)), times=1_048_576), "reaches to row 1,048,577"),
        (table_row(CELL_OF_TEXT.format("", "x" * 1_000), times=1_000_000), "more than 100,000,000"),
    ],
)
def test_cells_that_are_repeated_without_end_take_no_memory(
    row: str, what: str, tmp_path: Path
) -> None:
    path = save_open_document(tmp_path / "a.ods", table_row(CELL_OF_TEXT.format("", "a")), row)
    with pytest.raises(TagledgerError, match=what):
        columns_of(path, "a")


def test_a_name_may_lead_into_the_literals_of_cells(tmp_path: Path) -> None:
    rows = [[n, f'[{{"name": "tag {n}"}}]'] for n in range(1, 31)]
    save(tmp_path / "a.xlsx", T=[["No", "tags"], *rows])
    items = {"file": "a.xlsx", "columns": {"id": "No"}}
    reading = Reading.model_validate({"items": items, "labels": {"list": "tags[].name"}})
    assert labels_of(read(reading, tmp_path)) == [(n, f"tag {n}") for n in range(1, 31)]


@pytest.mark.parametrize("at", range(8))
def test_a_damaged_workbook_is_an_error_in_plain_words(at: int, tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", T=[["a"], [1]])
    data = path.read_bytes()
    end = data.rindex(b"PK\x05\x06")
    path.write_bytes(data[: end + 12 + at] + b"\xff" + data[end + 13 + at :])
    with pytest.raises(TagledgerError, match="this workbook cannot be read"):
        columns_of(path, "a")


WORD = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="_=\ufffe\uffff"), max_size=8
).filter(lambda text: text.strip() == text)
CELL = st.one_of(WORD, st.integers(-(2**53) + 1, 2**53 - 1), st.booleans(), st.none())


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=6))
def test_what_a_sheet_holds_is_read_back(rows: list[list[Any]], tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.xlsx", T=[["id", "x", "y"], *([n, *row] for n, row in enumerate(rows))]
    )
    read_back = columns_of(path, "id", "x", "y")
    assert read_back["rows"] == list(range(1, len(rows) + 1))

    def text(cell: Any) -> str:
        if isinstance(cell, bool):
            return str(cell).lower()
        return "" if cell is None or cell in ERRORS else str(cell)

    assert read_back["x"] == [text(row[0]) for row in rows]
    assert read_back["y"] == [text(row[1]) for row in rows]


ERRORS = {"#N/A", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#DIV/0!"}
