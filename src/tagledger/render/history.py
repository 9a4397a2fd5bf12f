"""Versions, the labels of an item, and the history of a tag, for a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tagledger.render.console import print_indented
from tagledger.render.gates import gate_line
from tagledger.render.output import terminal
from tagledger.words import UNDEFINED, count, number, percent, plain, plural

# Each command needs one of these: what has to be printed is there before it is.
if TYPE_CHECKING:
    from tagledger.history.blame import Blame, LabelBlame, NoLabel
    from tagledger.history.kept_tables import Missing
    from tagledger.history.moves import Change
    from tagledger.history.people import Decided, People
    from tagledger.history.tag_history import TagEvent, TagHistory, TagState
    from tagledger.release.version_list import Overview, VersionRow
    from tagledger.versions import Followed

_WIDE = 100
_TAG_WIDTH = 28


def versions_json(overview: Overview) -> dict[str, Any]:
    """The list of versions as one JSON document."""
    return {
        "format": 3,
        "lineage": overview.followed.document(),
        "versions": [asdict(row) for row in overview.rows],
        "stale": [asdict(change) for change in overview.stale.changes],
        "unreadable": [asdict(one) for one in overview.unreadable],
    }


def print_versions(overview: Overview) -> None:
    """Print the list of versions, and what is left out of it."""
    console, rows = terminal(), overview.rows
    if not rows:
        console.print(
            "There is no version yet. `dvc repro` makes the data, `git commit` records it."
        )
        return
    console.print(_versions_table(rows, wide=console.width >= _WIDE))
    for row in rows:
        if row.state == "broken":
            _print_broken(console, row)
    console.print()
    if any(row.in_workspace for row in rows):
        _note(console, "* the version in the work tree")
    if (line := overview.followed.line()) and not overview.every_source:
        _note(console, f"{line}; `tagledger versions --all` lists all.")
    missing = sum(row.data in {"missing", "unknown"} for row in rows)
    if missing:
        whose = f"The data of {count(missing, 'version')} is not here"
        _note(console, f"{whose}; `tagledger rebuild` brings it back.")
    if any(not gate.compared for row in rows for gate in row.gates):
        _note(
            console,
            "Not compared: `tagledger check` compares the work tree with the last release,\n"
            "`tagledger compare A B --gate` compares any two versions.",
        )


def _versions_table(rows: Sequence[VersionRow], *, wide: bool) -> Table:
    """A row for each version; their sources where there are several."""
    sources = len({row.source for row in rows} - {None}) > 1
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("version", overflow="fold", max_width=20, style="cyan")
    if sources:
        table.add_column("source", overflow="fold", max_width=12)
    table.add_column("date", no_wrap=True)
    for name in ("items", "labels", "tags"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("gates", no_wrap=True)
    table.add_column("data", no_wrap=True)
    if wide:
        table.add_column("what", no_wrap=True, overflow="ellipsis")
    for row in rows:
        table.add_row(
            "*" if row.in_workspace else "",
            plain(row.name),
            *([plain(row.source or UNDEFINED)] if sources else []),
            _day(row.date),
            *map(_if_known, (row.items, row.labels, row.tags)),
            _gates(row),
            row.data,
            *([Text(plain(row.subject or ""))] if wide else []),
        )
    return table


def _print_broken(console: Console, row: VersionRow) -> None:
    console.print()
    console.print(Text(plain(row.name), style="cyan"))
    if row.failed_checks:
        print_indented(console, f"BROKEN  {count(row.failed_checks, 'schema check')}")
    for gate in row.gates:
        if gate.broken:
            print_indented(console, gate_line(gate))


def _gates(row: VersionRow) -> Text:
    if row.state == "unknown":
        return Text("unknown", style="dim")
    if row.state == "hold":
        return Text("hold", style="green")
    if row.state == "broken":
        broken = (row.failed_checks or 0) + sum(gate.broken for gate in row.gates)
        return Text(f"{broken} broken", style="red")
    hold = sum(gate.holds for gate in row.gates)
    kept = f"{hold} {plural(hold, 'holds', 'hold')}, " if hold else ""
    return Text(f"{kept}{len(row.gates) - hold} not compared", style="yellow")


def blame_json(history: Blame) -> dict[str, Any]:
    """The labels of an item as one JSON document."""
    return {
        "format": 2,
        "id": history.id,
        "title": history.title,
        "layer": history.layer,
        "version": history.version,
        "exists": history.exists,
        "lineage": history.followed.document(),
        "labels": [{"tag": one.tag, **_label_json(one)} for one in history.labels],
        "no_labels": [
            {"tag": one.tag, "decided": _with_people(asdict(one.decided))}
            for one in history.no_labels
        ],
        "missing": _missing_json(history.missing),
        "shallow": history.shallow,
    }


def _label_json(label: LabelBlame) -> dict[str, Any]:
    return {
        "present": label.taken is None,
        "brought": _with_people(asdict(label.brought)),
        "taken": None if label.taken is None else _with_people(asdict(label.taken)),
        "decided": None if label.decided is None else _with_people(asdict(label.decided)),
    }


def _with_people(document: dict[str, Any]) -> dict[str, Any]:
    people: dict[str, Any] = document.pop("people")
    return document | people


def print_blame(history: Blame) -> None:
    """Print where the labels of an item come from."""
    console = terminal()
    current = [label for label in history.labels if label.taken is None]
    lost = [label for label in history.labels if label.taken is not None]
    title = f": {plain(history.title)}" if history.title else ""
    console.print(Text(f"Item {plain(history.id)}{title}", style="bold"))
    state = "" if history.exists else ", which no longer has the item"
    console.print(
        f"{count(len(current), f'{history.layer} label')} in {plain(history.version)}{state}"
    )
    width = min(max((len(plain(label.tag)) for label in history.labels), default=0), _TAG_WIDTH)
    for heading, labels in (("", current), ("Lost", lost)):
        if labels:
            console.print()
        if labels and heading:
            console.print(Text(heading, style="bold"))
        for label in labels:
            change = label.taken or label.brought
            _print_change(console, plain(label.tag), width, change, history)
            for text in _decided(label):
                _beside(console, width, text)
            if label.taken is not None:
                _beside(console, width, f"the item had it since {plain(label.brought.version)}")
    _print_no_labels(console, history.no_labels)
    _print_followed(console, history.followed)
    _print_missing(console, history.missing)


def _print_no_labels(console: Console, no_labels: Sequence[NoLabel]) -> None:
    """Print the tags that people say the item does not have, those of the same people together."""
    tags: dict[str, list[str]] = {}
    for one in no_labels:
        tags.setdefault(_decision(one.decided), []).append(plain(one.tag))
    if tags:
        console.print()
        console.print(Text("No label, as people say", style="bold"))
    for people, names in tags.items():
        console.print(Padding(Text(", ".join(names), style="cyan"), (0, 0, 0, 2)))
        console.print(Padding(Text(people, style="dim"), (0, 0, 0, 4)))


def _print_followed(console: Console, followed: Followed) -> None:
    if line := followed.line():
        console.print()
        _note(console, f"{line}.")


def _print_change(console: Console, tag: str, width: int, change: Change, history: Blame) -> None:
    if len(tag) > width:
        console.print(Text(f"  {tag}", style="cyan"))
        tag = ""
    # If the name of a version is its commit, show it once.
    commit = "" if change.commit is None else change.commit[:7]
    parts = [plain(change.version), commit, _day(change.date), plain(change.author or "")]
    shown = [part for part in dict.fromkeys(parts) if part]
    line = Text.assemble((f"  {tag:<{width}}  ", "cyan"), "  ".join(shown))
    console.print(line, no_wrap=True, overflow="ellipsis")
    for text in _why(change, history):
        _beside(console, width, text)


def _beside(console: Console, width: int, text: str) -> None:
    """Print a line below a tag; what does not fit in it goes on at the same column."""
    console.print(Padding(Text(text, style="dim"), (0, 0, 0, width + 4), expand=False))


def _why(change: Change, history: Blame) -> list[str]:
    if change.cause is not None:
        from tagledger.compare.cause_table import CAUSES

        why = [CAUSES[change.cause]]
    elif change.after is not None:
        why = ["the cause is not known: data that would show it is missing"]
    elif change.between:
        return [f"it was gained in this version or before; {_names(change.between)} cannot be read"]
    else:
        of = f" of the source {plain(history.followed.source)}" if history.followed.left_out else ""
        why = [f"in the first version{of}{' of this shallow clone' if history.shallow else ''}"]
    if change.people.events:
        why.append(_who(change.people))
    if change.between:
        why.append(f"or the change was in {_names(change.between)}, which cannot be read")
    return why


_DECIDED = {
    "suggested": "suggested",
    "disputed": "disputed",
    "labelled": "labelled",
    "adjudicated": "adjudicated",
    "gold": "set as gold",
}


def _decided(label: LabelBlame) -> list[str]:
    """What people say of a label now, where that is not what changed it."""
    decided = label.decided
    change = label.taken or label.brought
    if decided is None or decided.people.events == change.people.events:
        return []
    confirmed = decided.state == "labelled" and decided.source and label.taken is None
    return [f"confirmed {_who(decided.people)}" if confirmed else _decision(decided)]


def _decision(decided: Decided) -> str:
    """A verdict in words."""
    stands = decided.state in {"suggested", "disputed"}
    words = f"{_DECIDED[decided.state]} {_who(decided.people)}"
    return f"{words}; what the source says stands" if stands else words


def _who(people: People) -> str:
    """The people behind a label, such as "by ann in the campaign spring, with doccano"."""
    names = ", ".join(filter(None, (people.annotator, people.adjudicator)))
    campaign = f" in the campaign {plain(people.campaign)}" if people.campaign else ""
    tool = f", with {plain(people.tool)}" if people.tool else ""
    lost = "" if people.is_complete else "; an event of theirs was not found"
    return f"by {plain(names)}{campaign}{tool}{lost}"


def _names(versions: Sequence[str]) -> str:
    """Names of versions, the earliest first."""
    return ", ".join(plain(name) for name in reversed(versions))


def history_json(history: TagHistory) -> dict[str, Any]:
    """The history of a tag as one JSON document."""
    return {
        "format": 3,
        "tag": history.tag,
        "lineage": history.followed.document(),
        "versions": [_state_json(state) for state in history.states],
        "missing": _missing_json(history.missing),
        "shallow": history.shallow,
    }


def _state_json(state: TagState) -> dict[str, Any]:
    events = [event._asdict() | {"to": event.to or None} for event in state.tag_events]
    return asdict(state) | {"tag_events": events}


def print_history(history: TagHistory) -> None:
    """Print the history of a tag."""
    console = terminal()
    console.print(Text(f"Tag {plain(history.tag)}", style="bold"))
    console.print()
    # People's answers have a column only where they made a difference.
    answered = any(state.annotated_count != state.clean_count for state in history.states)
    layers = ("clean", "annotated", "filtered") if answered else ("clean", "filtered")
    tight = answered and console.width < _WIDE
    space = (0, 1 if tight else 2, 0, 0)
    table = Table(box=None, pad_edge=False, padding=space, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("version", overflow="fold", min_width=7, max_width=20, style="cyan")
    table.add_column("date", no_wrap=True)
    for name in (*layers, "of labels", "of items"):
        shown = name.replace(" ", "\n") if tight else name
        table.add_column(shown, justify="right", no_wrap=True)
    table.add_column("decision", overflow="fold")
    for state in history.states:
        table.add_row(
            "*" if state.in_workspace else "",
            plain(state.version),
            _day(state.date),
            _if_known(state.clean_count),
            *([_if_known(state.annotated_count)] if answered else []),
            number(state.count),
            percent(state.share, 1),
            UNDEFINED if state.presence is None else percent(state.presence, 1),
            UNDEFINED if state.decision is None else state.decision.replace("_", " "),
        )
    console.print(table)
    renames = [(state, rename) for state in history.states for rename in state.renames]
    if renames:
        console.print()
    for state, rename in renames:
        before, after = (", ".join(map(plain, tags)) for tags in (rename.before, rename.after))
        print_indented(
            console,
            f"{plain(state.version)}: {rename.kind} {before} → {after} "
            f"({count(rename.items, 'item')}, overlap {percent(rename.overlap, 1)})",
        )
    events = [(state, event) for state in history.states for event in state.tag_events]
    if events:
        console.print()
    for state, event in events:
        print_indented(console, f"{plain(state.version)}: {_tag_event(event)}")
    if not history.has_labels:
        print_indented(console, "no version has a label with this tag yet; only events name it")
    console.print()
    _note(console, "* the version in the work tree; clean: items with the tag before the filter;")
    if answered:
        _note(console, "annotated: the same, after people's answers;")
    _note(console, "of labels, of items: share of the filtered labels, and of all clean items")
    if history.shallow:
        _note(console, "This clone is shallow: `git fetch --unshallow` brings earlier versions.")
    _print_followed(console, history.followed)
    _print_missing(console, history.missing)


def _tag_event(event: TagEvent) -> str:
    to = f" → {plain(event.to)}" if event.to else ""
    return f"{event.act} {plain(event.tag)}{to} by {plain(event.by)}, event {event.event}"


def _missing_json(missing: Sequence[Missing]) -> list[dict[str, str]]:
    return [
        {
            "version": one.version.name,
            "problem": one.problem.what,
            "next": one.problem.hint,
        }
        for one in missing
    ]


def _print_missing(console: Console, missing: Sequence[Missing]) -> None:
    for one in missing:
        console.print()
        console.print(
            Text.assemble(
                (f"{plain(one.version.name)} is left out", "yellow"), f": {plain(one.problem.what)}"
            )
        )
        print_indented(console, f"next: {plain(one.problem.hint)}")


def _note(console: Console, text: str) -> None:
    console.print(Text(text, style="dim"))


def _if_known(value: int | None) -> str:
    return UNDEFINED if value is None else number(value)


def _day(date: datetime | None) -> str:
    return "" if date is None else date.date().isoformat()
