"""Files of fields in other dialects than RFC 4180, and files without a header."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted, blocks
from tagledger.readers.opening import source_files
from tagledger.readers.parsing import quotes
from tagledger.sources.file_reading import FileReading
from tests.conftest import examples

FEW = "wrong number of fields"


def read(folder: Path, data: bytes, wanted: Wanted, file: str = "a.csv", **options: Any) -> Read:
    (folder / file).write_bytes(data)
    found = FileReading.model_validate({"file": file, **options})
    return Read(list(blocks(found, folder, wanted)), wanted)


class Read:
    """All rows of a file."""

    def __init__(self, found: list[Block], wanted: Wanted) -> None:
        self.columns = {
            name: [value for block in found for value in _values(block, name)]
            for name in wanted.names
        }
        self.numbers = [int(row) for block in found for row in block.rows]
        self.broken = [(one.row, one.reason) for block in found for one in block.broken]
        self.broken_records = [json.loads(one.record) for block in found for one in block.broken]
        self.notes = [note for block in found for note in block.notes]
        self.records = [json.loads(one) for block in found for one in block.records(_all(block))]

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        return list(zip(*self.columns.values(), strict=True))


def _values(block: Block, name: str) -> list[Any]:
    column = block.columns[name]
    found: list[Any] = column if isinstance(column, list) else column.to_pylist()
    return found


def _all(block: Block) -> Any:
    import numpy as np

    return np.arange(len(block.rows))


AB = Wanted(("a", "b"))
LINES = {"quoting": "none"}


# ---- a miniature of each option ------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text", "rows"),
    [
        pytest.param({"header": ["a", "b"]}, "1,x\n2,y\n", "1x 2y", id="header"),
        pytest.param({"header": ["b", "a"]}, "1,x\n2,y\n", "x1 y2", id="header turned"),
        pytest.param({"skip": 2}, 'made by me\n"\na,b\n1,x\n', "1x", id="skip"),
        pytest.param({"skip": 1, "header": ["a", "b"]}, "c,d\r\n1,x\r\n", "1x", id="other names"),
        pytest.param({"skip": 1}, "\ra,b\r1,x\r", "1x", id="skip with returns"),
        pytest.param({"comment": "#"}, "# one\n#two\n\na,b\n#1,x\n", ["#1", "x"], id="comment"),
        pytest.param({"comment": "//"}, "//\n/a,b\n", [], id="no comment"),
        pytest.param({"skip": 1, "comment": "#"}, "#\nx\n", None, id="no comment left"),
        pytest.param({"quote": "'"}, "a,b\n'1,\"',x\n2,'it''s'\n", ['1,"', "x", "2", "it's"],
                     id="quote"),
        pytest.param({"escape": "\\"}, 'a,b\n"1 \\" , \\\\",x\\,y\nc:\\t,z\n',
                     ['1 " , \\', "x,y", "c:\\t", "z"], id="escape"),
        pytest.param({"escape": "\\"}, 'a,b\n"1\\\n2",x\\\ny\n', ["1\n2", "x\ny"],
                     id="escaped line breaks"),
        pytest.param({"quoting": "none"}, 'a,b\n"1,"x"\n{"y"},5" \n',
                     ['"1', '"x"', '{"y"}', '5" '], id="no quotes"),
        pytest.param({"delimiter": "::"}, 'a::b\n1::x:y\n2:::3\n', ["1", "x:y", "2", ":3"],
                     id="two characters"),
        pytest.param({"delimiter": " ||| "}, 'a ||| b\n1 ||| "x" y\n2| ||| \n',
                     ["1", '"x" y', "2|", ""], id="spaces in the delimiter"),
        pytest.param({"delimiter": "¦"}, "a¦b\n1¦x\n", "1x", id="more than a byte"),
        pytest.param({"delimiter": "||", "quote": '"'}, 'a||b\n"1||2"||"say ""x"""\n3||4\n',
                     ["1||2", 'say "x"', "3", "4"], id="two characters and quotes"),
        pytest.param({"after_delimiter": "space"}, 'a,  b\n1,   "x, y"\n"2, 3", z \n',
                     ["1", "x, y", "2, 3", "z "], id="spaces before a quote"),
        pytest.param({"after_delimiter": "space", "quoting": "none"}, 'a, b\n1,  "x"\n',
                     ["1", '"x"'], id="spaces and no quotes"),
        pytest.param({"delimiter": "\t"}, "a\tb\n1\tx\n", "1x", id="tab"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 3, 2**23])
