"""Files of labelling tools become events: whole files, all of them or none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.copies import copies, sentence
from tagledger.annotation_tools.registry import check_options, recognise
from tagledger.annotation_tools.registry import tool as tool_of
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.campaigns.answer_events import Asker, Read, read_answers
from tagledger.campaigns.answered import asked_of
from tagledger.campaigns.doubts import (
    doubts,
    of_the_future,
    refuse_another_campaign,
    refuse_another_tool,
)
from tagledger.campaigns.tag_words import tag_words
from tagledger.campaigns.tags_now import read_event
from tagledger.errors import TagledgerError, os_errors
from tagledger.events.event import Event
from tagledger.events.store import event_files
from tagledger.events.writing import keep_taxonomy, write_session
from tagledger.verdicts.tag_changes import in_time
from tagledger.words import count


@dataclass(frozen=True)
class Imported:
    """What became of a file, or of several together.

    Attributes
    ----------
    new, known
        Events that were not there before, and those that were.
    skips, none, unasked, comments
        As `Read` has them; of all answers, new or known.
    unknown_items, unknown_tags
        How often, by the id (or the text) and by the tag.
    text_changed
        Answers about another text than the item has now: the build sets them aside.
    """

    file: str
    tool: str
    new: int
    known: int
    skips: int
    none: int
    unasked: int
    comments: int
    unknown_items: Mapping[str, int]
    unknown_tags: Mapping[str, int]
    text_changed: int
    people: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Import:
    """What became of all files.

    Attributes
    ----------
    files
        Each by itself, in the order in which they were named.
    written
        The new files of events, from the folder of dvc.yaml; none in a dry run.
    copies
        Sentences on annotators who agree in everything.
    """

    files: tuple[Imported, ...]
    written: tuple[Path, ...] = ()
    copies: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def total(self) -> Imported:
        """All files together."""
        return Imported(
            file="",
            tool=", ".join(dict.fromkeys(one.tool for one in self.files)),
            **{
                key: sum(getattr(one, key) for one in self.files)
                for key in ("new", "known", "skips", "none", "unasked", "comments", "text_changed")
            },
            unknown_items=_added(one.unknown_items for one in self.files),
            unknown_tags=_added(one.unknown_tags for one in self.files),
            people={name: new for one in self.files for name, new in one.people.items()},
        )


@dataclass(frozen=True)
class Source:
    """A file, and how it is to be read.

    Attributes
    ----------
    tool
        The name of its tool; None: its content says which it is.
    options
        What is chosen of the tool's options.
    """

    path: Path
    tool: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


def import_files(
    root: Path, sources: Sequence[Source], asker: Asker, *, dry_run: bool = False
) -> Import:
    """Read files of labelling tools, and keep what is new in them as events.

    Raises
    ------
    TagledgerError
        A file cannot be read, or has no answer about an item of this dataset; then none is kept.
    """
    words = tag_words(root, asker)
    read = [_read(source, asker, words) for source in sources]
    people = {event.by for one in read for event in one.events}
    earlier = _Earlier(root, people)
    new_of = [_new(one, earlier) for one in read]
    new = [event for events in new_of for event in events]
    written: list[Path] = []
    if not dry_run and new:
        _keep_taxonomies(root, new, asker)
        written = write_session(root, new, "import")
    done = tuple(_imported(one, len(events)) for one, events in zip(read, new_of, strict=True))
    return Import(
        files=done,
        written=tuple(path.relative_to(root) for path in written),
        copies=tuple(_copies(earlier, people)),
        dry_run=dry_run,
    )


def _read(source: Source, asker: Asker, words: frozenset[str]) -> Read:
    file = ToolFile(source.path)
    tool = tool_of(source.tool) if source.tool else recognise(source.path)
    check_options(tool, source.options, "reading")
    campaign = asker.campaign
    options = Options(
        tags=frozenset(tag for tags, _ in (campaign.lists if campaign else ()) for tag in tags)
        | asker.names.known,
        words=words,
        ids=frozenset(asker.items.texts),
        chosen=source.options,
    )
    read = Read(source.path, tool.NAME)
    answers = list(tool.read(file, options, read.notes))
    refuse_another_campaign(source.path, answers, asker)
    read_answers(read, answers, asker)
    if source.tool is not None:
        refuse_another_tool(source.path, tool, read)
    read.notes += doubts(read, asker)
    read.notes += _of_aliases(read, asker)
    if read.answers and not read.matched:
        raise _no_item(read, answers, asker)
    if read.matched >= _FEWEST and not read.alike:
        raise TagledgerError(
            "the ids of this file are of another dataset: this one has such ids too, and none of "
            f"the {count(read.matched, 'text')} is like that of its item",
            where=read.file,
            hint="import it in the repository of its own dataset; if all texts were written anew "
            "since, take the texts out of the file",
        )
    return read


def _of_aliases(read: Read, asker: Asker) -> Iterable[str]:
    """Yield what the build makes of answers by an alias of the source's taxonomy."""
    for alias, many in sorted(read.aliases.items()):
        tag = asker.names.source_aliases[alias]
        says = f"{count(many, 'answer says', 'answers say')} {alias}, an alias of {tag}: "
        if asker.names.resolve_aliases:
            yield f"{says}the build takes it for {tag}"
        else:
            yield (
                f"{says}it stays a tag of its own, unless params.yaml says "
                "`resolve_aliases: true` under `clean:`"
            )


