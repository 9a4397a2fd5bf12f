"""Files of people that would give other data than they hold, without a word or with a crash."""

from __future__ import annotations

import io
import sqlite3
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet

from tagledger.errors import TagledgerError
from tagledger.readers.raw import read
from tagledger.sources.reading import Reading
from tests.readings import csv_text, read_files, reasons, refused, tags_of

# ---- votes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [{}, {"annotator": "who"}])
def test_white_space_around_a_tag_is_no_other_vote(own: dict[str, Any], tmp_path: Path) -> None:
    text = 'id,who,t\n1,p,"A, B"\n1,q,"B, A"\n'
    labels = {"delimited": "t", "separator": ",", "votes": 2} | own
    assert tags_of(read_files(tmp_path, {"a.csv": text}, labels)) == {1: {"A", "B"}}

    joined = {"file": "l.csv", "votes": 2, "each": {"delimited": "t", "separator": ","}} | own
    files = {"items.csv": "id\n1\n", "l.csv": text}
    assert tags_of(read_files(tmp_path, files, joined)) == {1: {"A", "B"}}


# ---- values that a reader cannot hold -------------------------------------------------------


def test_a_record_as_deep_as_nobody_writes_is_set_aside_like_another(tmp_path: Path) -> None:
    deep = "[" * 400 + "]" * 400
    text = f'{{"t": ["A"], "deep": {deep}}}\n{{"id": 2, "t": ["B"], "deep": {deep}}}\n'
    raw = read_files(tmp_path, {"a.jsonl": text}, {"list": "t"})
    assert tags_of(raw) == {2: {"B"}}
    assert reasons(raw) == [(1, "no id")]
    assert '"..."' in raw.set_aside["record"][0]

    without_ids = read_files(tmp_path, {"a.jsonl": text}, {"list": "t"}, columns={})
    assert sorted(map(len, tags_of(without_ids).values())) == [1, 1]


def test_halves_of_a_character_are_joined_or_set_aside(tmp_path: Path) -> None:
    text = "id;t\n1;['it\\'s \\ud83d\\ude00']\n2;['it\\'s \\ud83d']\n3;['a']\n"
    raw = read_files(tmp_path, {"a.csv": text}, {"list": "t"}, delimiter=";")
    assert tags_of(raw) == {1: {"it's \N{GRINNING FACE}"}, 3: {"a"}}
    (row, reason), *others = reasons(raw)
    assert (row, others) == (2, [])
    assert "half of a character" in reason


def test_a_name_that_several_columns_of_parquet_have_is_read_each_time(tmp_path: Path) -> None:
    columns = [pa.array([1, 2]), pa.array(["A", None]), pa.array(["B", "C"])]
    parquet.write_table(pa.table(columns, ["id", "t", "t"]), tmp_path / "a.parquet")
    raw = read_files(tmp_path, {}, {"columns": ["t"]}, file="a.parquet")
    assert tags_of(raw) == {1: {"A", "B"}, 2: {"C"}}

    columns[2] = pa.array([[1], [2]])
    parquet.write_table(pa.table(columns, ["id", "t", "t"]), tmp_path / "a.parquet")
    with pytest.raises(TagledgerError, match="2 columns have the name 't'"):
        read_files(tmp_path, {}, {"columns": ["t"]}, file="a.parquet")


def test_votes_that_no_label_can_reach_are_refused(tmp_path: Path) -> None:
    rows = "id,first,second\n1,A,A\n2,A,B\n"
    error = refused(tmp_path, {"a.csv": rows}, {"columns": ["first", "second"], "votes": 2})
    assert "no item has labels from 2 rows or annotators" in error.what


# ---- names of codes ------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["cat", "dog", "cow"], {"file": "classes.txt"}])
def test_codes_from_1_on_do_not_take_names_from_0_on(names: Any, tmp_path: Path) -> None:
    files = {
        "a.json": [{"id": 1, "t": [1, 2]}, {"id": 2, "t": [2]}, {"id": 3, "t": [3]}],
        "classes.txt": "cat\ndog\ncow\n",
    }
    error = refused(tmp_path, files, {"list": "t", "names": names})
    assert "codes seem to go from 1 to 3, and the names from 0 to 2" in error.what

    files["a.json"] = [{"id": 1, "t": [0, 2]}, {"id": 2, "t": [2]}, {"id": 3, "t": [3]}]
    raw = read_files(tmp_path, files, {"list": "t", "names": names})
    assert tags_of(raw) == {1: {"cat", "cow"}, 2: {"cow"}}


