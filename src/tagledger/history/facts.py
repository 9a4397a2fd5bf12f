"""Facts: what follows from a table alone and is small, kept by the key of the table.

`history` asks the same of the tables of all versions, whatever the tag. What they answer is kept in
one file in .tagledger/index, so that the next history reads no table and no index of labels, and
imports no library for either. A file that is damaged or of another format is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import orjson

from tagledger.errors import TagledgerError
from tagledger.history import array_file
from tagledger.history.kept_tables import FOLDER, MOST_TABLES, write_lock
from tagledger.versions import Repository

FILE = FOLDER / "history.facts"
FORMAT = 1
# 400 tables with 1,000 tags each: read in half the time that the import of numpy and Arrow takes.
MOST_BYTES = 8 * 2**20

Fact = TypeVar("Fact")
_Kept = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Kind(Generic[Fact]):
    """A kind of facts.

    Attributes
    ----------
    name
        Its name in the file.
    fits
        Whether a value is such a fact: in a file it may be anybody's.
    """

    name: str
    fits: Callable[[Any], bool]


def are_all(values: Iterable[Any], kind: type) -> bool:
    """Whether all values are of one type, not of a type that inherits from it."""
    return set(map(type, values)) <= {kind}


def by_name(kind: type) -> Callable[[Any], bool]:
    """Tells whether a value is a dict from text to values of a type."""
    return lambda value: (
        isinstance(value, dict) and are_all(value, str) and are_all(value.values(), kind)
    )


class Facts:
    """The facts that are kept, and those that were found out since.

    Parameters
    ----------
    kept
        Those that are kept: by the name of their kind, and by key.

    Attributes
    ----------
    used
        Those that were asked for, likewise.
    has_new
        Whether some of them were found out.
    """

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self.used: dict[str, dict[str, Any]] = {}
        self.has_new = False

    def get(self, kind: Kind[Fact], key: str) -> Fact | None:
        """A fact; None if it is not known."""
        used = self.used.setdefault(kind.name, {})
        if key not in used:
            fact = self._kept.get(kind.name, {}).get(key)
            if not kind.fits(fact):
                return None
            used[key] = fact
        return cast("Fact", used[key])

    def add(self, kind: Kind[Fact], key: str, fact: Fact) -> None:
        """Add a fact that was found out; a table of another program may have what does not fit."""
        if kind.fits(fact):
            self.used.setdefault(kind.name, {})[key] = fact
            self.has_new = True

    def of(self, kind: Kind[Fact], key: str | None, find_out: Callable[[], Fact]) -> Fact:
        """A fact; if it is not known, it is found out and, where it has a key, added."""
        fact = None if key is None else self.get(kind, key)
        if fact is None:
            fact = find_out()
            if key is not None:
                self.add(kind, key, fact)
        return fact


@contextmanager
def open_facts(repository: Repository) -> Iterator[Facts]:
    """Yield the facts that are kept for a repository; in the end those that are new are kept too.

    If two processes add some at once, one waits for the other, and keeps what that one added.
    """
    path = repository.root / FILE
    facts = Facts(_read(path))
    try:
        yield facts
    finally:
        if facts.has_new:
            with write_lock(repository, path) as writable:
                if writable:
                    _keep(path, facts.used)


def _read(path: Path) -> _Kept:
    """The facts of a file; none if there is no file, or none that can be used."""
    try:
        about, _ = array_file.read(path)
    except (OSError, array_file.DamagedError):
        return {}
    kept = about.get("facts")
    if about.get("format") != FORMAT or not isinstance(kept, dict):
        return {}
    return kept if are_all(kept.values(), dict) else {}


def _keep(path: Path, used: _Kept) -> None:
    """Keep facts, and those that are kept already, unless these are too many."""
    facts = _merged(_read(path), used)
    if max(map(len, facts.values())) > MOST_TABLES or _size(facts) > MOST_BYTES:
        facts = _merged(used)
    if _size(facts) <= MOST_BYTES:
        # If the disk is full, the next command finds them out again.
        with suppress(TagledgerError):
            array_file.write(path, {"format": FORMAT, "facts": facts}, {})


def _merged(*several: _Kept) -> _Kept:
    """Facts together, in an order that does not tell who came first."""
    merged: dict[str, dict[str, Any]] = {}
    for one in several:
        for name, of_kind in one.items():
            merged.setdefault(name, {}).update(of_kind)
    return {name: dict(sorted(merged[name].items())) for name in sorted(merged)}


def _size(facts: _Kept) -> int:
    return len(orjson.dumps(facts))
