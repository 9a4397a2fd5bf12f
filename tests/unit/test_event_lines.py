"""Lines of data/annotations: read in blocks as `Event.parse` judges them; none breaks a build."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagledger.events.event import MOST_BYTES, Event, EventError
from tagledger.events.store import ANNOTATIONS, digest
from tagledger.verdicts import lines
from tagledger.verdicts.lines import Line, cut, judge
from tagledger.verdicts.reading import read, times
from tests.conftest import examples
from tests.said import event, folded, source, write, write_lines

GOOD = event(yes=["a"], asked=["a", "b"]).line().encode()


def changed(**said: Any) -> bytes:
    """A line whose words were changed, and its id not."""
    return json.dumps(json.loads(GOOD) | said, sort_keys=True, separators=(",", ":")).encode()


ODD = {
    "conflict": b"<<<<<<< HEAD",
    "end of a conflict": b"=======",
    "no UTF-8": GOOD.replace(b'"a"', b'"\xff"'),
    "no JSON": GOOD[:-4],
    "a list": b"[1]",
    "a number": b"7",
    "deep": b"[" * 100_000,
    "deep in a list": GOOD.replace(b'["a"]', b"[" * 5000 + b"]" * 5000),
    "huge": GOOD.replace(b'"yes"', b'"note":"' + b"x" * MOST_BYTES + b'","yes"'),
    "another answer": changed(yes=["b"]),
    "another item": changed(item="p-2"),
    "spaces": GOOD.replace(b",", b", "),
    "a key more": changed(extra=1),
    "no id": json.dumps({k: v for k, v in json.loads(GOOD).items() if k != "id"}).encode(),
    "not sorted": GOOD.replace(b'["a","b"]', b'["b","a"]'),
    "null": changed(note=None),
    "decomposed": changed(note="e\u0301"),
    "half a character": GOOD.replace(b'"a"', b'"\\ud800"'),
    "NUL": b"\0" * 40,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_line_that_is_no_event_is_set_aside_and_the_others_count(
    odd: bytes, tmp_path: Path
) -> None:
    write_lines(tmp_path, "ann", [odd, GOOD, odd])
    made = folded(tmp_path, [])
    assert (made.rows["used"], made.rows["rejected"]) == (1, 2)
    assert made.rejected["line"].tolist() == [1, 3]
    assert made.verdicts["tag"].astype("str").tolist() == ["a", "b"]
    assert set(made.rows["because"]) <= {"not an event", "changed by hand"}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_block_judges_a_line_as_it_is_judged_by_itself(odd: bytes) -> None:
    with pytest.raises(EventError):
        Event.parse(odd)
    block = cut(odd + b"\n" + GOOD + b"\n")
    assert [number for number, _ in block.others] == [0]
    assert isinstance(judge(odd, "ann"), Line)


def test_blank_lines_and_line_ends_of_windows_say_nothing(tmp_path: Path) -> None:
    write_lines(tmp_path, "ann", [b"", GOOD + b"\r", b"  ", b"\r"])
    made = folded(tmp_path, [])
    assert (made.rows["events"], made.rows["used"]) == (1, 1)


def test_a_last_line_without_a_line_feed_counts(tmp_path: Path) -> None:
    path = write_lines(tmp_path, "ann", [])
    path.write_bytes(GOOD)
    assert folded(tmp_path, []).rows["used"] == 1


def test_an_event_in_the_folder_of_another_is_set_aside(tmp_path: Path) -> None:
    write_lines(tmp_path, "bob", [GOOD])
    made = folded(tmp_path, [])
    assert made.rejected[["file", "by", "event"]].values.tolist() == [
        ["bob/a.jsonl", "ann", json.loads(GOOD)["id"]]
    ]
    assert made.rows["because"] == {"in the folder of another": 1}


def test_links_and_files_in_no_annotator_s_folder_are_set_aside_unread(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_bytes(GOOD + b"\n")
    folder = tmp_path / ANNOTATIONS
    (folder / "ann").mkdir(parents=True)
    (folder / "ann" / "link.jsonl").symlink_to(secret)
    (folder / "bob").symlink_to(tmp_path)
    (folder / "Big Bob").mkdir()
    for place in ("top.jsonl", "Big Bob/a.jsonl", "ann/a.json", "README.md", ".gitkeep"):
        (folder / place).write_bytes(GOOD + b"\n")
    made = folded(tmp_path, [])
    assert made.rows["used"] == 0
    assert made.rejected["file"].tolist() == [
        "Big Bob/a.jsonl",
        "ann/a.json",
        "ann/link.jsonl",
        "bob",
        "top.jsonl",
    ]
    assert set(made.rejected["line"]) == {0}
    assert made.rows["because"] == {"not a file of events": 5}


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / ANNOTATIONS / "ann"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "a.jsonl")
    assert folded(tmp_path, []).rows["used"] == 0


def test_no_folder_is_no_events(tmp_path: Path) -> None:
    (tmp_path / ANNOTATIONS).mkdir(parents=True)
    made = folded(tmp_path, [])
    assert made.rows["events"] == 0
    assert made.labels is None
    assert made.taxonomy is None


def test_what_was_read_has_the_digest_of_the_folder(tmp_path: Path) -> None:
    write(tmp_path, [event(yes=["a"]), event(by="bob", yes=["b"])])
    assert read(tmp_path).digest == digest(tmp_path)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
tags = st.sets(texts.filter(lambda t: t.strip() and not set("\n\r") & set(t)), max_size=3)


@st.composite
def any_event(draw: Any) -> Event:
    said: dict[str, Any] = {"item": draw(texts), "yes": tuple(draw(tags))}
    said["asked"] = tuple({*said["yes"], *draw(tags)})
    for name in ("note", "campaign", "tool", "base"):
        if draw(st.booleans()):
            said[name] = draw(texts)
    for name in ("score", "seconds"):
        if draw(st.booleans()):
            number = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 10**6)
            said[name] = draw(number)
    if draw(st.booleans()):
        said["replaces"] = ("0123456789abcdef",)
    return Event(draw(st.sampled_from(["label", "gold", "suggest", "skip"])), "ann", AT, **said)


AT = "2026-11-25T10:00:00.25Z"


@examples(100)
@given(st.lists(any_event(), min_size=1, max_size=6))
def test_every_event_is_read_back_as_it_was_written(events: list[Event]) -> None:
    data = b"".join(one.line().encode() + b"\n" for one in events)
    block = cut(data)
    ids = [one.decode() for one in block.answers.id]
    for _, line in block.others:
        made = judge(line, "ann")
        assert isinstance(made, Event)
        assert (
            lines.parts_of(made).item[0]
            == made.line().encode().partition(b'"item":')[2][: len(lines.parts_of(made).item[0])]
        )
        ids.append(made.id)
    assert sorted(ids) == sorted(one.id for one in events)


def test_times_order_as_they_do() -> None:
    ascending = [b"2025-12-31T23:59:59", b"2026-01-01T00:00:00", b"2026-01-01T00:00:00.000001"]
    ascending += [b"2026-01-01T00:00:00.5", b"2026-01-01T00:00:00.51", b"2026-01-01T00:00:01"]
    second, micro = times(ascending)
    assert sorted(zip(second.tolist(), micro.tolist(), strict=True)) == list(
        zip(second.tolist(), micro.tolist(), strict=True)
    )
    assert times([b"2026-01-01T00:00:00.5"]) == times([b"2026-01-01T00:00:00.500000"])


def test_small_blocks_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, [event(at=f"2026-11-25T10:00:{n:02d}Z", yes=["a"]) for n in range(60)])
    whole = folded(tmp_path, [], source({"p-1": ["b"]}))
    monkeypatch.setattr(lines, "_BLOCK", 50)
    assert folded(tmp_path, [], source({"p-1": ["b"]})).rows == whole.rows
