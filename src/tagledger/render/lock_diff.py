"""The difference of two dvc.lock as plain lines, which git shows in its pager."""

from __future__ import annotations

from collections.abc import Sequence

from tagledger.errors import TagledgerError
from tagledger.history.lock_diff import LockDiff
from tagledger.versions import Version
from tagledger.words import many, plain, signed

_TAGS = 12
_NAMED = 5


def lock_diff_lines(path: str, found: LockDiff) -> list[str]:
    """What changed, the most important first."""
    lines = [f"{plain(path)}: {_name(found.a)} → {_name(found.b)}"]
    if not found.outputs:
        return [*lines, "  the data is the same; the record of code or parameters changed"]
    if found.labels_changed:
        lines += _overview(found)
        lines += _renames(found)
        lines += _tags(found)
    else:
        lines.append(f"  all {found.labels_b:,} filtered labels are the same")
    if found.a is not None and found.b is not None and not found.labels_changed:
        lines.append(f"  changed: {_some(found.outputs)}")
    return lines


def lock_problem_lines(path: str, problem: TagledgerError) -> list[str]:
    """What to show where the difference cannot be told."""
    what, hint = problem.what.splitlines()[0], problem.hint.splitlines()[0]
    return [f"{plain(path)}: {plain(what)}", f"  next: {plain(hint)}"]


def _overview(found: LockDiff) -> list[str]:
    new = sum(not tag.count_a for tag in found.tags)
    gone = sum(not tag.count_b for tag in found.tags)
    items = _both(found.items_added, found.items_removed)
    names = ("relabelled", "entered", "dropped")
    of_kept = [f"{number:,} {name}" for name in names if (number := getattr(found, name))]
    kept = _both(found.added, found.removed, " on kept items")
    others = _both(found.came, found.left, " with their items")
    return [
        _line("items", found.items_a, found.items_b, items, *of_kept),
        _line("labels", found.labels_a, found.labels_b, kept, others),
        _line("tags", found.tags_a, found.tags_b, _both(new, gone)),
    ]


def _line(name: str, before: int, after: int, *changes: str) -> str:
    said = ", ".join(change for change in changes if change)
    return f"  {name:<7} {f'{before:,} → {after:,}':<15}  {said}".rstrip()


def _both(more: int, fewer: int, of: str = "") -> str:
    said = " ".join(signed(number) for number in (more, -fewer) if number)
    return f"{said}{of}" if said else ""


def _renames(found: LockDiff) -> list[str]:
    return [
        f"  {rename.kind:<7} {_some(rename.before)} → {_some(rename.after)} "
        f"({many(rename.items, 'item')})"
        for rename in found.renames
    ]


def _tags(found: LockDiff) -> list[str]:
    renamed = {tag for rename in found.renames for tag in (*rename.before, *rename.after)}
    tags = [tag for tag in found.tags if tag.tag not in renamed]
    shown = tags[:_TAGS]
    width = max((len(plain(tag.tag)) for tag in shown), default=0)
    lines = [
        f"  {signed(tag.count_b - tag.count_a):>7}  {plain(tag.tag):<{width}}  "
        f"{tag.count_a:>6,} → {tag.count_b:,}"
        for tag in shown
    ]
    if len(tags) > _TAGS:
        lines.append(f"           and {many(len(tags) - _TAGS, 'more tag')}")
    return lines


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(plain, names[:_NAMED])) + more


def _name(version: Version | None) -> str:
    if version is None:
        return "nothing"
    return plain(version.name) + ("" if version.date is None else f" ({version.date.date()})")
