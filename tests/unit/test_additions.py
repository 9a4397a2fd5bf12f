"""What `upgrade` brings to a repository of before; what people wrote stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tagledger.errors import TagledgerError
from tagledger.own_schemas.files import KINDS, file_of
from tagledger.starting.additions import additions
from tagledger.starting.params_text import defaults, params_text, section_text
from tagledger.starting.texts import KEPT, ignored_by_dvc
from tagledger.yaml_edits.edits import with_lines_before

PARAMS = Path("params.yaml")
ANNOTATE = section_text("annotate")
WHOLE = params_text({"filter.min_tag_count": 7}, {})
BEFORE = WHOLE.replace(f"{ANNOTATE}\n", "")
# What a repository has that lacks the section annotate alone.
OTHERS = [name for name in defaults() if name != "annotate"]
IN_LINES = "".join(f"{name}: {{}}\n" for name in OTHERS)
IN_BRACES = "{" + ", ".join(f"{name}: {{}}" for name in OTHERS) + "}\n"
WRITTEN = {"fetch", "clean", "filter", "split"}
MORE = "".join(f"{name}: {{}}\n" for name in OTHERS if name not in WRITTEN)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of one's own that lacks nothing."""
    for name in KEPT:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for kind in KINDS:
        (tmp_path / file_of(kind)).parent.mkdir(exist_ok=True)
        (tmp_path / file_of(kind)).write_text("# mine\n")
    (tmp_path / PARAMS).write_text(WHOLE)
    (tmp_path / ".dvcignore").write_text(ignored_by_dvc())
    return tmp_path


def apply(root: Path) -> dict[Path, bytes]:
    found = additions(root)
    for path, data in found.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return found


def test_a_new_repository_lacks_nothing(root: Path) -> None:
    assert additions(root) == {}


def test_the_section_comes_with_its_comments_where_a_new_repository_has_it(root: Path) -> None:
    assert "annotate" not in yaml.safe_load(BEFORE)
    (root / PARAMS).write_text(BEFORE)
    assert additions(root) == {PARAMS: WHOLE.encode()}


MINE = f"""\
# my own words
filter: {{ include: all, min_tag_count: 3 }}   # few

# what I split by
split: {{ratios: {{train: 0.5, test: 0.5}}}}
clean:
    tag_spelling: 'exact'
fetch: {{source: mine, snapshot: "1"}}
{MORE}extra: [1, 2]
"""


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MINE, id="as people write"),
        pytest.param(MINE.replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param(f"\ufeff{MINE}", id="a byte order mark"),
        pytest.param(MINE.rstrip("\n"), id="no last line feed"),
        pytest.param(MINE.replace("filter: {", "filter: &one {"), id="an anchor elsewhere"),
        pytest.param(f"---\n{MINE}...\n", id="the marks of a document"),
        pytest.param(
            "fetch: {source: a, snapshot: b}\nclean: {}\nextra: 1\n", id="no section that follows"
        ),
    ],
)
def test_every_byte_that_was_there_stays_and_again_changes_nothing(root: Path, text: str) -> None:
    (root / PARAMS).write_bytes(text.encode())
    made = apply(root)[PARAMS].decode()
    newline = "\r\n" if "\r\n" in text else "\n"
    added = ANNOTATE.replace("\n", newline)
    assert made.count(added) == 1
    if "filter" in text:
        head, _, tail = made.partition(f"{added}{newline}")
        assert head + tail == text
        assert tail.startswith("# my own words")
    else:
        assert made.startswith(text)
    found, before = yaml.safe_load(made), yaml.safe_load(text.removeprefix("\ufeff"))
    assert {**before, **defaults(), **before} == found
    assert ("\r\n" in text) == ("\r\n" in made)
    assert "\r\n" not in made or made.count("\n") == made.count("\r\n")
    assert additions(root) == {}


