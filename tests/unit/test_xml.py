"""XML: elements that are rows, their attributes and the elements within as columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Wanted
from tagledger.readers.formats.xml import Xml
from tagledger.readers.opening.source_files import SourceFile
from tagledger.readers.parsing import xml_elements
from tagledger.readers.raw import Raw, read
from tagledger.sources.reading import Reading
from tests.conftest import examples
from tests.readings import labels_of

DUMP = """<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" Kind="1" Title="Loops" Tags="&lt;c++&gt;&lt;speed&gt;" />
  <row Id="2" Kind="2" Title="An answer" />
  <row Id="3" Kind="1" Title="Tables &amp; chairs" Tags="&lt;html&gt;" />
</posts>
"""
FEED = """<?xml version="1.0"?>
<rss xmlns:dc="http://example.org/dc"><channel><title>All news</title>
<item id="a"><title> Sea
 </title><category domain="x">Salt</category><category>Waves</category>
<dc:creator>Jo</dc:creator></item>
<item id="b"><title>Land</title><category domain="y">Sand</category></item>
<item id="c"><title>Sky</title></item>
</channel></rss>
"""


def raw_of(folder: Path, text: str, labels: dict[str, Any], **items: Any) -> Raw:
    (folder / "a.xml").write_text(text, encoding="utf-8")
    reading = {"items": {"file": "a.xml"} | items, "labels": labels}
    return read(Reading.model_validate(reading), folder)


def blocks_of(
    path: Path, *names: str, lists: tuple[str, ...] = (), records: str | None = None
) -> Any:
    wanted = Wanted(names, lists=frozenset(lists))
    file = SourceFile(path, name=path.name)
    return list(Xml(records=records).blocks(file, wanted))


def column_of(folder: Path, text: str | bytes, name: str, **options: Any) -> list[Any]:
    path = folder / "a.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    columns = [block.columns[name] for block in blocks_of(path, name, **options)]
    return [
        value for one in columns for value in (one if isinstance(one, list) else one.to_pylist())
    ]


def test_attributes_of_rows_are_columns(tmp_path: Path) -> None:
    labels = {"delimited": "Tags", "separator": "><", "strip": "<>"}
    raw = raw_of(
        tmp_path, DUMP, labels, columns={"id": "Id", "title": "Title"}, where={"Kind": "1"}
    )
    assert raw.items["id"].to_pylist() == [1, 3]
    assert raw.items["title"].to_pylist() == ["Loops", "Tables & chairs"]
    assert labels_of(raw) == [(1, "c++"), (1, "speed"), (3, "html")]


@pytest.mark.parametrize("records", [None, "item", "channel/item", "rss/channel/item"])
@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("category", [("a", "Salt"), ("a", "Waves"), ("b", "Sand")]),
        ("category[]", [("a", "Salt"), ("a", "Waves"), ("b", "Sand")]),
        ("category[].domain", [("a", "x"), ("b", "y")]),
        ("category.domain", [("a", "x"), ("b", "y")]),
    ],
)
def test_elements_within_are_columns_and_lists(
    records: str | None, name: str, tags: list[tuple[str, str]], tmp_path: Path
) -> None:
    options = {} if records is None else {"records": records}
    columns = {"id": "id", "title": "title", "description": "creator"}
    raw = raw_of(tmp_path, FEED, {"list": name}, columns=columns, **options)
    assert raw.items["title"].to_pylist() == ["Sea", "Land", "Sky"]
    assert raw.items["description"].to_pylist() == ["Jo", "", ""]
    assert labels_of(raw) == tags


def test_a_path_leads_into_elements(tmp_path: Path) -> None:
    text = "<r><i><m><t>One</t></m></i><i><m t='Two'/></i><i/></r>"
    assert column_of(tmp_path, text, "m.t") == ["One", "Two", None]
    text = "<r><i><tags><tag>a</tag><tag>b</tag></tags></i><i><tags><tag>c</tag></tags></i><i/></r>"
    assert column_of(tmp_path, text, "tags.tag", lists=("tags.tag",)) == [["a", "b"], ["c"], None]


def test_elements_without_text_of_their_own_are_never_glued_together(tmp_path: Path) -> None:
    rows = "<r><i><id>1</id><tags><tag>a</tag><tag>b</tag></tags></i><i><id>2</id></i></r>"
    raw = raw_of(tmp_path, rows, {"column": "tags"}, columns={"id": "id"})
    assert raw.set_aside["reason"].tolist() == ["tags is not text"]
    assert json.loads(raw.set_aside["record"][0]) == {"id": "1", "tags": {"tag": ["a", "b"]}}
    assert column_of(tmp_path, "<r><i><t>a <b>b</b> c</t></i><i/></r>", "t") == ["a b c", None]


def test_the_text_of_a_row_itself(tmp_path: Path) -> None:
    text = "<r><i k='1'>One</i><i k='2'/></r>"
    assert column_of(tmp_path, text, "$text") == ["One", None]


def test_records_hold_the_whole_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(FEED)
    (block,) = blocks_of(path, "title")
    assert [json.loads(one) for one in block.records(np.array([0, 2]))] == [
        {
            "id": "a",
            "title": "Sea",
            "category": [{"domain": "x", "$text": "Salt"}, "Waves"],
            "creator": "Jo",
        },
        {"id": "c", "title": "Sky"},
    ]


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no column 'titel'") as caught:
        column_of(tmp_path, FEED, "titel")
    assert "did you mean title?" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("<r><a/><b/><a/><b/></r>", "a row: a, b"),
        ("<r><a/><b/></r>", "a row: a, b"),
        ("<r><x><a/><a/></x><y><a/><a/></y></r>", "a row: x/a, y/a"),
        ("<r/>", "the file has none"),
    ],
)
def test_which_elements_are_rows_is_not_guessed(text: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="the reading names none") as caught:
        column_of(tmp_path, text, "x")
    assert hint in caught.value.hint


def test_a_second_kind_far_down_is_found_too(tmp_path: Path) -> None:
    text = "<r>" + f"<a x='{'1' * 1000}'/>" * 9_000 + "<b/><b/></r>"
    with pytest.raises(TagledgerError, match="2 kinds of elements") as caught:
        column_of(tmp_path, text, "x")
    assert "a row: a, b" in caught.value.hint
    assert len(column_of(tmp_path, text, "x", records="a")) == 9_000


def test_an_element_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="no element 'rows'"):
        column_of(tmp_path, DUMP, "Id", records="rows")


def test_a_row_within_a_row_is_its_child(tmp_path: Path) -> None:
    text = "<r><c n='1'><c n='2'/></c><c n='3'/></r>"
    assert column_of(tmp_path, text, "n", records="r/c") == ["1", "3"]
    assert column_of(tmp_path, text, "c.n", records="r/c") == ["2", None]
    with pytest.raises(TagledgerError, match="an element 'c' is in another 'c'"):
        column_of(tmp_path, text, "n", records="c")  # who says so may mean all three


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "shift_jis", "utf-8-sig"])
def test_the_encoding_that_a_file_declares(encoding: str, tmp_path: Path) -> None:
    word = "海" if encoding == "shift_jis" else "é"
    declared = encoding.removesuffix("-sig")
    text = f"<?xml version='1.0' encoding='{declared}'?>\n<r><i t='{word}'/><i t='x'/></r>"
    assert column_of(tmp_path, text.encode(encoding), "t") == [word, "x"]


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("<r><i/>\n<i></r>", "mismatched tag", "line 2, column 6"),
        ("<r><i/><i/>", "no element found", "line 1, column 12"),
        ("id,title\n1,a\n", "not XML", "line 1, column 1"),
        ("<r><i>&b;</i><i/></r>", "undefined entity", "line 1, column 7"),
        ("<!DOCTYPE html><html><p/><p/></html>", "not XML but a web page", "a.xml"),
        ("SQLite format 3\0", "not XML but a SQLite database", "a.xml"),
        ("<?xml version='1.0' encoding='klingon'?><r/>", "'klingon', which is not known", "line 1"),
        ("<?xml version='1.0' encoding='hex'?><r/>", "'hex', which is not known", "line 1"),
        ("", "is empty", "a.xml"),
    ],
)
@pytest.mark.parametrize("records", ["i", None])
def test_what_is_no_xml_is_refused(
    records: str | None, text: str, what: str, where: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError, match=what) as caught:
        column_of(tmp_path, text, "t", records=records)
    assert where in str(caught.value.where)


LAUGHS = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><r><i t="&b;"/><i/></r>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><r><i>&a;</i><i/></r>'


@pytest.mark.parametrize("records", ["i", None])
@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE])
def test_files_that_declare_entities_are_refused(
    text: str, records: str | None, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError, match="declares an entity"):
        column_of(tmp_path, text, "t", records=records)


@pytest.mark.parametrize("row", ["<i t='x&nbsp;y'/>", "<i><t>x&nbsp;y</t></i>"])
def test_an_entity_of_a_dtd_elsewhere_is_not_left_out_in_silence(row: str, tmp_path: Path) -> None:
    text = '<!DOCTYPE r SYSTEM "r.dtd"><r>{}<i t="&amp;&#65;"/></r>'
    with pytest.raises(TagledgerError, match="&nbsp;"):
        column_of(tmp_path, text.format(row), "t", records="i")
    assert column_of(tmp_path, text.format("<i/>"), "t", records="i") == [None, "&A"]


def test_elements_have_a_greatest_depth_and_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = "<i>" + "<t>" * 200 + "</t>" * 200 + "</i>"
    with pytest.raises(TagledgerError, match="more than 100 deep"):
        column_of(tmp_path, f"<r>{deep}</r>", "t", records="i")
    monkeypatch.setattr(xml_elements, "LONGEST_ELEMENT", 10**6)
    for row in (f"<i t='{'x' * 2_000_000}'/>", f"<i>{'<t>x</t>' * 300_000}</i>"):
        with pytest.raises(TagledgerError, match="an element has more than"):
            column_of(tmp_path, f"<r>{row}</r>", "t", records="i")


NAME = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
TEXT = st.text(CHARACTERS, max_size=8).filter(lambda text: text.strip() == text)


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXT, TEXT, st.lists(TEXT, max_size=3)), min_size=1, max_size=5),
    names=st.lists(NAME, min_size=3, max_size=3, unique=True),
)
def test_what_elements_hold_is_read_back(
    rows: list[tuple[str, str, list[str]]], names: list[str], tmp_path: Path
) -> None:
    root = ET.Element("root")
    for attribute, child, tags in rows:
        row = ET.SubElement(root, "row", {names[0]: attribute})
        ET.SubElement(row, names[1]).text = child
        for tag in tags:
            ET.SubElement(row, names[2]).text = tag
    path = tmp_path / "a.xml"
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    wanted = Wanted((*names[:2],), (names[2],), lists=frozenset(names[2:]))
    (block,) = Xml(records="row").blocks(SourceFile(path), wanted)
    assert block.columns[names[0]].to_pylist() == [row[0] for row in rows]
    assert block.columns[names[1]].to_pylist() == [row[1] for row in rows]
    assert block.columns[names[2]] == [row[2] or None for row in rows]
