"""`tagledger add` brings next month's file, or changes nothing; `tagledger sources` lists them."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result

from tagledger import params
from tagledger.adding import placing, writing
from tagledger.adding.known import read_known
from tagledger.cli import app
from tagledger.errors import TagledgerError
from tagledger.params import FetchParams, SplitParams
from tagledger.splitting import base
from tagledger.versions import Repository, dirty_files, list_versions
from tests import warm
from tests.once import made_once
from tests.pipeline.conftest import REPOSITORY
from tests.pipeline.in_process import make_and_record
from tests.pipeline.test_init import build, separated

SCHEMA = json.loads((REPOSITORY / "docs/sources.schema.json").read_text())


def tagledger(*words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=answer, prog_name="tagledger")


def ok(*words: str) -> str:
    done = tagledger(*words)
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    return done.output


def refused(*words: str, match: str) -> None:
    done = tagledger(*words)
    assert match in f"{done.output}{done.exception}"
    assert done.exit_code != 0


def run(folder: Path, *words: str) -> str:
    env = warm.environment(os.environ) if words[0] == "dvc" else os.environ
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(root: Path, message: str) -> None:
    run(root, "git", "add", "--all")
    run(root, "git", "commit", "--quiet", "--message", message)


@pytest.fixture(scope="session")
def one_month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a repository of one's own that is built, and the files of two months."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "tickets-2026-01.csv").write_text(separated(",", "|", 50))
        (folder / "tickets-2026-02.csv").write_text(separated(",", "|", 60))
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(sys, "executable", warm.python())
            ok("init", "mine", "--from", "tickets-2026-01.csv", "--yes", "--snapshot", "2026-01")
        make_and_record(folder / "mine")  # test_init lets DVC build such a repository
        commit(folder / "mine", "Build")

    return made_once(tmp_path_factory, "one-month", make)


@pytest.fixture
def mine(one_month: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository, for this test alone; commands are run in it."""
    shutil.copytree(one_month, tmp_path / "here", symlinks=True)
    root = tmp_path / "here/mine"
    monkeypatch.chdir(root)
    monkeypatch.setattr(sys, "executable", warm.python())  # of the DVC that commands run
    return root


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository without data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", warm.python())
    (tmp_path / "tickets.csv").write_text(separated(",", "|", 50))
    ok("init", "mine")
    monkeypatch.chdir(tmp_path / "mine")
    return tmp_path / "mine"


def everything(root: Path) -> dict[str, bytes]:
    """The files of the work tree, and what git's index has."""
    found = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts[:1]
        if ".dvc" not in path.relative_to(root).parts[:1]
    }
    return found | {"index": run(root, "git", "ls-files", "--stage").encode()}


def chosen(root: Path) -> tuple[str, str]:
    found = params.load(FetchParams, root / "params.yaml")
    return found.source, found.snapshot


def entry(root: Path, source: str, snapshot: str) -> dict[str, Any]:
    document = yaml.safe_load((root / "data/sources.yaml").read_text())
    found: dict[str, Any] = document["sources"][source]["snapshots"][snapshot]
    return found


# Next month's file.


def test_next_months_file_has_the_name_of_the_reading_and_keeps_the_split(mine: Path) -> None:
    before = {name: (mine / name).read_text() for name in ("params.yaml", "data/sources.yaml")}
    (first,) = list_versions(Repository.find(mine))
    said = ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02")
    assert chosen(mine) == ("tickets", "2026-02")
    assert entry(mine, "tickets", "2026-02").keys() == {"location", "files"}
    copy = mine / "data/files/tickets/2026-02/tickets.csv"
    assert copy.read_bytes() == Path("../tickets-2026-02.csv").read_bytes()
    assert base.frozen_name(mine / base.FOLDER) == first.name
    assert params.load(SplitParams, mine / "params.yaml").base == first.name
    for name, text in before.items():
        rest = iter((mine / name).read_text().splitlines())
        changed = ("snapshot: ", "base: ")
        kept = [one for one in text.splitlines() if not one.lstrip().startswith(changed)]
        assert all(line in rest for line in kept)
    assert "Next: dvc repro\nthen: git add --all && git commit -m 'Add tickets 2026-02'" in said
    build(mine)
    commit(mine, "Add tickets 2026-02")
    assert dirty_files(Repository.find(mine)) == []


def test_the_same_file_again_changes_nothing(mine: Path) -> None:
    before = everything(mine)
    said = ok("add", "../tickets-2026-01.csv")
    assert "snapshot 2026-01 of tickets already" in said
    assert everything(mine) == before