_FEWEST = 5  # texts that are not like those of their items before a file is taken for a stranger


def _no_item(read: Read, answers: Sequence[Answer], asker: Asker) -> TagledgerError:
    """The error of a file none of whose answers is about an item of this dataset."""
    ids = [answer.item for answer in answers if answer.item is not None]
    have = ", ".join(list(asker.items.texts)[:3]) or "none"
    if ids:
        what = f"its ids, such as {', '.join(ids[:3])}, are none of the dataset, such as {have}"
        hint = "import it in the repository of its own dataset"
        if not any(answer.text for answer in answers):
            hint += ", or bring the dataset's ids into it, in a column `id`"
    else:
        what = "it has no ids, and its texts are not those of the dataset"
        hint = f"bring the dataset's ids into it, such as {have}, in a column `id`"
    if asker.items.are_numbers and ids and not any(one.strip().isdecimal() for one in ids):
        what += "; the dataset's ids are whole numbers"
    return TagledgerError(
        f"no answer of this file is about an item of this dataset: {what}",
        where=read.file,
        hint=hint,
    )


class _Earlier:
    """The events that the repository has.

    Those of the people of the files are read and proven; of others what they answered is enough.
    """

    def __init__(self, root: Path, people: Collection[str]) -> None:
        self._root = root
        self._kept: dict[str, tuple[str, ...]] = {}
        self.answers: list[tuple[str, str, Answer]] = []
        self.by_key: dict[tuple[object, ...], list[Event]] = {}
        self.by_item: dict[tuple[str, str | None], list[Event]] = {}
        self.replaced: set[str] = set()
        for path in event_files(root):
            read = self._read_own if path.parent.name in people else self._glance
            with os_errors(path), path.open("rb") as stream:
                for line in stream:
                    read(line)

    def _read_own(self, line: bytes) -> None:
        event = read_event(line)
        if event is not None:
            self.add(event)

    def _glance(self, line: bytes) -> None:
        """Take the answer of a line, whose id nobody needs here."""
        with suppress(ValueError, KeyError, TypeError):
            content = orjson.loads(line)
            if content["act"] == "label":
                answer = Answer(
                    kind="label",
                    place="",
                    item=content["item"],
                    by=content["by"],
                    yes=tuple(content["yes"]),
                )
                self.answers.append((content["at"], content["id"], answer))

    def add(self, event: Event) -> None:
        self.by_key.setdefault(_key(event), []).append(event)
        self.replaced.update(event.replaces)
        if event.act == "label":
            answer = Answer(
                kind="label", place="", item=event.item, by=event.by, yes=event.yes or ()
            )
            self.answers.append((event.at, event.id, answer))
            self.by_item.setdefault((event.by, event.item), []).append(event)

    def asked(self, event: Event) -> set[str]:
        """The tags that an event was asked."""
        return set(asked_of(self._root, event, self._kept))

    def replaced_by(self, event: Event) -> set[str]:
        """The ids of answers of the same time whose tags an answer asks again."""
        same_time = (one for one in self._of_item(event) if one.at == event.at)
        return {one.id for one in same_time if self.asked(one) <= self.asked(event)}

    def has(self, event: Event, *, undated: bool) -> Event | None:
        """The event that says the same: of the same tool and answer, and no less was asked.

        Of an answer whose file has no time one of another time is the same, if it still stands.
        """
        asked = self.asked(event)
        for one in self.by_key.get(_key(event), ()):
            had = self.asked(one)
            same_time = one.at == event.at or (undated and self._stands(one))
            if same_time and not (had <= set(event.yes or ()) and asked - had):
                return one
        return None

    def _stands(self, event: Event) -> bool:
        """Whether no other answer has taken the place of one, or a part of it."""
        asked = self.asked(event)
        return event.id not in self.replaced and not any(
            in_time(one) > in_time(event) and not asked.isdisjoint(self.asked(one))
            for one in self._of_item(event)
        )

    def _of_item(self, event: Event) -> Sequence[Event]:
        return self.by_item.get((event.by, event.item), ())


