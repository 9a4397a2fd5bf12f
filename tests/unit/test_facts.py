"""Facts spare a history the tables and the indexes, and are believed of no other table."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.history import array_file, facts, item_numbers, layer_counts, tag_history
from tagledger.history.facts import FILE, FORMAT, Kind, by_name, open_facts
from tagledger.history.kept_tables import FOLDER
from tagledger.history.tag_history import TagHistory, history
from tagledger.history.timeline import Timeline
from tagledger.versions import WORKSPACE, Repository, find_version, locate
from tests.dashboard.ledger import Ledger
from tests.once import made_once
from tests.unit import test_answers_blamed, test_blame
from tests.unit.test_blame import THIRD, state

# Two repositories, and the tags of each: one with a rename, one with answers and events of tags.
STORIES = {
    "blamed": (test_blame.tell, ("cat", "dog", "hound", "pet", "rare", "seldom")),
    "answers": (test_answers_blamed.tell, ("avian", "bird", "cat", "dog")),
}
KINDS = {
    one.name: one
    for module in (item_numbers, layer_counts, tag_history)
    for one in vars(module).values()
    if isinstance(one, Kind)
}
NUMBERS = Kind[dict[str, int]]("numbers", by_name(int))


@pytest.fixture(scope="module", params=["blamed"])
def story(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def told(story: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, story, STORIES[story][0])


@pytest.fixture
def ledger(told: Path, tmp_path: Path) -> Ledger:
    shutil.copytree(told, tmp_path / "repo", symlinks=True)
    return Ledger.at(tmp_path / "repo")


@pytest.fixture(scope="module")
def right(
    story: str, told: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, TagHistory]:
    """The history of each tag, each made from the tables."""
    root = tmp_path_factory.mktemp("right") / "repo"
    shutil.copytree(told, root, symlinks=True)
    return {tag: read_anew(Ledger.at(root), tag) for tag in STORIES[story][1]}


def ask(ledger: Ledger, tag: str) -> TagHistory:
    return history(Repository.find(ledger.root), tag)


def read_anew(ledger: Ledger, tag: str) -> TagHistory:
    shutil.rmtree(ledger.root / FOLDER, ignore_errors=True)
    return ask(ledger, tag)


def kept(ledger: Ledger) -> dict[str, Any]:
    about, _ = array_file.read(ledger.root / FILE)
    of_kinds: dict[str, Any] = about["facts"]
    return of_kinds


def lose_indexes(ledger: Ledger) -> None:
    for file in (ledger.root / FOLDER).glob("*.arrays"):
        file.unlink()


@pytest.mark.parametrize("story", STORIES, indirect=True)
def test_a_second_history_needs_no_table_and_no_index(
    ledger: Ledger, right: dict[str, TagHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(ledger, "cat")
    lose_indexes(ledger)
    for name in ("read_lists", "number_of_rows"):
        monkeypatch.setattr(tables, name, None)
    monkeypatch.setattr("tagledger.history.indexing.open_index", None)
    before = (ledger.root / FILE).stat()
    for tag, expected in right.items():
        assert ask(ledger, tag) == expected, tag
    assert (ledger.root / FILE).stat().st_ino == before.st_ino


def test_they_stay_when_the_data_is_gone(ledger: Ledger, right: dict[str, TagHistory]) -> None:
    ask(ledger, "cat")
    lose_indexes(ledger)
    ledger.lose_cache()
    assert ask(ledger, "rare") == right["rare"]


def test_a_tag_that_few_items_exchanged_needs_no_tables_of_labels(
    ledger: Ledger, right: dict[str, TagHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(ledger, "cat")
    pairs = kept(ledger)["exchanges"].values()
    assert {max(one.get(tag, 0) for one in pairs) for tag in ("cat", "dog")} == {1, 4}
    monkeypatch.setattr(Timeline, "dataset", None)
    assert ask(ledger, "cat") == right["cat"]
    with pytest.raises(TypeError):
        ask(ledger, "dog")


def test_an_unknown_tag_finds_facts_out_as_well(ledger: Ledger) -> None:
    with pytest.raises(TagledgerError, match="no version has a label"):
        ask(ledger, "hounds")
    assert kept(ledger)["counts"]


def test_a_new_version_is_added(ledger: Ledger) -> None:
    ask(ledger, "cat")
    before = kept(ledger)
    ledger.release(state(THIRD | {8: ["cat"], 9: ["pet"]}), "v1.3.0", "more")
    states = ask(ledger, "cat").states
    assert [one.count for one in states] == [4, 3, 3, 4]
    after = kept(ledger)
    assert states == read_anew(ledger, "cat").states
    assert after == kept(ledger)
    for name, of_kind in before.items():
        assert of_kind.items() <= after[name].items()
    assert len(after["decisions"]) == len(before["decisions"]) + 1


def test_a_table_that_changes_under_its_name_is_read_again(ledger: Ledger) -> None:
    ask(ledger, "rare")
    for items, count, decision in (([7], 3, "kept"), ([2, 4, 7], 1, "below_threshold")):
        changed = {item: [*THIRD[item]] for item in THIRD}
        for item in items:
            changed[item] = [*({*changed[item]} ^ {"rare"})]
        ledger.build(state(changed))
        last = ask(ledger, "rare").states[-1]
        assert (last.version, last.clean_count, last.decision) == ("workspace", count, decision)


@pytest.mark.parametrize("revision", ["v1.0.0", "v1.2.0"])
@pytest.mark.parametrize("path", [tables.FILTERED_TAGS, tables.CLEAN_LABELS], ids=str)
def test_what_dvc_lock_does_not_record_is_no_fact_of_it(
    revision: str, path: Path, ledger: Ledger, right: dict[str, TagHistory]
) -> None:
    """Another version's table under the name of an object, and in the work tree."""
    file = ledger.object(path.as_posix(), revision)
    data, other = file.read_bytes(), ledger.object(path.as_posix(), "v1.1.0").read_bytes()
    for one in (file, ledger.root / path):
        one.unlink()
        one.write_bytes(other)
    assert [one.version.name for one in ask(ledger, "rare").missing] == [revision]
    assert kept(ledger)
    file.write_bytes(data)
    assert ask(ledger, "rare") == right["rare"]


