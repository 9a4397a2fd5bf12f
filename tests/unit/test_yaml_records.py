"""Format yaml: a list of mappings, read as JSON is and within limits."""

from __future__ import annotations

import gc
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted, blocks
from tagledger.readers.formats import yaml_records
from tagledger.readers.raw import read
from tagledger.readers.taxonomy import read_taxonomy
from tagledger.sources.file_reading import FileReading
from tagledger.sources.reading import Reading, TaxonomyReading
from tests.conftest import examples

TALKS = """\
# talks of the year
- id: 7
  title: "Ropes: a primer"
  date: 2021-04-05
  tags: [rope, knots]
  meta: &place
    room: 010
- id: 9
  title: >-
    Tides and
    the moon
  date: 2021-05
  tags:
  - sea
  - no
  meta: *place
"""


def found(folder: Path, text: str | bytes, *columns: str, **options: Any) -> list[Block]:
    name = options.pop("name", "a.yaml")
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    reading = FileReading.model_validate({"file": name, **options})
    return list(blocks(reading, folder, Wanted(columns)))


def values(read: list[Block], name: str) -> list[Any]:
    return [value for block in read for value in block.columns[name]]


def test_items_of_yaml(tmp_path: Path) -> None:
    (tmp_path / "talks.yml").write_text(TALKS)
    columns = {"id": "id", "title": "title", "text": None, "created_on": "date"}
    reading = {
        "items": {
            "file": "talks.yml",
            "columns": {key: name for key, name in columns.items() if name},
        },
        "labels": {"list": "tags"},
    }
    raw = read(Reading.model_validate(reading), tmp_path)
    assert raw.items["id"].to_pylist() == [7, 9]
    assert raw.items["title"].to_pylist() == ["Ropes: a primer", "Tides and the moon"]
    days = [str(day.date()) for day in raw.items["created_on"].to_pylist()]
    assert days == ["2021-04-05", "2021-05-01"]
    assert raw.labels["tag"].to_pylist() == ["rope", "knots", "sea", "no"]
    assert raw.labels["item"].to_pylist() == [0, 0, 1, 1]


def test_columns_are_paths_and_words_are_what_people_wrote(tmp_path: Path) -> None:
    read = found(tmp_path, TALKS, "meta.room", "date")
    assert values(read, "meta.room") == ["010", "010"]
    assert values(read, "date") == ["2021-04-05", "2021-05"]
    assert [block.rows.tolist() for block in read] == [[1, 2]]


def test_what_is_no_mapping_is_set_aside(tmp_path: Path) -> None:
    read = found(tmp_path, "- a: 1\n- word\n- a: 3\n", "a")
    assert values(read, "a") == [1, 3]
    assert [(one.row, one.reason) for one in read[0].broken] == [(2, "not an object")]


def test_records_within_a_document(tmp_path: Path) -> None:
    text = "year: 2021\ndata:\n  talks:\n  - a: 1\n  - a: 2\nbyname:\n  x: {a: 3}\n  5: {a: 4}\n"
    assert values(found(tmp_path, text, "a", records="data.talks[]"), "a") == [1, 2]
    read = found(tmp_path, text, "$key", "a", records="byname.*")
    assert list(zip(values(read, "$key"), values(read, "a"), strict=True)) == [("x", 3), ("5", 4)]
    with pytest.raises(TagledgerError, match="not a list of objects but one object") as caught:
        found(tmp_path, text, "a")
    assert "`records: " in caught.value.hint


def test_keys_are_text_and_long_numbers_keep_their_digits(tmp_path: Path) -> None:
    text = "- {2: a, true: b, ~: c, n: 123456789012345678901234567890, f: .inf}\n"
    read = found(tmp_path, text, "2", "true", "null", "n")
    assert [values(read, name) for name in ("2", "true", "null")] == [["a"], ["b"], ["c"]]
    assert values(read, "n") == ["123456789012345678901234567890"]
    record = json.loads(read[0].records(read[0].rows - 1)[0])
    assert record["n"] == "123456789012345678901234567890"


