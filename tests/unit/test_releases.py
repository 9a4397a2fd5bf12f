"""The names in data/releases.yaml: how they are written, and what they mean in every clone."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import RELEASES, Record, Repository, find_version, list_versions
from tagledger.versions.releases import name_problem, read_records, with_record
from tests.unit.test_versions import Sandbox, md5_of

A, B = "0123456789abcdef0123456789abcdef", "11111111111111111111111111111111"
WHERE = Path("releases.yaml")
TWO = f"""\
# Ours.
- name: v1.0.0 # the first
  data: {A}
  date: 2024-01-31
  summary: The first.

- name: v1.1.0
  data: {B}
  date: 2024-02-29
  summary: >-
    More
    items.
"""
NEW = Record("v1.2.0", A, dt.date(2024, 3, 1), 'Tags: "b", # and ü')


def parts(text: bytes) -> list[tuple[str, str, str, str]]:
    return [(r.name, r.data, r.date.isoformat(), r.summary) for r in read_records(text, WHERE)]


# The file


def test_records_are_read_in_their_order_with_their_lines() -> None:
    assert parts(TWO.encode()) == [
        ("v1.0.0", A, "2024-01-31", "The first."),
        ("v1.1.0", B, "2024-02-29", "More items."),
    ]
    assert [record.line for record in read_records(TWO.encode(), WHERE)] == [2, 7]


@pytest.mark.parametrize("text", ["", "# none yet\n", "[]\n", "---\n", "null\n"])
def test_there_may_be_none(text: str) -> None:
    assert read_records(text.encode(), WHERE) == ()


def test_what_looks_like_a_number_is_a_text() -> None:
    ((name, data, _, summary),) = parts(
        f"- {{name: 1.10, data: {B}, date: 2024-01-31, summary: 5}}".encode()
    )
    assert (name, data, summary) == ("1.10", B, "5")


def changed(old: str, new: str) -> str:
    assert TWO.count(old) == 1
    return TWO.replace(old, new)


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        (f"<<<<<<< HEAD\n{TWO}=======\n{TWO}>>>>>>> other\n", "a merge stopped half-way", 1),
        (f"{TWO}=======\r\n", "a merge stopped half-way", 13),
        ("- name: [\n", "this is not YAML", 2),
        (f"releases:\n{TWO}", "no list of releases", 1),
        ("v1.0.0\n", "no list of releases", 1),
        (f"{TWO}- v1.2.0\n", "no record of a release", 13),
        (changed("  date: 2024-01-31\n", ""), "a record has no date", 2),
        (changed("summary: The", "sumary: The"), "no part called 'sumary'", 5),
        (changed("summary: The first.", "summary: ''"), "the summary is empty", 5),
        (changed("summary: The first.", "summary:"), "summary is not a text", 5),
        (changed("name: v1.1.0", "name: [v1.1.0]"), "name is not a text", 7),
        (changed(B, B[1:]), "is no data id", 8),
        (changed(A, A.upper()), "is no data id", 3),
        (changed("2024-02-29", "2023-02-29"), "no day of the calendar", 9),
        (changed("2024-02-29", "29.2.2024"), "no day of the calendar", 9),
        (changed("  data: 1", "  name: x\n  data: 1"), "is given twice", 8),
        (changed("name: v1.1.0", "name: --force"), "cannot be the name of a release", 7),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, what: str, line: int) -> None:
    with pytest.raises(TagledgerError, match=what) as caught:
        read_records(text.encode(), WHERE)
    assert f"line {line}" in str(caught.value.where).replace(f"lines {line}", f"line {line}")
    assert caught.value.hint


def test_a_file_that_is_no_text_is_told() -> None:
    with pytest.raises(TagledgerError, match="not YAML"):
        read_records(b"- name: \xff", WHERE)


@pytest.mark.parametrize("data", [A, B])
def test_a_name_is_recorded_once(data: str) -> None:
    text = changed("name: v1.1.0", "name: v1.0.0").replace(B, data)
    means = "the same data" if data == A else "two data ids"
    with pytest.raises(TagledgerError, match=f"v1.0.0 is recorded twice, with {means}") as caught:
        read_records(text.encode(), WHERE)
    assert caught.value.where == "releases.yaml, lines 2 and 7"


def test_two_names_may_mean_the_same_data() -> None:
    assert len(parts(TWO.replace(B, A).encode())) == 2


NAMES = {
    "v1.0.0": True,
    "2024-06": True,
    "catalogue_of_June": True,
    "Größe": True,
    "a.b-c+d": True,
    "": False,
    "-v1": False,
    ".v1": False,
    "v1.": False,
    "v1.lock": False,
    "a..b": False,
    "a@{1}": False,
    "a b": False,
    "a~1": False,
    "a^": False,
    "a:b": False,
    "a?": False,
    "a*": False,
    "a[b": False,
    "a\\b": False,
    "a\tb": False,
    "a\u202eb": False,
    "../up": False,
    "a/b": False,
    "HEAD": False,
    "FETCH_HEAD": False,
    "@": False,
    "workspace": False,
    "a" * 40: False,
}


@pytest.mark.parametrize(("name", "is_one"), NAMES.items())
def test_names_are_what_git_takes_for_a_tag_and_nothing_else(name: str, is_one: bool) -> None:
    assert (name_problem(name) is None) == is_one
    if is_one:
        git = ["git", "check-ref-format", f"refs/tags/{name}"]
        assert subprocess.run(git, check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        TWO,
        TWO.removesuffix("\n"),
        TWO + "# the end\n",
        "".join(f"  {line}" for line in TWO.splitlines(keepends=True)),
        TWO.replace("\n", "\r\n"),
        "",
        "# Ours.\n",
        "# Ours.\n[]\n",
        "---\n# Ours.\n",
    ],
)
def test_a_record_goes_to_the_end_and_what_was_there_stays(text: str) -> None:
    made = with_record(text.encode(), NEW, WHERE)
    assert made.startswith(text.encode().replace(b"[]\n", b""))
    assert parts(made) == [
        *parts(text.encode()),
        (NEW.name, NEW.data, NEW.date.isoformat(), NEW.summary),
    ]
    again = with_record(made, Record("v2.0.0", B, NEW.date, "x " * 200 + "y"), WHERE)
    assert again.startswith(made)
    assert max(map(len, again.decode().splitlines())) <= 100


def test_a_list_in_one_line_is_left_to_people() -> None:
    text = f"[{{name: v1.0.0, data: {A}, date: 2024-01-31, summary: x}}]\n".encode()
    with pytest.raises(TagledgerError, match="no record can be added"):
        with_record(text, NEW, WHERE)


def test_a_name_is_not_recorded_a_second_time() -> None:
    with pytest.raises(TagledgerError, match="no record can be added"):
        with_record(TWO.encode(), Record("v1.0.0", B, NEW.date, "x"), WHERE)


# What a name means


def name(box: Sandbox, release: str, data: str, summary: str = "x") -> None:
    """Record a name for data of the sandbox, which need not be there."""
    file = box.root / RELEASES
    file.parent.mkdir(exist_ok=True)
    old = file.read_bytes() if file.exists() else b""
    record = Record(release, data_id(data), dt.date(2024, 1, 1), summary)
    file.write_bytes(with_record(old, record, file))


def data_id(data: str) -> str:
    outs = frozenset({("data/labels.txt", md5_of(data.encode()))})
    return versions.version.id_of(outs)


@pytest.fixture
def box(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path / "repo")


@pytest.fixture
def named(box: Sandbox) -> Sandbox:
    """Three versions, named by a later commit, and no tag."""
    for data in ("one", "two", "three"):
        box.record(data)
    for release, data in (("v1.0.0", "one"), ("v1.1.0", "two"), ("v1.2.0", "three")):
        name(box, release, data)
    box.commit("names")
    return box


def clone(box: Sandbox, *options: str) -> Repository:
    root = box.root.parent / "clone"
    box.git("clone", "--quiet", *options, f"file://{box.root}", str(root))
    return Repository.find(root)


def test_names_are_in_a_clone_without_tags(named: Sandbox) -> None:
    repo = clone(named)
    listed = list_versions(repo)
    assert [(one.name, one.kind, one.subject) for one in listed] == [
        ("v1.2.0", "release", "data: three"),
        ("v1.1.0", "release", "data: two"),
        ("v1.0.0", "release", "data: one"),
    ]
    for version in listed:
        found = find_version(repo, version.name)
        assert found == version
        assert found.data_id == data_id(str(found.subject).removeprefix("data: "))
        assert find_version(repo, str(version.commit)).name == version.name
    assert versions.release_names(repo) == ["v1.2.0", "v1.1.0", "v1.0.0"]
    assert versions.lost_releases(repo) == {}
    steps = versions.lineage(repo).steps
    assert [step.version.name for step in steps] == ["v1.0.0", "v1.1.0", "v1.2.0"]


def test_a_name_means_the_oldest_commit_with_its_record_and_its_data(box: Sandbox) -> None:
    box.record("one")
    box.lock("two")
    brought = box.commit("two")
    box.lock("two", report="better")
    name(box, "v1.0.0", "one")
    name(box, "v1.1.0", "two")
    both = box.commit("release")
    box.lock("two", report="better still")
    box.commit("a later one")
    version = find_version(box.repo, "v1.1.0")
    assert (version.commit, version.revision) == (brought, both)
    assert versions.text_at(box.repo, version, "reports/metrics.json") == "better"
    assert version.outputs["reports/metrics.json"].md5 == md5_of(b"better")
    # No commit has the first's data and its record: it is the one that brought the data.
    first = find_version(box.repo, "v1.0.0")
    assert first.subject == "data: one"
    assert first.revision == first.commit


def test_a_name_that_went_to_other_data_means_what_is_on_record_today(named: Sandbox) -> None:
    text = (named.root / RELEASES).read_text()
    named.write({RELEASES: text.replace(data_id("three"), data_id("two"))})
    named.commit("v1.2.0 is two after all")
    found = find_version(named.repo, "v1.2.0")
    assert (found.name, found.subject) == ("v1.2.0", "data: two")
    assert find_version(named.repo, "v1.1.0").data_id == found.data_id


def test_a_tag_that_agrees_changes_nothing(named: Sandbox) -> None:
    before = list_versions(named.repo)
    named.git("tag", "-a", "v1.1.0", "-m", "x", "HEAD~2")
    named.git("tag", "v1.0.0", "HEAD~3")
    assert list_versions(named.repo) == before
    assert find_version(named.repo, "v1.1.0") == before[1]


def test_a_record_counts_before_a_branch_of_its_name(named: Sandbox) -> None:
    named.git("branch", "v1.0.0", "HEAD")
    assert find_version(named.repo, "v1.0.0").subject == "data: one"


def test_a_tag_and_a_record_may_name_one_version_differently(named: Sandbox) -> None:
    named.git("tag", "-a", "v1.0.1", "-m", "x", "HEAD~3")
    version = find_version(named.repo, "v1.0.1")
    assert (version.name, version.names[:2]) == ("v1.0.1", ("v1.0.0", "v1.0.1"))


@pytest.mark.parametrize("kind", ["annotated", "lightweight"])
def test_a_tag_that_disagrees_is_an_error_wherever_versions_are_read(
    named: Sandbox, kind: str
) -> None:
    named.git("tag", *(["-a", "-m", "x"] if kind == "annotated" else []), "v1.1.0", "HEAD")
    lock = (named.root / "dvc.lock").read_bytes()
    for read in (
        lambda: list_versions(named.repo),
        lambda: find_version(named.repo, "v1.1.0"),
        lambda: find_version(named.repo, "HEAD"),
        lambda: find_version(named.repo, "workspace"),
        lambda: find_version(named.repo, "nonsense"),
        lambda: versions.lineage(named.repo),
        lambda: versions.version_of_lock(named.repo, lock, "x"),
    ):
        with pytest.raises(TagledgerError, match=r"the tag v1\.1\.0 and the record v") as caught:
            read()
        assert caught.value.where == "data/releases.yaml, line 5"
        assert data_id("two") in caught.value.what
        assert data_id("three") in caught.value.what
    assert "`git tag --delete v1.1.0`" in caught.value.hint
    named.git("tag", "--delete", "v1.1.0")
    assert find_version(named.repo, "v1.1.0").subject == "data: two"


def test_a_tag_of_code_alone_does_not_disagree(named: Sandbox) -> None:
    root = named.git("rev-list", "--max-parents=0", "HEAD")
    named.git("checkout", "--quiet", "--orphan", "code")
    named.git("rm", "--quiet", "--cached", "dvc.lock")
    named.git("commit", "--quiet", "-m", "code")
    named.git("tag", "-a", "v1.0.0", "-m", "code")
    named.git("checkout", "--quiet", "--force", "main")
    assert find_version(named.repo, "v1.0.0").commit == root


def test_a_file_that_cannot_be_read_is_an_error_wherever_versions_are_read(
    named: Sandbox,
) -> None:
    named.write({RELEASES: "<<<<<<< ours\n"})
    for read in (
        lambda: list_versions(named.repo),
        lambda: find_version(named.repo, "HEAD"),
        lambda: versions.release_names(named.repo),
        lambda: versions.lineage(named.repo),
    ):
        with pytest.raises(TagledgerError, match="merge stopped half-way") as caught:
            read()
        assert caught.value.where == f"{named.root / RELEASES}, line 1"


def test_a_file_of_the_past_that_cannot_be_read_hides_nothing(box: Sandbox) -> None:
    box.write({RELEASES: "<<<<<<< ours\n"})
    box.record("one")
    (box.root / RELEASES).unlink()
    name(box, "v1.0.0", "one")
    mended = box.commit("mended")
    assert find_version(box.repo, "v1.0.0").revision == mended


# Data out of reach


def test_a_shallow_clone_says_what_it_lacks_and_how_to_get_it(named: Sandbox) -> None:
    repo = clone(named, "--depth=1")
    assert [version.name for version in list_versions(repo)] == ["v1.2.0"]
    assert list(versions.lost_releases(repo)) == ["v1.0.0", "v1.1.0"]
    assert versions.release_names(repo) == ["v1.2.0", "v1.1.0", "v1.0.0"]
    with pytest.raises(TagledgerError, match="no commit here has the data of") as caught:
        find_version(repo, "v1.0.0")
    assert caught.value.where == "data/releases.yaml, line 1"
    assert caught.value.hint.startswith("`git fetch --unshallow --tags` ")
    subprocess.run(["git", "fetch", "--quiet", "--unshallow", "--tags"], cwd=repo.top, check=True)
    assert find_version(repo, "v1.0.0").subject == "data: one"


def test_data_that_no_commit_has_is_an_error_for_its_name_alone(named: Sandbox) -> None:
    name(named, "v9.0.0", "never committed")
    assert [one.name for one in list_versions(named.repo)] == ["v1.2.0", "v1.1.0", "v1.0.0"]
    assert list(versions.lost_releases(named.repo)) == ["v9.0.0"]
    with pytest.raises(TagledgerError, match=f"v9.0.0: {data_id('never committed')}") as caught:
        find_version(named.repo, "v9.0.0")
    assert "take the record out" in caught.value.hint
    # The work tree alone may have it: a commit makes it a version.
    named.lock("never committed")
    assert list(versions.lost_releases(named.repo)) == ["v9.0.0"]
    sha = named.commit("now it is")
    assert find_version(named.repo, "v9.0.0").revision == sha


def test_data_on_a_branch_that_is_not_merged_is_out_of_reach(named: Sandbox) -> None:
    named.git("checkout", "--quiet", "-b", "side")
    side = named.record("side")
    named.git("checkout", "--quiet", "main")
    name(named, "v1.3.0", "side")
    assert list(versions.lost_releases(named.repo)) == ["v1.3.0"]
    # Asked for by the branch it is found, and is still none of the releases of this line.
    assert find_version(named.repo, "side").commit == side
    named.git("tag", "-a", "v1.3.0", "-m", "x", "side")
    assert find_version(named.repo, "v1.3.0").revision == side


def test_data_that_a_merge_left_behind_keeps_its_name(named: Sandbox) -> None:
    named.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    side = named.record("side")
    named.git("checkout", "--quiet", "main")
    named.git("merge", "--quiet", "--strategy=ours", "-m", "ours", "side")
    name(named, "v1.3.0", "side")
    named.commit("a name for what was left behind")
    assert find_version(named.repo, "v1.3.0").revision == side
    assert list_versions(named.repo)[0].name == "v1.3.0"


def test_data_that_came_back_is_named_by_its_release(box: Sandbox) -> None:
    for release, data in (("v1.0.0", "one"), ("v1.1.0", "two"), ("v1.2.0", "one")):
        name(box, release, data)
        box.record(data)
    steps = versions.lineage(box.repo).steps
    assert [step.version.name for step in steps] == ["v1.0.0", "v1.1.0", "v1.2.0"]
    assert list_versions(box.repo)[0].names[:2] == ("v1.0.0", "v1.2.0")


def test_git_is_called_a_few_times_however_many_names(
    named: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    run = subprocess.run

    def counted(*words: object, **options: object) -> object:
        calls.append(words)
        return run(*words, **options)

    repo = named.repo
    monkeypatch.setattr("tagledger.versions.git.subprocess.run", counted)
    list_versions(repo)
    assert len(calls) <= 8


# Recording


def test_a_rule_that_hides_the_records_is_named(box: Sandbox) -> None:
    versions.refuse_ignored(box.repo, RELEASES)
    box.write({".gitignore": "/data\n"})
    with pytest.raises(TagledgerError, match="git ignores data/releases") as caught:
        versions.refuse_ignored(box.repo, RELEASES)
    assert "`git check-ignore -v data/releases.yaml`" in caught.value.hint
    assert box.git("check-ignore", "-v", RELEASES).startswith(".gitignore:1:/data")


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("params.yaml.bak", False),
        ("._params.yaml", False),
        (".~lock.mine.csv#", False),
        (".idea/workspace.xml", False),
        ("data/.vscode/settings.json", False),
        ("data/deep er/x.csv~", False),
        (".params.yaml.swp", False),
        (".DS_Store", False),
        ("notes.txt", True),
        ("bak", True),
    ],
)
def test_backups_that_git_does_not_know_are_no_change(
    box: Sandbox, file: str, counts: bool
) -> None:
    box.write({".gitignore": ".dvc/cache\n"})
    box.record("one")
    box.write({file: "x"})
    assert versions.dirty_files(box.repo) == [file] * counts
    box.git("add", "--force", file)
    # What somebody gave to git is meant.
    assert versions.dirty_files(box.repo) == [file]


def test_a_folder_in_the_place_of_the_record_is_refused(box: Sandbox) -> None:
    box.record("one")
    (box.root / RELEASES).mkdir(parents=True)
    with pytest.raises(TagledgerError, match="is a directory"):
        versions.list_versions(box.repo)