def _key(event: Event) -> tuple[object, ...]:
    return event.act, event.by, event.item, event.yes, event.tool


def _new(read: Read, earlier: _Earlier) -> list[Event]:
    """Those that are not there yet, which `earlier` has afterwards.

    An answer of the same time as an earlier one of the same person to the same item takes its
    place: else their ids would tell by chance which of them holds.
    """
    events: list[Event] = []
    names: dict[str, str] = {}
    taken_back = 0
    for event in read.events:
        same = earlier.has(event, undated=event.id in read.undated)
        if same is not None:
            names[event.id] = same.id
            taken_back += same.id in earlier.replaced
            continue
        replaced = {names.get(name, name) for name in event.replaces}
        if event.act == "label":
            replaced |= earlier.replaced_by(event)
        new = replace(event, replaces=tuple(replaced)) if replaced else event
        names[event.id] = new.id
        earlier.add(new)
        events.append(new)
    if taken_back and not events:
        read.notes.append(
            f"{count(taken_back, 'answer is', 'answers are')} known, and others of the same time "
            "took their place: if these are to count again, say by `--at` that they are later"
        )
    return events


def _keep_taxonomies(root: Path, events: Iterable[Event], asker: Asker) -> None:
    wanted = {event.tax for event in events if event.tax is not None}
    shown = [pair for one in asker.campaigns.values() for pair in one.lists]
    lists = [tags for tags, tax in shown if tax in wanted]
    if asker.asked_all and asker.asked_all_hash in wanted:
        lists.append(asker.asked_all)
    for tags in lists:
        keep_taxonomy(root, tags)


def _imported(read: Read, new: int) -> Imported:
    notes = [*read.notes, *of_the_future(read.events)]
    if read.nothing_asked:
        notes.append(
            f"{count(read.nothing_asked, 'answer says', 'answers say')} that no tag applies, and "
            "nothing says which tags were asked: `--asked all`, or `--campaign NAME`, says it"
        )
    return Imported(
        file=str(read.file),
        tool=read.tool,
        new=new,
        known=len(read.events) - new,
        skips=read.skips,
        none=read.none,
        unasked=read.unasked,
        comments=read.comments,
        unknown_items=read.unknown_items,
        unknown_tags=read.unknown_tags,
        text_changed=read.text_changed,
        people=read.people,
        notes=tuple(notes),
    )


def _copies(earlier: _Earlier, people: Collection[str]) -> Iterable[str]:
    """Sentences on annotators of the files who agree with somebody in everything."""
    in_order = sorted(earlier.answers, key=lambda one: one[:2])
    pairs = copies(answer for _, _, answer in in_order)
    return [sentence(pair) for pair in pairs if not set(people).isdisjoint(pair[:2])]


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in counts:
        for name, many in one.items():
            sums[name] = sums.get(name, 0) + many
    return sums