def test_two_files_of_a_day_have_two_names(mine: Path) -> None:
    ok("add", "../tickets-2026-02.csv")
    _, first = chosen(mine)
    Path("../tickets-2026-03.csv").write_text(separated(",", "|", 70))
    ok("add", "../tickets-2026-03.csv")
    assert chosen(mine)[1] == f"{first}.2"


def test_a_build_that_is_in_no_commit_comes_first(mine: Path) -> None:
    lock = mine / "dvc.lock"
    lock.write_text(lock.read_text() + "# more\n")
    before = everything(mine)
    refused("add", "../tickets-2026-02.csv", match="in no commit")
    assert everything(mine) == before


def test_a_base_of_ones_own_stays(mine: Path) -> None:
    text = (mine / "params.yaml").read_text()
    (mine / "params.yaml").write_text(text.replace("base: null", "base: own.csv"))
    said = ok("add", "../tickets-2026-02.csv")
    assert "own.csv" in said
    assert params.load(SplitParams, mine / "params.yaml").base == "own.csv"


def test_a_base_that_is_frozen_already_stays(mine: Path) -> None:
    (first,) = list_versions(Repository.find(mine))
    ok("freeze", first.name)
    before = everything(mine)
    said = ok("add", "../tickets-2026-02.csv")
    assert "already" in said
    changed = {name for name, data in everything(mine).items() if before.get(name) != data}
    assert {name.partition("/")[2] for name in changed if name.startswith("data/base")} == set()


@pytest.mark.long
def test_twelve_months_are_twelve_versions_without_an_alarm(mine: Path) -> None:
    for month in range(2, 13):
        Path("../next.csv").write_text(separated(",", "|", 40 + 10 * month))
        ok("add", "../next.csv", "--snapshot", f"2026-{month:02}")
        run(mine, "dvc", "repro")
        commit(mine, f"Add tickets 2026-{month:02}")
        assert "broken" not in ok("check")
    versions = [one for one in list_versions(Repository.find(mine)) if one.kind == "commit"]
    assert len(versions) == 12
    assert run(mine, "git", "status", "--porcelain") == ""


# Nothing is half done.


def test_a_name_that_is_taken_or_none_is_refused(mine: Path) -> None:
    before = everything(mine)
    refused("add", "../tickets-2026-02.csv", "--snapshot", "2026-01", match="already")
    refused("add", "../tickets-2026-02.csv", "--snapshot", "a/b", match="folder")
    refused("add", "../tickets-2026-02.csv", "--source", "..", match="folder")
    refused("add", "../tickets-2026-02.csv", "--source", "Tickets", match="case")
    refused("add", "../none.csv", match="no such file")
    assert everything(mine) == before