def test_a_workspace_whose_data_the_cache_lacks_is_read_if_it_is_the_recorded(
    ledger: Ledger,
) -> None:
    """As after `dvc repro --no-commit`."""
    ledger.build(state(THIRD | {8: ["rare"]}))
    repository = Repository.find(ledger.root)
    version = find_version(repository, WORKSPACE)
    for path in (tables.FILTERED_TAGS, tables.CLEAN_LABELS):
        locate(repository, version, path.as_posix()).unlink()
    table = ledger.root / tables.FILTERED_TAGS
    data = table.read_bytes()
    table.unlink()
    table.write_bytes(ledger.object(tables.FILTERED_TAGS.as_posix(), "v1.0.0").read_bytes())
    last = ask(ledger, "rare").states[-1]
    assert (last.version, last.clean_count, last.decision) == ("workspace", 3, None)
    table.write_bytes(data)
    assert ask(ledger, "rare").states[-1].decision == "kept"


# Files that cannot be used


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.write_bytes(file.read_bytes().replace(b"kept", b"lost")),
        lambda file: file.write_bytes(b"PK" + bytes(300)),
        lambda file: file.unlink(),
    ],
    ids=["empty", "cut", "changed", "else", "gone"],
)
def test_a_damaged_file_is_made_again(
    damage: Callable[[Path], object], ledger: Ledger, right: dict[str, TagHistory]
) -> None:
    ask(ledger, "cat")
    file = ledger.root / FILE
    data = file.read_bytes()
    damage(file)
    assert ask(ledger, "rare") == right["rare"]
    assert file.read_bytes() == data


