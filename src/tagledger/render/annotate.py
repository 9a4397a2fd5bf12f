"""Campaigns, imports and changes of tags, for a terminal of 80 columns and as JSON."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tagledger.words import UNDEFINED, count, listed, number, plain, plural

if TYPE_CHECKING:
    from tagledger.annotation_tools.answers import Tool
    from tagledger.campaigns.exporting import Exported
    from tagledger.campaigns.finishing import Finished
    from tagledger.campaigns.importing import Import, Imported
    from tagledger.campaigns.starting import Started
    from tagledger.campaigns.status import Status
    from tagledger.campaigns.tag_events import Changed

_WIDTH = 80
_NAMED = 5


def wrapped(text: str, indent: str = "") -> list[str]:
    """A sentence in lines that fit a terminal."""
    return textwrap.wrap(
        plain(text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _people(names: Sequence[str]) -> str:
    return listed([plain(name) for name in names], _NAMED)


def started_lines(started: Started, for_ever: str) -> Iterator[str]:
    """What was handed out to whom, and what to do next."""
    campaign = started.campaign
    ids = campaign.item_ids
    yield from wrapped(
        f"Campaign {campaign.name}: {count(len(ids), 'item')} for "
        f"{_people(campaign.annotators)}, each for {campaign.overlap} of them; "
        f"{count(len(campaign.tags), 'tag')}."
        + (f" {count(campaign.gold, 'gold item')} among them." if campaign.gold else "")
    )
    if started.new_items:
        yield from wrapped(
            f"{count(started.new_items, 'item is', 'items are')} new to the dataset, and in it "
            "after the next `dvc repro`."
        )
    for who in campaign.annotators:
        yield f"  {who}: {count(len(campaign.items[who]), 'item')}"
    for note in started.notes:
        yield from wrapped(f"note: {note}")
    yield from wrapped(for_ever)
    yield "Next:"
    first = campaign.annotators[0]
    yield from commands(
        [
            f"tagledger dashboard --annotator {first}",
            f"tagledger annotate export {campaign.name} --tool spreadsheet {campaign.name}.csv",
        ],
        "or",
    )
    yield from wrapped("and, for those who work in other clones:")
    folders = " ".join(sorted({path.parent.as_posix() for path in started.files}))
    yield f"  git add {folders} && git commit -m 'Start {campaign.name}'"


def commands(lines: Iterable[str], between: str = "") -> Iterator[str]:
    """Commands, each on a line of its own, which is never broken."""
    for at, line in enumerate(lines):
        if at and between:
            yield between
        yield f"  {line}"


def status_json(statuses: Sequence[Status]) -> dict[str, Any]:
    """How far campaigns are, as docs/annotate.status.schema.json describes it."""
    return {"format": 1, "campaigns": [_status_object(one) for one in statuses]}


def _status_object(status: Status) -> dict[str, Any]:
    campaign = status.campaign
    return {
        "name": campaign.name,
        "query": campaign.query,
        "started": campaign.started,
        "finished": campaign.finished,
        "tags": list(campaign.tags),
        "overlap": campaign.overlap,
        "gold": campaign.gold,
        "items": status.items,
        "answered": status.answered,
        "complete": status.complete,
        "left": status.left,
        "disputed": list(status.disputed),
        "agreement": {"alpha": status.agreement, "items": status.compared},
        "annotators": [
            {
                "name": one.annotator,
                "handed_out": one.handed_out,
                "answered": one.answered,
                "skipped": one.skipped,
                "left": one.left,
                "withdrawn": one.withdrawn,
            }
            for one in status.people
        ],
    }


def status_lines(statuses: Sequence[Status]) -> Iterator[str]:
    """How far campaigns are: a line each, or a table for one."""
    if not statuses:
        yield "There is no campaign yet. Next:"
        yield "  tagledger annotate start NAME --items random:100 --annotators ann,bob"
        return
    if len(statuses) > 1:
        yield from _table(
            ("campaign", "items", "answered", "left", "disputed", "alpha", "state"),
            [
                (
                    one.campaign.name,
                    number(one.items),
                    number(one.answered),
                    number(one.left),
                    number(len(one.disputed)),
                    _alpha(one),
                    "finished" if one.campaign.finished else "open",
                )
                for one in statuses
            ],
        )
        return
    yield from _one_status(statuses[0])


def _one_status(status: Status) -> Iterator[str]:
    campaign = status.campaign
    state = f"finished on {campaign.finished[:10]}" if campaign.finished else "open"
    yield from wrapped(
        f"{campaign.name} ({plain(campaign.query)}), started on {campaign.started[:10]}, {state}"
    )
    yield from wrapped(
        f"{number(status.answered)} of {count(status.items, 'item')} answered, "
        f"{number(status.complete)} by all who have them; "
        f"{count(len(campaign.tags), 'tag')}"
    )
    yield from _table(
        ("annotator", "handed out", "answered", "skipped", "left", ""),
        [
            (
                one.annotator,
                number(one.handed_out),
                number(one.answered),
                number(one.skipped),
                number(one.left),
                "withdrawn" if one.withdrawn else "",
            )
            for one in status.people
        ],
    )
    if status.agreement is None:
        yield "agreement: no item has the answers of two annotators yet"
    else:
        yield from wrapped(
            f"agreement: alpha {_alpha(status)} on {count(status.compared, 'item')} that several "
            "answered"
        )
    some = ", ".join(map(plain, status.disputed[:_NAMED]))
    more = f" and {number(len(status.disputed) - _NAMED)} more" if status.disputed[_NAMED:] else ""
    yield from wrapped(
        f"disputed: {count(len(status.disputed), 'item')}"
        + (f": {some}{more}" if status.disputed else "")
    )


def _alpha(status: Status) -> str:
    return UNDEFINED if status.agreement is None else number(status.agreement, 3)


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns of text: the first to the left, numbers to the right; it fits a terminal.

    The names in the first column are cut where they would not.
    """
    widths = [max(len(row[at]) for row in [names, *rows]) for at in range(len(names))]
    room = _WIDTH - sum(widths[1:]) - len(_BETWEEN) * (len(widths) - 1)
    widths[0] = min(widths[0], room)
    for row in [names, *rows]:
        first = row[0] if len(row[0]) <= widths[0] else f"{row[0][: widths[0] - 1]}…"
        cells = [first.ljust(widths[0])]
        cells += [
            cell.ljust(width) if at == len(names) - 1 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row[1:], widths[1:], strict=True), 1)
        ]
        yield _BETWEEN.join(cells).rstrip()


