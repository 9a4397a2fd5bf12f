"""People follow the versions of one source: those of others are left out, and said to be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tagledger import versions
from tagledger.compare.compare import Comparison, compare
from tagledger.compare.in_words import alarm, keeping_splits
from tagledger.compare.verdict import judge
from tagledger.dataset import compare_datasets, open_dataset
from tagledger.errors import TagledgerError
from tagledger.history.blame import blame
from tagledger.history.tag_history import history
from tagledger.params import FilterParams, SplitParams
from tagledger.release.check import check_workspace, measure_gates
from tagledger.release.last_release import last_release
from tagledger.release.texts import first_summary, tag_message
from tagledger.release.version_list import overview
from tagledger.render import history as rendered
from tagledger.render.comparison_json import comparison_document
from tagledger.render.comparison_markdown import comparison_markdown
from tagledger.render.comparison_text import print_comparison
from tagledger.render.release import print_check
from tagledger.versions import Repository, find_version, lock_source, read_listing
from tagledger.versions.lock_source import source_of
from tests.dashboard.ledger import Ledger, State
from tests.sides import version
from tests.unit.test_lineage import Sandbox

DOCS = Path(__file__).parents[2] / "docs"

# The source that a lock names

LOCK = """\
schema: '2.0'
stages:
  fetch:
    cmd: tagledger stage fetch
    deps:
    - path: data/sources.yaml
      hash: md5
      md5: 6ab7b837c9880f02e18ab7b3314993dc
      size: 11463
    params:
      params.yaml:
        {params}
      tagledger.lock:
        stages.fetch: sha256:1e55
    outs:
    - path: data/raw
      hash: md5
      md5: e208ffd8db938a5ca14ecc96dc9ae781.dir
      size: 754737
      nfiles: 3
  filter:
    cmd: tagledger stage filter
    params:
      params.yaml:
        fetch:
          source: of-another-stage
