"""Takes answers of one annotator from any number of windows, and writes each to the disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from tagledger.events.canonical import taxonomy_hash
from tagledger.events.event import Event, EventError, check_name
from tagledger.events.store import read_taxonomy
from tagledger.events.writing import Session, keep_taxonomy
from tagledger_dashboard.labelling.jobs import Job, Kind
from tagledger_dashboard.labelling.own_events import OwnEvents
from tagledger_dashboard.labelling.page_answers import Answer

TOOL = "dashboard"
ACTS: Mapping[Kind, frozenset[str]] = {
    "label": frozenset({"label", "skip"}),
    "adjudicate": frozenset({"adjudicate"}),
}
"""What answers an item of each kind of job."""


@dataclass(frozen=True)
class Taken:
    """What became of an answer: it is on the disk, unless a problem says why not."""

    key: str
    problem: str | None = None


class Desk:
    """The one place of a server where the answers of an annotator are written.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    by
        The annotator.

    Raises
    ------
    TagledgerError
        The name cannot be an annotator's.
    """

    def __init__(self, root: Path, by: str) -> None:
        self.root = root
        self.by = check_name(by)
        self.own = OwnEvents(root, by)
        self._session = Session(root, by, TOOL)
        self._lock = Lock()
        self._shown: dict[str, tuple[str, ...]] = {}
        self._kept: set[str] = set()

    def show(self, job: Job) -> None:
        """Remember the tags that a page is shown, for the answers that come back."""
        self._shown[job.tax] = job.tags

    def refresh(self) -> None:
        """Take in what other programs wrote.

        Raises
        ------
        TagledgerError
            A file cannot be read.
        """
        with self._lock:
            self.own.refresh()

    def close(self) -> None:
        """Close the file of this session, which is never opened again."""
        self._session.close()

    def take(self, job: Job, answers: Iterable[Answer]) -> list[Taken]:
        """Write answers, in their order; one that is on the disk already is not written again.

        Parameters
        ----------
        job
            What the page shows. Answers of the page before it are taken as well.
        answers
            What the annotator said.
        """
        with self._lock:
            return [Taken(one.key, self._take(job, one)) for one in answers]

    def _take(self, job: Job, answer: Answer) -> str | None:
        """Write one answer; return what is wrong with it."""
        if any(event.at == answer.at for event in self.own.of(answer.item)):
            return None  # it came before, and only its confirmation was lost
        kind, campaign = parts_of(answer.job)
        if answer.act == "undo" and answer.job == job.key:
            before = self._answers(job, answer.item)
        else:
            before = [
                event
                for event in self.own.standing(answer.item)
                if event.act in ACTS[kind] and event.campaign == campaign
            ]
        if answer.act == "undo" and not before:
            return None
        stands = [event.id for event in before]
        try:
            event = self._event(job, answer, campaign, tuple(stands))
        except EventError as error:
            return f"Your answer about item {answer.item} could not be used: {error}"
        if event is None:
            return (
                f"The tags have changed since item {answer.item} was shown: please answer it again"
            )
        if event.tax is not None and event.tax not in self._kept:
            keep_taxonomy(self.root, self._shown[event.tax])
            self._kept.add(event.tax)
        self._session.append(event)
        self.own.add(event)
        return None

    def _event(
        self, job: Job, answer: Answer, campaign: str | None, stands: tuple[str, ...]
    ) -> Event | None:
        """The event of an answer; None where the tags that were shown are not known."""
        base = job.base if answer.job == job.key else None
        if answer.act == "undo":
            return Event(
                act="comment",
                by=self.by,
                at=answer.at,
                item=answer.item,
                tool=TOOL,
                replaces=stands,
                campaign=campaign,
                base=base,
                note="taken back",
            )
        tags = self._tags(answer.tax)
        if tags is None:
            return None
        listed = answer.asked if answer.act == "adjudicate" else tags if answer.listed else None
        if not set(answer.yes) <= set(tags if listed is None else listed):
            return None
        skipped = answer.act == "skip"
        return Event(
            act=answer.act,
            by=self.by,
            at=answer.at,
            item=answer.item,
            yes=None if skipped else answer.yes,
            asked=None if skipped else listed,
            tax=answer.tax,
            text=answer.text,
            tool=TOOL,
            replaces=stands,
            seconds=answer.seconds,
            note=answer.note,
            campaign=campaign,
            base=base,
        )

    def _tags(self, tax: str) -> tuple[str, ...] | None:
        if tax not in self._shown:
            kept = read_taxonomy(self.root, tax)
            if kept is None or taxonomy_hash(kept) != tax:
                return None
            self._shown[tax] = tuple(kept)
        return self._shown[tax]

    def answer(self, job: Job, item: str) -> Event | None:
        """What the annotator's answer about an item is now, about the text that it has now."""
        fits = [one for one in self._answers(job, item) if job.settles(item, one)]
        return fits[-1] if fits else None

    def answered_before(self, job: Job, item: str) -> bool:
        """Whether the annotator answered an item whose text has changed since."""
        return self.answer(job, item) is None and bool(self._answers(job, item))

    def _answers(self, job: Job, item: str) -> list[Event]:
        """The answers of a job about an item that stand, the latest last."""
        return [
            event
            for event in self.own.standing(item)
            if event.act in ACTS[job.kind] and job.counts(event.campaign, event.at)
        ]


def parts_of(key: str) -> tuple[Kind, str | None]:
    """The kind of a job and its campaign, by its key; None where it has no campaign."""
    kind, _, rest = key.partition(":")
    return "adjudicate" if kind == "adjudicate" else "label", rest.partition(":")[0] or None


_desks: dict[tuple[Path, str], Desk] = {}
_desks_lock = Lock()


def desk_of(root: Path, by: str) -> Desk:
    """The desk of an annotator: one for each server and annotator.

    Raises
    ------
    TagledgerError
        The name cannot be an annotator's.
    """
    with _desks_lock:
        return _desks.setdefault((root, by), Desk(root, by))