_BETWEEN = "  "


def exported_lines(exported: Sequence[Exported], tool: Tool, day: str) -> Iterator[str]:
    """Which files were written for whom, and how answers come back from the tool.

    Parameters
    ----------
    exported
        The files of each annotator.
    tool
        The tool that they are for.
    day
        The day of the calendar, as `--at` takes it.
    """
    for one in exported:
        if not one.files:
            yield f"{one.annotator}: nothing is left to answer"
        for at, path in enumerate(one.files):
            what = count(one.items, "item") if at == 0 else "goes with it"
            yield f"{one.annotator}: {plain(path)} ({what})"
        if one.gone:
            yield from wrapped(
                f"note: {count(one.gone, 'item')} of the campaign "
                f"{plural(one.gone, 'is', 'are')} not in the dataset any more, and left out"
            )
    yield "Next, when they come back with answers:"
    yield from commands(_imports([one for one in exported if one.files], tool, day))
    if tool.EXPORTS:
        yield from wrapped(
            f"where EXPORT is what {tool.TITLE} exports. Of a file with the answers of several "
            "people leave --annotator out, and say who is who by `--as 'NAME IN THE FILE=NAME'`."
        )
    if not tool.DATED:
        yield "--at is the day on which people answered."


def _imports(exported: Sequence[Exported], tool: Tool, day: str) -> Iterator[str]:
    """The commands that take the answers back: one for all files, or one for each person."""
    options = [*tool.IMPORT_OPTIONS, *([] if tool.DATED else [f"--at {day}"])]
    end = "".join(f" {option}" for option in options)
    if tool.EXPORTS:
        for one in exported[:_NAMED]:
            file = f"EXPORT-{one.annotator}{tool.EXPORTS}"
            yield f"tagledger annotate import {file} --annotator {one.annotator}{end}"
        return
    names = " ".join(shlex.quote(str(one.files[0])) for one in exported[:_NAMED])
    more = " …" if exported[_NAMED:] else ""
    yield f"tagledger annotate import {plain(names)}{more}{end}"


def import_json(result: Import) -> dict[str, Any]:
    """What became of files, as docs/annotate.import.schema.json describes it."""
    total = result.total
    return {
        "format": 1,
        "dry_run": result.dry_run,
        **_import_object(total, with_file=False),
        "copies": list(result.copies),
        "written": sorted(path.as_posix() for path in result.written),
        "files": [_import_object(one, with_file=True) for one in result.files],
    }