"""
SECTION = "fetch:\n          snapshot: '1'\n          source: {name}\n          more: x"


def lock_of(name: str, form: str = SECTION) -> bytes:
    return LOCK.format(params=form.format(name=name)).encode()


@pytest.mark.parametrize("form", [SECTION, "fetch.source: {name}\n        fetch.snapshot: '1'"])
@pytest.mark.parametrize("name", ["tickets", "made-with_ml.2", "A1"])
def test_a_lock_as_dvc_writes_it_is_not_parsed(
    form: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_source, "load_yaml", None)
    source_of.cache_clear()
    assert source_of(lock_of(name, form)) == name


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
@example("null")
@example("Yes")
@example("2024")
@example("1e5")
@example("a: b")
@example("- a")
@example("ticket's")
@example("a" * 60 + " " + "b" * 60)
def test_any_name_is_read_as_it_was_written(name: str) -> None:
    params = {"params.yaml": {"fetch": {"snapshot": "1", "source": name}}}
    document = {"schema": "2.0", "stages": {"fetch": {"cmd": "x", "params": params, "outs": []}}}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    assert source_of(text.encode()) == name


@pytest.mark.parametrize(
    ("lock", "expected"),
    [
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"schema: '2.0'\nstages:\n  make:\n    cmd: make\n", None, id="no stage"),
        pytest.param(b"stages: {fetch: {cmd: x}}", None, id="a stage without parameters"),
        pytest.param(b"stages: [fetch: 1]", None, id="no stages"),
        pytest.param(b"{", None, id="no YAML"),
        pytest.param(b"fetch: \xff", None, id="no text"),
        pytest.param(lock_of("2024"), "2024", id="a number"),
        pytest.param(lock_of("null"), None, id="null"),
        pytest.param(lock_of("true"), "true", id="a word that YAML takes for yes"),
        pytest.param(lock_of("[a]"), None, id="a list"),
        pytest.param(lock_of('""'), None, id="an empty text"),
        pytest.param(lock_of("'a b'"), "a b", id="quoted"),
        pytest.param(lock_of("ä"), "ä", id="a letter beyond ASCII"),
        pytest.param(lock_of("a").replace(b"\n", b"\r\n"), "a", id="line ends of Windows"),
        pytest.param(
            b'{"stages": {"fetch": {"params": {"params.yaml": {"fetch.source": "a"}}}}}',
            "a",
            id="JSON",
        ),
        pytest.param(
            lock_of(
                "a", "fetch:\n          nested:\n            source: b\n          source: {name}"
            ),
            "a",
            id="a key of the same name deeper down",
        ),
        pytest.param(
            lock_of("a\n            b"), "a b", id="a name on two lines, as one of spaces may be"
        ),
        pytest.param(
            lock_of("a\n          b", "fetch.source: {name}"), "a b", id="the same by itself"
        ),
    ],
)
def test_a_lock_names_its_source_or_none(lock: bytes, expected: str | None) -> None:
    assert source_of(lock) == expected


# The line of history


class Sources(Sandbox):
    """A repository in which `take("b", "x")` commits data "x" of the source b."""

    def write(self, data: str, cmd: str = "make") -> None:
        super().write(data)
        if cmd != "make":
            stage = f"  fetch:\n    cmd: fetch\n    params:\n      params.yaml:\n        {cmd}\n"
            with (self.root / "dvc.lock").open("a") as file:
                file.write(stage)

    def take(self, source: str, data: str, tag: str | None = None) -> str:
        return self.commit(data, tag, cmd=f"fetch.source: {source}")


@pytest.fixture
def box(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "repo")


def listing(box: Sources) -> versions.Listing:
    return versions.read_listing(Repository.find(box.root))


def own(box: Sources) -> list[str]:
    return [one.name for one in listing(box).own]


def test_a_lineage_begins_with_the_first_version_of_its_source(box: Sources) -> None:
    box.take("sample", "a", "v1.0.0")
    box.take("sample", "b", "v2.0.0")
    box.take("tickets", "c", "v3.0.0")
    box.take("tickets", "d")
    found = listing(box)
    assert [one.source for one in found.versions] == ["tickets", "sample", "sample", "tickets"]
    assert [one.subject for one in found.own] == ["data c", "data d"]
    line = "The source tickets begins with v3.0.0; 2 versions of the source sample came before"
    assert found.followed.line() == line
    assert box.steps() == [("data c", ()), ("data d", (0,))]


def test_one_source_is_followed_over_another_between(box: Sources) -> None:
    for source, data in (("shop", "a"), ("shop", "b"), ("forum", "c"), ("shop", "d")):
        box.take(source, data)
    assert box.steps() == [("data a", ()), ("data b", (0,)), ("data d", (1,))]
    assert listing(box).followed.line().endswith("1 version of the source forum is left out")
    assert versions.lineage(Repository.find(box.root)).current == 2


def test_a_merge_of_another_source_keeps_the_parents_of_the_own(box: Sources) -> None:
    box.take("shop", "a")
    box.git("switch", "--quiet", "--create", "side")
    box.take("forum", "x")
    box.take("shop", "b")
    box.git("switch", "--quiet", "main")
    box.take("shop", "c")
    box.git("merge", "--quiet", "--no-commit", "--strategy", "ours", "side")
    box.take("shop", "d")
    assert box.steps() == [
        ("data a", ()),
        ("data b", (0,)),
        ("data c", (0,)),
        ("data d", (2, 1)),
    ] or box.steps() == [("data a", ()), ("data c", (0,)), ("data b", (0,)), ("data d", (1, 2))]


def test_several_other_sources_are_named(box: Sources) -> None:
    for source, data in (("a", "1"), ("b", "2"), ("b", "3"), ("mine", "4")):
        box.take(source, data)
    found = listing(box).followed
    assert found.left_out == {"a": 1, "b": 2}
    assert found.line().endswith("3 versions of the sources a and b came before")
    assert found.document()["left_out"] == [
        {"source": "a", "versions": 1},
        {"source": "b", "versions": 2},
    ]


def test_what_is_built_and_not_committed_begins_a_lineage(box: Sources) -> None:
    box.take("sample", "a", "v1.0.0")
    box.write("b", "fetch.source: tickets")
    assert own(box) == ["workspace"]
    assert listing(box).followed.line().startswith("The source tickets begins with the work tree;")
    assert box.steps() == [("workspace", ())]


def test_without_a_lock_in_the_work_tree_that_of_head_counts(box: Sources) -> None:
    box.take("sample", "a", "v1.0.0")
    box.take("tickets", "b", "v2.0.0")
    (box.root / "dvc.lock").unlink()
    assert own(box) == ["v2.0.0"]
    assert [subject for subject, _ in box.steps()] == ["data b"]


def test_an_older_commit_that_is_checked_out_shows_its_own_source(box: Sources) -> None:
    first = box.take("sample", "a", "v1.0.0")
    box.take("tickets", "b", "v2.0.0")
    box.git("switch", "--quiet", "--detach", first)
    assert own(box) == ["v1.0.0"]
    assert listing(box).followed.line().endswith("1 version of the source tickets is left out")


def test_a_version_that_names_no_source_belongs_to_each(box: Sources) -> None:
    box.commit("a", "v1.0.0")
    box.take("sample", "b", "v2.0.0")
    assert own(box) == ["v2.0.0", "v1.0.0"]
    assert listing(box).followed.line() == ""
    box.commit("c")
    assert len(own(box)) == 3  # what is followed is not known


def test_the_same_data_under_a_new_name_takes_its_version_along(box: Sources) -> None:
    box.take("tikets", "a", "v1.0.0")
    box.take("tickets", "a")
    box.take("tickets", "b", "v2.0.0")
    assert own(box) == ["v2.0.0", "v1.0.0"]
    assert [name for name, _ in box.steps()] == ["data a", "data b"]
    assert find_version(Repository.find(box.root), "v1.0.0").source == "tickets"


def test_a_build_that_stopped_after_fetch_has_the_source_of_its_data(box: Sources) -> None:
    def write(source: str, fetched: str, read: str) -> None:
        box.write("a", f"fetch.source: {source}")
        entry = "    - path: data/raw\n      hash: md5\n      md5: {}.dir\n"
        lock = box.root / "dvc.lock"
        # Raw files are no part of the data of a pipeline that makes tables of items.
        lock.write_text(lock.read_text().replace("data.txt", "data/clean/items.parquet"))
        with lock.open("a") as file:
            file.write("    outs:\n" + entry.format(fetched * 32) + "      size: 1\n")
            file.write("  clean:\n    deps:\n" + entry.format(read * 32) + "      size: 1\n")

    write("sample", "1", "1")
    box.git("add", "--all")
    box.git("commit", "--quiet", "-m", "data")
    assert listing(box).followed.source == "sample"
    write("tickets", "2", "1")
    assert source_of((box.root / "dvc.lock").read_bytes()) is None
    assert listing(box).followed.source == "sample"
    assert [one.source for one in listing(box).versions] == ["sample"]
    assert find_version(Repository.find(box.root), "workspace").source == "sample"
    write("tickets", "2", "2")
    assert listing(box).followed.source == "tickets"


# A fork: two releases of the sample, then tickets of one's own

KNOWN = ("cat", "dog", "login", "invoice")


def state(source: str, tags_of: Mapping[Any, Sequence[str]], text: str, **more: Any) -> State:
    rows = [
        {
            "id": item,
            "created_on": f"2024-01-{1 + number % 28:02}",
            "title": f"{text} {item}",
            "description": f"{text}{number} " * 4,
            "tags": list(tags),
        }
        for number, (item, tags) in enumerate(tags_of.items())
    ]
    return State(
        rows,
        [{"tag": tag, "aliases": [], "parents": []} for tag in KNOWN],
        filter=FilterParams(min_tag_count=1),
        source=source,
        **more,
    )


SAMPLE = {item: ["cat"] if item % 2 else ["dog"] for item in range(1, 21)}
TICKETS = {item: ["login"] if item % 3 else ["invoice"] for item in range(1, 16)}


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = Ledger(tmp_path_factory.mktemp("forked") / "repo")
    ledger.release(state("sample", dict(list(SAMPLE.items())[:16]), "amber"), "v1.0.0", "sample 1")
    ledger.release(state("sample", SAMPLE, "amber"), "v2.0.0", "sample 2")
    ledger.build(state("tickets", dict(list(TICKETS.items())[:9]), "birch"))
    ledger.commit("tickets 1")
    ledger.build(state("tickets", TICKETS, "birch", gates={"max_labels_changed": 0.1}))
    ledger.commit("tickets 2")
    return ledger.root


@pytest.fixture
def fork(forked: Path, tmp_path: Path) -> Ledger:
    shutil.copytree(forked, tmp_path / "repo", symlinks=True)
    return Ledger.at(tmp_path / "repo")


def repo(ledger: Ledger) -> Repository:
    return Repository.find(ledger.root)


def validated(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(orjson.dumps(found))
    jsonschema.validate(document, json.loads((DOCS / f"{name}.schema.json").read_text()))
    return document


def test_the_list_has_one_source_and_says_what_is_left_out(
    fork: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = overview(repo(fork))
    document = validated("versions", rendered.versions_json(found))
    assert [row["source"] for row in document["versions"]] == ["tickets", "tickets"]
    first = document["versions"][1]["name"]
    assert document["lineage"] == {
        "source": "tickets",
        "begins": first,
        "left_out": [{"source": "sample", "versions": 2}],
    }
    rendered.print_versions(found)
    out = " ".join(capsys.readouterr().out.split())
    assert f"The source tickets begins with {first}; 2 versions of the source sample" in out
    assert "`tagledger versions --all` lists all." in out
    assert "v1.0.0" not in out


def test_all_are_listed_with_their_sources(
    fork: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    found = overview(repo(fork), every_source=True)
    document = validated("versions", rendered.versions_json(found))
    assert [row["source"] for row in document["versions"]] == ["sample"] * 2 + ["tickets"] * 2
    rendered.print_versions(found)
    out = capsys.readouterr().out
    assert "  source " in out.splitlines()[0]
    assert "--all" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_repository_of_one_source_shows_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(tmp_path / "repo")
    ledger.release(state("sample", SAMPLE, "amber"), "v1.0.0", "first")
    found = overview(repo(ledger), every_source=True)
    rendered.print_versions(found)
    out = capsys.readouterr().out
    assert "source" not in out
    assert "sample" not in out


# Labels and tags


def test_blame_follows_the_own_source(fork: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    open_all(fork)
    found = blame(repo(fork), 3)
    # The sample has an item of this id, too, and its label is none of this item.
    assert [one.tag for one in found.labels] == ["invoice"]
    assert found.labels[0].brought.subject == "tickets 1"
    assert found.labels[0].brought.cause is None
    document = validated("blame", rendered.blame_json(found))
    assert document["lineage"]["begins"] == found.labels[0].brought.version
    rendered.print_blame(found)
    out = " ".join(capsys.readouterr().out.split())
    assert "in the first version of the source tickets" in out
    assert "2 versions of the source sample came before." in out


def open_all(ledger: Ledger) -> None:
    """Let the index of labels have the tables of all sources, as an older program's may."""
    from tagledger.history.indexing import open_index

    every = versions.list_versions(repo(ledger))
    for content in ("filtered", "clean", "items"):
        open_index(repo(ledger), every, content)  # type: ignore[arg-type]