def test_so_is_one_of_another_format(ledger: Ledger, right: dict[str, TagHistory]) -> None:
    ask(ledger, "cat")
    of_kinds = kept(ledger)
    wrong = {name: {key: {} for key in of_kind} for name, of_kind in of_kinds.items()}
    array_file.write(ledger.root / FILE, {"format": FORMAT + 1, "facts": wrong}, {})
    assert ask(ledger, "rare") == right["rare"]
    assert kept(ledger) == of_kinds


ODD: list[Any] = [None, True, 5, 0.5, "text", [], [1], {}, {"tag": 5}, {"rare": "1"}, {"rare": 0.5}]


@pytest.fixture(scope="module")
def asked(told: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, dict[str, Any]]:
    """A repository whose facts a test may exchange, and the facts that were kept."""
    root = tmp_path_factory.mktemp("asked") / "repo"
    shutil.copytree(told, root, symlinks=True)
    ask(Ledger.at(root), "cat")
    return Ledger.at(root), kept(Ledger.at(root))


@pytest.mark.parametrize("story", STORIES, indirect=True)
@pytest.mark.parametrize(
    # Of all kinds at once, and with --long of each alone.
    "alone",
    [False, pytest.param(True, marks=pytest.mark.long)],
    ids=["all", "alone"],
)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_is_no_fact_is_found_out(
    odd: Any, alone: bool, asked: tuple[Ledger, dict[str, Any]], right: dict[str, TagHistory]
) -> None:
    """The checksum is no signature: what stands in the file may be anybody's."""
    ledger, of_kinds = asked
    tag = next(reversed(right))

    def asked_with(facts: Any) -> TagHistory:
        array_file.write(ledger.root / FILE, {"format": FORMAT, "facts": facts}, {})
        return ask(ledger, tag)

    for names in [[name] for name in of_kinds] if alone else [[*of_kinds]]:
        wrong = {
            name: dict.fromkeys(of_kinds[name], odd) for name in names if not KINDS[name].fits(odd)
        }
        if wrong:
            assert asked_with(of_kinds | wrong) == right[tag]
            assert kept(ledger) == of_kinds
        assert asked_with(dict.fromkeys(names, odd)) == right[tag]
    assert asked_with(odd) == right[tag]


def test_columns_of_other_names_or_lengths_are_no_changes_of_tags() -> None:
    kind = KINDS["tag_changes"]
    columns: dict[str, list[Any]] = {name: ["x"] for name in ("tag", "to", "act", "by", "event")}
    assert kind.fits(columns)
    assert not kind.fits(columns | {"more": ["x"]})
    assert not kind.fits(columns | {"to": []})
    assert not kind.fits(columns | {"to": [None]})
    assert not kind.fits(dict(reversed(columns.items())))


def test_a_fact_that_does_not_fit_is_used_and_not_kept(ledger: Ledger) -> None:
    odd: Any = {5: b"bytes"}
    with open_facts(Repository.find(ledger.root)) as known:
        assert known.of(NUMBERS, "a", lambda: odd) == odd
    assert not (ledger.root / FILE).exists()


def test_a_folder_at_its_path_is_worked_around(
    ledger: Ledger, right: dict[str, TagHistory]
) -> None:
    (ledger.root / FILE).mkdir(parents=True)
    assert ask(ledger, "rare") == right["rare"]


# Limits


