"""Events and repositories of events for tests: say only what the test is about."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tagledger.events.event import Event
from tagledger.events.store import ANNOTATIONS
from tagledger.params import AnnotateParams
from tagledger.verdicts.fold import Folded, fold
from tagledger.verdicts.gathering import Source
from tests.factories import items as item_rows
from tests.factories import labels as label_rows
from tests.factories import taxonomy as taxonomy_rows

AT = "2026-11-25T10:00:00Z"


def event(act: str = "label", by: str = "ann", at: str = AT, **said: Any) -> Event:
    """An event; a label of p-1 unless said, asked what is a yes unless said."""
    lists = {name: tuple(said.pop(name)) for name in ("yes", "asked") if name in said}
    if act in {"label", "adjudicate", "gold"}:
        lists.setdefault("yes", ())
        if "tax" not in said:
            lists.setdefault("asked", lists["yes"])
    if act in {"label", "adjudicate", "gold", "suggest", "skip", "comment"}:
        said.setdefault("item", "p-1")
    return Event(act, by, at, **lists, **said)


def write_lines(root: Path, by: str, lines: Sequence[bytes], name: str = "a") -> Path:
    """A file of an annotator with these lines."""
    path = root / ANNOTATIONS / by / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def write(root: Path, events: Iterable[Event], chance: random.Random | None = None) -> None:
    """Files of events: one for each annotator, or, by chance, several with repeated lines."""
    (root / ANNOTATIONS).mkdir(parents=True, exist_ok=True)
    of: dict[str, list[bytes]] = {}
    for one in events:
        of.setdefault(one.by, []).append(one.line().encode())
    for by, lines in of.items():
        if chance is None:
            write_lines(root, by, lines)
            continue
        told = [*lines, *chance.sample(lines, chance.randrange(len(lines) + 1))]
        chance.shuffle(told)
        cut = chance.randrange(len(told) + 1)
        for number, part in enumerate((told[:cut], told[cut:])):
            if part:
                write_lines(root, by, part, f"{number}-{chance.getrandbits(32):08x}")


def source(
    labels: Mapping[Any, Sequence[str]] | None = None,
    texts: Mapping[Any, str] | Sequence[Any] = ("p-1", "p-2", "p-3"),
    taxonomy: Any = (),
    rule: Any = "exact",
    *,
    resolve_aliases: bool = False,
) -> Source:
    """What the clean stage made: items by their titles, and their labels."""
    return Source(
        item_rows(texts),
        label_rows(labels or {}),
        taxonomy_rows(taxonomy),
        rule,
        resolve_aliases,
    )


def folded(
    root: Path, events: Iterable[Event], of: Source | None = None, **settings: Any
) -> Folded:
    """What events come to in a repository that has these alone."""
    write(root, events)
    return fold(root, of or source(), AnnotateParams(**settings))


def label_set(made: Folded, of: Source) -> set[tuple[Any, str]]:
    """The labels as pairs."""
    frame = of.labels if made.labels is None else made.labels
    return set(zip(frame["id"], frame["tag"].astype("str"), strict=True))


def verdict_rows(frame: pd.DataFrame) -> dict[tuple[Any, str], tuple[bool, str, str, str]]:
    """The table `verdicts` by item and tag."""
    rows = frame.astype({"tag": "str", "state": "str", "by": "str"})
    return {
        (one.id, one.tag): (bool(one.value), one.state, one.by, one.events)
        for one in rows.itertuples(index=False)
    }