@pytest.mark.parametrize("lines", ["0 cat\n1 dog\n2 cow\n", "1. cat\n2. dog\n3. cow\n"])
def test_numbers_before_names_are_no_part_of_a_tag(lines: str, tmp_path: Path) -> None:
    files = {"a.json": [{"id": 1, "t": [0, 2]}], "classes.txt": lines}
    error = refused(tmp_path, files, {"list": "t", "names": {"file": "classes.txt"}})
    assert "each name begins with its number" in error.what

    named = {"file": "classes.csv", "header": ["code", "name"], "code": "code", "name": "name"}
    files["classes.csv"] = "0 cat\n1 dog\n2 cow\n"
    labels = {"list": "t", "names": named | {"delimiter": " "}}
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"cat", "cow"}}


@pytest.mark.parametrize("lines", ["7 seas\n8 days\n9 lives\n", "1 star\n3 stars\n2 stars\n"])
def test_other_numbers_before_names_stay(lines: str, tmp_path: Path) -> None:
    files = {"a.json": [{"id": 1, "t": [0]}], "classes.txt": lines}
    raw = read_files(tmp_path, files, {"list": "t", "names": {"file": "classes.txt"}})
    assert tags_of(raw) == {1: {lines.partition("\n")[0]}}


# ---- sheets --------------------------------------------------------------------------------