def test_a_dialect_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Any,
    text: str,
    rows: Any,
    size: int,
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", size)
    if rows is None:
        with pytest.raises(TagledgerError, match="there is no column 'a'"):
            read(tmp_path, text.encode(), AB, **options)
        return
    if options == {"comment": "//"}:
        with pytest.raises(TagledgerError, match="no column 'a'") as caught:
            read(tmp_path, text.encode(), AB, **options)
        assert "/a" in caught.value.hint
        return
    found = read(tmp_path, text.encode(), AB, **options)
    cells = [cell for row in found.rows for cell in row]
    assert cells == (list(rows.replace(" ", "")) if isinstance(rows, str) else rows)
    assert found.broken == []
    assert found.notes == []


@pytest.mark.parametrize("file", ["a.tsv", "a.TAB", "a.tsv.gz"])
def test_the_format_tsv_has_tabs(tmp_path: Path, file: str) -> None:
    data = b'a\tb\n1\t"x\ty"\n'
    if file.endswith("gz"):
        import gzip

        data = gzip.compress(data)
    assert read(tmp_path, data, AB, file).rows == [("1", "x\ty")]


# ---- what is written is read back ----------------------------------------------------------

letters = "ab,;:|\"'\\ \n\r\té€"
fields = st.text(st.sampled_from(letters), max_size=6)
tables = st.lists(st.tuples(fields, fields, fields), min_size=1, max_size=6)
sizes = st.sampled_from([1, 2, 5, 64, 2**20])
DIALECTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({}, {}),
    "semicolon": ({"delimiter": ";"}, {"delimiter": ";"}),
    "single quotes": ({"quotechar": "'"}, {"quote": "'"}),
    "all in quotes": ({"quotechar": "'", "quoting": csv.QUOTE_ALL}, {"quote": "'"}),
    "backslash": ({"doublequote": False, "escapechar": "\\"}, {"escape": "\\"}),
    "backslash in quotes": (
        {"doublequote": False, "escapechar": "\\", "quoting": csv.QUOTE_ALL, "delimiter": "\t"},
        {"escape": "\\", "delimiter": "\t"},
    ),
    "backslash and single quotes": (
        {"doublequote": False, "escapechar": "\\", "quotechar": "'"},
        {"escape": "\\", "quote": "'"},
    ),
    "backslash and no quotes": (
        {"quoting": csv.QUOTE_NONE, "escapechar": "\\", "delimiter": "|"},
        {"quoting": "none", "escape": "\\", "delimiter": "|"},
    ),
}  # fmt: skip


def cells(rows: Any, line_break: str) -> list[tuple[str, ...]]:
    """Rows without the line break that Python leaves bare beside one of another kind."""
    other = {"\n": "\r", "\r": "\n"}.get(line_break, "")
    return [tuple(cell.replace(other, "") if other else cell for cell in row) for row in rows]


def written(rows: Any, line_break: str, **dialect: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_break, **dialect).writerows(rows)
    return text.getvalue().encode()


def patched(size: int) -> pytest.MonkeyPatch:
    patch = pytest.MonkeyPatch()
    patch.setattr(source_files, "_CHUNK_BYTES", size)
    patch.setattr(quotes, "_LARGEST_PIECE", max(size, 4))
    return patch


@pytest.mark.parametrize("dialect", DIALECTS)
@given(rows=tables, size=sizes, line_break=st.sampled_from(["\n", "\r\n", "\r"]))
@examples(40)
def test_what_python_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    dialect: str,
    rows: list[tuple[str, ...]],
    size: int,
    line_break: str,
) -> None:
    writing, reading = DIALECTS[dialect]
    rows = [(f"n{at}", *row) for at, row in enumerate(cells(rows, line_break))]  # none is blank
    data = written(rows, line_break, **writing)
    wanted = Wanted(("n", "x", "y", "z"))
    patch = patched(size)
    try:
        found = read(
            tmp_path_factory.mktemp("x"), data, wanted, header=["n", "x", "y", "z"], **reading
        )
    finally:
        patch.undo()
    assert found.broken == []
    assert found.rows == rows
    assert found.numbers == list(range(1, len(rows) + 1))
    assert found.records == [dict(zip("nxyz", row, strict=True)) for row in rows]