def test_too_many_are_not_kept(
    ledger: Ledger, right: dict[str, TagHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "MOST_BYTES", 100)
    assert ask(ledger, "rare") == right["rare"]
    assert not (ledger.root / FILE).exists()


@pytest.mark.parametrize(("name", "most"), [("MOST_TABLES", 3), ("MOST_BYTES", 70)])
def test_what_nobody_asks_for_is_dropped_in_the_end(
    name: str, most: int, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, name, most)

    def asked(*keys: str) -> set[str]:
        with open_facts(Repository.find(ledger.root)) as known:
            for key in keys:
                known.of(NUMBERS, key, lambda: {"a long name": 5})
        return set(kept(ledger)["numbers"])

    assert asked("a") == {"a"}
    assert asked("b") == {"a", "b"}
    assert asked("b", "c") == ({"a", "b", "c"} if name == "MOST_TABLES" else {"b", "c"})
    assert asked("c", "d") == {"c", "d"}


# Where nothing can be written, and several at once


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_read(
    ledger: Ledger, right: dict[str, TagHistory]
) -> None:
    ledger.root.chmod(0o500)
    try:
        assert ask(ledger, "rare") == right["rare"]
    finally:
        ledger.root.chmod(0o700)


@pytest.mark.parametrize("way", ["file", "link", "lock", "facts"])
def test_what_is_in_the_way_is_not_written_through(
    way: str, ledger: Ledger, right: dict[str, TagHistory], tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    victim = elsewhere / "victim"
    victim.write_text("victim")
    if way == "file":
        (ledger.root / ".tagledger").write_text("in the way")
    elif way == "link":
        (ledger.root / ".tagledger").symlink_to(elsewhere)
    else:
        (ledger.root / FOLDER).mkdir(parents=True)
        (ledger.root / FILE).with_suffix(f".{way}").symlink_to(victim)
    assert ask(ledger, "rare") == right["rare"]
    assert ask(ledger, "cat") == right["cat"]
    assert [path.name for path in elsewhere.iterdir()] == ["victim"]
    assert victim.read_text() == "victim"


def test_two_at_once_keep_what_both_found_out(ledger: Ledger) -> None:
    repository = Repository.find(ledger.root)
    with open_facts(repository) as one, open_facts(repository) as other:
        one.of(NUMBERS, "a", lambda: {"x": 1})
        one.of(KINDS["rows"], "a", lambda: 1)
        other.of(NUMBERS, "b", lambda: {"y": 2})
    assert kept(ledger) == {"numbers": {"a": {"x": 1}, "b": {"y": 2}}, "rows": {"a": 1}}


def test_processes_at_once_do_not_harm_them(ledger: Ledger) -> None:
    code = (
        "import sys; from tagledger.versions import Repository\n"
        "from tagledger.history.facts import Kind, by_name, open_facts\n"
        "kind, name = Kind('numbers', by_name(int)), sys.argv[1]\n"
        "sys.stdin.readline()\n"
        "for number in range(20):\n"
        "    with open_facts(Repository.find()) as facts:\n"
        "        facts.of(kind, f'{name} {number}', lambda: {'x': number})\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, name], cwd=ledger.root, stdin=subprocess.PIPE, text=True
        )
        for name in "abc"
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    wanted = {f"{name} {number}": {"x": number} for name in "abc" for number in range(20)}
    assert kept(ledger)["numbers"] == wanted
    assert not list((ledger.root / FOLDER).glob(".*.part"))


# Facts and the index


def test_ids_of_another_kind_are_left_out_with_and_without_facts(ledger: Ledger) -> None:
    ask(ledger, "cat")
    tags_of = {f"item-{item}": tags for item, tags in THIRD.items()}
    ledger.release(state(tags_of), "v2.0.0", "text")
    for _ in range(2):
        found = ask(ledger, "cat")
        assert [one.version for one in found.states] == ["v2.0.0"]
        assert [one.version.name for one in found.missing] == ["v1.0.0", "v1.1.0", "v1.2.0"]
        assert "id_type: string" in found.missing[0].problem.hint


def test_labels_that_the_index_lost_are_counted_and_not_compared(
    ledger: Ledger, right: dict[str, TagHistory]
) -> None:
    ask(ledger, "cat")
    lose_indexes(ledger)
    array_file.write(
        ledger.root / FILE, {"format": FORMAT, "facts": kept(ledger) | {"exchanges": {}}}, {}
    )
    ledger.object(tables.CLEAN_LABELS.as_posix(), "v1.1.0").unlink()
    found = ask(ledger, "hound")
    assert [one.clean_count for one in found.states] == [
        one.clean_count for one in right["hound"].states
    ]
    assert {one.version.name for one in found.missing} == {"v1.1.0", "v1.2.0"}
    assert not any(one.renames for one in found.states)
