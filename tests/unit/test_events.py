"""Events: their one spelling, their ids, and files that are only ever added to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.errors import TagledgerError
from tagledger.events.canonical import canonical, event_id, taxonomy_hash, text_hash
from tagledger.events.event import MOST_BYTES, Event, EventError, check_name, is_name
from tagledger.events.store import (
    ANNOTATIONS,
    TAXONOMIES,
    digest,
    event_files,
    known_ids,
    read_events,
    read_taxonomy,
    strays,
)
from tagledger.events.writing import Session, keep_taxonomy, utc_now, write_session

AT = "2026-11-25T10:00:00Z"
TAGS = st.lists(
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1).filter(
        str.strip
    ),
    max_size=5,
)


def label(
    item: str = "p-1", by: str = "ann", yes: Sequence[str] = ("cv",), **more: object
) -> Event:
    return replace(
        Event("label", by, AT, item=item, yes=tuple(yes), asked=("cv", "nlp", *yes)),
        **more,  # type: ignore[arg-type]
    )


def test_an_event_is_spelled_in_one_way() -> None:
    # These are in repositories: what made them may never change.
    event = Event("label", "ann", AT, item="p-1", asked=("nlp", "cv"), yes=("cv",), seconds=3.5)
    assert event.line() == (
        '{"act":"label","asked":["cv","nlp"],"at":"2026-11-25T10:00:00Z","by":"ann",'
        '"id":"8468eb16e1d24e01","item":"p-1","seconds":3.5,"yes":["cv"]}'
    )
    assert canonical({"b": ["e\u0301"], "a": 1}) == '{"a":1,"b":["é"]}'
    assert text_hash("A title", "and a text") == "bcd33b9e87c5b545"
    assert text_hash("A title", "and a text") != text_hash("A titleand", " a text")
    assert taxonomy_hash(["nlp", "cv", "cv"]) == taxonomy_hash(["cv", "nlp"]) == "3ca6b8c3eb1370b8"


@given(TAGS, TAGS, st.text(st.characters(blacklist_categories=("Cs",))))
def test_a_line_is_read_as_it_was_written(yes: list[str], no: list[str], note: str) -> None:
    event = Event("label", "ann", AT, item="1", yes=tuple(yes), asked=(*yes, *no), note=note)
    line = event.line()
    assert "\n" not in line
    read = Event.parse(line + "\n")
    assert (read.id, read.line()) == (event.id, line)
    assert event_id(json.loads(line)) == event.id


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"yes":["cv"]', '"yes":["nlp"]', "changed by hand"),
        ('"act":"label"', '"act":  "label"', "changed by hand"),
        ('"item":"p-1"', '"item":"p-1","more":1', "unknown key more"),
        ('"item":"p-1"', '"item":1', "item is no text"),
        ('"yes":["cv"]', '"yes":"cv"', "yes is no list"),
        ('"yes":["cv"]', '"yes":["gan"]', "yes has gan, which was not asked"),
        ('"by":"ann"', '"by":"../ann"', "no name of an annotator"),
        ('"act":"label"', '"act":"vote"', "act vote is unknown"),
        (f'"at":"{AT}"', '"at":"yesterday"', "no time"),
        (f'"at":"{AT}",', "", "has no at"),
        ("{", "", "no JSON"),
        ("{", "<<<<<<< HEAD {", "no JSON"),
        ('"yes":["cv"]', '"score":NaN', "no JSON"),
        ('"yes":["cv"]', '"yes":["c\\nv"],"asked":["c\\nv"]', "more than one line"),
    ],
)
def test_a_line_that_is_no_event_says_why(old: str, new: str, problem: str) -> None:
    with pytest.raises(EventError, match=problem):
        Event.parse(label().line().replace(old, new))


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"[]", b"\xff\xfe", b"[" * 100_000, b'"' + b"x" * MOST_BYTES + b'"']
)
def test_any_line_can_be_refused(line: bytes) -> None:
    with pytest.raises(EventError, match=r"no JSON|too long"):
        Event.parse(line)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"act": "label"}, "needs an item"),
        ({"act": "label", "item": "1"}, "needs yes"),
        ({"act": "gold", "item": "1", "yes": ()}, "needs asked or tax"),
        ({"act": "withdraw"}, "needs of"),
        ({"act": "merge", "sources": ("a",), "to": ("b",)}, "wrong number of tags"),
        ({"act": "split", "sources": ("a",), "to": ("b",)}, "wrong number of tags"),
        ({"act": "retire", "sources": ("a",), "to": ("b",)}, "wrong number of tags"),
        ({"act": "skip", "item": "1", "tax": "abc"}, "tax is no hash"),
    ],
)
def test_an_event_does_not_contradict_itself(wrong: dict[str, object], problem: str) -> None:
    with pytest.raises(EventError, match=problem):
        Event(by="ann", at=AT, **wrong)  # type: ignore[arg-type]


def test_names_of_annotators_are_names_of_folders() -> None:
    assert all(map(is_name, ["ann", "reviewer-2", "7", "a.b_c"]))
    assert not any(
        map(is_name, ["", "Ann", "a b", ".git", "a/b", "x" * 41, "taxonomies", "é", None])
    )
    with pytest.raises(TagledgerError, match="cannot be the name of an annotator"):
        check_name("Ann Lee")


def test_each_annotator_gets_a_file_and_nothing_is_written_twice(tmp_path: Path) -> None:
    events = [label(), label("p-2"), label(by="bob"), label()]
    first = write_session(tmp_path, events, "import")
    assert [path.parent.name for path in first] == ["ann", "bob"]
    assert known_ids(tmp_path) == {event.id for event in events}
    assert write_session(tmp_path, events) == []
    (more,) = write_session(tmp_path, [*events, label("p-3")])
    assert len(more.read_bytes().splitlines()) == 1
    assert event_files(tmp_path) == sorted([*first, more])
    assert [event for _, _, event in read_events(tmp_path) if isinstance(event, EventError)] == []


def test_a_failure_while_files_are_written_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TagledgerError):
        write_session(tmp_path, [label(), label(by="bob")])
    assert event_files(tmp_path) == []


def test_what_is_wrong_in_a_file_is_said_by_line(tmp_path: Path) -> None:
    (path,) = write_session(tmp_path, [label()])
    with path.open("ab") as stream:
        stream.write(b"<<<<<<< HEAD\n" + label(by="bob").line().encode() + b"\n")
    found = [(number, event) for _, number, event in read_events(tmp_path)]
    assert [number for number, _ in found] == [1, 2, 3]
    assert found[0][1] == label()
    assert [str(event) for _, event in found[1:]] == [
        "it is no JSON",
        "its by is bob, not the name of its folder",
    ]


def test_files_that_are_no_events_are_strays(tmp_path: Path) -> None:
    (path,) = write_session(tmp_path, [label()])
    folder = tmp_path / ANNOTATIONS
    (folder / ".gitkeep").touch()
    (folder / "notes.txt").touch()
    (folder / "bob").mkdir()
    (folder / "bob" / "link.jsonl").symlink_to(path)
    (folder / "carl").symlink_to(path.parent)
    keep_taxonomy(tmp_path, ["cv"])
    assert event_files(tmp_path) == [path]
    names = [stray.relative_to(folder).as_posix() for stray in strays(tmp_path)]
    assert names == ["bob/link.jsonl", "carl", "notes.txt"]


def test_the_digest_follows_names_and_bytes(tmp_path: Path) -> None:
    seen = [digest(tmp_path)]
    (path,) = write_session(tmp_path, [label()])
    seen.append(digest(tmp_path))
    keep_taxonomy(tmp_path, ["cv"])
    seen.append(digest(tmp_path))
    path.rename(path.with_name("other.jsonl"))
    seen.append(digest(tmp_path))
    (tmp_path / ANNOTATIONS / ".gitkeep").touch()
    assert len(set(seen)) == 4
    assert digest(tmp_path) == seen[-1]


def test_a_taxonomy_is_kept_under_its_hash(tmp_path: Path) -> None:
    name = keep_taxonomy(tmp_path, ["nlp", "cv", "nlp"])
    assert name == keep_taxonomy(tmp_path, ["cv", "nlp"]) == taxonomy_hash(["cv", "nlp"])
    assert read_taxonomy(tmp_path, name) == ["cv", "nlp"]
    assert read_taxonomy(tmp_path, "0" * 16) is None
    path = tmp_path / TAXONOMIES / f"{name}.json"
    path.write_text('["cv"]\n')
    with pytest.raises(TagledgerError, match="not the hash of the content"):
        read_taxonomy(tmp_path, name)


def test_a_session_keeps_each_answer_at_once(tmp_path: Path) -> None:
    with Session(tmp_path, "ann", "dashboard") as session:
        assert session.append(label())
        assert not session.append(label())
        (path,) = event_files(tmp_path)
        assert path.read_text() == label().line() + "\n"
        assert session.append(label("p-2"))
        with pytest.raises(ValueError, match="bob cannot write"):
            session.append(label(by="bob"))
    with Session(tmp_path, "ann") as again:
        assert not again.append(label())
        assert again.append(label("p-3"))
    assert len(event_files(tmp_path)) == 2


def test_threads_share_a_session(tmp_path: Path) -> None:
    with Session(tmp_path, "ann") as session:
        threads = [
            Thread(target=lambda n=n: [session.append(label(f"{n}-{i}")) for i in range(20)])
            for n in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(isinstance(event, Event) for _, _, event in read_events(tmp_path)) == 80


def test_a_full_disk_leaves_the_session_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(tmp_path, "ann") as session:
        session.append(label())
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
            with pytest.raises(TagledgerError):
                session.append(label("p-2"))
        assert session.append(label("p-3"))
    (path,) = event_files(tmp_path)
    assert [Event.parse(line).item for line in path.read_bytes().splitlines()] == ["p-1", "p-3"]


def test_a_killed_session_loses_nothing_that_was_written(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tagledger.events.event import Event\n"
        "from tagledger.events.writing import Session\n"
        "session = Session(Path(sys.argv[1]), 'ann')\n"
        f"session.append(Event('skip', 'ann', '{AT}', item='1'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert [event.item for _, _, event in read_events(tmp_path) if isinstance(event, Event)] == [
        "1"
    ]


def test_now_is_a_time_of_an_event() -> None:
    assert Event("skip", "ann", utc_now(), item="1").at.endswith("Z")


def test_ids_of_some_people_are_read_from_their_files_alone(tmp_path: Path) -> None:
    events = [label(), label(by="bob"), label("p-2", by="bob")]
    write_session(tmp_path, events)
    assert known_ids(tmp_path, {"bob"}) == {event.id for event in events[1:]}
    assert known_ids(tmp_path, set()) == set()
    assert write_session(tmp_path, events) == []
