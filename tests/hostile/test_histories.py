"""Random histories: every reading command ends well under each, and they agree with one another."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

from tagledger import cli, tables
from tests.hostile.histories import FILTERED, History, Made, make_history, make_pool

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMAS = {
    name: jsonschema.Draft202012Validator(json.loads((DOCS / f"{name}.schema.json").read_text()))
    for name in ("versions", "compare", "blame", "history", "check")
}
LONG = 240
QUICK = {3, 4, 5, 6, 8, 11}  # with each change: one whose data is all there, and odd ones
SECONDS = 120  # of one history, on a machine that does much else
SEEDS = [
    pytest.param(seed, marks=() if seed in QUICK else pytest.mark.long, id=f"seed{seed}")
    for seed in range(LONG)
]
TAGS, ITEMS = ("nlp", "cv", "nothing"), ("3", "item 3", "999", "x")
_EXPECTED = {0, 2}


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    return make_pool(tmp_path_factory.mktemp("pool"))


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Say:
    """Run a command in this process; whatever it says must be fit for people."""

    def run(*words: str, accept: frozenset[int] | set[int] = frozenset(_EXPECTED)) -> Said:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["tagledger", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfd.readouterr()
        code = int(ended.value.code or 0)
        assert code in accept, (words, code, err)
        assert "Traceback" not in err, (words, err)
        if code == 2:
            assert "error: " in err, (words, err)
            assert " next: " in err, (words, err)
        for line in (out + err).split("\n"):
            assert not any((ord(c) < 32 and c != "\t") or c == "\x7f" for c in line), (words, line)
        return Said(code, out, err)

    return run


def document(said: Said, name: str) -> dict[str, Any] | None:
    """What a command printed for machines, as its schema has it; None where it failed."""
    if said.code == 2 and not said.out:
        return None
    found: dict[str, Any] = json.loads(said.out)
    if name in SCHEMAS:
        SCHEMAS[name].validate(found)
    return found


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_reading_command_ends_well_and_agrees(
    seed: int, pool: list[Made], say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = make_history(tmp_path / "clone", pool, seed)
    monkeypatch.chdir(history.root)
    try:
        rows = agree_on_versions(say, history, pool)
        agree_on_comparisons(say, history, rows)
        agree_on_today(say, history, rows)
        say("check", accept={0, 1, 2})
        document(say("check", "--json", accept={0, 1, 2}), "check")
        document(say("summary", "--json"), "summary")
        say("summary")
        agree_on_locks(say, history)
    except BaseException as error:
        error.add_note(f"seed {seed}: {'; '.join(history.told)}")
        raise


def agree_on_versions(say: Say, history: History, pool: list[Made]) -> list[dict[str, Any]]:
    """The list's numbers are those of the reports, and are the same however they are asked for."""
    found = document(say("versions", "--json"), "versions")
    text = say("versions")
    assert (found is None) == (text.code == 2)
    document(say("versions", "--experiments", "--json"), "versions")
    if found is None:
        return []
    rows: list[dict[str, Any]] = found["versions"]
    known = {made.data_id: made for made in pool}
    for row in rows:
        made = known.get(row["data_id"])
        numbers = row["items"], row["labels"], row["tags"]
        # Odd reports are those of a commit, whose numbers are none, or what they say.
        if made is not None and "report" not in "".join(history.told):
            sound = made.metrics["items"], made.metrics["labels"], made.metrics["tags"]
            assert numbers in {sound, (None, None, None)}, row
    ids = [row["data_id"] for row in rows]
    assert len(set(ids)) == len(ids), "equal data is one version"
    assert sum(row["in_workspace"] for row in rows) <= 1
    return rows


def agree_on_comparisons(say: Say, history: History, rows: list[dict[str, Any]]) -> None:
    """One way round is the mirror of the other."""
    names = [row["name"] for row in rows if row["data_id"]]
    pairs = (
        [tuple(names[:2]), tuple(names[-2:]), (names[0], history.revisions[-1])] if names else []
    )
    pairs.append(("v1.0.0", "workspace"))
    for a, b in dict.fromkeys(pair for pair in pairs if len(pair) == 2):
        if a.startswith("-") or b.startswith("-"):
            continue
        there = document(say("compare", a, b, "--json"), "compare")
        back = document(say("compare", b, a, "--json"), "compare")
        assert (there is None) == (back is None), (a, b)
        if there is not None and back is not None:
            assert mirrored(there) == plain(back), (a, b)
    say("compare", "HEAD~1", "--gate", "--format", "md", accept={0, 1, 2})
    say("compare", "v1.0.0", "--layer", "raw", "--items")


_SWAPPED = {
    "added": "removed", "entered": "dropped", "came": "left", "gained": "lost",
    "a": "b", "layer_a": "layer_b",
    "count_a": "count_b", "presence_a": "presence_b", "share_a": "share_b",
}  # fmt: skip
SWAPPED = _SWAPPED | {after: before for before, after in _SWAPPED.items()}


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """What of a comparison has a mirror image."""
    return {
        "items": {name: n for name, n in found["items"].items() if name != "text_changed"},
        "labels": found["labels"],
        "tags": {
            row["tag"]: {name: row[name] for name in (*SWAPPED, "change") if name in row}
            for row in found["tags"]
        },
    }


def mirrored(found: dict[str, Any]) -> dict[str, Any]:
    def swap(numbers: dict[str, Any]) -> dict[str, Any]:
        swapped = {SWAPPED.get(name, name): number for name, number in numbers.items()}
        return swapped | ({"change": -numbers["change"]} if "change" in numbers else {})

    of = plain(found)
    return {
        "items": swap(of["items"]),
        "labels": swap(of["labels"]),
        "tags": {tag: swap(numbers) for tag, numbers in of["tags"].items()},
    }


def agree_on_today(say: Say, history: History, rows: list[dict[str, Any]]) -> None:
    """What blame and history say of today is what today's table has."""
    made = history.workspace if history.sound else None
    labels = tables.read(made.root / FILTERED) if made is not None else None
    for item in ITEMS:
        blamed = document(say("blame", item, "--json"), "blame")
        say("blame", item, "--layer", "clean")
        if blamed is not None and labels is not None and blamed["exists"]:
            [today] = [row for row in rows if row["in_workspace"]]
            # A build that was cut short is of no version; the lock's data is looked at then.
            assert today["data_id"] is None or blamed["version"] in today["names"]
            has = {label["tag"] for label in blamed["labels"] if label["taken"] is None}
            kind = int if pd.api.types.is_integer_dtype(labels["id"].dtype) else str
            assert has == set(labels.loc[labels["id"] == kind(item), "tag"]), item
    for tag in TAGS:
        told = document(say("history", tag, "--json"), "history")
        say("history", tag)
        if told is None:
            continue
        assert sum(state["in_workspace"] for state in told["versions"]) <= 1
        if labels is not None:
            [now] = [state for state in told["versions"] if state["in_workspace"]]
            assert now["count"] == int((labels["tag"] == tag).sum()), tag


def agree_on_locks(say: Say, history: History) -> None:
    """The driver of git's diff says something of any two files, and never stops git."""
    lock = history.root / "dvc.lock"
    other = history.top / "other.lock"
    other.write_bytes(b"stages: {}\n")
    for old, new in ((lock, other), (other, lock), (Path(os.devnull), lock)):
        sides = (str(old), "0" * 40, "100644", str(new), "1" * 40, "100644")
        assert say("diff-lock", "dvc.lock", *sides).code == 0
