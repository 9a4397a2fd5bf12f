"""Which files DVC does not take for a part of a folder: what .dvcignore says.

DVC's own reader of the file takes as long to start as a whole command may; this one gives the same
answers, which a test holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.errors import os_errors

IGNORE_FILE = ".dvcignore"
_ALWAYS = (".hg/", ".git/", ".git", ".dvc/")
_TOKEN = re.compile(
    r"\\(?P<escaped>.)|(?P<star>\*)|(?P<any>\?)|\[(?P<set>[!^]?\]?[^\]]*)\]|(?P<char>.)"
)


@dataclass(frozen=True)
class Rule:
    """A line of .dvcignore: what it matches, and whether that is ignored or kept after all."""

    pattern: re.Pattern[str]
    ignores: bool
    folders_only: bool


@dataclass(frozen=True)
class Ignored:
    """The rules of a repository.

    Attributes
    ----------
    top
        The folder of .dvc, which paths start from.
    rules
        Of two that match, the later one counts.
    """

    top: Path
    rules: Sequence[Rule]

    @classmethod
    def of(cls, top: Path) -> Ignored:
        """The rules that apply everywhere in a repository, from the .dvcignore at its top."""
        return cls(top, [*read_rules(_ALWAYS, ""), *_read(top, "")])

    def files(self, folder: Path) -> Iterator[Path]:
        """The files in a folder, and in those below it, that are a part of it."""
        inside = folder.relative_to(self.top).as_posix()
        rules = self.rules
        for above in [*reversed(Path(inside).parents[:-1]), Path(inside)]:
            rules = [*rules, *_read(self.top / above, above.as_posix())]
        yield from _walk(folder, "" if inside == "." else inside, rules)


def folder_md5(folder: Path, md5s: Mapping[Path, str]) -> str:
    """The md5 that DVC gives a folder: that of the list of its files, ending in ".dir"."""
    names = {file.relative_to(folder).as_posix(): md5 for file, md5 in md5s.items()}
    listed = [{"md5": names[name], "relpath": name} for name in sorted(names)]
    text = json.dumps(listed, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _read(folder: Path, inside: str) -> list[Rule]:
    file = folder / IGNORE_FILE
    if not file.is_file():
        return []
    with os_errors(file):
        return read_rules(file.read_text("utf-8", errors="replace").splitlines(), inside)


def read_rules(lines: Sequence[str], inside: str) -> list[Rule]:
    """The rules in the lines of an ignore file that lies in the folder `inside`."""
    rules = (_rule(line.strip(), inside) for line in lines)
    return [rule for rule in rules if rule is not None]


def _rule(line: str, inside: str) -> Rule | None:
    """One line as git understands it, relative to the folder `inside` that its file lies in."""
    ignores = not line.startswith("!")
    body = line if ignores else line[1:]
    if not body.strip("/") or line.startswith("#"):
        return None
    folders_only = body.endswith("/")
    parts = body.split("/")
    if not parts[0]:
        del parts[0]
    elif len(parts) == 1 or parts[1:] == [""]:
        parts.insert(0, "**")  # without a slash before its end, it is a name at any depth
    if folders_only:
        parts[-1] = "**"
    parts = [
        part
        for index, part in enumerate(parts)
        if part != "**" or parts[index - 1 : index] != ["**"]
    ]
    if folders_only and parts in (["**"], ["**", "*", "**"]):
        return None  # `*/` means every folder to git; DVC finds nothing that it matches
    base = f"{re.escape(inside)}/" if inside else ""
    try:
        return Rule(re.compile(f"{base}{_expression(parts)}", re.DOTALL), ignores, folders_only)
    except re.error:
        return None


def _expression(parts: Sequence[str]) -> str:
    """A pattern's parts as a regular expression for the beginning of a path."""
    expression, last = "", len(parts) - 1
    for index, part in enumerate(parts):
        after = "/" if index and parts[:index] != ["**"] else ""
        if part != "**":
            name = "[^/]+" if part == "*" else _name(part)
            expression += f"{after}{name}" + ("(?:/|$)" if index == last else "")
        elif index == last:
            expression += "/" if index else "."
        elif index:
            expression += "(?:/.+)?"
        else:
            expression += "(?:.+/)?"
    return expression


def _name(part: str) -> str:
    """The pattern of one name, in which a star stands for any characters of it."""
    pieces = [""]
    for token in _TOKEN.finditer(part):
        if token["star"]:
            pieces.append("")
        else:
            pieces[-1] += _translated(token)
    first, *others = pieces
    # Atomic: a pattern of many stars must not be tried in all ways.
    between = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return first + between + (f"[^/]*{others[-1]}" if others else "")


def _translated(token: re.Match[str]) -> str:
    if token["any"]:
        return "[^/]"
    if token["set"]:
        negated = token["set"][0] in "!^"
        inner = token["set"][negated:].replace("\\", "\\\\").replace("[", "\\[")
        return f"[{'^' if negated else ''}{inner}]"
    return re.escape(token["escaped"] or token["char"])


def is_ignored(path: str, rules: Sequence[Rule], *, folder: bool) -> bool:
    """Whether the last rule that fits a path, of a file or a folder, ignores it."""
    for rule in reversed(rules):
        if folder and (rule.pattern.match(path) or rule.pattern.match(f"{path}/")):
            return rule.ignores
        if not folder and not rule.folders_only and rule.pattern.match(path):
            return rule.ignores
    return False


def _walk(folder: Path, inside: str, rules: Sequence[Rule]) -> Iterator[Path]:
    with os_errors(folder):
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    for entry in entries:
        path = f"{inside}/{entry.name}" if inside else entry.name
        below = entry.is_dir()
        if is_ignored(path, rules, folder=below):
            continue
        if below:
            yield from _walk(Path(entry.path), path, [*rules, *_read(Path(entry.path), path)])
        elif entry.is_file():
            yield Path(entry.path)