def test_a_number_with_an_exponent_is_one_unless_it_is_in_quotes(tmp_path: Path) -> None:
    assert values(found(tmp_path, "- a: 1e5\n- a: '1e5'\n", "a"), "a") == [100000.0, "1e5"]


def test_another_encoding(tmp_path: Path) -> None:
    data = "- a: 5 \u20ac\n".encode("cp1252")
    assert values(found(tmp_path, data, "a", encoding="cp1252"), "a") == ["5 \u20ac"]
    with pytest.raises(TagledgerError, match="not UTF-8"):
        found(tmp_path, data, "a")


BOMB = "- &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"- &{this} [{','.join(9 * ['*' + last])}]\n"
    for last, this in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("", "the file is empty", ""),
        ("a: [b\n", "this is not YAML", "line 2"),
        ("- a: 1\n- b: 2\n  a: 1\n  b: 3\n", "the key 'b' is given twice", "line 4, column 3"),
        ("- a: !!python/name:os.system x\n", "could not determine a constructor", "line 1"),
        ("- a: !!set {x: null}\n", "a value is a set, by its tag", ""),
        ("- a: !!binary aGk=\n", "a value is a bytes, by its tag", ""),
        ("- {1: a, '1': b}\n", "two keys of a mapping are the same", ""),
        ("- &a [*a]\n", "stands for nothing before it", "line 1"),
        ("- a: !!int 1" + 40_000 * ":1", "a word is longer than 64 kB", "line 1"),
        (BOMB, "stands for more than 5,000,000 values", "line 7"),
        ("- " + 200 * "[" + 200 * "]", "nested deeper", "line 1"),
        ("- a: 1\n--- \n- a: 2\n", "but found another document", "line 2"),
        ("word", "this is not a list of objects", ""),
        ("# nothing\n", "this is not a list of objects", ""),
        ("- a\n- b\n", "this is not a list of objects", ""),
        ("- b: 1\n", "there is no column 'a'", ""),
    ],
)
def test_yaml_that_cannot_be_read(tmp_path: Path, text: str, what: str, where: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        found(tmp_path, text, "a")
    assert what in caught.value.what
    assert str(caught.value.where).startswith(str(tmp_path / "a.yaml"))
    assert where in str(caught.value.where)
    assert caught.value.hint
    assert gc.isenabled()


def test_a_long_text_is_read_and_a_long_file_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "- a: " + "word " * 200_000
    assert values(found(tmp_path, text, "a"), "a") == [text[5:].strip()]
    monkeypatch.setattr(yaml_records, "_MOST_BYTES", 10_000)
    with pytest.raises(TagledgerError, match="longer than 10,000 bytes") as caught:
        found(tmp_path, text, "a")
    assert "JSON Lines" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["- tag: sea\n  parents: [water]\n- tag: water\n", "sea: {parents: [water]}\nwater: {}\n"],
)
def test_a_taxonomy(tmp_path: Path, text: str) -> None:
    (tmp_path / "tags.yaml").write_text(text)
    frame = read_taxonomy(TaxonomyReading.model_validate({"file": "tags.yaml"}), tmp_path)
    assert frame["tag"].tolist() == ["sea", "water"]
    assert frame["parents"].tolist() == [["water"], []]


# Its writer does not escape the line breaks of YAML 1.1, and takes 1e5 for text, as YAML 1.1 does.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff\x85\u2028\u2029")).filter(
    lambda text: not re.fullmatch(r"[-+]?[0-9.]+[eE].*", text)
)
SCALARS = (
    TEXTS
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.none()
)
RECORDS = st.lists(
    st.fixed_dictionaries(
        {"a": SCALARS, "tags": st.lists(TEXTS), "meta": st.dictionaries(TEXTS, SCALARS)}
    ),
    min_size=1,
)


@given(RECORDS, st.booleans(), st.booleans())
@examples(60)
def test_what_is_written_as_yaml_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, records: list[Any], flow: bool, escaped: bool
) -> None:
    text = yaml.safe_dump(records, default_flow_style=flow, allow_unicode=not escaped)
    read = found(tmp_path_factory.mktemp("yaml"), text, "a", "tags", "meta")
    for name in ("a", "tags", "meta"):
        assert values(read, name) == [record[name] for record in records]