@pytest.mark.parametrize("delimiter", ["::", " ||| ", "¦", "\t", ";;;"])
@given(rows=tables, size=sizes)
@examples(40)
def test_lines_cut_at_a_delimiter_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, delimiter: str, rows: list[tuple[str, ...]], size: int
) -> None:
    """Python's own split is what a row means."""
    lines = [delimiter.join(["n", *row]).replace("\n", "").replace("\r", "") for row in rows]
    expected = [tuple(line.split(delimiter)) for line in lines]
    wanted = Wanted(("n", "x", "y", "z"))
    patch = patched(size)
    try:
        found = read(
            tmp_path_factory.mktemp("x"),
            "\n".join(lines).encode(),
            wanted,
            header=["n", "x", "y", "z"],
            delimiter=delimiter,
            quoting="none",
        )
    except TagledgerError as error:
        assert "`header` has 4 names" in error.what  # noqa: PT017
        assert all(len(row) != 4 for row in expected)
        return
    finally:
        patch.undo()
    assert found.rows == [row for row in expected if len(row) == 4]
    assert found.broken == [
        (at, f"{FEW}: {len(row)}, not 4") for at, row in enumerate(expected, 1) if len(row) != 4
    ]
    assert found.broken_records == [
        line for line, row in zip(lines, expected, strict=True) if len(row) != 4
    ]


@pytest.mark.parametrize("dialect", list(DIALECTS))
@given(
    rows=st.lists(st.lists(fields, max_size=4), min_size=1, max_size=6),
    size=sizes,
    line_break=st.sampled_from(["\n", "\r\n"]),
)
@examples(40)
def test_the_rest_of_a_row_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    dialect: str,
    rows: list[list[str]],
    size: int,
    line_break: str,
) -> None:
    writing, reading = DIALECTS[dialect]
    rows = [list(row) for row in cells(rows, line_break)]
    data = written([("n", "x", "t"), *((f"n{at}", "x", *row) for at, row in enumerate(rows))],
                   line_break, **writing)  # fmt: skip
    patch = patched(size)
    try:
        found = read(
            tmp_path_factory.mktemp("x"), data, Wanted(("n", "t"), rest="t"), "a.txt",
            format="csv", **reading,
        )  # fmt: skip
    finally:
        patch.undo()
    assert found.broken == []
    given = [[cell for cell in row if cell.strip()] for row in rows]
    assert found.rows == [(f"n{at}", row) for at, row in enumerate(given)]
    assert found.records == [{"n": f"n{at}", "x": "x", "t": row} for at, row in enumerate(given)]


@given(
    rows=st.lists(st.lists(fields, min_size=3, max_size=3), min_size=1, max_size=6),
    size=sizes,
    by_line=st.booleans(),
)
@examples(40)
def test_columns_of_one_name_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], size: int, *, by_line: bool
) -> None:
    data = written([("t", "n", "t", "t"), *((row[0], "n", *row[1:]) for row in rows)], "\r\n")
    patch = patched(size)
    wanted = Wanted(("n", "t", *["z"] * by_line), several=frozenset({"t"}))
    if by_line:
        data = data.replace(b"t,n,t,t", b"t,n,t,t,z", 1)
        wanted = Wanted(("n", "t", "z"), several=frozenset({"t"}), rest="z")
    try:
        found = read(tmp_path_factory.mktemp("x"), data, wanted)
    finally:
        patch.undo()
    assert found.columns["t"] == [[cell for cell in row if cell.strip()] for row in rows]
    assert found.records[0]["t (2)"] == rows[0][1]


# ---- spaces after a delimiter --------------------------------------------------------------


