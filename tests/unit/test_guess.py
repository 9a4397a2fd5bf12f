"""The guess of how files are to be read: other tools' files, properties, and what it refuses."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tagledger.cli import app
from tagledger.errors import TagledgerError
from tagledger.guess import proving, samples
from tagledger.guess.candidate import name_score
from tagledger.guess.dates import date_formats
from tagledger.guess.guess import Guess, guess
from tagledger.guess.kinds import kind_of
from tagledger.guess.separated import no_header, separated
from tagledger.guess.table import Column
from tagledger.readers.raw import read
from tagledger.sources.catalogue import identify, load_catalogue
from tests.conftest import examples
from tests.guess_shapes import SHAPES, Shape, table, zipped

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/inspect.schema.json").read_text())


def labels_of(found: Guess) -> dict[str, set[str]]:
    """The labels of each item that was read."""
    raw = found.proof.raw
    assert raw is not None
    ids = [str(one) for one in raw.items["id"].to_pylist()]
    labels: dict[str, set[str]] = {one: set() for one in ids}
    pairs = zip(raw.labels["item"].to_pylist(), raw.labels["tag"].to_pylist(), strict=True)
    for row, tag in pairs:
        labels[ids[row]].add(tag.strip())
    return {key: tags - {""} for key, tags in labels.items()}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["inspect", *words], prog_name="tagledger")


def written(folder: Path, **files: str | bytes) -> list[str]:
    """Files, by their name with _ in place of the dot."""
    paths = []
    for name, content in files.items():
        path = folder / ".".join(name.rsplit("_", 1))
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        paths.append(str(path))
    return paths


# ---- Other tools' files --------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_files_of_other_tools_are_read_or_asked_about(shape: Shape, tmp_path: Path) -> None:
    found = guess(shape.written(tmp_path))
    read = labels_of(found)
    same = read == shape.labels
    if shape.by_place:
        same = same or list(read.values()) == list(shape.labels.values())
    assert same or (shape.asks and not found.certain), (found.reading, read)
    if shape.question:
        assert any(shape.question in one for one in found.questions), found.questions
    assert found.certain or shape.asks or shape.question, (found.questions, found.alternatives)
    for one in found.alternatives:
        assert one.question <= len(found.questions)
        assert proving.proof(one.reading, found.folder).raw is not None


def test_the_reading_is_proven_with_the_folder_that_it_names(tmp_path: Path) -> None:
    from tagledger.readers.raw import read
    from tagledger.sources.reading import Reading

    shape = next(one for one in SHAPES if one.name == "three-files-relations")
    found = guess(shape.written(tmp_path))
    raw = read(Reading.model_validate(found.reading), found.folder)
    assert (len(raw.items), len(raw.labels), len(raw.set_aside)) == (3, 5, 0)
    assert found.files == {
        "recipes.csv": "items",
        "recipe_tags.csv": "labels",
        "tags.csv": "names of codes",
    }


def test_a_taxonomy_beside_the_items_is_told(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        items_csv=table(
            [["id", "text", "tags"], [1, "a red boat", "sea|boat"], [2, "a mill", "land"]]
        ),
        tags_json=json.dumps([{"tag": "sea", "parents": []}, {"tag": "boat", "parents": ["sea"]}]),
    )
    found = guess(files)
    assert found.reading["taxonomy"] == {"file": "tags.json"}
    assert found.files["tags.json"] == "taxonomy"


def test_a_file_that_is_of_no_use_is_named(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        items_csv=table(
            [["id", "text", "tags"], [1, "a red boat", "sea|boat"], [2, "a mill", "sea"]]
        ),
        other_csv=table([["station", "height"], ["Ost", 4], ["West", 7]]),
    )
    assert guess(files).files == {"items.csv": "items", "other.csv": "not used"}


# ---- Kinds of files ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"PAR1\x15\x04", "parquet"),
        (b"SQLite format 3\0", "sqlite"),
        (b"PK\x03\x04", "zip"),
        (b"\x1f\x8b\x08", "gz"),
        (b'[{"a": 1}]', "json"),
        (b'{"a": 1}\n{"a": 2}\n', "jsonl"),
        (b'{\n "a": [1]\n}', "json"),
        (b"a,b\n1,2\n", "table"),
        (b'<?xml version="1.0"?><a/>', "xml"),
        (b"<rows>\n<row/>\n<row/>\n</rows>", "xml"),
        (b"@relation x\n@attribute a numeric\n@data\n1\n", "arff"),
        (b"__label__a text\n__label__b more\n", "fasttext"),
        (b"2 3 2\n0,1 0:1.5 2:1\n1 1:0.5\n", "svmlight"),
        (b"- id: a\n  tags: [x]\n- id: b\n  tags: [y]\n", "yaml"),
        (b"---\ntitle: x\n---\ntext\n", "front matter"),
        (b"%PDF-1.7", None),
        (b"@article{a,\n title={x}}\n", None),
        (b"<!DOCTYPE html><p>", None),
        (b"\x00\x01\x02\x03" * 9, None),
    ],
)
def test_a_file_is_what_its_bytes_say(start: bytes, name: str | None) -> None:
    assert kind_of(start).name == name


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("é", None),
        ("Größe für 5 €, bitte", "cp1252"),
        ("a,b\n1,2", "utf-16-le"),
        ("港は朝です。カモメ", "cp932"),
    ],
)
def test_the_encoding_is_told(text: str, encoding: str | None) -> None:
    data = text.encode(encoding or "utf-8")
    found = kind_of(data).encoding
    assert found == encoding or data.decode(found or "utf-8") == text


def test_an_ending_tells_nothing(tmp_path: Path) -> None:
    files = written(
        tmp_path, items_parquet='{"id": 1, "tags": ["a", "b"]}\n{"id": 2, "tags": ["a"]}\n'
    )
    assert guess(files).reading["items"]["format"] == "jsonl"


# ---- Headers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([["id", "text"], ["1", "some words"]], None),
        ([["7", "a text of words"], ["8", "more of them"]], "'7' in the first row is a number"),
        ([["a|b", "one"], ["b|c", "two"]], "'b' in the first row stands below as well"),
        ([["/m/0cat", "Cat"], ["/m/0dog", "Dog"]], "'/m/0cat' in the first row is an address"),
        (
            [["It rained on us all day, again.", "sad"], ["We won", "glad"]],
            "'It rained on us all day, ag...' in the first row is prose",
        ),
        ([["text", "0", "1", "2"], ["a b", "0", "1", "0"], ["c", "1", "1", "0"]], None),
        (
            [["joy", "so good"], ["sad", "so bad"], ["joy", "so so"]],
            "'joy' in the first row stands below as well",
        ),
    ],
)
def test_a_first_row_is_a_header_or_not(rows: list[list[str]], why: str | None) -> None:
    assert no_header(rows[0], rows[1:]) == why


def test_lines_of_comment_are_skipped_and_the_last_may_name_the_columns() -> None:
    found = separated('# made today\n# id, tags\n1, "a,b"\n2, "c"\n3, "a,c"\n', whole=True)
    assert found is not None
    assert (found.names, found.skip, found.spaced, found.header) == (["id", "tags"], 2, True, False)
    assert found.rows == [["1", "a,b"], ["2", "c"], ["3", "a,c"]]


def test_a_cut_file_loses_its_last_row() -> None:
    found = separated("id,tags\n1,a\n2,b\n3,c", whole=False)
    assert found is not None
    assert found.rows == [["1", "a"], ["2", "b"]]


# ---- Confusions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("tags", "genre"),
        ("labels[].name", "labels[].color"),
        ("Schlagworte", "Sprache"),
        ("mots-clés", "auteur"),
        ("タグ", "状態"),
        ("post_tags", "platforms"),
        ("keywords", "authors"),
        ("categories", "created_at"),
    ],
)
def test_names_that_speak_for_labels(better: str, worse: str) -> None:
    assert name_score(better) > name_score(worse) + 0.4


def read_labels(folder: Path, rows: list[list[Any]]) -> Guess:
    return guess(written(folder, items_csv=table(rows)))


def test_prose_with_commas_is_no_list(tmp_path: Path) -> None:
    remarks = [
        "well, it was cold and so we left",
        "the door, which was new, did not close",
        "no complaints, thank you, and a good night to all",
        "bread was dry, soup was fine",
        "we came late, the band had gone",
    ]
    rows = [["id", "remark"], *([at, one] for at, one in enumerate(remarks))]
    with pytest.raises(TagledgerError, match="no labels are found"):
        read_labels(tmp_path, rows)


def test_decimals_with_commas_are_no_codes(tmp_path: Path) -> None:
    rows = [
        ["id", "preis", "tags"],
        *([at, f"{at},50", "a|b" if at % 2 else "a"] for at in range(6)),
    ]
    assert read_labels(tmp_path, rows).reading["labels"]["delimited"] == "tags"


def test_minus_one_is_asked_about(tmp_path: Path) -> None:
    rows = [["id", "report", "edema", "fracture"], [1, "a scan of the chest, no change", 1, 0]]
    rows += [[2, "a scan of the arm after a fall", -1, 1], [3, "another scan of the chest", 1, -1]]
    found = read_labels(tmp_path, rows)
    assert found.reading["labels"] == {"indicators": ["edema", "fracture"], "at_least": 1}
    assert not found.certain


@pytest.mark.parametrize(
    ("word", "certain"), [("None", True), ("n/a", True), ("No Finding", False)]
)
def test_a_word_for_none_is_said(tmp_path: Path, word: str, certain: bool) -> None:
    rows = [["id", "labels"], [1, "mass|node"], [2, word], [3, "mass"], [4, word], [5, "node"]]
    found = read_labels(tmp_path, rows)
    assert found.reading["labels"]["none"] == [word]
    assert labels_of(found)["2"] == set()
    assert found.certain == certain


def test_levels_are_asked_about(tmp_path: Path) -> None:
    rows = [["id", "title", "category"], [1, "Pan", "Home > Kitchen"], [2, "Saw", "Home > Tools"]]
    found = read_labels(tmp_path, rows)
    assert found.reading["labels"] == {"column": "category", "levels": " > "}
    assert "each level" in found.questions[0]


def test_days_that_may_be_months_are_asked_about(tmp_path: Path) -> None:
    rows = [["id", "date", "tags"], [1, "03/04/2021", "a|b"], [2, "05/06/2021", "a"]]
    found = read_labels(tmp_path, rows)
    assert "created_on" not in found.reading["items"]["columns"]
    assert "day first" in found.questions[0]


@pytest.mark.parametrize(
    ("dates", "form"),
    [
        (["2021-03-04", "2022-01-01T10:00:00Z"], ""),
        (["2019", "1988"], ""),
        (["31.12.2023", "01.02.2024"], "%d.%m.%Y"),
        (["03/25/2021", "04/01/2021"], "%m/%d/%Y"),
        (["1600000000", "1600000100.5"], "seconds"),
        (["1600000000000"], "milliseconds"),
        (["March 3, 2021", "2021-04-05"], ["iso", "%B %d, %Y"]),
        (["soon", "later"], None),
    ],
)
def test_notations_of_dates(dates: list[str], form: Any) -> None:
    found = date_formats(Column("date", list(dates)))
    assert found == form or (isinstance(form, list) and sorted(found) == sorted(form))


def test_two_columns_that_may_be_labels_are_alternatives(tmp_path: Path) -> None:
    rows = [
        ["id", "title", "genres", "categories"],
        [1, "x y", "a;b", "k;l"],
        [2, "z", "a", "k"],
        [3, "w", "b", "l"],
    ]
    found = read_labels(tmp_path, rows)
    readings = [found.reading, *(one.reading for one in found.alternatives)]
    assert not found.certain
    given = [one["labels"]["delimited"] for one in readings]
    assert given == ["genres", "categories", ["genres", "categories"]]
    assert found.questions == ["are the labels those of genres, or of categories?"]
    assert [one.question for one in found.alternatives] == [1, 1]


# ---- The other answers to questions --------------------------------------------------------


def answers_of(folder: Path, name: str) -> tuple[Guess, list[dict[str, Any]]]:
    """The guess of a miniature, and the readings of the other answers to its first question."""
    found = guess(next(one for one in SHAPES if one.name == name).written(folder))
    return found, [one.reading for one in found.alternatives if one.question == 1]


def test_days_that_are_left_out_are_read_by_each_answer(tmp_path: Path) -> None:
    found, answers = answers_of(tmp_path, "days-or-months")
    assert "created_on" not in found.reading["items"]["columns"]
    days = []
    for one in answers:
        raw = proving.proof(one, found.folder).raw
        assert raw is not None
        days.append([x and x.date().isoformat() for x in raw.items["created_on"].to_pylist()])
    assert days == [
        ["2020-03-02", "2020-06-05", "2020-01-01", None],
        ["2020-02-03", "2020-05-06", "2020-01-01", None],
    ]


@pytest.mark.parametrize("name", ["days-or-months-of-a-short-year", "days-or-months-with-dashes"])
def test_each_answer_says_what_is_first(tmp_path: Path, name: str) -> None:
    found, _ = answers_of(tmp_path, name)
    assert [one.why for one in found.alternatives] == [
        "created is read, the day first",
        "created is read, the month first",
    ]


def test_days_and_seconds_of_one_column_are_read_by_the_answer(tmp_path: Path) -> None:
    _, answers = answers_of(tmp_path, "days-and-seconds")
    assert [one["items"]["date_format"] for one in answers] == [["iso", "seconds"]]


@pytest.mark.parametrize(
    ("name", "where", "left"),
    [
        ("archived-rows", {"is_archived": "no"}, ["n1", "n3", "n4"]),
        ("published-rows", {"published": "1"}, ["n1", "n2"]),
        ("drafts", {"status": ["public", "review"]}, ["n1", "n3", "n4"]),
    ],
)
def test_rows_put_away_are_items_unless_somebody_says_no(
    tmp_path: Path, name: str, where: dict[str, Any], left: list[str]
) -> None:
    found, answers = answers_of(tmp_path, name)
    assert "where" not in found.reading["items"]
    assert [one["items"]["where"] for one in answers] == [where]
    raw = proving.proof(answers[0], found.folder).raw
    assert raw is not None
    assert raw.items["id"].to_pylist() == left


def test_rows_without_a_yes_or_no_stay(tmp_path: Path) -> None:
    rows = [{"id": at, "title": "A stove", "tags": ["heat"], "closed": x} for at, x in
            enumerate([True, False, None, False])]  # fmt: skip
    found = guess(written(tmp_path, notes_json=json.dumps(rows)))
    assert found.alternatives[0].reading["items"]["where"] == {"closed": [False, ""]}
    raw = proving.proof(found.alternatives[0].reading, tmp_path).raw
    assert raw is not None
    assert raw.items["id"].to_pylist() == [1, 2, 3]


def test_twins_are_items_of_their_own_unless_somebody_says_no(tmp_path: Path) -> None:
    found, answers = answers_of(tmp_path, "twins-without-ids")
    assert len(labels_of(found)) == 4
    assert [one["items"]["columns"] for one in answers] == [{"id": "said", "text": "said"}]


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("facets", [{"list": "tags", "levels": "::"}]),
        ("topic-beside-tags", [{"column": "topic"}]),
        ("lists-of-lists", []),
        ("counts-of-tags", []),
        ("split-in-a-column", []),
    ],
)
def test_the_labels_of_other_answers(tmp_path: Path, name: str, labels: list[Any]) -> None:
    _, answers = answers_of(tmp_path, name)
    assert [one["labels"] for one in answers] == labels


@pytest.mark.parametrize(
    ("name", "taken", "other"),
    [("number-beside-id", "slug_id", "number"), ("an-id-of-two-names", "no", "name")],
)
def test_the_id_of_the_other_answer(tmp_path: Path, name: str, taken: str, other: str) -> None:
    found, answers = answers_of(tmp_path, name)
    assert found.reading["items"]["columns"]["id"] == taken
    assert [one["items"]["columns"]["id"] for one in answers] == [other]


def test_levels_and_words_for_none_have_another_answer(tmp_path: Path) -> None:
    rows = [["id", "labels"], [1, "a > b|c"], [2, "No Finding"], [3, "a > c"], [4, "c|a > b"]]
    found = read_labels(tmp_path, rows)
    plain = {"delimited": "labels", "separator": "|"}
    assert found.reading["labels"] == {**plain, "levels": " > ", "none": ["No Finding"]}
    assert {one.question: one.reading["labels"] for one in found.alternatives} == {
        1: {**plain, "none": ["No Finding"]},
        2: {**plain, "levels": " > "},
    }


def test_columns_without_a_header_have_names_in_other_answers_too(tmp_path: Path) -> None:
    text = "".join(
        f"s{at}\tthe kiln was cold, and it was dawn {at}\tclay,heat\t0{at}/0{at + 1}/2020\n"
        for at in range(1, 6)
    )
    found = guess(written(tmp_path, notes_tsv=text))
    assert "day first" in found.questions[0]
    for one in found.alternatives:
        items = one.reading["items"]
        assert set(items["columns"].values()) < set(items["header"])


# ---- Properties ----------------------------------------------------------------------------

WORDS = ["alder", "birch", "cedar", "dogwood", "elm", "fir", "gorse", "hazel"]
TEXTS = st.lists(
    st.sampled_from(
        ["water", "stone", "bread", "night", "river", "under", "over", "slow", "bright"]
    ),
    min_size=4,
    max_size=9,
)
ITEMS = st.lists(
    st.tuples(TEXTS, st.sets(st.sampled_from(WORDS), max_size=4)), min_size=4, max_size=12
)


def as_delimited(items: list[Any], delimiter: str, separator: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["id", "text", "tags"])
    for at, (text, tags) in enumerate(items):
        writer.writerow([f"k{at}", " ".join(text), separator.join(sorted(tags))])
    return out.getvalue()


def as_indicators(items: list[Any], delimiter: str, _: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(["id", "text", *WORDS])
    for at, (text, tags) in enumerate(items):
        writer.writerow([f"k{at}", " ".join(text), *(int(one in tags) for one in WORDS)])
    return out.getvalue()


def as_json(items: list[Any], _: str, __: str) -> str:
    return json.dumps(
        [
            {"id": f"k{at}", "text": " ".join(x), "tags": sorted(t)}
            for at, (x, t) in enumerate(items)
        ]
    )


def as_lines(items: list[Any], _: str, __: str) -> str:
    return "".join(
        json.dumps({"id": f"k{at}", "text": " ".join(x), "tags": sorted(t)}) + "\n"
        for at, (x, t) in enumerate(items)
    )


def as_long(items: list[Any], delimiter: str, _: str) -> str:
    rows = [
        [f"k{at}", " ".join(x), tag]
        for at, (x, tags) in enumerate(items)
        for tag in sorted(tags) or [""]
    ]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(
        [["id", "text", "tag"], *rows]
    )
    return out.getvalue()


@pytest.mark.parametrize("write", [as_delimited, as_indicators, as_json, as_lines, as_long])
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=ITEMS, delimiter=st.sampled_from(",;\t"), separator=st.sampled_from(["|", ", ", "; "]))
def test_what_is_written_is_read_back_or_asked_about(
    tmp_path: Path, write: Any, items: list[Any], delimiter: str, separator: str
) -> None:
    path = tmp_path / "file.dat"
    path.write_text(write(items, delimiter, separator))
    try:
        found = guess([str(path)])
    except TagledgerError:
        assert not any(tags for _, tags in items) or len({frozenset(t) for _, t in items}) < 3
        return
    want = {f"k{at}": tags for at, (_, tags) in enumerate(items)}
    assert labels_of(found) == want or not found.certain


# ---- What it refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file holds white space alone"),
        (b"\x89PNG\r\n\x1a\n0000", "a picture (PNG)"),
        (b"\x00\x01\x02" * 50, "no text, and no file of a kind that is known"),
        (b"@book{x, title={y}}\n", "BibTeX"),
        (gzip.compress(b"a,b\n", mtime=0), "its name does not say so"),
        (zipped({"a.csv": "a,b\n1,2\n"}), "its name does not say so"),
        (b"one line\nand one more\nand a third here\n", "only one column"),
        (b"id,height\n1,20\n2,30\n3,25\n", "no labels are found"),
        (b'{"text": {"0": "a", "1": "b"}, "tag": {"0": "x", "1": "y"}}', "column by column"),
        (b"[1, 2", "is not JSON"),
        (b"<?xml version='1.0'?><a><b></a>", "XML"),
    ],
)
def test_what_cannot_be_guessed_is_an_error_with_what_to_do(
    tmp_path: Path, content: bytes, what: str
) -> None:
    done = run(*written(tmp_path, file_dat=content))
    assert done.exit_code != 0
    assert isinstance(done.exception, TagledgerError)
    assert what in str(done.exception)
    assert done.exception.where is not None
    assert done.exception.hint


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "tags", "a.b", "x[]", "$key", "", "text"]), inner)
    ),
    max_leaves=25,
)
CELLS = st.text(st.sampled_from("ab1,;|\t\"'\n []{}<>#-é\\"), max_size=8)


@examples(80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=80)
    | VALUES.map(lambda one: json.dumps(one).encode())
    | st.lists(VALUES, max_size=4).map(lambda some: "\n".join(map(json.dumps, some)).encode())
    | st.lists(st.lists(CELLS, max_size=4), max_size=6).map(lambda rows: table(rows).encode())
    | st.lists(CELLS, max_size=9).map(lambda some: "\n".join(some).encode())
)
def test_any_file_is_guessed_or_is_an_error_for_people(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.dat"
    path.write_bytes(content)
    try:
        found = guess([str(path)])
    except TagledgerError:
        return
    assert labels_of(found)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="there is no such file"):
        guess([str(tmp_path / "nothing.csv")])


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TagledgerError, match="there is no file in it"):
        guess([str(tmp_path)])


# ---- Large files ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["items.csv", "items.jsonl", "items.json", "items.csv.gz"])
def test_a_large_file_is_read_by_its_first_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(samples, "START", 4000)
    monkeypatch.setattr(samples, "_WHOLE_DOCUMENT", 8000)
    monkeypatch.setattr(proving, "START", 4000)
    monkeypatch.setattr(proving, "_SMALL", 4000)
    rows = [
        {"id": f"n{at}", "text": f"a text about thing {at}", "tags": "a|b" if at % 3 else "b"}
        for at in range(900)
    ]
    content = table([list(rows[0]), *(list(one.values()) for one in rows)])
    if "json" in name:
        lists = [{**one, "tags": one["tags"].split("|")} for one in rows]
        content = "\n".join(map(json.dumps, lists)) if name.endswith("l") else json.dumps(lists)
    data = content.encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    found = guess([str(path)])
    assert found.proof.sampled
    assert found.certain
    assert found.reading["items"]["file"] == name
    assert 5 < len(labels_of(found)) < 900
    assert list(tmp_path.iterdir()) == [path]


# ---- The command ---------------------------------------------------------------------------

CERTAIN = table(
    [
        ["id", "text", "tags"],
        [1, "a red boat", "sea|boat"],
        [2, "a mill", "land"],
        [3, "tide", "sea"],
    ]
)
UNCERTAIN = table(
    [
        ["id", "title", "genres", "categories"],
        [1, "x y", "a;b", "k;l"],
        [2, "z", "a", "k"],
        [3, "w", "b", "l"],
    ]
)


def test_a_certain_guess_is_shown_with_its_yaml(tmp_path: Path) -> None:
    done = run(*written(tmp_path, items_csv=CERTAIN))
    assert done.exit_code == 0
    for words in (
        "no two rows have the same",
        "sea and boat",
        "reading:",
        "delimited: tags",
        "location:",
    ):
        assert words in done.output
    assert max(map(len, done.output.splitlines())) <= 80 or str(tmp_path) in done.output


def test_without_a_terminal_an_uncertain_guess_ends_with_its_alternatives(tmp_path: Path) -> None:
    files = written(tmp_path, items_csv=UNCERTAIN)
    done = run(*files)
    assert isinstance(done.exception, TagledgerError)
    assert "only a person can say: are the labels those of genres" in str(done.exception)
    for words in (
        "Question 1: are the labels those of genres, or of categories?",
        "Reading 2: the labels are those of categories",
        "labels: {delimited: categories, separator: ;}",
    ):
        assert words in done.output
    taken = run(*files, "--yes")
    assert taken.exit_code == 0
    assert "delimited: genres\n" in taken.output.rpartition("For data/sources.yaml")[2]


@pytest.mark.parametrize(("content", "certain"), [(CERTAIN, True), (UNCERTAIN, False)])
def test_json_follows_its_schema(tmp_path: Path, content: str, certain: bool) -> None:
    files = written(tmp_path, items_csv=content)
    done = run(*files, "--json")
    found = json.loads(done.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert found["certain"] is certain
    assert [one["question"] for one in found["alternatives"]] == ([] if certain else [1, 1])
    assert (done.exit_code == 0) is certain
    assert run(*files, "--json", "--yes").exit_code == 0


def test_on_a_terminal_it_asks_which_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagledger.commands.inspect.on_a_terminal", lambda: True)
    files = written(tmp_path, items_csv=UNCERTAIN)
    done = CliRunner().invoke(app, ["inspect", *files], input="2\n", prog_name="tagledger")
    assert done.exit_code == 0
    chosen = done.output.rpartition("For data/sources.yaml")[2]
    first = guess(files).reading["labels"]["delimited"]
    assert f"delimited: {'genres' if first == 'categories' else 'categories'}" in chosen


def test_a_question_with_no_other_reading_is_confirmed_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagledger.commands.inspect.on_a_terminal", lambda: True)
    files = next(one for one in SHAPES if one.name == "lists-of-lists").written(tmp_path)
    done = CliRunner().invoke(app, ["inspect", *files], input="n\n", prog_name="tagledger")
    assert done.exit_code == 0
    assert "Question 1: tags holds lists of lists" in done.output
    assert "Correct it by hand" in done.output
    assert "list: tags[][]" in done.output


def test_each_question_is_counted(tmp_path: Path) -> None:
    rows = [["id", "words", "tags", "closed", "part"]]
    rows += [[at, f"the kiln was cold {at}", "clay|heat", at % 2, "train"] for at in range(4)]
    rows[1][4] = "test"
    done = run(*written(tmp_path, notes_csv=table(rows)))
    assert done.exit_code
    assert "Question 2: part says which part of a split" in " ".join(done.output.split())
    assert "items.where: {closed: '0'}" in done.output
    assert "(and 1 more question)" in str(done.exception)


def test_the_guess_is_loaded_by_its_command_alone() -> None:
    import subprocess

    code = "import sys, tagledger.cli; print('tagledger.guess.guess' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_few_values_that_are_no_dates_are_said_and_cost_no_column(tmp_path: Path) -> None:
    rows = [
        f"{at},2024-01-{at % 28 + 1:02},note {at} of the day,{'sea|rope'[: 3 + 5 * (at % 2)]}"
        for at in range(200)
    ]
    rows[7] = rows[7].replace("2024-01-08", "soon")
    (tmp_path / "a.csv").write_text("\n".join(["id,created,text,tags", *rows]) + "\n")
    found = guess([str(tmp_path / "a.csv")])
    assert found.reading["items"]["columns"]["created_on"] == "created"
    assert not found.certain
    assert "1 row cannot be read" in found.questions[0]


def test_dates_that_would_cost_too_many_rows_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    rows = [
        f"{at},{'2024-01-05' if at % 9 else '2024-02-31'},note {at},sea|rope" for at in range(90)
    ]
    (tmp_path / "a.csv").write_text("\n".join(["id,created,text,tags", *rows]) + "\n")
    found = guess([str(tmp_path / "a.csv")])
    assert "created_on" not in found.reading["items"]["columns"]
    assert found.proof.aside == 0


def test_what_is_printed_is_an_entry_of_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A names file without a header is told by the codes, and its first row is a name as well."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "mine"
    folder.mkdir(parents=True)
    codes = {"A1": "Road surface", "A2": "Street light", "B1": "Noise"}
    picked = [["A1"], ["A2", "B1"], ["B1"], ["A1", "A2"]]
    rows = [f"r{at}\tsomething is broken here {at}\t{' '.join(picked[at % 4])}" for at in range(24)]
    (folder / "items.tsv").write_text("\n".join(rows) + "\n")
    (folder / "codes.txt").write_text("".join(f"{a}\t{b}\n" for a, b in codes.items()))
    done = CliRunner().invoke(
        app, ["inspect", "--yes", "data/mine/items.tsv", "data/mine/codes.txt"]
    )
    assert done.exit_code == 0, done.output
    printed = yaml.safe_load(done.output.rpartition("under sources:\n")[2])
    path = tmp_path / "sources.yaml"
    for snapshot in printed["mine"]["snapshots"].values():
        assert snapshot["location"] == "data/mine"
        for name in snapshot["files"]:
            snapshot["files"][name] = identify(folder / name).model_dump()
    path.write_text(yaml.safe_dump({"sources": printed}))
    _, _, reading = load_catalogue(path).find("mine", "1")
    raw = read(reading, folder)
    assert len(raw.items) == 24
    assert set(raw.labels["tag"].to_pylist()) == set(codes.values())
