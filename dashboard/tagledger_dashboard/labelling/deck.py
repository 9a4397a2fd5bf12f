"""What one window is shown: items in order, a few ahead, and what became of its answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from tagledger.events.event import Event
from tagledger_dashboard.labelling.desk import Desk, Taken
from tagledger_dashboard.labelling.jobs import Job
from tagledger_dashboard.labelling.page_answers import key_of, parse

AHEAD = 40  # items that a window has before they are shown
BEHIND = 10  # answers of before, to look at or to take back
_MOST_TEXT = 400_000  # characters of the items ahead, but for the first few
_LEAST = 5
_CONFIRMED = 400  # answers that are confirmed again and again, as other windows give them too
_ACKED = 200
_FINISHED = {
    "label": "Every item of this list is answered.",
    "adjudicate": "Every dispute of this list is decided.",
}
_SKIPPED = "Every item of this list is answered or skipped; ← goes back to those you skipped."
_NOTHING = {
    "label": "None of the items of this list is in the dataset now.",
    "adjudicate": "People differ in nothing, as far as the last build knows.",
}


@dataclass
class Deck:
    """The items that one window has been given, and what it said.

    Attributes
    ----------
    job
        The key of the job.
    version
        What the texts and tags of the job were made from: a change needs a new deck.
    serial
        The deck's own name.
    sent
        The items that the window has, in order; `start` of them are there already.
    recent
        Those of them that were answered before, the latest last.
    heard
        The number of the window's last message.
    acked, problems
        Keys of answers that are dealt with, and what could not be used.
    """

    job: str
    version: str
    serial: str = field(default_factory=lambda: secrets.token_hex(8))
    sent: list[str] = field(default_factory=list)
    start: int = 0
    recent: list[str] = field(default_factory=list)
    heard: int = 0
    acked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    cursor: int = 0
    more: bool = True

    def hear(self, message: object, job: Job, desk: Desk) -> None:
        """Take in a message of the window.

        Raises
        ------
        TagledgerError
            An answer cannot be written; the window keeps it, and sends it again.
        """
        if not isinstance(message, Mapping):
            return
        self.problems = []
        try:
            self._take(message.get("entries"), job, desk)
        finally:
            if isinstance(message.get("sequence"), int):
                self.heard = message["sequence"]
        if message.get("hello") is True:
            self.renew(job, desk)
        elif message.get("serial") == self.serial and isinstance(message.get("have"), int):
            self.start = max(0, min(message["have"], len(self.sent)))
            if message.get("wants") is True:
                self.extend(job, desk)

    def _take(self, entries: object, job: Job, desk: Desk) -> None:
        for entry in entries if isinstance(entries, list) else []:
            try:
                results: Sequence[Taken] = desk.take(job, [parse(entry)])
            except ValueError as error:
                key = key_of(entry)
                results = [] if key is None else [Taken(key, f"An answer is unreadable: {error}")]
            for result in results:
                self.acked.append(result.key)
                if result.problem:
                    self.problems.append(result.problem)
        self.acked = self.acked[-_ACKED:]

    def renew(self, job: Job, desk: Desk) -> None:
        """Begin again: a new page, or new texts."""
        answered = [(event.at, item) for item, event in _answered(job, desk)]
        self.serial = secrets.token_hex(8)
        self.recent = [item for _, item in sorted(answered)[-BEHIND:]]
        self.sent = list(self.recent)
        self.start = self.cursor = 0
        self.more = True
        self.extend(job, desk)

    def extend(self, job: Job, desk: Desk) -> None:
        """Give the window the next items that have no answer."""
        here = set(self.sent)
        next_items: list[str] = []
        room = _MOST_TEXT
        while self.cursor < len(job.items) and len(next_items) < AHEAD:
            item = job.items[self.cursor]
            self.cursor += 1
            if item in here or item not in job.texts or desk.answer(job, item) is not None:
                continue
            room -= len(job.texts[item].description)
            if room < 0 and len(next_items) >= _LEAST:
                self.cursor -= 1
                break
            next_items.append(item)
        self.sent += next_items
        self.more = self.cursor < len(job.items)

    def message(self, job: Job, desk: Desk, now: float, store: str) -> dict[str, Any]:
        """All that the window is to know now.

        Parameters
        ----------
        job, desk
            As before.
        now
            The time, in milliseconds since 1970.
        store
            Under which name the browser keeps answers that are not saved yet.
        """
        total = len(job.here)
        answered, skipped = progress(job, desk)
        start = max(0, len(self.sent) - _CONFIRMED)
        answers = {
            item: _own_answer(event)
            for item in islice(self.sent, start, None)
            if (event := desk.answer(job, item)) is not None
        }
        return {
            "job": job.key,
            "act": job.kind,
            "verb": "decided" if job.kind == "adjudicate" else "answered",
            "store": store,
            "now": now,
            "serial": self.serial,
            "start": self.start,
            "items": [_record(item, job, desk) for item in self.sent[self.start :]],
            "recent": self.recent,
            "more": self.more,
            "ahead": AHEAD,
            "total": total,
            "done": answered,
            "skipped": skipped,
            "from": start,
            "answers": answers,
            "names": {
                item: [side.by for side in job.sides[item]] for item in answers if item in job.sides
            },
            "heard": self.heard,
            "acked": self.acked,
            "problems": self.problems,
            "tags": list(job.tags),
            "aliases": dict(job.aliases),
            "fixed": job.fixed,
            "stamp": {"tax": job.tax, "listed": job.listed},
            "finished": _SKIPPED if skipped else (_FINISHED if total else _NOTHING)[job.kind],
        }


def progress(job: Job, desk: Desk) -> tuple[int, int]:
    """How many items of a job the annotator answered, and how many they skipped."""
    acts = [event.act for _, event in _answered(job, desk)]
    skipped = acts.count("skip")
    return len(acts) - skipped, skipped


def _answered(job: Job, desk: Desk) -> Iterator[tuple[str, Event]]:
    """The items of a job that have an answer, with it."""
    for item in job.here.intersection(tuple(desk.own.items())):
        if (event := desk.answer(job, item)) is not None:
            yield item, event


def _own_answer(event: Event) -> dict[str, Any]:
    """An answer as the page knows it."""
    yes = None if event.act == "skip" else list(event.yes or ())
    return {"act": event.act, "yes": yes, "note": event.note or ""}


def _record(item: str, job: Job, desk: Desk) -> dict[str, Any]:
    """An item as the page shows it: never who said what of it."""
    text = job.texts[item]
    asked = job.asked(item)
    return {
        "id": item,
        "title": text.title,
        "text": text.description,
        "hash": text.hash,
        "source": list(job.source.get(item, ())),
        "suggested": [list(pair) for pair in job.suggested.get(item, ())],
        "changed": desk.answered_before(job, item),
        **({} if asked is None else _dispute(item, job, desk, asked)),
    }


def _dispute(item: str, job: Job, desk: Desk, asked: tuple[str, ...]) -> dict[str, Any]:
    """What people differ in, and whether the annotator is one of them: that they know already."""
    own = any(side.by == desk.by for side in job.sides[item])
    return {"asked": list(asked), "sides": _sides(item, job), "own": own}


def _sides(item: str, job: Job) -> list[dict[str, Any]]:
    """What was said, by A, B and so on."""
    return [
        {"name": chr(ord("A") + index % 26), "yes": list(side.yes), "no": list(side.no)}
        for index, side in enumerate(job.sides[item])
    ]