@given(
    rows=st.lists(st.tuples(fields, fields), min_size=1, max_size=6),
    blanks=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    size=sizes,
)
@examples(100)
def test_spaces_after_a_delimiter_are_no_part_of_a_field(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    blanks: list[int],
    size: int,
) -> None:
    text = "n, x,y\n"
    for at, row in enumerate(rows):
        text += f"n{at}"
        for nth, cell in enumerate(row):
            space = " " * blanks[(at + nth) % len(blanks)]
            text += f',{space}"{cell.replace(chr(34), 2 * chr(34))}"'
        text += "\n"
    patch = patched(size)
    try:
        found = read(
            tmp_path_factory.mktemp("x"), text.encode(), Wanted(("x", "y")), after_delimiter="space"
        )
    finally:
        patch.undo()
    assert found.broken == []
    assert found.rows == rows


def test_a_quote_out_of_place_behind_spaces_sets_its_row_aside_alone(tmp_path: Path) -> None:
    data = b'a, b\n1, 5" pipe\n2, "x, y"\n3, "z" \n4, "v"\n'
    found = read(tmp_path, data, AB, after_delimiter="space")
    assert found.rows == [("2", "x, y"), ("4", "v")]
    assert [row for row, _ in found.broken] == [1, 3]


# ---- quotes that are not closed ------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("a,b\n1,x\n2,'y\n3,z\n", {"quote": "'"}),
        ('a,b\n1,x\n2,"y\\"\n3,z\n', {"escape": "\\"}),
        ('a||b\n1||x\n2||"y\n3||z\n', {"delimiter": "||", "quote": '"'}),
        ('a, b\n1, x\n2, "y\n3, z\n', {"after_delimiter": "space"}),
    ],
)
@pytest.mark.parametrize("rest", [None, "b"])
@pytest.mark.parametrize("size", [1, 2**20])
def test_a_quote_that_is_never_closed_is_an_error(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    options: Any,
    rest: str | None,
    size: int,
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", size)
    with pytest.raises(TagledgerError, match="never closed"):
        read(tmp_path, text.encode(), Wanted(("a", "b"), rest=rest), **options)


def test_rows_that_a_quote_may_have_swallowed_are_named(tmp_path: Path) -> None:
    text = "a,b\n1,x\n2,'y\n3,z\n4,w'\n"
    for rest in (None, "b"):
        found = read(tmp_path, text.encode(), Wanted(("a", "b"), rest=rest), quote="'")
        assert "as if a quote had swallowed rows" in found.notes[0]


def test_records_of_broken_rows_are_as_the_file_has_them(tmp_path: Path) -> None:
    text = "a,b\n'1',x,y\n2,z'\n'3'';',4\n"
    for rest in (None, "b"):
        found = read(tmp_path, text.encode(), Wanted(("a", "b"), rest=rest), quote="'")
        assert "2,z'" in found.broken_records
        assert found.columns["a"][-1] == "3';"
    assert read(tmp_path, text.encode(), AB, quote="'").broken_records == ["'1',x,y", "2,z'"]


def test_a_field_in_quotes_beside_a_long_delimiter_is_not_guessed(tmp_path: Path) -> None:
    data = b'a::b\n1::"x"\n'
    with pytest.raises(TagledgerError, match="a field is in quotes") as caught:
        read(tmp_path, data, AB, delimiter="::")
    assert "quoting: none" in caught.value.hint
    advised = yaml.safe_load(caught.value.hint.split("`")[1])
    assert read(tmp_path, data, AB, delimiter="::", **advised).rows == [("1", "x")]
    assert read(tmp_path, data, AB, delimiter="::", quoting="none").rows == [("1", '"x"')]


def test_a_stand_in_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match=r"control character U\+000E"):
        read(tmp_path, b"a,b\n1,\x0e\n", AB, escape="\\")
    assert read(tmp_path, b"a,b\n1,\x0e\n", AB, quoting="none").rows == [("1", "\x0e")]


# ---- rows of another number of fields ------------------------------------------------------


def test_a_row_that_ends_before_the_rest_is_set_aside(tmp_path: Path) -> None:
    data = b"a\tb\tc\n1\tx\n2\n3\ty\tp\tq\n\n4\tz\t\n"
    found = read(tmp_path, data, Wanted(("a", "c"), rest="c"), "a.tsv")
    assert found.rows == [("1", []), ("3", ["p", "q"]), ("4", [])]
    assert found.broken == [(2, f"{FEW}: 1, not 2 or more")]
    assert found.numbers == [1, 3, 4]


