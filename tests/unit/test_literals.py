"""Lists and mappings that are written as text in a cell: JSON, Python, R, PostgreSQL, words."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.raw import Raw, read
from tagledger.readers.values import literal_values
from tagledger.readers.values.literal_values import NoLiteral, Unread, cells, value
from tagledger.sources.reading import Reading
from tests.conftest import examples
from tests.readings import labels_of

NO_LIST = "labels are not a list of text"
SIDE = literal_values.SIDE_BY_SIDE


def raw_of(folder: Path, texts: list[str], labels: dict[str, Any] | None = None) -> Raw:
    """What is read of a CSV file with a column of such texts."""
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerows([["n", "kinds"], *([n, text] for n, text in enumerate(texts))])
    (folder / "a.csv").write_text(written.getvalue())
    items = {"file": "a.csv", "columns": {"id": "n"}}
    reading = {"items": items, "labels": labels or {"list": "kinds"}}
    return read(Reading.model_validate(reading), folder)


def read_cells(*texts: str | None) -> list[Any]:
    return cells(pa.array(texts, pa.string())).values


# ---- one literal ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["sea", "salt"]', ["sea", "salt"]),
        ("['sea', 'salt']", ["sea", "salt"]),
        (" ( 'sea' , ) ", ["sea"]),
        ("{'salt', 'sea'}", ["salt", "sea"]),  # in the order of the text
        ("[u'sea', \"it's\", 'a\\'b']", ["sea", "it's", "a'b"]),
        ("['a\\n', '\\u00e9', '\\x41']", ["a\n", "é", "A"]),
        ("['sea',]", ["sea"]),
        ("set(['sea'])", ["sea"]),
        ("frozenset({'sea'})", ["sea"]),
        ("array(['sea', 'salt'], dtype=object)", ["sea", "salt"]),
        ("[array(['sea'], dtype='<U3')]", [["sea"]]),
        ('c("sea", "salt")', ["sea", "salt"]),
        ("list('sea')", ["sea"]),
        ("c(1L, 2L)", [1, 2]),
        ('c("sea", NA)', ["sea", None]),
        ("character(0)", []),
        ("set()", []),
        ("{'id': 7, 'name': 'Sea'}", {"id": 7, "name": "Sea"}),
        ("[{'id': 7, 'x': None, 'y': [True, -1.5]}]", [{"id": 7, "x": None, "y": [True, -1.5]}]),
        ('{"/s/1": "Sea"}', {"/s/1": "Sea"}),
        ("{1: 'Sea'}", {"1": "Sea"}),
        ('[{"a": NaN}]', [{"a": None}]),
        ("[('sea', 1)]", [["sea", 1]]),
        *((one, None) for one in ("", " ", "[]", "{}", "()", "null", "None", "nan", "NA", "<NA>")),
    ],
)
def test_what_a_literal_means(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    if isinstance(found, dict):
        assert list(found) == list(expected)


@pytest.mark.parametrize(
    "text",
    [
        "sea", "sea salt", "a, b", "'sea'", '"sea"', "('sea')", "7", "-", "True", "[", "]", "[]]",
        "[,]", "['a',,]", "['a'", "['a)", "['a': 1]", "{'a': 1, 'b'}", "{'a', 'b': 1}", "{'a':}",
        "{:1}", "{'a': 1 2}", "{[1]: 2}", "[b'a']", "[1 2]", "['a'] x", "['a'] ['b']", "[a, 'b']",
        "f('a')",
        "[__import__('os')]", "['a' + 'b']", "[1+1]", "['a'.upper()]", "array('a')",
        "set(['a'], ['b'])", "[x for x in 'ab']", "[1_000]", "['a', dtype=object)",
        "array(['a'] dtype=object)", "['\\N{no}']", "c(a = 'b')", "1:3", "[1 , 2", "{'a' 1}",
        "[lambda: 1]",
    ],
)  # fmt: skip
def test_what_is_no_literal(text: str) -> None:
    with pytest.raises(NoLiteral, match=NO_LIST):
        value(text)


@pytest.mark.parametrize("text", ["['a' 'b']", "['a'\n 'b']", "['a', 'b' \"c\"]", "[['a' 'b']]"])
def test_texts_side_by_side_are_not_clear(text: str) -> None:
    with pytest.raises(NoLiteral, match="side by side"):
        value(text)


@pytest.mark.parametrize(
    "text", ["{'a': 1, 'a': 2}", '{"a": 1, "a": 2}', '[{"b": {"a": 1, "a": 2}}]']
)
def test_a_key_that_is_given_twice_is_not_clear(text: str) -> None:
    with pytest.raises(NoLiteral, match="the key 'a' is given twice"):
        value(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 100_000, "more than 50 brackets"),
        ("['a', " * 100_000, "more than 50 brackets"),
        ("[" * 100_000 + "]" * 100_000, "more than 50 brackets"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "more than 50 brackets"),
        ("['" + "\\" * 300_001, NO_LIST),
        ("[" + "-" * 300_000 + "1]", NO_LIST),
        ("[" + "'a', " * 300_000 + "]", "longer than 1,048,576 characters"),
    ],
    ids=["open", "open lists", "deep", "deep JSON", "backslashes", "signs", "long"],
)
def test_what_might_exhaust_a_parser(text: str, reason: str) -> None:
    with pytest.raises(NoLiteral, match=reason):
        value(text)


# ---- what is written is read back ----------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.none()
NESTED = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
WRITTEN = st.lists(NESTED, max_size=4) | st.dictionaries(TEXTS, NESTED, max_size=4)


@given(WRITTEN, st.booleans())
def test_what_json_writes_is_read_back(written: Any, ascii_only: bool) -> None:
    assert value(json.dumps(written, ensure_ascii=ascii_only)) == (written or None)


@given(WRITTEN)
def test_what_python_writes_is_read_back(written: Any) -> None:
    assert value(repr(written)) == (written or None)


@given(st.sets(TEXTS, min_size=1), st.lists(TEXTS, min_size=1))
def test_what_python_writes_of_sets_and_tuples_is_read_back(a: set[str], b: list[str]) -> None:
    assert set(value(repr(a))) == a
    assert len(value(repr(frozenset(a)))) == len(a)
    assert value(repr(tuple(b))) == b


def in_r(texts: list[str]) -> str:
    """A vector as R's deparse writes it."""
    if not texts:
        return "character(0)"
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}

    def escaped(one: str) -> str:
        return escapes.get(one, one if one.isprintable() else f"\\U{ord(one):08x}")

    quoted = ['"' + "".join(map(escaped, text)) + '"' for text in texts]
    return quoted[0] if len(quoted) == 1 else f"c({', '.join(quoted)})"


