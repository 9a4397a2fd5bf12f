"""The records within a document: from a parsed value and a path such as `articles[]` or `*`.

A path is keys, `[]` for each element of a list and `*` for each value of a mapping. A record of a
mapping has its key as the pseudo column `$key`; a value that is no object is `$value`, and so is
every value where a column of that name is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from tagledger.errors import TagledgerError
from tagledger.readers.parsing.records_path import ALL, EACH, is_key, steps

KEY, VALUE = "$key", "$value"
NO_OBJECT = "not an object"  # why a row is set aside
_SHOWN_KEYS = 12
_SHOWN_DEPTH = 2  # keys above a list that a message names
_LOOKED_AT = 50  # values of a mapping
_KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
_WRONG = "correct `records` in its reading, in data/sources.yaml"


def records_of(document: Any, path: str, where: Path, names: Iterable[str] = ()) -> list[Any]:
    """The records that a path leads to, in their order.

    Parameters
    ----------
    document
        What a file was parsed to.
    path
        As `records` of a reading has it.
    where
        The file, for messages.
    names
        The columns that are wanted.

    Returns
    -------
    list
        Objects, each with `$key` if it is of a mapping; an element of a list that is no object
        stays what it is.

    Raises
    ------
    TagledgerError
        The path does not fit the document: it names the keys that an object has.
    """
    walk = Walk(steps(path), where, names)
    records = [record for _, record in walk.records([(None, document)])]
    walk.end()
    return records


class Walk:
    """The way from entries to the records in them.

    Parameters
    ----------
    path
        The whole path. What is null or missing on the way has no records.
    where, names
        As for `records_of`.
    start
        How many of its steps lead to the entries.
    """

    def __init__(
        self, path: tuple[str, ...], where: Path, names: Iterable[str] = (), start: int = 0
    ) -> None:
        self._path, self._where, self._start = path, where, start
        self._whole = wants_value(names)
        self._lacking: TagledgerError | None = None
        self._any = False

    def records(self, entries: Iterable[tuple[str | None, Any]]) -> Iterator[tuple[int, Any]]:
        """The records in some entries, each with the place of its entry among these, from 0.

        Parameters
        ----------
        entries
            Values, each with the key of the mapping it is of.

        Raises
        ------
        TagledgerError
            An entry is of another kind than the path says.
        """
        for at, entry in enumerate(entries):
            for key, value in self._in(entry):
                yield at, keyed(key, value, whole=self._whole)

    def of_mapping(self, entries: dict[str, Any]) -> list[Any]:
        """The records that the values of a mapping are; its objects get their keys themselves."""
        if self._whole:
            return [{KEY: key, VALUE: value} for key, value in entries.items()]
        records = []
        for key, value in entries.items():
            if type(value) is dict:
                value[KEY] = key
                records.append(value)
            else:
                records.append({KEY: key, VALUE: value})
        return records

    def _in(self, entry: tuple[str | None, Any]) -> Iterable[tuple[str | None, Any]]:
        entries = [entry]
        for depth, step in enumerate(self._path[self._start :], self._start):
            try:
                entries = [
                    one for pair in entries for one in _next(pair, step, self._path[:depth], self)
                ]
            except _Missing as missing:
                self._lacking = self._lacking or missing.error
                return ()
        self._any = self._any or bool(entries)
        return entries

    @property
    def goes_on(self) -> bool:
        """Whether a record is within an entry, and not the entry itself."""
        return self._start < len(self._path)

    @property
    def where(self) -> Path:
        """The file, for messages."""
        return self._where

    def end(self) -> None:
        """Check that the path led anywhere.

        Raises
        ------
        TagledgerError
            No entry has a key of the path.
        """
        if self._lacking is not None and not self._any:
            raise self._lacking


def wants_value(names: Iterable[str]) -> bool:
    """Whether a column that is wanted is `$value` or leads into it."""
    return any(name.startswith(VALUE) for name in names)


def keyed(key: str | None, value: Any, *, whole: bool) -> Any:
    """The record of a value with its key; `whole` if columns of the value are not wanted."""
    if key is None:
        return value
    if type(value) is dict and not whole:
        return {**value, KEY: key} if KEY in value else {KEY: key, **value}
    return {KEY: key, VALUE: value}


class _Missing(Exception):  # noqa: N818 - it says what is not there, and may be no fault
    def __init__(self, error: TagledgerError) -> None:
        super().__init__()
        self.error = error


def _next(
    pair: tuple[str | None, Any], step: str, before: tuple[str, ...], walk: Walk
) -> Iterable[tuple[str | None, Any]]:
    """What one step of a path leads to from a value with its key; nothing from null."""
    key, value = pair
    if value is None and before:
        return []
    if step == EACH:
        if type(value) is not list:
            raise wrong_kind(value, step, before, walk.where)
        return [(key, one) for one in value]
    if type(value) is not dict:
        raise wrong_kind(value, step, before, walk.where)
    if step == ALL:
        return [(str(name), one) for name, one in value.items()]
    if step not in value:
        raise _Missing(missing_key(step, list(value), before, walk.where, value))
    return [(key, value[step])]


def missing_key(
    key: str, keys: list[str], before: tuple[str, ...], where: Path, document: Any = None
) -> TagledgerError:
    """The error of a path with a key that an object does not have."""
    within = f" in {shown(before)}" if before else ""
    return TagledgerError(
        f"there is no key {key!r}{within}: this is an object with the keys {listed(keys)}",
        where=where,
        hint=_advice(document if isinstance(document, dict) else {}, before),
    )


def wrong_kind(value: Any, step: str, before: tuple[str, ...], where: Path) -> TagledgerError:
    """The error of a path that goes into a value of another kind."""
    wanted = "a list" if step == EACH else "an object"
    place = shown(before) if before else "the file"
    keys = f" with the keys {listed(list(value))}" if type(value) is dict else ""
    return TagledgerError(
        f"{place} holds {_KINDS.get(type(value), 'a number')}{keys}, not {wanted}",
        where=where,
        hint=_advice(value, before),
    )


def not_a_list(document: dict[str, Any], where: Path, kind: str = "json") -> TagledgerError:
    """The error of a document that is one object, read without `records`."""
    keys = f" but one object with the keys {listed(list(document))}" if document else ""
    return TagledgerError(
        f"this is not a list of objects{keys}",
        where=where,
        hint=_advice(document, ())
        if candidates(document)
        else f"a {kind} file holds a list of objects; if they are within an object, say where by "
        "`records: …` in its reading, in data/sources.yaml",
    )


def _advice(document: Any, before: tuple[str, ...]) -> str:
    """What `records` may be instead."""
    prefix = shown(before)
    choices = [_joined(prefix, one) for one in candidates(document)]
    if not choices:
        return _WRONG
    *others, last = [f"`records: {_quoted(one)}`" for one in choices]
    choice = f"{', '.join(others)} or {last}" if others else last
    return f"say where its records are, in its reading, in data/sources.yaml: {choice}"


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}{'' if path.startswith('[') or not prefix else '.'}{path}"


def _quoted(path: str) -> str:
    return f'"{path}"' if path[0] in "*[" else path


def shown(path: tuple[str, ...]) -> str:
    """Steps as a path."""
    whole = ""
    for step in path:
        whole = _joined(whole, step)
    return whole


def listed(keys: list[Any]) -> str:
    """Some keys in words."""
    more = f" and {len(keys) - _SHOWN_KEYS:,} more" if len(keys) > _SHOWN_KEYS else ""
    return ", ".join(str(key)[:40] for key in keys[:_SHOWN_KEYS]) + more or "(none)"


def candidates(document: Any, depth: int = _SHOWN_DEPTH) -> list[str]:
    """The paths that may lead to records: lists of objects, and mappings of like values."""
    if type(document) is list:
        return [EACH] if _all_of(document, dict) else []
    if type(document) is not dict:
        return []
    paths = [ALL] if len(document) > 1 and _is_mapping(document) else []
    if not paths or not _all_of(list(document.values()), dict):
        for key, value in islice(document.items(), _LOOKED_AT):
            if is_key(str(key)) and (type(value) is list or depth > 0):
                paths += [_joined(str(key), one) for one in candidates(value, depth - 1)]
    return paths


def _is_mapping(document: dict[str, Any]) -> bool:
    """Whether values are alike: objects with a key in common, or lists of what is no object."""
    values = list(islice(document.values(), _LOOKED_AT))
    if _all_of(values, dict):
        return bool(set.intersection(*(set(map(str, value)) for value in values)))
    return _all_of(values, list) and not any(_all_of(value, dict) for value in values)


def _all_of(values: list[Any], kind: type) -> bool:
    return bool(values) and all(type(value) is kind for value in values[:_LOOKED_AT])
