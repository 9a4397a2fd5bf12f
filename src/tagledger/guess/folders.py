"""A folder of texts, a file for each item, as a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from tagledger.guess.kinds import Kind
from tagledger.guess.records import columns_of
from tagledger.guess.table import Table
from tagledger.readers.opening.source_files import SourceFile
from tagledger.sources.formats import MEMBER

_TEXTS = {"", ".txt", ".md", ".markdown", ".mdx", ".html", ".htm", ".rst", ".text"}
_LOOKED_AT = 400
_FRONT = re.compile(r"---[ \t]*\r?\n((?s:.*?))\n---[ \t]*(?:\r?\n|$)")
_READMES = {"readme", "license", "changelog", "index", "contributing", "notice"}
_ENOUGH = 6  # texts in one folder, where they have no front matter


def texts_among(read: Sequence[tuple[SourceFile, Kind, bytes]]) -> list[tuple[SourceFile, str]]:
    """Those of the files that are texts, one for each item."""
    groups: dict[str, list[tuple[SourceFile, Kind, str]]] = {}
    for file, kind, start in read:
        path = PurePosixPath(file.name.rpartition(MEMBER)[2])
        ending = "" if re.fullmatch(r"\.\d+", path.suffix) else path.suffix.lower()
        is_text = kind.name in {"table", "front matter", "yaml"} and ending in _TEXTS
        if is_text and path.stem.casefold() not in _READMES:
            text = start.decode(kind.encoding or "utf-8", "ignore")
            groups.setdefault(ending, []).append((file, kind, text))
    best = max(groups.values(), key=len, default=[])
    fronts = sum(kind.name == "front matter" for _, kind, _ in best)
    folders = {str(PurePosixPath(file.name).parent) for file, _, _ in best}
    if len(best) > 1 and (fronts > len(best) / 2 or _are_texts(best, len(folders))):
        return [(file, text) for file, _, text in best]
    return []


def _are_texts(files: Sequence[tuple[SourceFile, Kind, str]], folders: int) -> bool:
    """Whether files hold a text each, and no table."""
    if any(kind.name != "table" for _, kind, _ in files):
        return False
    short = [text for _, _, text in files if len(text) < 100_000]
    tabbed = [text for text in short if text.count("\t") >= max(text.count("\n"), 1)]
    many = folders > 1 or len(files) >= _ENOUGH
    return many and len(short) > 0.9 * len(files) and len(tabbed) < len(files) / 2


def table_of(texts: Sequence[tuple[SourceFile, str]], encoding: str | None) -> Table:
    """The texts as a table, with the pseudo columns that a reading may name."""
    some = texts[:_LOOKED_AT]
    rows = [_row(file, text) for file, text in some]
    stems: dict[str, str] = {}
    again = any(stems.setdefault(row["$stem"], row["$content"]) != row["$content"] for row in rows)
    source: dict[str, Any] = {"format": "files"}
    if encoding:
        source["encoding"] = encoding
    columns = columns_of(rows)
    spare = "$stem" if again else "$file"  # one stem may be of two texts
    columns = [one for one in columns if one.name != spare]
    return Table(
        pattern_of([file.name for file, _ in texts]),
        source,
        columns,
        len(rows),
        "files",
        whole=len(some) == len(texts),
        why=("a text for each item",),
        encoding=encoding or "UTF-8",
        extra={"again": again, "paths": [file.name for file, _ in some]},
    )


def _row(file: SourceFile, text: str) -> dict[str, Any]:
    import yaml

    path = PurePosixPath(file.name.rpartition(MEMBER)[2])
    row: dict[str, Any] = {"$stem": path.stem, "$file": str(path)}
    if len(path.parts) > 1:
        row["$folder"] = path.parent.name
    match = _FRONT.match(text)
    if match:
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        try:
            front = yaml.load(match[1], Loader=loader)  # noqa: S506 - texts alone
        except yaml.YAMLError:
            front = None
        if isinstance(front, dict):
            row |= {str(key): value for key, value in front.items()}
        text = text[match.end() :]
    row["$content"] = text.strip()
    return row


def pattern_of(names: Sequence[str]) -> str:
    """The pattern that fits files of one ending, the narrowest that has no name of a file in it.

    >>> pattern_of(["docs/a/1.txt", "docs/b/2.txt"]), pattern_of(["posts/1.md", "posts/2.md"])
    ('docs/*/*.txt', 'posts/*.md')
    """
    archive, mark, _ = names[0].partition(MEMBER)
    paths = [PurePosixPath(name.partition(MEMBER)[2] if mark else name) for name in names]
    endings = {path.suffix for path in paths}
    ending = endings.pop() if len(endings) == 1 else ""
    common: list[str] = []
    for parts in zip(*(path.parent.parts for path in paths), strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    depths = {len(path.parts) - len(common) for path in paths}
    rest = ["*"] * (depths.pop() - 1) if len(depths) == 1 else ["**"]
    pattern = "/".join([*common, *rest, f"*{ending}"])
    return f"{archive}{MEMBER}{pattern}" if mark else pattern
