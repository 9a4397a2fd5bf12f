"""Two at once: one waits or says so, and a reader sees what was there or what is there now."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tagledger.history.indexing import FOLDER
from tagledger.history.label_index import read_index
from tests.hostile.reading import read_all
from tests.pipeline.conftest import Project
from tests.pipeline.test_hostile import DASHBOARD

TAGLEDGER = (sys.executable, "-m", "tagledger")


@contextmanager
def started(project: Project, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A program in the project, which is ended with the block if it still runs."""
    process = subprocess.Popen(
        command,
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a shell that DVC has started goes as well
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, path
        time.sleep(0.05)


def hold(project: Project, stage: str, *, after: bool) -> None:
    """Let a stage wait, before its work or after, until there is a file called `go`."""
    file = project.root / "dvc.yaml"
    pipeline = yaml.safe_load(file.read_text())
    entry = pipeline["stages"][stage]
    waiting = "touch waits; while [ ! -e go ]; do sleep 0.1; done"
    entry["cmd"] = f"{entry['cmd']}; {waiting}" if after else f"{waiting}; {entry['cmd']}"
    file.write_text(yaml.safe_dump(pipeline, sort_keys=False))


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(False, id="outputs-gone"),
        pytest.param(True, id="outputs-new", marks=pytest.mark.long),
    ],
)
def test_in_the_middle_of_a_build_readers_end_well_and_a_second_build_says_so(
    built: Project, after: bool
) -> None:
    before = json.loads(built.answer("versions", "--json"))["versions"]
    built.set(filter__min_tag_count=45)
    hold(built, "filter", after=after)
    with started(built, "dvc", "repro") as first:
        wait_for(built.root / "waits", first)
        during = read_all(built.root)
        # What is committed is read as ever.
        for words in ("blame 2", "history pytorch"):
            assert during[words].code == 0, during[words]
        listed = json.loads(during["versions --json"].out)["versions"]
        assert listed[0]["items"] == before[0]["items"]
        assert during["check"].code == 2
        compared = during["compare HEAD workspace"]
        assert compared.code == 2 or compared.err.startswith("warning: "), compared
        dashboard = built.run(sys.executable, "-c", DASHBOARD)
        assert dashboard.returncode == 0, dashboard.stderr
        second = built.run("dvc", "repro")
        assert second.returncode != 0
        assert "lock" in second.stderr or "busy" in second.stderr, second.stderr
        (built.root / "go").touch()
        out, _ = first.communicate(timeout=300)
        assert first.returncode == 0, out
    checked = built.tagledger("check")
    assert checked.returncode in {0, 1}, checked
    assert "up to date" in built.ok("dvc", "status")
    assert not list(built.root.glob("data/**/*.part"))


def test_a_stage_twice_at_once_writes_one_whole_result(built: Project) -> None:
    built.set(filter__min_tag_count=45)
    stage = (sys.executable, "-m", "tagledger.stages.filter")
    with started(built, *stage) as one, started(built, *stage) as other:
        for process in (one, other):
            out, _ = process.communicate(timeout=300)
            assert process.returncode == 0, out
    twice = {path.name: path.read_bytes() for path in (built.root / "data/filtered").iterdir()}
    assert built.stage("filter").returncode == 0
    once = {path.name: path.read_bytes() for path in (built.root / "data/filtered").iterdir()}
    assert twice == once


def test_indexes_are_written_by_several_at_once(built: Project) -> None:
    alone = built.answer("history", "pytorch", "--json")
    blamed = built.answer("blame", "2", "--json")
    folder = built.root / FOLDER
    facts = (folder / "history.facts").read_bytes()
    for file in (*folder.glob("*.arrays"), *folder.glob("*.facts")):
        file.unlink()
    with (
        started(built, *TAGLEDGER, "history", "pytorch", "--json") as one,
        started(built, *TAGLEDGER, "history", "pytorch", "--json") as other,
        started(built, *TAGLEDGER, "blame", "2", "--json") as third,
    ):
        for process, wanted in ((one, alone), (other, alone), (third, blamed)):
            out, _ = process.communicate(timeout=300)
            assert process.returncode == 0, out
            assert out == wanted
    found = {file.stem: len(read_index(file).tables) for file in folder.glob("*.arrays")}
    assert found.keys() >= {"clean", "filtered"}
    assert set(found.values()) == {1}
    assert (folder / "history.facts").read_bytes() == facts
    assert not list(folder.glob("*.part"))


@pytest.mark.long
def test_two_builds_at_once_leave_one_sound_version(built: Project) -> None:
    built.set(filter__min_tag_count=45)
    with started(built, "dvc", "repro") as one, started(built, "dvc", "repro") as other:
        ended = []
        for process in (one, other):
            out, _ = process.communicate(timeout=500)
            ended.append(process.returncode)
            assert process.returncode == 0 or "lock" in out or "busy" in out, out
    assert 0 in ended
    built.repro()
    assert "up to date" in built.ok("dvc", "status")
    hashes = built.hashes()
    built.repro("--force")
    assert built.hashes() == hashes
    assert read_all(built.root)["check"].code in {0, 1}