def saved(folder: Path, rows: list[list[Any]], merged: str | None = None) -> None:
    """Write a workbook, as openpyxl does: formulas have no results."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    if merged is not None:
        workbook.active.merge_cells(merged)
    workbook.save(folder / "a.xlsx")


def test_a_formula_without_its_result_is_named(tmp_path: Path) -> None:
    saved(tmp_path, [["id", "t"], [1, '=CONCATENATE("a","b")'], [2, "b"]])
    raw = read_files(tmp_path, {}, {"column": "t"}, file="a.xlsx")
    assert tags_of(raw) == {1: set(), 2: {"b"}}
    (note,) = raw.notes
    assert note.startswith("1 cell holds a formula without its result, read as empty")


def test_rows_that_share_a_merged_cell_are_refused(tmp_path: Path) -> None:
    rows = [["Report", None, None], ["id", "t", "note"], [1, "a", "x"], [2, None, None]]
    saved(tmp_path, rows, merged="B3:B4")
    error = refused(tmp_path, {}, {"column": "t"}, file="a.xlsx", skip=1)
    assert "the cells of 't' in the rows 3 to 4 are merged" in error.what

    for elsewhere in ("A1:C1", "C3:C4", "B3:C3"):
        saved(tmp_path, rows, merged=elsewhere)
        raw = read_files(tmp_path, {}, {"column": "t"}, file="a.xlsx", skip=1)
        assert tags_of(raw) == {1: {"a"}, 2: set()}


# ---- elements within elements --------------------------------------------------------------


def test_a_row_of_xml_in_another_is_not_lost(tmp_path: Path) -> None:
    inner = '<row id="2"><t>b</t></row>'
    text = f'<all><rows><row id="1"><t>a</t>{inner}</row><row id="3"><t>c</t></row></rows></all>'
    error = refused(tmp_path, {"a.xml": text}, {"list": "t"}, records="row")
    assert "an element 'row' is in another 'row'" in error.what
    assert "`records: rows/row`" in error.hint
    raw = read_files(tmp_path, {"a.xml": text}, {"list": "t"}, records="rows/row")
    assert tags_of(raw) == {1: {"a"}, 3: {"c"}}


# ---- archives ------------------------------------------------------------------------------


def packed(path: Path, files: list[tuple[str, str]]) -> None:
    """Write a zip or a tar archive with these files, in their order."""
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files:
                archive.writestr(name, text)
        return
    with tarfile.open(path, "w") as tar:
        for name, text in files:
            member = tarfile.TarInfo(name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))


@pytest.mark.parametrize(
    ("archive", "name"), [("a.tar", "./d/a.csv"), ("a.tar", "././d/a.csv"), ("a.zip", "d\\a.csv")]
)
@pytest.mark.parametrize("pattern", ["d/a.csv", "d/*.csv", "**/*.csv"])
def test_names_in_archives_are_plain_paths(
    archive: str, name: str, pattern: str, tmp_path: Path
) -> None:
    packed(tmp_path / archive, [(name, "id,t\n1,a\n")])
    raw = read_files(tmp_path, {}, {"column": "t"}, file=f"{archive}!{pattern}")
    assert tags_of(raw) == {1: {"a"}}
    texts = {"file": f"{archive}!**", "format": "files", "columns": {"id": "$stem"}}
    assert tags_of(read_files(tmp_path, {}, {"column": "$folder"}, **texts)) == {"a": {"d"}}


@pytest.mark.parametrize("archive", ["a.tar", "a.zip"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_a_file_twice_is_refused(archive: str, tmp_path: Path) -> None:
    files = [("a.csv", "id,t\n1,old\n"), ("a.csv", "id,t\n1,new\n"), ("b.csv", "id,t\n2,b\n")]
    packed(tmp_path / archive, files)
    for pattern in ("a.csv", "*.csv"):
        error = refused(tmp_path, {}, {"column": "t"}, file=f"{archive}!{pattern}")
        assert error.what == "the archive has two files 'a.csv'"
    raw = read_files(tmp_path, {}, {"column": "t"}, file=f"{archive}!b.csv")
    assert tags_of(raw) == {2: {"b"}}


# ---- text files ----------------------------------------------------------------------------


def test_front_matter_that_is_never_closed_is_set_aside(tmp_path: Path) -> None:
    texts = {
        "open.md": "---\ntags: [a]\nBody\n",
        "sound.md": "---\ntags: [b]\n---\nBody\n",
        "rule.md": "---\nA rule above, and a colon: here\n",
    }
    labels = {"list": "tags"}
    columns = {"id": "$stem", "text": "$content"}
    raw = read_files(tmp_path, texts, labels, file="*.md", format="files", columns=columns)
    assert tags_of(raw) == {"rule": set(), "sound": {"b"}}
    assert reasons(raw) == [(1, "front matter: it has no line of --- at its end")]


@pytest.mark.parametrize("text", ["id,t", "other"])
def test_a_header_alone_is_no_fault_of_quotes(text: str, tmp_path: Path) -> None:
    error = refused(tmp_path, {"a.csv": text}, {"column": "t"})
    assert error.what in {"the file has no items", "there is no column 'id'"}


# ---- ids -----------------------------------------------------------------------------------


def test_an_id_that_a_program_for_tables_has_rounded_is_set_aside(tmp_path: Path) -> None:
    text = "id,t\n1.23E+15,a\n1.23E+15,b\n1E5,c\nE+15,d\n"
    raw = read_files(tmp_path, {"a.csv": text}, {"column": "t"})
    assert tags_of(raw) == {"1E5": {"c"}, "E+15": {"d"}}
    rounded = "id is a number that a program for tables has rounded"
    assert reasons(raw) == [(1, rounded), (2, rounded)]


# ---- separators ----------------------------------------------------------------------------


def test_a_separator_that_no_cell_has_is_refused_where_another_joins(tmp_path: Path) -> None:
    rows = "".join(f"{at},{cell}\n" for at, cell in enumerate(["a|b", "b|c", "c|a", "a"] * 6))
    files = {"a.csv": f"id,t\n{rows}"}
    error = refused(tmp_path, files, {"delimited": "t", "separator": ";"})
    assert error.what == "no cell of 't' holds the separator ';', and many hold '|'"

    raw = read_files(tmp_path, files, {"column": "t"})
    (note,) = raw.notes
    assert note == (
        "a.csv: many cells of 't' hold '|': "
        '`labels: {delimited: t, separator: "|"}` reads tags from it'
    )
    assert not read_files(tmp_path, files, {"delimited": "t", "separator": "|"}).notes


def test_a_comma_in_names_of_tags_is_no_separator(tmp_path: Path) -> None:
    names = ["Food, Drink", "Arts, Crafts", "Home, Garden", "Music"]
    rows = [[at, name] for at, name in enumerate(names * 9)]
    files = {"a.csv": csv_text([["id", "t"], *rows])}
    assert not read_files(tmp_path, files, {"column": "t"}).notes
    raw = read_files(tmp_path, files, {"delimited": "t", "separator": ";"})
    assert set().union(*tags_of(raw).values()) == set(names)


# ---- words that are several labels, and files that are none -----------------------------------


def test_labels_of_fasttext_in_one_word_are_set_aside(tmp_path: Path) -> None:
    text = "__label__a __label__b x\n__label__c,__label__d y\n"
    columns = {"text": "text"}
    raw = read_files(
        tmp_path, {"a.txt": text}, {"list": "labels"}, format="fasttext", columns=columns
    )
    assert list(tags_of(raw).values()) == [{"a", "b"}]
    ((row, reason),) = reasons(raw)
    assert (row, reason.partition(":")[0]) == (2, "labels are joined to one word")


def test_hidden_files_are_read_where_they_are_named_alone(tmp_path: Path) -> None:
    folders = {".checkpoints": "id,t\n2,b\n", "d": "id,t\n1,a\n"}
    for folder, text in folders.items():
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.csv").write_text(text, "utf-8")
    for name in ("d/._a.csv", "d/~$a.csv"):
        (tmp_path / name).write_bytes(b"\x00\x05")
    for pattern in ("**/*.csv", "d", "d/*.csv"):
        raw = read_files(tmp_path, {}, {"column": "t"}, file=pattern, format="csv")
        assert tags_of(raw) == {1: {"a"}}
    raw = read_files(tmp_path, {}, {"column": "t"}, file=".checkpoints/*.csv")
    assert tags_of(raw) == {2: {"b"}}


# ---- advice --------------------------------------------------------------------------------


def test_the_mark_of_utf_8_speaks_against_another_encoding(tmp_path: Path) -> None:
    error = refused(tmp_path, {"a.csv": "\ufeffid,t\n1,a\n"}, {"column": "t"}, encoding="cp1252")
    assert error.what == "this is not cp1252: it begins with the mark of UTF-8"


@pytest.mark.parametrize(
    ("text", "advice"),
    [('{"id": 1, "t": []},\n{"id": 2, "t": []},\n', "sed"), ('{\n"id": 1,\n"t": []\n}\n', "jq")],
)
def test_lines_that_are_nearly_json_lines(text: str, advice: str, tmp_path: Path) -> None:
    assert f"by `{advice} " in refused(tmp_path, {"a.jsonl": text}, {"list": "t"}).hint


def test_white_space_in_a_header_is_shown(tmp_path: Path) -> None:
    error = refused(tmp_path, {"a.csv": "id, t\n1, a\n"}, {"column": "t"})
    assert "the header has ' t', with white space" in error.hint


def test_a_json_list_of_names(tmp_path: Path) -> None:
    files = {"a.json": [{"id": 1, "t": [0, 2]}], "n.json": ["cat", "dog", "cow"]}
    labels = {"list": "t", "names": {"file": "n.json", "name": "$value"}}
    assert tags_of(read_files(tmp_path, files, labels)) == {1: {"cat", "cow"}}
    error = refused(tmp_path, files, {"list": "t", "names": {"file": "n.json"}})
    assert "`name: $value`" in error.hint


# ---- texts of their own, and headers as rows --------------------------------------------------


def test_texts_of_no_item_are_refused_and_items_without_one_are_named(tmp_path: Path) -> None:
    columns = {"id": "id", "text": {"file": "x.csv", "id": "id", "text": "text"}}
    files = {"a.csv": "id,t\n7,a\n8,b\n", "x.csv": "id,text\n007,x\n008,y\n"}
    error = refused(tmp_path, files, {"column": "t"}, columns=columns)
    assert error.what == "no row has the id of an item: the first item's is '7'"

    files["x.csv"] = "id,text\n7,x\n008,y\n"
    raw = read_files(tmp_path, files, {"column": "t"}, columns=columns)
    assert raw.items["description"].to_pylist() == ["x", ""]
    assert raw.notes == (
        "x.csv: 1 rows are of an id that no item has",
        "x.csv: 1 items have no text in it",
    )


def test_a_header_of_other_names_is_no_item(tmp_path: Path) -> None:
    text = "Image ID,Label\n1,a\n2,b\n"
    error = refused(tmp_path, {"a.csv": text}, {"column": "t"}, header=["id", "t"])
    assert error.what == "the first row seems to be the header: it says 'Image ID'"
    for text in ("x1,c\n1,a\n2,b\n", "ID,Label\nn1,a\nn2,b\n"):
        raw = read_files(tmp_path, {"a.csv": text}, {"column": "t"}, header=["id", "t"])
        assert len(tags_of(raw)) == 3


# ---- a database without end ------------------------------------------------------------------


def test_rows_without_end_count_what_they_take_in_memory(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE t (id)").connection.close()
    query = (
        "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n LIMIT 20000) "
        "SELECT id, 'a' AS t FROM n"
    )
    items = {"file": "a.db", "query": query, "columns": {"id": "id"}}
    reading = Reading.model_validate({"items": items, "labels": {"column": "t"}})
    with pytest.raises(TagledgerError, match="more than 600,000 bytes"):
        read(reading, tmp_path, limit=600_000)
    assert read(reading, tmp_path, limit=700_000).rows == 20_000