@given(st.lists(st.lists(TEXTS, max_size=4), max_size=5))
def test_what_r_writes_is_read_back(vectors: list[list[str]]) -> None:
    written = [in_r(one) for one in vectors]
    assert read_cells('c("x", "y")', *written) == [["x", "y"], *vectors]


def in_postgres(texts: list[str]) -> str:
    """An array as PostgreSQL writes it."""

    def element(text: str) -> str:
        plain = text and text.upper() != "NULL" and not set(text) & set('{}",\\') and text.split()
        if plain and not any(one.isspace() for one in text):
            return text
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    return "{" + ",".join(map(element, texts)) + "}"


POSTGRES = st.text("abçZ9-_.&/ \"\\,{}'é", max_size=6).filter(lambda text: text[:1] != "'")


@given(st.lists(st.lists(POSTGRES, min_size=1, max_size=4), min_size=1, max_size=5))
def test_what_postgres_writes_is_read_back(arrays: list[list[str]]) -> None:
    assert read_cells("{a}", "{}", *map(in_postgres, arrays)) == [["a"], None, *arrays]


def test_arrays_of_postgres_are_read_where_all_are_so() -> None:
    assert read_cells('{a,"b c",NULL}', None, "", "{}") == [["a", "b c", None], None, None, None]
    assert read_cells("{a,b}", "['a']") == [Unread(), ["a"]]
    assert read_cells("{'a','b'}", "{'c'}") == [["a", "b"], ["c"]]  # sets of Python
    assert read_cells("{a:1,b:2}") == [Unread()]  # an object without quotes