@pytest.mark.parametrize("error", [OSError("full"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["_write_entry", "_choose", "freeze_version", "load_catalogue"])
def test_what_fails_or_is_interrupted_leaves_everything_as_it_was(
    mine: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    before, real = everything(mine), getattr(writing, step)

    def broken(*arguments: Any, **named: Any) -> Any:
        real(*arguments, **named)
        raise error

    monkeypatch.setattr(writing, step, broken)
    assert tagledger("add", "../tickets-2026-02.csv").exit_code != 0
    assert everything(mine) == before


def test_a_large_base_that_fails_leaves_what_git_tracks(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = list_versions(Repository.find(mine))
    ok("freeze", first.name)
    commit(mine, "Freeze")
    text = (mine / "params.yaml").read_text()
    (mine / "params.yaml").write_text(text.replace(f"base: {first.name}", "base: null"))
    before = everything(mine)
    monkeypatch.setattr("tagledger.release.freeze.GIT_LIMIT", 10)
    monkeypatch.setattr(writing, "load_catalogue", lambda *_, **__: 1 / 0)
    assert tagledger("add", "../tickets-2026-02.csv").exit_code != 0
    assert everything(mine) == before


def test_a_file_that_git_ignores_is_refused(mine: Path) -> None:
    with (mine / ".gitignore").open("a") as file:
        file.write("*.csv\n")
    before = everything(mine)
    refused("add", "../tickets-2026-02.csv", match="ignores")
    assert everything(mine) == before


# What DVC keeps, and what lies elsewhere.


def test_dvc_keeps_a_large_file(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "GIT_LIMIT", 100)
    said = ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02")
    path = "data/files/tickets/2026-02/tickets.csv"
    assert f"{path} is kept by DVC" in said
    assert (mine / f"{path}.dvc").is_file()
    run(mine, "git", "add", "--all")
    tracked = run(mine, "git", "ls-files", "data/files/tickets/2026-02").split()
    assert f"{path}.dvc" in tracked
    assert path not in tracked
    assert "DVC" in ok("sources")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """The address of a file in the folder `web`."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    (tmp_path / "web").mkdir()
    handler = partial(Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield lambda name: f"http://127.0.0.1:{server.server_address[1]}/{name}"
        server.shutdown()


def test_a_file_at_an_address_is_recorded(
    mine: Path, tmp_path: Path, served: Callable[[str], str]
) -> None:
    shutil.copy("../tickets-2026-02.csv", tmp_path / "web/tickets 2.csv")
    ok("add", served("tickets%202.csv"), "--snapshot", "2026-02")
    found = entry(mine, "tickets", "2026-02")
    assert found["location"] == served("").rstrip("/")
    assert list(found["files"]) == ["tickets 2.csv"]
    assert found["reading"]["items"]["file"] == "tickets 2.csv"
    assert not (mine / "data/files/tickets/2026-02").exists()
    assert "URL" in ok("sources")
    build(mine, "clean")


@pytest.mark.parametrize("name", ["none.csv", "a.csv?x=1", "", "a%2Fb.csv"])
def test_an_address_without_a_file_is_refused(
    mine: Path, served: Callable[[str], str], name: str
) -> None:
    before = everything(mine)
    assert tagledger("add", served(name)).exit_code != 0
    assert everything(mine) == before


# Readings.


def test_a_file_of_another_form_has_a_reading_of_its_own(mine: Path) -> None:
    Path("../tickets-2026-02.csv").write_text(separated(";", "|", 60))
    before = everything(mine)
    said = ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02", "--yes")
    assert "does not read it" in said
    assert entry(mine, "tickets", "2026-02")["reading"]["items"]["file"] == "tickets-2026-02.csv"
    assert before["data/sources.yaml"] in everything(mine)["data/sources.yaml"]
    build(mine, "clean")


def test_a_reading_of_its_own_holds_for_the_next_month(mine: Path) -> None:
    Path("../tickets-2026-02.csv").write_text(separated(";", "|", 60))
    Path("../tickets-2026-03.csv").write_text(separated(";", "|", 70))
    ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02", "--yes")
    said = ok("add", "../tickets-2026-03.csv", "--snapshot", "2026-03")
    assert "does not read it" not in said
    assert (
        entry(mine, "tickets", "2026-03")["reading"] == entry(mine, "tickets", "2026-02")["reading"]
    )


def test_a_file_of_another_dataset_is_not_taken_into_a_source(mine: Path) -> None:
    Path("../birds.csv").write_text("number,song\n1,a\n2,b\n")
    before = everything(mine)
    done = tagledger("add", "../birds.csv", "--yes")
    assert isinstance(done.exception, TagledgerError)
    assert "`tagledger add ../birds.csv --source birds`" in done.exception.hint
    assert everything(mine) == before


def test_a_new_source_stands_beside_the_first_and_has_no_split_to_keep(mine: Path) -> None:
    (first,) = list_versions(Repository.find(mine))
    ok("freeze", first.name)
    ok("add", "../tickets-2026-02.csv", "--source", "others", "--snapshot", "1", "--yes")
    assert chosen(mine) == ("others", "1")
    assert params.load(SplitParams, mine / "params.yaml").base is None
    assert read_known(mine).names == ["tickets", "others"]
    assert list(entry(mine, "others", "1")["files"]) == ["tickets.csv"]
    build(mine)


def test_the_first_file_of_a_repository_that_waits(waiting: Path) -> None:
    assert "no source yet" in ok("sources")
    found = json.loads(ok("sources", "--json"))
    jsonschema.validate(found, SCHEMA)
    ok("add", "../tickets.csv", "--yes")
    source, snapshot = chosen(waiting)
    assert source == "tickets"
    assert list(entry(waiting, source, snapshot)["files"]) == ["tickets.csv"]
    build(waiting)


def test_items_and_labels_are_told_apart_by_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def month(name: str, number: int) -> list[str]:
        items = "".join(f"{one},Text number {one} of {name}\n" for one in range(number))
        tags = "".join(f"{one},{'ab'[one % 2]}\n" for one in range(number))
        (tmp_path / f"items{name}.csv").write_text(f"id,text\n{items}")
        (tmp_path / f"labels{name}.csv").write_text(f"id,tag\n{tags}")
        return [str(tmp_path / f"{kind}{name}.csv") for kind in ("labels", "items")]

    labels, items = month("", 40)
    ok("init", "mine", "--from", items, "--from", labels, "--yes", "--source", "texts")
    monkeypatch.chdir(tmp_path / "mine")
    ok("add", *month("-2026-02", 50), "--snapshot", "2")
    files = entry(tmp_path / "mine", "texts", "2")["files"]
    assert files["items.csv"]["bytes"] == (tmp_path / "items-2026-02.csv").stat().st_size
    refused("add", month("-3", 60)[0], "--snapshot", "3", match="no file is given")


# The list.


def test_sources_are_listed_for_people_and_for_machines(mine: Path) -> None:
    ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02")
    lines = ok("sources").splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["tickets", "2026-01"], ["*", "2026-02"]]
    assert max(map(len, lines)) <= 80
    found = json.loads(ok("sources", "--json"))
    jsonschema.validate(found, SCHEMA)
    assert found["chosen"] == {"source": "tickets", "snapshot": "2026-02"}
    rows = found["sources"][0]["snapshots"]
    assert [(one["name"], one["chosen"], one["where"]) for one in rows] == [
        ("2026-01", False, "git"),
        ("2026-02", True, "git"),
    ]
    size = Path("../tickets-2026-02.csv").stat().st_size
    assert rows[1]["bytes"] == size


def test_the_sources_of_this_repository_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)
    found = json.loads(ok("sources", "--json"))
    jsonschema.validate(found, SCHEMA)
    assert [one["name"] for one in found["sources"]][:2] == ["sample", "madewithml"]
    assert {one["where"] for one in found["sources"][1]["snapshots"]} == {"url"}


class _KilledError(BaseException):
    """Stands for a kill: nothing is taken back after it."""


@pytest.mark.parametrize(
    ("when", "step"),
    [
        *(("before", one) for one in ("_keep_split", "freeze_version", "_choose", "_write_entry")),
        *(("after", one) for one in ("freeze_version", "_choose")),
    ],
)
def test_what_a_kill_cuts_short_is_done_by_another_run(
    mine: Path, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    def killed(*words: Any, **named: Any) -> None:
        if when == "after":
            whole(*words, **named)
        raise _KilledError

    whole = getattr(writing, step)
    with monkeypatch.context() as patch:
        patch.setattr(writing, step, killed)
        patch.setattr(writing, "_taken_back", lambda *_: contextlib.nullcontext())
        with pytest.raises(_KilledError):
            tagledger("add", "../tickets-2026-02.csv", "--snapshot", "2026-02")
    ok("add", "../tickets-2026-02.csv", "--snapshot", "2026-02")
    assert chosen(mine) == ("tickets", "2026-02")
    assert params.load(SplitParams, mine / params.PARAMS).base == base.frozen_name(
        mine / base.FOLDER
    )
    assert base.frozen_name(mine / base.FOLDER) is not None
    assert entry(mine, "tickets", "2026-02")["location"] == "data/files/tickets/2026-02"


def test_a_folder_with_more_than_the_files_is_no_leftover(mine: Path) -> None:
    folder = mine / "data/files/tickets/2026-02"
    folder.mkdir()
    shutil.copy(mine.parent / "tickets-2026-02.csv", folder / "tickets.csv")
    (folder / "of-mine.txt").write_text("mine\n")
    before = everything(mine)
    refused("add", "../tickets-2026-02.csv", "--snapshot", "2026-02", match="such a folder already")
    assert everything(mine) == before


def test_what_another_process_adds_meanwhile_is_not_overlooked(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(repository: Repository, *_: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(writing, "refuse_uncommitted", lambda *_: None)
            ok("add", "../tickets-2026-02.csv", "--snapshot", "theirs")

    monkeypatch.setattr(writing, "refuse_uncommitted", meanwhile)
    words = ("add", "../tickets-2026-02.csv", "--snapshot", "ours")
    refused(*words, match="another process has added")
    assert chosen(mine) == ("tickets", "theirs")


def test_the_way_back_from_a_build_that_is_staged_works(mine: Path) -> None:
    lock = mine / "dvc.lock"
    lock.write_text(f"{lock.read_text()}# another build\n")
    run(mine, "git", "add", "dvc.lock")
    done = tagledger("add", "../tickets-2026-02.csv")
    assert isinstance(done.exception, TagledgerError)
    way = done.exception.hint.rpartition("build, `")[2].rstrip("`")
    run(mine, "sh", "-c", way)
    ok("add", "../tickets-2026-02.csv")


def test_a_driver_that_needs_more_than_an_address_is_said(mine: Path) -> None:
    done = tagledger("add", "ftp://example.org/x.csv")
    assert isinstance(done.exception, TagledgerError), done.exception


def test_a_version_whose_lock_is_none_says_what_shows_it(mine: Path) -> None:
    lock = mine / "tagledger.lock"
    lock.write_text(lock.read_text().replace("tagledger: ", "tagledger: ../", 1))
    commit(mine, "A lock that nobody wrote")
    lock.write_text(run(mine, "git", "show", "HEAD~1:tagledger.lock"))
    commit(mine, "And back")
    done = tagledger("rebuild", "HEAD~1", "--yes")
    assert done.exit_code != 0
    assert "it names no release" in " ".join(done.output.split())
    assert "git checkout" not in done.output
