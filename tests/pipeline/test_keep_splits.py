"""The commit after a release, by which the next version keeps its splits; a base that DVC keeps."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tagledger.errors import TagledgerError
from tagledger.params import SplitParams
from tagledger.release import freeze
from tagledger.release.keep import keep_splits
from tagledger.versions import Repository, find_version, staleness
from tagledger.versions.added import read_pointer
from tests.dashboard.ledger import RATIOS, Ledger, State
from tests.pipeline import test_add, test_ledger
from tests.pipeline.conftest import Project, Say, speaker
from tests.pipeline.in_process import make_and_record
from tests.pipeline.test_ledger import RELEASE, Released, everything, head

# Fixtures of that file, under the names that tests ask for them by.
three_built, three = test_ledger.three_built, test_ledger.three
released_once, released = test_ledger.released_once, test_ledger.released
changed = test_ledger.changed
one_month, mine = test_add.one_month, test_add.mine

BASE = "data/base/assignments.parquet"
ASSIGNMENTS = "data/splits/assignments.parquet"
KEPT = "next: keep v1.3.0's splits"
# With each change an error says what to do; at night that is done.
SAID_OR_DONE = pytest.mark.parametrize(
    "goes_on",
    [pytest.param(False, id="said"), pytest.param(True, id="done", marks=pytest.mark.long)],
)


@pytest.fixture
def say(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Say]:
    """Commands in the project that the test asks for."""
    if "mine" in request.fixturenames:  # whose stages run the code of this repository
        with speaker(monkeypatch, capfd) as run:
            yield run
        return
    name = "changed" if "changed" in request.fixturenames else "released"
    with speaker(monkeypatch, capfd, request.getfixturevalue(name)) as run:
        yield run


def data_id(project: Project, name: str) -> str:
    return find_version(Repository.find(project.root), name).data_id


def frozen(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project.root / "data/base").iterdir()}


def subjects(project: Project, *words: str) -> list[str]:
    return project.ok("git", "log", "--format=%s", *words).splitlines()


def assert_clean(project: Project) -> None:
    assert project.ok("git", "status", "--short") == ""
    assert project.ok("dvc", "status").strip() == "Data and pipelines are up to date."


def test_a_release_keeps_its_splits_by_the_commit_after_it(released: Released, say: Say) -> None:
    at, out = released.before, released.said
    before = released.ok("git", "show", f"{at}:params.yaml")
    assert subjects(released, f"{at}..HEAD") == [KEPT, "data: release v1.3.0"]
    assert f"the commit after it, {head(released)[:7]}, freezes" in " ".join(out.split())
    # The release itself has the base of before, so that a rebuild of it proves what the seed makes.
    assert released.ok("git", "rev-parse", "v1.3.0^{commit}", f"{at}^{{commit}}").split() == [
        released.ok("git", "rev-parse", "HEAD~1").strip(),
        at,
    ]
    assert json.loads(released.ok("git", "show", "v1.3.0:data/base/base.json"))["base"] is None
    assert released.ok("git", "show", "v1.3.0:params.yaml") == before
    assert released.ok("git", "ls-tree", "--name-only", "v1.3.0", "data/base/").split() == [
        "data/base/base.json"
    ]
    # The commit after it has the same data, by the base.
    after = before.replace("base: null #", "base: v1.3.0 #")
    assert (released.root / "params.yaml").read_text() == after
    assert released.ok("git", "show", "HEAD:params.yaml") == after
    assert data_id(released, "HEAD") == data_id(released, "v1.3.0")
    held, made = (pd.read_parquet(released.root / path) for path in (BASE, ASSIGNMENTS))
    assert held.to_dict("list") == made[["id", "split"]].to_dict("list")
    lineage = json.loads((released.root / "reports/quality.json").read_text())["split"]["lineage"]
    assert lineage == {"base": "v1.3.0", "kept": len(held), "new": 0, "moved": 0}
    assert_clean(released)
    # It is what people would freeze by hand, and it is no version of its own.
    by_release = frozen(released)
    assert say("freeze", "v1.3.0")[0] == 0
    assert frozen(released) == by_release
    assert_clean(released)
    rows = json.loads(say("versions", "--json")[1])["versions"]
    assert [row["name"] for row in rows] == ["v1.3.0", "v1.2.0", "v1.1.0", "v1.0.0"]
    assert rows[0]["commit"] == released.ok("git", "rev-parse", "HEAD~1").strip()
    assert find_version(Repository.find(released.root), "v1.3.0").revision == rows[0]["commit"]
    # Whatever the next version is, no item of v1.3.0 moves.
    text = (released.root / "params.yaml").read_text()
    (released.root / "params.yaml").write_text(
        text.replace("min_tag_count: 25", "min_tag_count: 8")
    )
    make_and_record(released.root, "filter")
    found = json.loads(say("compare", "v1.3.0", "--json")[1])
    assert found["items"]["entered"] > 0
    assert (found["moved"], found["train_to_test"]) == ([], 0)


# With each change, test_readme rebuilds releases of this repository in a clone without tags, which
# have bases, and the toy has the rebuilds that find a difference.
@pytest.mark.long
def test_a_release_is_proven_by_a_rebuild_without_its_base(released: Project, say: Say) -> None:
    released.ok("git", "tag", "--delete", "v1.3.0")  # as in a clone without tags
    shutil.rmtree(released.root / ".dvc/cache")
    shutil.rmtree(released.root / ".dvc/tmp")
    code, out, err = say("rebuild", "v1.3.0", "HEAD")
    assert code == 0, err
    assert out.count("rebuilt, identical bit for bit") == 2


def test_splits_are_not_kept_when_that_was_not_wanted(mine: Path, say: Say) -> None:
    small = Project(mine)
    at, before = head(small), frozen(small)
    code, out, err = say("release", "v1.0.0", "-m", "The first", "--no-keep-splits")
    assert code == 0, err
    assert subjects(small, f"{at}..HEAD") == ["data: release v1.0.0"]
    assert "freezes" not in out
    assert frozen(small) == before
    assert list(before) == [".gitkeep"]
    assert_clean(small)


ROWS = [
    {"id": n, "created_on": "2024-01-01", "title": f"Item {n} of {n * 7919}", "description": "",
     "tags": ["a", "b"] if n % 3 else ["a"]}
    for n in range(1, 31)
]  # fmt: skip


def ledger_with(root: Path, base: str | None) -> Ledger:
    """A repository with v1.0.0, whose `split.base` is this one."""
    ledger = Ledger(root)
    split = SplitParams(ratios=RATIOS, base=base)
    ledger.release(State(ROWS, [{"tag": "a"}, {"tag": "b"}], split=split), "v1.0.0", "first")
    (root / "data/base").mkdir(parents=True)
    return ledger


def test_the_base_that_is_a_file_of_people_stays(tmp_path: Path) -> None:
    ledger = ledger_with(tmp_path / "repo", "mine.csv")
    at, before = ledger.git("rev-parse", "HEAD"), (ledger.root / "params.yaml").read_text()
    said: list[str] = []

    def build() -> None:
        pytest.fail("the pipeline ran")

    found = keep_splits(Repository.find(ledger.root), "v1.0.0", build=build, progress=said.append)
    assert found is None
    (line,) = said
    assert "split.base stays mine.csv, a file of your own" in line
    assert "tagledger freeze v1.0.0" in line
    assert (ledger.root / "params.yaml").read_text() == before
    assert [*(ledger.root / "data/base").iterdir()] == []
    assert ledger.git("rev-parse", "HEAD") == at


def test_a_base_that_has_no_line_to_be_set_in_is_said_before_anything_is_built(
    tmp_path: Path,
) -> None:
    ledger = ledger_with(tmp_path / "repo", None)
    params = ledger.root / "params.yaml"
    document = yaml.safe_load(params.read_text())
    del document["split"]
    text = f"{yaml.safe_dump(document)}split: {{ ratios: {{ train: 0.6, val: 0.2, test: 0.2 }} }}\n"
    params.write_text(text)
    at = ledger.git("rev-parse", "HEAD")

    def build() -> None:
        pytest.fail("the pipeline ran")

    with pytest.raises(TagledgerError) as caught:
        keep_splits(Repository.find(ledger.root), "v1.0.0", build=build, progress=lambda _: None)
    assert "params.yaml has no line `base:` of its own to set" in caught.value.what
    assert caught.value.hint.endswith("or release with --no-keep-splits, which freezes nothing")
    assert params.read_text() == text
    assert ledger.git("rev-parse", "HEAD") == at


@pytest.mark.long  # what is kept is tested above, without the release
def test_a_base_of_ones_own_stays(changed: Project, say: Say) -> None:
    (changed.root / "mine.csv").write_text("id,split\n1,train\n2,test\n3,val\n")
    assert say("freeze", "mine.csv")[0] == 0
    changed.ok("git", "add", "--all")
    changed.ok("git", "commit", "--quiet", "-m", "our own split")
    at, before = head(changed), frozen(changed)
    code, out, err = say(*RELEASE)
    assert code == 0, err
    assert "split.base stays mine.csv, a file of your own" in err
    assert "tagledger freeze v1.3.0" in err
    assert "freezes" not in out
    assert subjects(changed, f"{at}..HEAD") == ["data: release v1.3.0"]
    assert frozen(changed) == before
    assert_clean(changed)


@pytest.mark.long  # with each change, the README's recipe does, without folds
def test_the_next_release_moves_the_base_on(released: Project, say: Say) -> None:
    text = (released.root / "params.yaml").read_text()
    (released.root / "params.yaml").write_text(text.replace("folds: null", "folds: 3"))
    released.ok("git", "commit", "--quiet", "-am", "three folds")
    code, _, err = say("release", "v1.4.0", "-m", "Folds")
    assert code == 0, err
    assert subjects(released, "-2") == ["next: keep v1.4.0's splits", "data: release v1.4.0"]
    base = json.loads(released.ok("git", "show", "v1.4.0:data/base/base.json"))
    assert base["base"] == "v1.3.0"
    held = pd.read_parquet(released.root / BASE)
    assert held.columns.tolist() == ["id", "split"]
    assert data_id(released, "HEAD") == data_id(released, "v1.4.0")
    assert_clean(released)


@SAID_OR_DONE
def test_after_other_ratios_it_is_said_what_to_do(
    released: Project, say: Say, goes_on: bool
) -> None:
    text = (released.root / "params.yaml").read_text()
    ratios = "{ train: 0.7, val: 0.15, test: 0.15 }"
    assert ratios in text
    text = text.replace(ratios, "{ train: 0.8, val: 0.1, test: 0.1 }")
    (released.root / "params.yaml").write_text(text)
    released.ok("git", "commit", "--quiet", "-am", "more to train with")
    before = everything(released)
    code, _, err = say("release", "v1.4.0", "-m", "Ratios")
    assert code == 2
    assert "split.ratios changed, but the base v1.3.0 was split by" in err
    assert "start a new lineage with `base: null`" in err
    assert everything(released) == before
    if not goes_on:
        return
    (released.root / "params.yaml").write_text(text.replace("base: v1.3.0", "base: null"))
    released.ok("git", "commit", "--quiet", "-am", "a new lineage")
    code, _, err = say("release", "v1.4.0", "-m", "Ratios")
    assert code == 0, err
    assert json.loads(frozen(released)["base.json"])["ratios"]["train"] == 0.8
    assert_clean(released)


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        ("echo '*.parquet' >> .gitignore", "git ignores data/base/assignments.parquet"),
        pytest.param(  # this, too, is tested above without the release
            """sed -i.bak -e '/^split:/,/^$/d' params.yaml
            echo 'split: { ratios: { train: 0.7, val: 0.15, test: 0.15 } }' >> params.yaml""",
            "params.yaml has no line `base:` of its own to set",
            marks=pytest.mark.long,
        ),
    ],
)
@SAID_OR_DONE
def test_splits_that_cannot_be_kept_release_nothing(
    changed: Project, say: Say, prepare: str, said: str, goes_on: bool
) -> None:
    changed.ok("bash", "-c", prepare)
    changed.ok("git", "commit", "--quiet", "-am", "prepare")
    before = everything(changed)
    code, _, err = say(*RELEASE)
    assert code == 2
    assert said in err
    assert "or release with --no-keep-splits" in err
    assert everything(changed) == before
    if goes_on:
        code, _, err = say(*RELEASE, "--no-keep-splits")
        assert code == 0, err


# A base that is too large for git


@pytest.fixture
def small_limit() -> Iterator[pytest.MonkeyPatch]:
    """Any base is too large for git; undone by the test itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freeze, "GIT_LIMIT", 100)
        yield patch