def test_words_without_quotes_are_read_where_all_are_so() -> None:
    texts = ["[Drama, Science Fiction]", "[War]", "[Children's]", "[]"]
    assert read_cells(*texts) == [["Drama", "Science Fiction"], ["War"], ["Children's"], None]
    assert read_cells("{sea, salt}") == [["sea", "salt"]]
    assert read_cells("[War]", "[Sea]") == [["War"], ["Sea"]]
    assert read_cells("[Drama, War]", "['Sea']") == [Unread(), ["Sea"]]
    assert read_cells("[Drama War]", "[Sea]") == [Unread(), Unread()]  # NumPy has no comma
    assert read_cells("[1, 2]", "[true]") == [[1, 2], [True]]


def test_a_lone_text_in_quotes_is_a_vector_of_r_beside_others() -> None:
    assert read_cells('c("a", "b")', '"c"', "NA") == [["a", "b"], ["c"], None]
    assert read_cells("['a', 'b']", '"c"') == [["a", "b"], Unread()]


# ---- columns of text with lists in them ----------------------------------------------------


def test_lists_written_as_text_are_read(tmp_path: Path) -> None:
    texts = ["['sea', 'salt']", '["sea"]', "", "[]", "None", "nan", "['Sea Salt']"]
    raw = raw_of(tmp_path, texts)
    assert labels_of(raw) == [(0, "sea"), (0, "salt"), (1, "sea"), (6, "Sea Salt")]
    assert raw.set_aside.empty


def test_a_few_cells_that_are_no_lists_are_set_aside(tmp_path: Path) -> None:
    texts = ["['sea']"] * 5 + ["sea", "['a' 'b']", "[1.5]", "[True]", "['a', None]", "['a', 1]"]
    raw = raw_of(tmp_path, texts)
    assert labels_of(raw) == [(n, "sea") for n in range(5)]
    assert raw.set_aside["row"].tolist() == [6, 7, 8, 9, 10, 11]
    assert raw.set_aside["reason"].tolist() == [NO_LIST, SIDE, *[NO_LIST] * 4]