def _import_object(imported: Imported, *, with_file: bool) -> dict[str, Any]:
    document: dict[str, Any] = {"file": imported.file} if with_file else {}
    document |= {
        "tool": imported.tool,
        "new": imported.new,
        "known": imported.known,
        "skips": imported.skips,
        "none": imported.none,
        "unasked": imported.unasked,
        "comments": imported.comments,
        "unknown_items": len(imported.unknown_items),
        "unknown_tags": len(imported.unknown_tags),
        "text_changed": imported.text_changed,
        "people": dict(sorted(imported.people.items())),
        "unknown": {
            "items": dict(sorted(imported.unknown_items.items())),
            "tags": dict(sorted(imported.unknown_tags.items())),
        },
    }
    return document | ({"notes": list(imported.notes)} if with_file else {})


def import_lines(result: Import, for_ever: str) -> Iterator[str]:
    """What became of files, and what to do next."""
    for one in result.files:
        yield from wrapped(f"{one.file} ({one.tool}): {_in_words(one)}")
        for note in one.notes:
            yield from wrapped(f"note: {note}", "  ")
    for note in result.copies:
        yield from wrapped(f"warning: {note}")
    yield from _unknown(result.total)
    renamed = {name: new for name, new in result.total.people.items() if name != new}
    if renamed:
        some = [f"{plain(name)} is {new}" for name, new in sorted(renamed.items())]
        yield from wrapped(
            f"People of the files: {listed(some, _NAMED)}. {for_ever} "
            "`--as 'NAME IN THE FILE=PSEUDONYM'` gives another name."
        )
    if result.dry_run:
        yield "Nothing was written: this was a dry run."
    elif result.written:
        yield "Written: " + "\n  ".join(path.as_posix() for path in result.written)
        yield "Next: dvc repro, which makes labels of the answers; then git add and git commit"
    else:
        yield "Nothing is new: nothing was written."


def _in_words(one: Imported) -> str:
    parts = [f"{count(one.new, 'new answer')}, {number(one.known)} known"]
    for value, one_text, many_text in (
        (one.none, "says that no tag applies", "say that no tag applies"),
        (one.skips, "skipped", None),
        (one.comments, "only a note", "only notes"),
        (one.unasked, "not answered, and left out", None),
        (
            one.text_changed,
            "about a text that has changed since, so that the build sets it aside",
            "about texts that have changed since, so that the build sets them aside",
        ),
    ):
        if value:
            parts.append(f"{number(value)} {plural(value, one_text, many_text or one_text)}")
    return "; ".join(parts)


def _unknown(total: Imported) -> Iterator[str]:
    if total.unknown_items:
        yield from wrapped(
            f"No item of the dataset: {_counted(total.unknown_items)}. Answers with an id are kept,"
            " and count once there is such an item; those without one are not."
        )
    if total.unknown_tags:
        yield from wrapped(f"Tags that the dataset did not have: {_counted(total.unknown_tags)}.")


def _counted(counts: Mapping[str, int]) -> str:
    named = [f"{plain(name)} ({number(many)})" for name, many in sorted(counts.items())]
    return listed(named, _NAMED)


def finished_lines(finished: Finished, folders: Sequence[str]) -> Iterator[str]:
    """What is open in a campaign that is finished, and what to do next."""
    status = finished.status
    name = finished.campaign.name
    yield f"{name} {'was finished before' if finished.again else 'is finished'}."
    yield from _one_status(status)
    if status.left:
        yield from wrapped(
            f"{count(status.left, 'answer')} did not come; what comes later is imported as before."
        )
    if finished.commit:
        yield f"Committed as {finished.commit[:10]}: nothing but the answers and the campaign."
    steps = (
        []
        if finished.commit
        else [f"git add {' '.join(folders)} && git commit -m 'Annotate {name}'"]
    )
    if status.disputed:
        first = plain(shlex.quote(status.disputed[0]))
        steps.append(f"tagledger annotate adjudicate {first} --yes TAG --no TAG --by NAME")
    yield "Next:"
    yield from commands([*steps, "dvc repro"])
    if status.disputed:
        yield "What is disputed may be decided on the dashboard, too."


def changed_lines(changed: Changed) -> Iterator[str]:
    """What a change of tags touches, and what to do next."""
    event = changed.event
    before, after = _people(event.sources), _people(event.to)
    words = {
        "rename": f"{before} is renamed to {after}",
        "merge": f"{before} become {after}",
        "split": f"{before} is split into {after}",
        "retire": f"{before} is retired",
    }
    labels = count(changed.labels, "label")
    yield from wrapped(
        f"{words[event.act]}: {labels} on {count(changed.items, 'item')}, in the last build."
    )
    if event.act == "split":
        yield from wrapped(
            "A label stays until each part is decided for its item; what people answered is a "
            "suggestion for each part."
        )
    yield f"Written: {changed.path.as_posix()}"
    yield "Next: dvc repro, then git add data/annotations dvc.lock reports and git commit"