def test_a_column_behind_the_rest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="'c' is behind 'b'"):
        read(tmp_path, b"a,b,c\n1,2,3\n", Wanted(("a", "b", "c"), rest="b"))


def test_a_header_that_no_row_fits_is_refused(tmp_path: Path) -> None:
    for options in ({}, LINES):
        with pytest.raises(TagledgerError, match="`header` has 2 names, and the first row 3 fie"):
            read(tmp_path, b"1,2,3\n4,5,6\n", AB, header=["a", "b"], **options)
        found = read(tmp_path, b"1,2,3\n4,5\n", AB, header=["a", "b"], **options)
        assert found.broken == [(1, f"{FEW}: 3, not 2")]


def test_a_blank_line_is_a_row_where_every_row_counts(tmp_path: Path) -> None:
    for options in ({}, LINES):
        wanted = Wanted(("a",), every_row=True)
        found = read(tmp_path, b"x\n\ny\n", wanted, header=["a"], **options)
        assert found.columns["a"] == ["x", "", "y"]
        assert read(tmp_path, b"a\n\ny\n", Wanted(("a",)), **options).columns["a"] == ["y"]


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tagledger.readers.parsing import line_rows

    monkeypatch.setattr(line_rows, "_MOST_BYTES", 2**20)
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", 2**19)
    data = b"a,b\n1," + b"x" * 2**21
    with pytest.raises(TagledgerError, match="a row is longer than 1 MiB"):
        read(tmp_path, data, AB, **LINES)


# ---- headers that are none, and none that are ----------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1,x\n2,y\n", "'1'"),
        ("x,food\ny,food\nz,sea\n", "'food'"),
        ("x,The boat that never came back to us\n", "'The boat"),
    ],
)
@pytest.mark.parametrize("options", [{}, LINES])
def test_a_row_that_was_taken_for_a_header_is_known(
    tmp_path: Path, text: str, shown: str, options: Any
) -> None:
    with pytest.raises(TagledgerError, match="no column 'a'") as caught:
        read(tmp_path, text.encode(), AB, **options)
    assert shown in caught.value.hint
    advised = yaml.safe_load(caught.value.hint.split("`")[1])
    assert advised == {"header": ["column1", "column2"]}
    assert len(read(tmp_path, text.encode(), Wanted(("column1",)), **options, **advised).rows) == (
        text.count("\n")
    )


def test_a_header_of_names_gets_no_such_hint(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError) as caught:
        read(tmp_path, b"A,b c\n1,x\n", AB)
    assert "header:" not in caught.value.hint
    assert "known: A, b c" in caught.value.hint


@pytest.mark.parametrize("text", ["a,b\n1,x\n", " A ,B\n1,x\n"])
@pytest.mark.parametrize("options", [{}, LINES])
def test_a_given_header_that_the_file_has_is_refused(
    tmp_path: Path, text: str, options: Any
) -> None:
    with pytest.raises(TagledgerError, match="the file has a header") as caught:
        read(tmp_path, text.encode(), AB, header=["a", "b"], **options)
    assert "skip: 1" in caught.value.hint
    found = read(tmp_path, text.encode(), AB, header=["a", "b"], skip=1, **options)
    assert found.rows == [("1", "x")]


def test_a_repeated_header_names_the_way_for_labels(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="2 columns with the name 'b'") as caught:
        read(tmp_path, b"a,b,b\n1,x,y\n", AB)
    assert "labels: {columns: [b]}" in caught.value.hint


def test_excels_own_first_line_is_known(tmp_path: Path) -> None:
    data = b"sep=;\na;b\n1;x\n"
    with pytest.raises(TagledgerError) as caught:
        read(tmp_path, data, AB)
    options: dict[str, Any] = {}
    for one in caught.value.hint.split("`")[1::2]:
        options |= yaml.safe_load(one)
    assert read(tmp_path, data, AB, **options).rows == [("1", "x")]


def test_nothing_below_the_lines_that_are_skipped(tmp_path: Path) -> None:
    for options in ({"skip": 3}, {"comment": "#"}, {"skip": 1, "comment": "#"}):
        with pytest.raises(TagledgerError, match="nothing is left below the first 2 lines"):
            read(tmp_path, b"#a,b\n#1,x\n", AB, **options)