@pytest.mark.parametrize(
    ("texts", "what", "hint"),
    [
        (["sea", "salt", "['a']"], "holds text, not lists, e.g. sea", "delimited: kinds"),
        (["sea", "['a']", ""], "holds text", "{column: kinds}"),
        (["['a' 'b']", "['c']"], SIDE, "as JSON"),
        (["[a b]"], "e.g. [a b]", 'strip: "[]"}`'),
        (["[{'id': 1, 'name': 'a'}]", ""], "hold objects with the keys id, name", "kinds[].name}`"),
        (["[{'id': 1, 'k': 'a'}]"], "hold objects", "kinds[].id}`"),
        (["{'sea': 3, 'salt': 1}"], "objects, not lists, with the keys sea, salt", "kinds{}}`"),
        (["[['a'], ['b']]"], "hold lists", "kinds[][]}`"),
        (["[0, 1, 0]", "[1, 1, 0]"], "nothing but 0 and 1", "vector: kinds"),
    ],
)
def test_a_column_of_something_else_is_an_error(
    texts: list[str], what: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(TagledgerError) as caught:
        raw_of(tmp_path, texts)
    assert what in caught.value.what
    assert hint in caught.value.hint


def test_numbers_in_lists_are_codes(tmp_path: Path) -> None:
    texts = ["[3]", "[0, 3]", "[]", "[1, 0]", "c(1L)"]
    assert labels_of(raw_of(tmp_path, texts)) == [
        *((0, "3"), (1, "0"), (1, "3"), (3, "1"), (3, "0"), (4, "1"))
    ]
    raw = raw_of(tmp_path, texts, {"list": "kinds", "names": ["a", "b", "c", "d"]})
    assert labels_of(raw) == [(0, "d"), (1, "a"), (1, "d"), (3, "b"), (3, "a"), (4, "b")]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_vectors_are_refused_in_lists_of_numbers(form: str, tmp_path: Path) -> None:
    def written(lists: list[Any]) -> Raw:
        rows = [{"n": n, "kinds": one} for n, one in enumerate(lists)]
        path = tmp_path / f"a.{form}"
        if form == "parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        else:
            path.write_text("\n".join(map(json.dumps, rows)))
        items = {"file": path.name, "columns": {"id": "n"}}
        return read(Reading.model_validate({"items": items, "labels": {"list": "kinds"}}), tmp_path)

    with pytest.raises(TagledgerError, match="nothing but 0 and 1"):
        written([[0, 1, 0], None, [1, 1, 1]])
    for lists in ([[0, 1], [1, 0]], [[0, 1, 2]], [[1], [0, 1]], [[], [1]]):
        tags = [(n, str(one)) for n, some in enumerate(lists) for one in some]
        assert sorted(set(labels_of(written(lists)))) == sorted(set(tags))


def test_paths_lead_into_literals(tmp_path: Path) -> None:
    texts = ["[{'id': 1, 'name': 'Sea'}, {'id': 2, 'name': \"Salt's\"}]", "[]", "", "[{'id': 3}]"]
    raw = raw_of(tmp_path, texts, {"list": "kinds[].name"})
    assert labels_of(raw) == [(0, "Sea"), (0, "Salt's")]
    assert raw.set_aside["row"].tolist() == [4]
    texts = ['{"/s/1": "Sea", "/s/2": "Salt"}', "{}", "", '{"/s/2": "Salt"}', "x"]
    for path, tags in (("kinds{}", ["/s/1", "/s/2"]), ("kinds{}=value", ["Sea", "Salt"])):
        raw = raw_of(tmp_path, texts, {"list": path})
        assert labels_of(raw) == [(0, tags[0]), (0, tags[1]), (3, tags[1])]
        assert raw.set_aside["row"].tolist() == [5]
    texts = ["{'a': {'b': 'Sea'}}", "{'a': None}"]
    assert labels_of(raw_of(tmp_path, texts, {"column": "kinds.a.b"})) == [(0, "Sea")]


def test_a_path_into_prose_is_no_column(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match=r"no column 'kinds\[\].name', and the column 'kinds'"):
        raw_of(tmp_path, ["sea", "salt"], {"list": "kinds[].name"})


@pytest.mark.parametrize("form", ["json", "jsonl", "parquet"])
def test_literals_in_texts_of_other_formats(form: str, tmp_path: Path) -> None:
    rows = [{"n": 1, "kinds": "[{'name': 'Sea'}]", "more": "['a']"}, {"n": 2, "more": None}]
    path = tmp_path / f"a.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        path.write_text(json.dumps(rows) if form == "json" else "\n".join(map(json.dumps, rows)))
    items = {"file": path.name, "columns": {"id": "n"}}
    for name, tag in (("kinds[].name", "Sea"), ("more", "a")):
        reading = Reading.model_validate({"items": items, "labels": {"list": name}})
        assert labels_of(read(reading, tmp_path)) == [(1, tag)]


@examples(60)
@given(
    lists=st.lists(st.lists(TEXTS.filter(str.strip), max_size=3), min_size=1, max_size=6),
    data=st.data(),
)
def test_what_is_written_in_cells_is_read_back(
    lists: list[list[str]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    writers = st.sampled_from([repr, json.dumps, lambda one: repr(tuple(one))])
    texts = [data.draw(writers)(one) for one in lists]
    raw = raw_of(tmp_path_factory.mktemp("cells"), texts)
    expected = [(n, tag) for n, one in enumerate(lists) for tag in one]
    assert labels_of(raw) == expected
    assert raw.set_aside.empty
