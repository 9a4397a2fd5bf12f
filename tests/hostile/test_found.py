"""What random histories and mutated settings found, each in its smallest form."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tagledger import documents, versions
from tagledger.errors import TagledgerError
from tagledger.history.blame import blame
from tagledger.release.version_list import overview
from tagledger.versions import Repository, dvc_lock
from tagledger.versions.git import Answer
from tests.dashboard import story
from tests.dashboard.ledger import Ledger, State


def ledger_of(root: Path, *states: State) -> Ledger:
    ledger = Ledger(root)
    for number, state in enumerate(states, 1):
        ledger.release(state, f"v{number}.0.0", f"data: version {number}")
    return ledger


def with_text_ids(last: int | None = None) -> State:
    rows = story.first()[:last]
    return State([row | {"id": f"item {row['id']}"} for row in rows], story.FIRST)


NUMBERS = State(story.first(), story.FIRST)
Copies = Callable[[str], Ledger]


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version with numbers whose work tree has texts; and versions with texts, then numbers."""
    folder = tmp_path_factory.mktemp("ledgers")
    ledger_of(folder / "numbers", NUMBERS).build(with_text_ids())
    ledger_of(folder / "both", with_text_ids(), NUMBERS)
    return folder


@pytest.fixture
def copy(ledgers: Path, tmp_path: Path) -> Copies:
    """One of them, for this test alone."""

    def copied(name: str) -> Ledger:
        shutil.copytree(ledgers / name, tmp_path / "repo")
        return Ledger.at(tmp_path / "repo")

    return copied


@pytest.mark.parametrize("text", ["010", "1:30", "1_000", "0x1F", "0b11", "1:30.5", "190:20:30"])
def test_a_number_that_two_programs_read_differently_stays_the_text_it_is(text: str) -> None:
    assert documents.parse_yaml(f"a: {text}", Path("x")) == {"a": text}


@pytest.mark.parametrize(
    ("text", "number"),
    [("10", 10), ("-3", -3), ("+5", 5), ("0", 0), ("0.70", 0.7), ("1.", 1.0), (".5", 0.5),
     ("1e-3", 0.001), ("1.5e3", 1500.0), ("-.inf", float("-inf"))],
)  # fmt: skip
def test_a_number_that_all_read_alike_is_a_number(text: str, number: float) -> None:
    found = documents.parse_yaml(f"a: {text}", Path("x"))["a"]
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "text", ["!!bool 5", "!!int x", "!!int ''", "!!float x", "!!null [x]", "!!omap 5", "!!set 5"]
)
def test_a_value_that_its_tag_does_not_fit_is_said(text: str) -> None:
    with pytest.raises(TagledgerError, match="this is not YAML"):
        documents.parse_yaml(f"a: {text}", Path("x"))


def test_a_lock_that_was_cut_off_before_a_size_gives_no_size() -> None:
    lock = f"stages:\n  clean:\n    outs:\n    - path: data/items\n      md5: {'a' * 32}"
    [out] = dvc_lock.read_outputs(lock.encode(), b"", "dvc.lock").values()
    assert (out.path, out.md5, out.size) == ("data/items", "a" * 32, None)


@pytest.mark.parametrize("name", ["workspace", "HEAD", "f" * 40])
@pytest.mark.parametrize("kind", [("-a", "-m", "x"), ()], ids=["annotated", "lightweight"])
def test_a_tag_whose_name_means_something_else_names_no_version(
    copy: Copies, name: str, kind: tuple[str, ...]
) -> None:
    ledger = copy("numbers")
    ledger.git("update-ref", "refs/tags/other", "HEAD")
    ledger.git("tag", *kind, "temporary", "HEAD")
    ledger.git("update-ref", f"refs/tags/{name}", ledger.git("rev-parse", "temporary"))
    ledger.git("tag", "-d", "temporary")
    repository = Repository.find(ledger.root)
    rows = overview(repository).rows
    assert [row.name for row in rows if row.in_workspace] == ["workspace"]
    for row in rows[:-1]:
        assert name not in row.names
        assert versions.find_version(repository, row.name).data_id == row.data_id


def test_ids_of_two_kinds_stop_no_question_and_those_of_today_count(copy: Copies) -> None:
    ledger = copy("both")
    # A branch that comes after today has ids of the other kind.
    ledger.git("checkout", "--quiet", "-b", "side")
    ledger.release(with_text_ids(-1), "v3.0.0", "data: text again")
    ledger.git("checkout", "--quiet", "v2.0.0")
    repository = Repository.find(ledger.root)
    found = blame(repository, "3")
    assert found.version == "v2.0.0"
    assert found.exists
    with pytest.raises(TagledgerError, match="there is no item item 3"):
        blame(repository, "item 3")


def test_a_lock_that_joins_tables_of_two_kinds_of_ids_is_answered(copy: Copies) -> None:
    ledger = copy("both")
    lock = ledger.root / "dvc.lock"
    texts = yaml.safe_load(ledger.git("show", "v1.0.0:dvc.lock"))
    mixed = yaml.safe_load(lock.read_bytes())
    mixed["stages"]["filter"] = texts["stages"]["filter"]
    lock.write_text(yaml.safe_dump(mixed, sort_keys=False))
    ledger.git("commit", "--quiet", "-am", "data: of both")
    repository = Repository.find(ledger.root)
    with pytest.raises(TagledgerError, match="no version has an item 999"):
        blame(repository, "999")
    assert {label.tag for label in blame(repository, "item 3").labels} == {"nlp"}


def test_an_encoding_that_makes_line_breaks_of_a_name_breaks_no_list(
    copy: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = copy("numbers")
    # Some systems know no EBCDIC: what git prints where it does.
    from tagledger.versions import commits

    real = commits.git

    def git(folder: Path, *words: str, **options: object) -> Answer:
        answer = real(folder, *words, **options)  # type: ignore[arg-type]
        return Answer(answer.code, answer.out.replace(b"Ada", b"\n\0A\n"), answer.complaint)

    monkeypatch.setattr(commits, "git", git)
    rows = overview(Repository.find(ledger.root)).rows
    assert [row.name for row in rows] == ["v1.0.0", "workspace"]
    assert json.dumps([row.author for row in rows])


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", ["replace", "graft"])
def test_a_history_that_was_made_a_circle_by_hand_ends(copy: Copies, way: str) -> None:
    ledger = copy("numbers")
    ledger.commit("data: version 2", "v2.0.0")
    first, last = ledger.git("rev-parse", "v1.0.0^{commit}"), ledger.git("rev-parse", "HEAD")
    name = f"refs/replace/{first}" if way == "replace" else "info/grafts"
    file = ledger.root / ".git" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{last}\n" if way == "replace" else f"{first} {last}\n")
    repository = Repository.find(ledger.root)
    assert [row.name for row in overview(repository).rows] == ["v2.0.0", "v1.0.0"]
    assert blame(repository, "item 3").version == "v2.0.0"
