"""The difference between two dvc.lock files as plain lines, which git shows in its pager."""

from __future__ import annotations

from collections.abc import Sequence

from tagledger.errors import TagledgerError
from tagledger.history.lock_diff import LockDiff
from tagledger.versions import Version
from tagledger.words import count, number, plain, shortened, signed

_TAGS = 12
_NAMED = 5


def lock_diff_lines(path: str, diff: LockDiff) -> list[str]:
    """What changed, the most important first."""
    lines = [f"{plain(path)}: {_name(diff.a)} → {_name(diff.b)}"]
    if not diff.outputs:
        return [*lines, "  the data is the same; code or parameters changed"]
    if diff.labels_changed:
        lines += _overview(diff)
        lines += _renames(diff)
        lines += _tags(diff)
    else:
        lines.append(f"  all {count(diff.labels_b, 'filtered label')} are the same")
    if diff.a is not None and diff.b is not None and not diff.labels_changed:
        lines.append(f"  changed: {_some(diff.outputs)}")
    return lines


def lock_problem_lines(path: str, problem: TagledgerError) -> list[str]:
    """The lines to show where the difference cannot be computed."""
    what, hint = problem.what.splitlines()[0], problem.hint.splitlines()[0]
    return [f"{plain(path)}: {plain(what)}", f"  next: {plain(hint)}"]


def _overview(diff: LockDiff) -> list[str]:
    new = sum(not tag.count_a for tag in diff.tags)
    gone = sum(not tag.count_b for tag in diff.tags)
    items = _both(diff.items_added, diff.items_removed)
    names = ("relabelled", "entered", "dropped")
    of_kept = [f"{number(size)} {name}" for name in names if (size := getattr(diff, name))]
    kept = _both(diff.added, diff.removed, " on kept items")
    others = _both(diff.came, diff.left, " on added and removed items")
    return [
        _line("items", diff.items_a, diff.items_b, items, *of_kept),
        _line("labels", diff.labels_a, diff.labels_b, kept, others),
        _line("tags", diff.tags_a, diff.tags_b, _both(new, gone)),
    ]


def _line(name: str, before: int, after: int, *changes: str) -> str:
    shown = ", ".join(change for change in changes if change)
    sizes = f"{number(before)} → {number(after)}"
    return f"  {name:<7} {sizes:<15}  {shown}".rstrip()


def _both(more: int, fewer: int, of: str = "") -> str:
    shown = " ".join(signed(change) for change in (more, -fewer) if change)
    return f"{shown}{of}" if shown else ""


def _renames(diff: LockDiff) -> list[str]:
    return [
        f"  {rename.kind:<7} {_some(rename.before)} → {_some(rename.after)} "
        f"({count(rename.items, 'item')})"
        for rename in diff.renames
    ]


def _tags(diff: LockDiff) -> list[str]:
    renamed = {tag for rename in diff.renames for tag in (*rename.before, *rename.after)}
    tags = [tag for tag in diff.tags if tag.tag not in renamed]
    shown = tags[:_TAGS]
    width = max((len(plain(tag.tag)) for tag in shown), default=0)
    lines = [
        f"  {signed(tag.count_b - tag.count_a):>7}  {plain(tag.tag):<{width}}  "
        f"{number(tag.count_a):>6} → {number(tag.count_b)}"
        for tag in shown
    ]
    if len(tags) > _TAGS:
        lines.append(f"           and {count(len(tags) - _TAGS, 'more tag')}")
    return lines


def _some(names: Sequence[str]) -> str:
    return shortened([plain(name) for name in names], _NAMED)


def _name(version: Version | None) -> str:
    if version is None:
        return "nothing"
    return plain(version.name) + ("" if version.date is None else f" ({version.date.date()})")