@pytest.mark.parametrize("indexed", [False, True])
def test_an_item_of_another_source_is_none_of_this_one(fork: Ledger, indexed: bool) -> None:
    if indexed:
        open_all(fork)
    with pytest.raises(TagledgerError, match="no version of the source tickets has an item 18"):
        blame(repo(fork), 18)


def test_the_other_source_can_be_asked_for(fork: Ledger) -> None:
    found = blame(repo(fork), 18, source="sample")
    assert [one.brought.version for one in found.labels] == ["v2.0.0"]
    assert found.version == "v2.0.0"
    assert found.followed.left_out == {"tickets": 2}


def test_a_tag_has_the_history_of_its_source(
    fork: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    open_all(fork)
    found = history(repo(fork), "login")
    assert [one.subject for one in found.states] == ["tickets 1", "tickets 2"]
    assert validated("history", rendered.history_json(found))["lineage"]["source"] == "tickets"
    rendered.print_history(found)
    assert "came before." in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("indexed", [False, True])
def test_a_tag_of_another_source_is_unknown(fork: Ledger, indexed: bool) -> None:
    if indexed:
        open_all(fork)
    with pytest.raises(TagledgerError, match="no version of the source tickets has a label") as no:
        history(repo(fork), "cat")
    assert no.value.hint == "known: invoice, login"


# Checking and releasing


def test_the_first_release_of_a_source_is_compared_with_none(
    fork: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    assert last_release(read_listing(repo(fork))) is None
    checked = check_workspace(repo(fork), None)
    assert checked.state == "not compared"
    assert checked.first_of == "tickets"
    print_check(checked)
    out = " ".join(capsys.readouterr().out.split())
    assert "not compared, as there is no release of the source tickets yet" in out


def test_the_last_release_is_that_of_the_same_source(fork: Ledger) -> None:
    fork.git("tag", "-a", "v2.1.0", "HEAD~1", "-m", "the first tickets")
    fork.git("tag", "-a", "v3.0.0", "v1.0.0^{}", "-m", "the sample again")
    found = last_release(read_listing(repo(fork)))
    assert found is not None
    assert found.name == "v2.1.0"
    assert check_workspace(repo(fork), found).first_of is None


def test_a_first_release_says_so_for_its_source(fork: Ledger) -> None:
    lines = first_summary(repo(fork), "tickets")
    assert lines[0] == ("release", "the first release of the source tickets")
    assert "the first release of the source tickets" in tag_message("x", None, lines)
    assert [what for what, _ in first_summary(repo(fork), None)] == ["items", "labels", "tags"]


# Comparing


def test_versions_of_two_sources_that_share_ids_are_not_comparable(fork: Ledger) -> None:
    before, after = (open_dataset(name, repo(fork)) for name in ("v2.0.0", "workspace"))
    found = compare_datasets(before, after)
    assert found.sources == ("sample", "tickets")
    assert found.items.kept == 15
    verdict = judge(found)
    assert verdict.word == "not comparable"
    assert "15 of the 15 items with the same id differ in text" in verdict.line()
    assert [gate for gate in measure_gates(after, found) if gate.broken] == []
    assert any(not gate.compared for gate in measure_gates(after, found))


def compared(sources: tuple[str | None, str | None], text: str = "Other") -> Comparison:
    rows = [{"id": n, "title": f"Title {n}", "tags": ["a" if n % 2 else "b"]} for n in range(40)]
    others = [row | {"title": f"{text} {row['id']}"} for row in rows]
    sides = [
        version(made, name, split=SplitParams(ratios={"train": 0.5, "test": 0.5}, seed=seed)).side(
            "filtered"
        )
        for made, name, seed in ((rows, "v1", 0), (others, "v2", 5))
    ]
    return replace(compare(*sides, permutations=1), sources=sources)


@pytest.mark.parametrize(
    ("sources", "text", "comparable"),
    [
        pytest.param(("a", "b"), "Other", False, id="other items under the same ids"),
        pytest.param(("a", "b"), "Title", True, id="the same items from another source"),
        pytest.param(("a", "a"), "Other", True, id="one source with new texts"),
        pytest.param((None, "b"), "Other", True, id="a source that is not known"),
    ],
)
def test_ids_of_two_sources_count_if_the_texts_are_the_same(
    sources: tuple[str | None, str | None], text: str, comparable: bool
) -> None:
    found = compared(sources, text)
    assert found.train_to_test > 0
    assert (alarm(found) is not None) is comparable
    assert (keeping_splits(found) is not None) is comparable
    assert (judge(found).word != "not comparable") is comparable


def test_two_sources_are_said_to_be_at_the_top(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(("sample", "tickets"))
    print_comparison(found)
    out = capsys.readouterr().out
    assert "ALARM" not in out
    assert out.splitlines()[1:3] == [
        "Two sources: v1 is of sample, v2 of tickets.",
        "The two sources share ids, not items: what counts kept items says nothing here.",
    ]
    block = comparison_markdown(found).split("\n\n")[1]
    assert block.startswith("Two sources: <code>v1</code> is of <code>sample</code>,")
    document = comparison_document(found)
    assert document["sources"] == {"a": "sample", "b": "tickets"}
    print_comparison(compared(("sample", "sample")))
    assert "Two sources" not in capsys.readouterr().out