def test_a_section_of_one_s_own_is_left_as_it_is(root: Path) -> None:
    (root / PARAMS).write_text(f"{BEFORE}annotate:\n")
    assert additions(root) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(IN_BRACES, id="in braces"),
        pytest.param(IN_LINES.replace("filter:", "? filter\n:"), id="a question mark"),
    ],
)
def test_a_file_that_takes_no_lines_is_refused_with_the_lines_to_paste(
    root: Path, text: str
) -> None:
    (root / PARAMS).write_text(text)
    with pytest.raises(TagledgerError) as caught:
        additions(root)
    error = caught.value
    assert error.what == "the file is written in a way that takes no further lines: annotate"
    assert error.where == str(root / PARAMS)
    assert [line[7:] for line in error.hint.splitlines()[1:]] == ANNOTATE.splitlines()
    assert (root / PARAMS).read_text() == text


def test_the_lines_to_paste_mend_it(root: Path) -> None:
    (root / PARAMS).write_text(IN_BRACES)
    with pytest.raises(TagledgerError) as caught:
        additions(root)
    pasted = "\n".join(line[7:] for line in caught.value.hint.splitlines()[1:])
    (root / PARAMS).write_text(f"{IN_LINES}{pasted}\n")
    assert additions(root) == {}


def test_a_file_that_is_no_yaml_says_so(root: Path) -> None:
    (root / PARAMS).write_text("filter: [\n")
    with pytest.raises(TagledgerError) as caught:
        additions(root)
    assert caught.value.what.startswith("this is not YAML")


def test_folders_and_files_that_lack_are_made_and_filled_ones_left(root: Path) -> None:
    (root / KEPT[0]).unlink()
    (root / "data/base/.gitkeep").rename(root / "data/base/base.json")
    (root / file_of("annotated")).unlink()
    found = apply(root)
    assert set(found) == {Path(KEPT[0]), file_of("annotated")}
    assert found[Path(KEPT[0])] == b""
    assert (root / file_of("clean")).read_text() == "# mine\n"
    assert additions(root) == {}


def test_dvc_is_told_of_a_layer_that_came_later(root: Path) -> None:
    old = b"# mine\n/data/clean/*\n!/data/*/*.json"
    (root / ".dvcignore").write_bytes(old)
    made = apply(root)[Path(".dvcignore")]
    assert made.startswith(old + b"\n\n/data/annotated/*\n")
    assert additions(root) == {}


# Lines before a top key


def before(text: str, *keys: str, lines: str = "new:\n  x: 1 # one\n") -> str:
    return with_lines_before(text.encode(), PARAMS, keys, lines).decode()


def test_lines_stand_above_the_comments_of_the_key_that_follows() -> None:
    text = "a: 1\n\n# about b\n# more\nb: 2\n"
    assert before(text, "b") == "a: 1\n\nnew:\n  x: 1 # one\n\n# about b\n# more\nb: 2\n"


def test_lines_stand_before_the_first_of_the_keys_that_is_there() -> None:
    assert before("b: 1\na: 2\n", "a", "b") == "new:\n  x: 1 # one\n\nb: 1\na: 2\n"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", "new:\n  x: 1 # one\n"),
        ("a: 1", "a: 1\n\nnew:\n  x: 1 # one\n"),
        ("a: {b: 1}\n", "a: {b: 1}\n\nnew:\n  x: 1 # one\n"),
        ("# nothing\n", "# nothing\n\nnew:\n  x: 1 # one\n"),
    ],
)
def test_without_such_a_key_lines_stand_at_the_end(text: str, made: str) -> None:
    assert before(text, "b") == made


def test_a_key_further_in_is_no_top_key() -> None:
    assert before("a:\n  b: 1\n", "b").startswith("a:\n  b: 1\n")


@pytest.mark.parametrize("text", ["{b: 1}\n", "[1]\n", "word\n", "a: |\n  x\nnew: 2\n"])
def test_lines_that_would_change_what_is_there_are_refused(text: str) -> None:
    with pytest.raises(TagledgerError) as caught:
        before(text, "b")
    assert "new" in caught.value.what
    assert "new:\n         x: 1 # one" in caught.value.hint