def tracked(project: Project) -> list[str]:
    return project.ok("git", "ls-files", "data/base").split()


BY_DVC = ["data/base/.gitignore", "data/base/assignments.parquet.dvc", "data/base/base.json"]
BY_GIT = ["data/base/assignments.parquet", "data/base/base.json"]


def test_a_large_base_that_was_frozen_is_kept_by_dvc(
    mine: Path, say: Say, small_limit: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small = Project(mine)
    small.ok("git", "tag", "-a", "v1.0.0", "-m", "first")
    assert say("freeze", "v1.0.0")[0] == 0
    small.repro("--quiet")
    small.ok("git", "add", "--all")
    small.ok("git", "commit", "--quiet", "-m", "a base")
    assert tracked(small) == BY_DVC
    assert data_id(small, "HEAD") == data_id(small, "v1.0.0")
    assert_clean(small)
    assert staleness(Repository.find(small.root)).problem is None

    # It goes to the remote, and comes back to a clone that has nothing else.
    small.ok("dvc", "remote", "add", "--quiet", "--local", "--default", "s", str(tmp_path / "s"))
    small.ok("dvc", "push", "--quiet")
    clone = Project(tmp_path / "clone")
    small.ok("git", "clone", "--quiet", str(small.root), str(clone.root))
    shutil.copy(small.root / ".dvc/config.local", clone.root / ".dvc")
    problem = staleness(Repository.find(clone.root)).problem
    assert problem is not None
    assert f"does not have what DVC keeps beside it: {BASE} is missing" in problem.what
    assert problem.hint == f"`dvc pull {BASE}.dvc` brings it here"
    clone.ok("dvc", "fetch", "--quiet", f"{BASE}.dvc")
    problem = staleness(Repository.find(clone.root)).problem
    assert problem is not None
    assert problem.hint == f"`dvc checkout {BASE}.dvc` brings it here"
    clone.ok("bash", "-c", problem.hint.split("`")[1])
    assert (clone.root / BASE).read_bytes() == (small.root / BASE).read_bytes()


@pytest.mark.long  # that of a release; one that was frozen by itself is tested above
def test_a_large_base_is_kept_by_dvc(
    changed: Project, say: Say, small_limit: pytest.MonkeyPatch, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    code, _, err = say(*RELEASE)
    assert code == 0, err
    assert tracked(changed) == BY_DVC
    assert (changed.root / BASE).is_file()
    assert data_id(changed, "HEAD") == data_id(changed, "v1.3.0")
    assert_clean(changed)
    assert staleness(Repository.find(changed.root)).problem is None
    kept = (changed.root / BASE).read_bytes()

    # It goes to the remote, and comes back to a clone that has nothing else.
    remote = ("--local", "--default", "store", str(tmp_path / "store"))
    changed.ok("dvc", "remote", "add", "--quiet", *remote)
    changed.ok("dvc", "push", "--quiet", "--all-tags")
    clone = Project(tmp_path / "clone")
    changed.ok("git", "clone", "--quiet", str(changed.root), str(clone.root))
    shutil.copy(changed.root / ".dvc/config.local", clone.root / ".dvc")
    monkeypatch.chdir(clone.root)
    problem = staleness(Repository.find(clone.root)).problem
    assert problem is not None
    assert f"does not have what DVC keeps beside it: {BASE} is missing" in problem.what
    assert problem.hint == f"`dvc pull {BASE}.dvc` brings it here"
    code, out, err = say("rebuild", "HEAD", "--yes")
    assert code == 0, err
    assert "rebuilt, identical bit for bit" in out
    assert not (clone.root / BASE).exists()
    problem = staleness(Repository.find(clone.root)).problem
    assert problem is not None
    assert problem.hint == f"`dvc checkout {BASE}.dvc` brings it here"
    clone.ok("bash", "-c", problem.hint.split("`")[1])
    assert (clone.root / BASE).read_bytes() == kept
    clone.repro("--quiet")
    assert_clean(clone)


@pytest.mark.long
def test_a_large_base_is_followed_by_a_small_one_and_that_by_a_large_one(
    changed: Project, say: Say, small_limit: pytest.MonkeyPatch
) -> None:
    assert say(*RELEASE)[0] == 0
    kept = (changed.root / BASE).read_bytes()

    # The next version is built on it, here with a base that git keeps again.
    small_limit.undo()
    changed.ok("bash", "-c", "sed -i.bak 's/min_tag_count: 25/min_tag_count: 20/' params.yaml")
    changed.ok("git", "commit", "--quiet", "-am", "tags from 20 items")
    code, _, err = say("release", "v1.4.0", "-m", "Tags from 20 items")
    assert code == 0, err
    assert json.loads(say("compare", "v1.3.0", "v1.4.0", "--json")[1])["train_to_test"] == 0
    assert tracked(changed) == BY_GIT
    assert_clean(changed)
    small = (changed.root / BASE).read_bytes()
    assert small != kept

    # And back, both by git's own commands and by a release.
    for commit, there, content in (("v1.4.0", BY_DVC, kept), ("main", BY_GIT, small)):
        changed.ok("git", "checkout", "--quiet", commit)
        changed.ok("dvc", "checkout", "--quiet")
        assert tracked(changed) == there
        assert (changed.root / BASE).read_bytes() == content
        assert_clean(changed)
    small_limit.setattr(freeze, "GIT_LIMIT", 100)
    changed.ok("bash", "-c", "sed -i.bak 's/min_tag_count: 20/min_tag_count: 18/' params.yaml")
    changed.ok("git", "commit", "--quiet", "-am", "tags from 18 items")
    code, _, err = say("release", "v1.5.0", "-m", "Tags from 18 items")
    assert code == 0, err
    assert tracked(changed) == BY_DVC
    assert_clean(changed)
    assert say("freeze", "v1.4.0")[0] == 0
    assert tracked(changed) == BY_DVC
    small_limit.undo()
    assert say("freeze", "v1.5.0")[0] == 0
    changed.ok("git", "add", "--all")
    assert tracked(changed) == BY_GIT


@pytest.mark.long  # that it is missing is said above, where the clone lacks it
def test_a_large_base_that_nobody_has_is_named(
    changed: Project, say: Say, small_limit: pytest.MonkeyPatch
) -> None:
    assert say(*RELEASE)[0] == 0
    repository = Repository.find(changed.root)
    out = read_pointer(changed.root / f"{BASE}.dvc")
    kept = repository.find_object(out.md5) if out is not None else None
    assert kept is not None
    kept.unlink()
    # The next release needs it; so does a rebuild.
    changed.ok("bash", "-c", "sed -i.bak 's/min_tag_count: 25/min_tag_count: 20/' params.yaml")
    changed.ok("git", "commit", "--quiet", "-am", "tags from 20 items")
    before = everything(changed)
    for words in (("release", "v1.4.0", "-m", "x"), ("rebuild", "HEAD")):
        _, text, err = say(*words)
        said = text + err
        assert f"DVC keeps {BASE}, and neither the cache nor a remote has it" in " ".join(
            said.split()
        )
    assert everything(changed) == before


# What an alarm says to do


@SAID_OR_DONE
def test_an_alarm_ends_with_what_to_do_and_that_works(three: Project, goes_on: bool) -> None:
    params = three.root / "params.yaml"
    params.write_text(params.read_text().replace("max_train_to_test: null", "min_split_items: 1"))
    three.ok("git", "commit", "--quiet", "-am", "the default gates")
    advice = "`tagledger freeze v1.1.0`, then `dvc repro`, keeps its items in their splits"

    def said(*words: str, code: int) -> str:
        done = three.tagledger(*words, COLUMNS="80")
        assert done.returncode == code, done.stderr
        return " ".join((done.stdout + done.stderr).split())

    assert said("check", code=1).endswith(f"next: {advice}")
    assert advice in said("compare", "v1.1.0", code=0)
    if not goes_on:
        return
    three.set(filter__min_tag_count=31)
    three.ok("git", "commit", "--quiet", "-am", "something new")
    three.ok("git", "tag", "-d", "v1.2.0")
    assert advice in said("release", "v2.0.0", "-m", "x", code=1)
    three.ok("bash", "-e", "-c", "\n".join(advice.split("`")[1::2]))
    assert "holds max_train_to_test 0, limit 0" in said("check", code=0)
    assert "ALARM" not in said("compare", "v1.1.0", code=0)
