"""Format files: folders and archives of texts, one an item, with front matter."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Wanted, blocks
from tagledger.readers.parsing import text_folder
from tagledger.readers.raw import Raw, read
from tagledger.sources.file_reading import FileReading
from tagledger.sources.formats import own
from tagledger.sources.reading import Reading
from tests.conftest import examples
from tests.readings import labels_of

BOATS = {
    "docs/sea/10.txt": "Tides\n",
    "docs/boats/10.txt": "Tides\n",
    "docs/boats/7.txt": "Knots for a wet rope",
}
POST = '---\ntitle: "How rye: rises"\ndate: 2021-04-05\ntags: [rye, 2021, yes]\n---\n\nBody.\n'


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def zipped(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files: list[tuple[str, bytes]]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def found(folder: Path, file: str | list[str], *columns: str, **options: Any) -> list[Block]:
    limit = options.pop("limit", 10**9)
    reading = FileReading.model_validate({"file": file, "format": "files", **options})
    return list(blocks(reading, folder, Wanted(columns), limit))


def values(read: list[Block], name: str) -> list[Any]:
    return [value for block in read for value in block.columns[name]]


def reasons(read: list[Block]) -> list[str]:
    return [one.reason for block in read for one in block.broken]


def items(folder: Path, labels: dict[str, Any], columns: dict[str, str], **more: Any) -> Raw:
    reading = {"items": {"format": "files", "columns": columns, **more}, "labels": labels}
    return read(Reading.model_validate(reading), folder)


# ---- names and texts -----------------------------------------------------------------------


@pytest.mark.parametrize("file", ["docs", "docs/*/*.txt", "docs/**/*.txt", "**/*.txt"])
def test_a_folder_for_each_tag(tmp_path: Path, file: str) -> None:
    write(tmp_path, BOATS)
    columns = {"id": "$stem", "text": "$content"}
    raw = items(tmp_path, {"column": "$folder"}, columns, file=file)
    assert labels_of(raw) == [("10", "boats"), ("7", "boats"), ("10", "sea")]
    assert raw.items["description"].to_pylist() == ["Tides\n", "Knots for a wet rope", "Tides\n"]
    assert raw.items["row"].to_pylist() == [1, 2, 3]
    assert set(raw.items["file"].to_pylist()) == {"docs"}


def test_the_columns_of_a_name(tmp_path: Path) -> None:
    names = ("$file", "$name", "$stem", "$folder", "$content")
    write(tmp_path, {"a.b/c.tar.md": "x", "d": b"", "e.txt.gz": gzip.compress(b"\xef\xbb\xbfz")})
    read = found(tmp_path, ["a.b", "d", "e.txt.gz"], *names)
    rows = list(zip(*(values(read, name) for name in names), strict=True))
    assert rows == [
        ("a.b/c.tar.md", "c.tar.md", "c.tar", "a.b", "x"),
        ("d", "d", "d", "", ""),
        ("e.txt.gz", "e.txt.gz", "e", "", "z"),
    ]


def test_files_of_the_top_folder_are_named_by_the_first(tmp_path: Path) -> None:
    write(tmp_path, {"a.txt": "x", "b/c.txt": "y"})
    assert found(tmp_path, "**/*.txt", "$stem")[0].file == "a.txt and 1 more"
    assert found(tmp_path, "a.txt", "$stem")[0].file == "a.txt"


@pytest.mark.parametrize("name", ["docs.zip", "docs.tar.gz"])
@pytest.mark.parametrize("member", ["docs/**/*.txt", "docs"])
def test_an_archive_is_read_in_place(tmp_path: Path, name: str, member: str) -> None:
    more: dict[str, str | bytes] = {**BOATS, "__MACOSX/docs/sea/._10.txt": "junk", "note": "no"}
    if name == "docs.zip":
        write(tmp_path, {name: zipped(more)})
    else:
        content = [(one, str(text).encode()) for one, text in more.items()]
        write(tmp_path, {name: tarred(content)})
    columns = {"id": "$stem", "text": "$content"}
    raw = items(tmp_path, {"column": "$folder"}, columns, file=f"{name}!{member}")
    assert sorted(labels_of(raw)) == [("10", "boats"), ("10", "sea"), ("7", "boats")]
    assert set(raw.items["file"].to_pylist()) == {f"{name}!docs"}
    files = values(found(tmp_path, f"{name}!{member}", "$file"), "$file")
    assert sorted(files) == sorted(f"{name}!{one}" for one in BOATS)


def test_an_archive_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"a.zip": zipped({f"{n}.txt": str(n) for n in range(50)}), "b.txt": "b"})
    read = found(tmp_path, ["a.zip!**", "b.txt"], "$content")
    assert values(read, "$content") == [*sorted(map(str, range(50)), key=lambda n: f"{n}.txt"), "b"]
    monkeypatch.setattr(text_folder.archives, "opened", None)  # it would open it for each
    assert found(tmp_path, "a.zip!**", "$content")


def test_the_limit_holds_for_an_archive(tmp_path: Path) -> None:
    write(tmp_path, {"a.zip": zipped({"a.txt": "x" * 100, "b.txt": "y" * 100})})
    with pytest.raises(TagledgerError, match="more than 150 bytes"):
        found(tmp_path, "a.zip!*", "$content", limit=150)


def test_two_files_of_one_name_in_an_archive_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.tar.gz": tarred([("a.txt", b"one"), ("a.txt", b"two")])})
    with pytest.raises(TagledgerError, match=r"two files 'a\.txt'"):
        found(tmp_path, "a.tar.gz!*.txt", "$content")


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a.tar.gz": tarred([("a\udcff.txt", b"one")])})
    with pytest.raises(TagledgerError, match="the name of a file is not UTF-8"):
        found(tmp_path, "a.tar.gz!*.txt", "$content")


def test_blocks_are_of_some_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_folder, "_BLOCK_FILES", 3)
    monkeypatch.setattr(text_folder, "_BLOCK_BYTES", 30)
    texts: dict[str, str | bytes] = {f"docs/{n}.txt": "x" * n for n in range(10, 20)}
    write(tmp_path, {**texts, "docs/15.txt": "\0 no text"})
    read = found(tmp_path, "docs", "$content")
    assert [row for block in read for row in block.rows.tolist()] == [1, 2, 3, 4, 5, 7, 8, 9, 10]
    assert values(read, "$content") == ["x" * n for n in range(10, 20) if n != 15]
    assert max(len(block.rows) for block in read) == 3


@pytest.mark.parametrize("long", [b"\0binary", b"x" * 40])
def test_what_is_no_text_of_an_item_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long: bytes
) -> None:
    monkeypatch.setattr(text_folder, "LONGEST_RECORD", 39)
    write(tmp_path, {"docs/a.txt": "x" * 39, "docs/b.png": long, "a.zip": zipped({"b.png": long})})
    read = found(tmp_path, ["docs", "a.zip!*"], "$stem")
    assert values(read, "$stem") == ["a"]
    assert len(reasons(read)) == 2
    assert all("longer than" in why or "NUL" in why for why in reasons(read))
    assert json.loads(read[0].broken[0].record)["$file"] == "docs/b.png"


def test_another_encoding_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"docs/a.txt": "x", "docs/b.txt": "one\n5 \u20ac\n".encode("cp1252")})
    with pytest.raises(TagledgerError, match="not utf-8") as caught:
        found(tmp_path, "docs", "$content")
    assert str(caught.value.where).endswith("docs/b.txt, line 2")
    assert "encoding: cp1252" in caught.value.hint
    read = found(tmp_path, "docs", "$content", encoding="cp1252")
    assert values(read, "$content") == ["x", "one\n5 \u20ac\n"]


def test_text_with_two_bytes_a_letter(tmp_path: Path) -> None:
    write(tmp_path, {"docs/a.txt": "some words".encode("utf-16")})
    with pytest.raises(TagledgerError, match="not utf-8") as caught:
        found(tmp_path, "docs", "$content")
    assert "encoding: utf-16" in caught.value.hint
    assert values(found(tmp_path, "docs", "$content", encoding="utf-16"), "$content") == [
        "some words"
    ]


def test_no_ending_tells_the_format() -> None:
    assert own()["files"].ENDINGS == ()


# ---- front matter --------------------------------------------------------------------------


def test_front_matter_gives_columns_of_text(tmp_path: Path) -> None:
    write(tmp_path, {"_posts/rye.md": POST, "_posts/plain.md": "Only text"})
    columns = {"id": "$stem", "title": "title", "description": "$content", "created_on": "date"}
    raw = items(tmp_path, {"list": "tags"}, columns, file="_posts/*.md")
    assert labels_of(raw) == [("rye", "rye"), ("rye", "2021"), ("rye", "yes")]
    assert raw.items["title"].to_pylist() == ["", "How rye: rises"]
    assert raw.items["description"].to_pylist() == ["Only text", "\nBody.\n"]
    assert str(raw.items["created_on"].to_pylist()[1].date()) == "2021-04-05"
    assert not len(raw.set_aside)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("[sea, knots]", ["sea", "knots"]),
        ("\n  - sea\n  - knots", ["sea", "knots"]),
        ("\n- sea\n- a b", ["sea", "a b"]),
        ("sea  knots", ["sea", "knots"]),
        ("", None),
        ("~", None),
        ("[]", []),
    ],
)
def test_tags_in_any_form(tmp_path: Path, tags: str, expected: list[str] | None) -> None:
    write(tmp_path, {"a.md": f"---\r\ntags: {tags}\r\n---\r\nText".replace("\n  ", "\r\n  ")})
    read = found(tmp_path, "a.md", "tags", "$content", words=["tags", "other"])
    assert values(read, "tags") == [expected]
    assert values(read, "$content") == ["Text"]


def test_words_are_cut_where_the_reading_says_so(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "---\ntags: sea knots\n...\nText"})
    assert values(found(tmp_path, "a.md", "tags"), "tags") == ["sea knots"]
    raw = items(tmp_path, {"delimited": "tags", "separator": " "}, {"id": "$stem"}, file="a.md")
    assert labels_of(raw) == [("a", "sea"), ("a", "knots")]


def test_keys_lead_into_front_matter(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "---\nmeta: {tags: [a], n: 1.10}\n1: x\n$stem: no\n---\n"})
    read = found(tmp_path, "a.md", "meta.tags", "meta.n", "1", "$stem")
    names = ("meta.tags", "meta.n", "1", "$stem")
    assert [values(read, name) for name in names] == [[["a"]], ["1.10"], ["x"], ["a"]]


@pytest.mark.parametrize(
    "text",
    ["---\nno end", "text\n---\na: b\n---\n", "--- a\nb: c\n---\n", "----\na: b\n----\n", "---"],
)
def test_what_is_no_front_matter_is_text(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"a.md": text})
    assert values(found(tmp_path, "a.md", "$content"), "$content") == [text]


def test_empty_front_matter(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "---\n---\nText", "b.md": "---\n# nothing\n---"})
    assert values(found(tmp_path, "*.md", "$content"), "$content") == ["Text", ""]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{this}: &{this} [{','.join(9 * ['*' + last])}]\n"
    for last, this in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("front", "reason"),
    [
        ("a: [b", "front matter: did not find"),
        ("a: 1\nb: 2\na: 3", "front matter: the key 'a' is given twice, line 4"),
        ("just words", "front matter: it is no mapping"),
        ("- a\n- b", "front matter: it is no mapping"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("a: !!set {x: null}", "front matter: a value is a set"),
        ("a: !!int x", "front matter: a value does not fit the type"),
        ("1: a\n'1': b", "front matter: the key '1' is given twice"),
        (BOMB, "stands for more than"),
        ("a: " + "[" * 200, "nested deeper"),
        ("a: b\n---\nc: d\n---\nmore", None),
    ],
)
def test_front_matter_that_is_not_sound_is_set_aside(
    tmp_path: Path, front: str, reason: str | None
) -> None:
    write(tmp_path, {"p/a.md": f"---\n{front}\n---\nText", "p/b.md": POST})
    read = found(tmp_path, "p", "$stem", "title")
    if reason is None:  # the first closing line ends it
        assert values(read, "$stem") == ["a", "b"]
        return
    assert values(read, "$stem") == ["b"]
    assert reason in reasons(read)[0]
    record = json.loads(read[0].broken[0].record)
    assert record["$file"] == "p/a.md"
    assert record["$content"].endswith("Text")


def test_toml_is_refused_unless_all_is_text(tmp_path: Path) -> None:
    text = '+++\ntitle = "A"\n+++\nText'
    write(tmp_path, {"a.md": text})
    with pytest.raises(TagledgerError, match="TOML") as caught:
        found(tmp_path, "a.md", "$content")
    assert "front_matter: false" in caught.value.hint
    read = found(tmp_path, "a.md", "$content", front_matter=False)
    assert values(read, "$content") == [text]
    write(tmp_path, {"a.md": POST})
    read = found(tmp_path, "a.md", "$content", front_matter=False)
    assert values(read, "$content") == [POST]


def test_a_key_that_no_file_has_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"p/a.md": "Text", "p/b.md": POST})
    with pytest.raises(TagledgerError, match="no column 'tag'") as caught:
        found(tmp_path, "p", "tag")
    assert "tags" in caught.value.hint
    assert values(found(tmp_path, "p", "tags"), "tags") == [None, ["rye", "2021", "yes"]]


def test_rows_of_front_matter_that_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"p/a.md": "---\ndraft: true\n---\n", "p/b.md": "---\ndraft: false\n---\n", "p/c.md": ""},
    )
    assert values(found(tmp_path, "p", "$stem", where={"draft": False}), "$stem") == ["b"]


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"))
KEYS = st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1)


@given(
    st.lists(st.tuples(TEXTS, st.dictionaries(KEYS, TEXTS | st.lists(TEXTS))), min_size=1),
    st.booleans(),
)
@examples(60)
def test_what_is_written_into_a_folder_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    posts: list[tuple[str, dict[str, Any]]],
    in_archive: bool,
) -> None:
    folder = tmp_path_factory.mktemp("posts")
    files: dict[str, str | bytes] = {
        f"p/{number:03}.md": f"---\n{yaml.safe_dump(front, allow_unicode=False)}---\n{text}"
        for number, (text, front) in enumerate(posts)
    }
    write(folder, {"p.zip": zipped(files)} if in_archive else files)
    names = sorted({name for _, front in posts for name in front})
    read = found(folder, "p.zip!p" if in_archive else "p", "$content", *names)
    assert values(read, "$content") == [text for text, _ in posts]
    for name in names:
        assert values(read, name) == [front.get(name) for _, front in posts]
