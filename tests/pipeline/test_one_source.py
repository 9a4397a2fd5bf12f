"""A source of one's own after the sample, with real git and DVC: a lineage and a first release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.pipeline.conftest import Project, Say, speaker
from tests.pipeline.in_process import make, make_and_record

READING = {
    "items": {"file": "tickets.csv", "columns": {"id": "id", "title": "title"}},
    "labels": {"delimited": "labels", "separator": ";"},
}


@pytest.fixture
def say(
    built: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    with speaker(monkeypatch, capfd, built) as run:
        yield run


def bring(project: Project, snapshot: str, rows: int) -> None:
    """Bring a snapshot of tickets, whose ids the sample has, too, and choose it."""
    root = project.root
    folder = Path("data", "files", "tickets", snapshot)
    (root / folder).mkdir(parents=True)
    lines = [f"{n},Ticket of word{n * 7919},{'login' if n % 3 else 'invoice;login'}" for n in
             range(1, rows + 1)]  # fmt: skip
    text = "\n".join(["id,title,labels", *lines, ""])
    (root / folder / "tickets.csv").write_text(text)
    document = yaml.safe_load((root / "data/sources.yaml").read_text())
    tickets = document["sources"].setdefault(
        "tickets",
        {"description": "Tickets", "licence": "none", "reading": READING, "snapshots": {}},
    )
    identity = {"bytes": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    files = {"tickets.csv": identity}
    tickets["snapshots"][snapshot] = {"location": folder.as_posix(), "files": files}
    (root / "data/sources.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    project.set(fetch__source="tickets", fetch__snapshot=snapshot, filter__min_tag_count=2)


def take(project: Project, snapshot: str, rows: int) -> None:
    """Bring a snapshot of tickets, and build it."""
    bring(project, snapshot, rows)
    project.repro("--quiet")


def commit(project: Project, subject: str) -> None:
    project.ok("git", "add", "--all")
    project.ok("git", "commit", "--quiet", "--message", subject)


def listed(say: Say, *words: str) -> list[tuple[str, str]]:
    code, out, err = say("versions", "--json", *words)
    assert code == 0, err
    return [(row["name"], row["source"]) for row in json.loads(out)["versions"]]


def test_a_source_of_ones_own_has_a_lineage_of_its_own(built: Project, say: Say) -> None:
    built.ok("git", "tag", "-a", "v1.0.0", "-m", "the sample")
    bring(built, "2026-01", 60)
    make(built.root, last="fetch")
    built.ok("dvc", "commit", "--force", "--quiet", "fetch")
    # The files are there, and the data is still the sample's.
    assert ("v1.0.0", "sample") in listed(say)
    assert "tickets" not in {source for _, source in listed(say, "--all")}
    make_and_record(built.root, "clean")
    assert listed(say) == [("workspace", "tickets")]
    commit(built, "data: the first tickets")
    code, out, err = say("check")
    assert code == 0, err
    assert "not compared, as there is no release of the source tickets yet" in " ".join(out.split())
    _, out, _ = say("versions")
    assert "1 version of the source sample came before" in " ".join(out.split())
    _, out, _ = say("blame", "1")
    assert "in the first version of the source tickets" in out
    code, out, err = say("compare", "v1.0.0")
    assert code == 0, err
    assert out.splitlines()[1] == "Two sources: v1.0.0 is of sample, workspace of tickets."
    assert "Not comparable: the two sources share ids, not items" in " ".join(out.split())


@pytest.mark.long
def test_the_first_release_of_a_source_follows_no_other(built: Project, say: Say) -> None:
    built.ok("git", "tag", "-a", "v1.0.0", "-m", "the sample")
    take(built, "2026-01", 60)
    commit(built, "data: the first tickets")
    code, _, err = say("release", "v0.1.0", "-m", "Lower than the sample's")
    assert code == 2
    assert "v0.1.0 is out of order: the last release is v1.0.0" in err

    code, out, err = say("release", "v2.0.0", "-m", "Tickets at last")
    assert code == 0, err
    assert "after v1.0.0" not in out
    section = (built.root / "CHANGELOG-DATA.md").read_text().split("\n## ")[1]
    assert section.startswith("v2.0.0")
    assert "- release: the first release of the source tickets" in section
    message = built.ok("git", "cat-file", "tag", "v2.0.0")
    assert "the first release of the source tickets" in message
    assert listed(say) == [("v2.0.0", "tickets")]
    assert listed(say, "--all") == [("v2.0.0", "tickets"), ("v1.0.0", "sample")]

    take(built, "2026-02", 75)
    commit(built, "data: tickets of February")
    code, out, err = say("check")
    assert (code, "compared with v2.0.0" in out) == (0, True), out + err
    code, out, err = say("release", "v2.1.0", "-m", "More tickets")
    assert code == 0, err
    assert "after v2.0.0" in out
    assert "first release" not in (built.root / "CHANGELOG-DATA.md").read_text().split("\n## ")[1]
    _, out, _ = say("history", "login")
    assert "v1.0.0" not in out