def test_lines_count_from_the_top_of_the_file(tmp_path: Path) -> None:
    data = b'# one\n#\n1,a\n2,"x"y\n"\n'
    with pytest.raises(TagledgerError, match="characters after a closing quote") as caught:
        read(tmp_path, data, AB, header=["a", "b"], comment="#")
    assert str(caught.value.where).endswith("a.csv, line 4")
    note = read(tmp_path, b'#\n1,a\n2,"x,y\n3,z"\n', AB, header=["a", "b"], comment="#").notes[0]
    assert "a.csv, line 3: a field in quotes" in note


# ---- encodings -----------------------------------------------------------------------------

CAFE = "a,b\n1,“10 €” café\n"


@pytest.mark.parametrize(
    ("encoding", "written_in"),
    [("cp1252", "cp1252"), ("windows-1252", "cp1252"), ("utf-16", "utf-16"), ("utf8", "utf-8"),
     ("UTF-8", "utf-8-sig"), ("utf-16-le", "utf-16-le"), ("utf-8-sig", "utf-8"),
     ("gb18030", "gb18030")],
)  # fmt: skip
@pytest.mark.parametrize("size", [4, 2**20])
@pytest.mark.parametrize("options", [{}, LINES])
def test_a_file_in_another_encoding(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    written_in: str,
    size: int,
    options: Any,
) -> None:
    monkeypatch.setattr(source_files, "_CHUNK_BYTES", size)
    found = read(tmp_path, CAFE.encode(written_in), AB, encoding=encoding, **options)
    assert found.rows == [("1", "“10 €” café")]


def test_latin_1_is_read_and_its_lost_signs_are_named(tmp_path: Path) -> None:
    data = "a,b\n1,café\n".encode("latin-1")
    found = read(tmp_path, data, AB, encoding="latin-1")
    assert (found.rows, found.notes) == ([("1", "café")], [])
    found = read(tmp_path, CAFE.encode("cp1252"), AB, encoding="latin-1")
    assert "cp1252" in found.notes[0]


@pytest.mark.parametrize("encoding", ["cp1253x", "base64", "rot13", "hex", "\0", "utf-9"])
def test_an_encoding_that_python_does_not_know(encoding: str) -> None:
    with pytest.raises(ValidationError, match="no encoding of text"):
        FileReading.model_validate({"file": "a.csv", "encoding": encoding})
    with pytest.raises(ValidationError, match="did you mean cp1252"):
        FileReading.model_validate({"file": "a.csv", "encoding": "cp1253x"})


def test_a_byte_that_the_encoding_does_not_have(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="this is not cp1252") as caught:
        read(tmp_path, b"a,b\n1,\x81\n", AB, encoding="cp1252")
    assert "near line 2" in str(caught.value.where)


@pytest.mark.parametrize("written_in", ["cp1252", "utf-16", "utf-16-le"])
def test_the_option_that_a_hint_names_reads_the_file(tmp_path: Path, written_in: str) -> None:
    data = CAFE.encode(written_in)
    with pytest.raises(TagledgerError, match="not UTF-8") as caught:
        read(tmp_path, data, AB)
    advised = yaml.safe_load(caught.value.hint.split("`")[1])
    assert list(advised) == ["encoding"]
    assert read(tmp_path, data, AB, **advised).rows == [("1", "“10 €” café")]


# ---- options that do not go together -------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"quoting": "none", "quote": "'"}, "leave one of them out"),
        ({"delimiter": "'", "quote": "'"}, "cannot be in the delimiter"),
        ({"escape": '"'}, "written twice by default"),
        ({"escape": ",", }, "cannot have this in it"),
        ({"escape": "ab"}, "one character"),
        ({"quote": "é"}, "ASCII"),
        ({"quote": "\n"}, "line break"),
        ({"delimiter": ", ", "after_delimiter": "space"}, "ends with a space already"),
        ({"after_delimiter": "tab"}, "space"),
        ({"quoting": "all"}, "none"),
        ({"header": []}, "must not be empty"),
        ({"header": ["a", ""]}, "must not be empty"),
        ({"skip": -1}, "must be 0 or more"),
        ({"skip": True}, "must be a whole number"),
        ({"file": "a.json", "skip": 1}, "only a .* file has a skip, not json"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: Any, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        FileReading.model_validate({"file": "a.csv", **options})
