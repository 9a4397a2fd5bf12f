"""Files with a text each, one an item -> blocks; YAML front matter gives further columns."""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from tagledger.documents import load_yaml
from tagledger.errors import TagledgerError
from tagledger.readers.blocks import Block, Broken, Wanted, record_text
from tagledger.readers.opening import archives
from tagledger.readers.opening.encodings import narrow_encoding, wide_encoding
from tagledger.readers.opening.source_files import SourceFile, decompressing
from tagledger.readers.parsing.json_pieces import LONGEST_RECORD
from tagledger.readers.parsing.yaml_values import json_like
from tagledger.readers.values import paths
from tagledger.readers.values.columns import Column
from tagledger.sources.formats import MEMBER

FILE, STEM, NAME, FOLDER, CONTENT = "$file", "$stem", "$name", "$folder", "$content"

_BLOCK_FILES = 500
_BLOCK_BYTES = 16 * 2**20
_MOST_SHOWN = 1000  # names of columns to choose from where one is missing
_FENCED = r"\A{0}[ \t]*\r?\n(.*?)^(?:{1})[ \t]*\r?(?:\n|\Z)"
_YAML = re.compile(_FENCED.format("---", r"---|\.\.\."), re.DOTALL | re.MULTILINE)
_UNCLOSED = re.compile(r"\A---[ \t]*\r?\n(?:[ \t]*#.*\n)*[A-Za-z_][\w -]*:(?:[ \t\r\n]|\Z)")
_TOML = re.compile(_FENCED.format(r"\+\+\+", r"\+\+\+"), re.DOTALL | re.MULTILINE)
# What parsing raises of YAML that is none, and of values that do not fit their tags.
_NOT_YAML = (
    *(yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError),
    *(RecursionError, OverflowError),
)


@dataclass(frozen=True)
class TextFolder:
    """How the texts of a reading are read.

    Attributes
    ----------
    encoding
        What they are written in, as Python calls it; UTF-8 by default.
    front_matter
        Whether to look for it.
    words
        Keys of the front matter whose text becomes a list of its words.
    """

    encoding: str | None
    front_matter: bool
    words: frozenset[str]

    def blocks(self, files: list[SourceFile], wanted: Wanted) -> Iterator[Block]:
        """Blocks of some hundred files, whose rows count from 1 through all files.

        Raises
        ------
        TagledgerError
            A file or an archive cannot be read, a text is in another encoding, its front matter is
            TOML, or no file has a column that is needed.
        """
        name = _common_name(files)
        unseen = dict.fromkeys(wanted.needed)
        seen: set[str] = set()
        for numbered, broken in self._batches(files):
            records = list(numbered.values())
            if len(seen) < _MOST_SHOWN:
                seen.update(one for record in records[:100] for one in paths.names_in(record))
            for one in list(unseen):
                if any(paths.holds(record, one) for record in records):
                    del unseen[one]
            columns: dict[str, Column] = {
                one: paths.of_records(records, one) for one in wanted.names
            }
            rows = np.array(list(numbered), np.int64)
            yield Block(rows, columns, _written(records), broken, file=name)
        if seen and unseen:
            wanted.among(sorted(seen | (set(wanted.needed) - set(unseen))), files[0].path)

    def _batches(
        self, files: list[SourceFile]
    ) -> Iterator[tuple[dict[int, dict[str, Any]], list[Broken]]]:
        """The records of some hundred files by their rows, and what is set aside of these files."""
        records: dict[int, dict[str, Any]] = {}
        broken: list[Broken] = []
        size = 0
        for row, (file, data) in enumerate(_contents(files), 1):
            record, reason = self._record(file, data)
            if reason is None:
                records[row] = record
            else:
                broken.append(Broken(row, reason, record_text(record)))
            size += len(data)
            if len(records) + len(broken) == _BLOCK_FILES or size > _BLOCK_BYTES:
                yield records, broken
                records, broken, size = {}, [], 0
        yield records, broken

    def _record(self, file: SourceFile, data: bytes) -> tuple[dict[str, Any], str | None]:
        """What a file gives, and the reason if that is no item."""
        record: dict[str, Any] = _of_name(file)
        if len(data) > LONGEST_RECORD:
            return record, f"the file is longer than {LONGEST_RECORD >> 20} MiB"
        text = self._text(file, data)
        if "\0" in text:
            return record, "the file is not text: it has a NUL"
        record[CONTENT] = text
        match = _YAML.match(text) if self.front_matter else None
        if match is None:
            if self.front_matter and _TOML.match(text):
                raise _no_toml(file)
            unclosed = self.front_matter and _UNCLOSED.match(text)
            return record, "front matter: it has no line of --- at its end" if unclosed else None
        try:
            front = self._front_matter(match[1])
        except _NOT_YAML as error:
            return record, f"front matter: {_in_words(error)}"
        record[CONTENT] = text[match.end() :]
        return front | record, None

    def _front_matter(self, text: str) -> dict[str, Any]:
        front = json_like(load_yaml(text, as_text=True))
        if front is None:
            return {}
        if not isinstance(front, dict):
            raise yaml.MarkedYAMLError(problem="it is no mapping of `key: value` lines")
        for key in self.words & front.keys():
            if isinstance(front[key], str):
                front[key] = front[key].split()
        return front

    def _text(self, file: SourceFile, data: bytes) -> str:
        """The text of a file; a binary one comes out with its NUL."""
        wide = None if self.encoding else _wide(data)
        if self.encoding is None and b"\0" in data and wide is None:
            return "\0"
        encoding = self.encoding or "utf-8"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise _other_encoding(file, f"{encoding}: {error.reason}", line, data) from error
        if wide is not None:
            raise _other_encoding(file, f"{encoding} but {wide}", 1, data)
        return text.removeprefix("\ufeff")


def _written(records: list[dict[str, Any]]) -> Callable[[NDArray[np.int64]], list[str]]:
    return lambda positions: [record_text(records[at]) for at in positions.tolist()]


def _of_name(file: SourceFile) -> dict[str, Any]:
    """The columns that a file's name gives."""
    try:
        file.name.encode()
    except UnicodeEncodeError as error:
        raise TagledgerError(
            "the name of a file is not UTF-8",
            where=repr(str(file.path)),
            hint="rename it; one in an archive must be packed anew",
        ) from error
    path = PurePosixPath(file.name.rpartition(MEMBER)[2])
    stem = PurePosixPath(path.stem) if file.compression else path
    return {FILE: file.name, STEM: stem.stem, NAME: path.name, FOLDER: path.parent.name}


def _in_words(error: Exception) -> str:
    """What is wrong with the YAML of front matter; its first line is the file's second."""
    what = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    if not isinstance(error, yaml.YAMLError):
        what = f"a value does not fit the type that `!!` gives it: {what:.100}"
    return what if mark is None else f"{what}, line {mark.line + 2}"


def _wide(data: bytes) -> str | None:
    """The encoding of a text with two or four bytes a letter; a file that is no text has NULs too.

    Of a text without a mark at its beginning, which is mostly ASCII then, half the bytes are NUL.
    """
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE))
    return wide_encoding(data) if marked or 4 * data.count(0) >= len(data) else None


def _other_encoding(file: SourceFile, what: str, line: int, data: bytes) -> TagledgerError:
    likely = _wide(data) or narrow_encoding(data)
    set_it = f"set `encoding: {likely}` in its reading and look at its letters"
    return TagledgerError(
        f"this is not {what}",
        where=f"{file.path}, line {line}",
        hint=(set_it if likely else "set `encoding` in its reading, once you know it")
        + "; or, if this is no text, name the files by a pattern that leaves it out",
    )


def _no_toml(file: SourceFile) -> TagledgerError:
    return TagledgerError(
        "the front matter between lines of +++ is TOML, which is not read",
        where=file.path,
        hint="write it as YAML between lines of ---, or set `front_matter: false` to take the "
        "whole file for its text",
    )


def _common_name(files: list[SourceFile]) -> str:
    """What names all files: one file, the folder or archive that they are in, or the first."""
    first, *others = (file.name for file in files)
    if not others:
        return first
    folders = [posixpath.dirname(name.replace(MEMBER, f"{MEMBER}/")) for name in (first, *others)]
    common = posixpath.commonpath(folders).replace(f"{MEMBER}/", MEMBER).removesuffix(MEMBER)
    return common or f"{first} and {len(others)} more"


def _contents(files: list[SourceFile]) -> Iterator[tuple[SourceFile, bytes]]:
    """Each file with its bytes, no more of them than show that it is too long.

    The files of an archive come in one pass over it.
    """
    archived: dict[Path, dict[str, SourceFile]] = {}
    for file in files:
        if file.member is not None:
            path, name = file.member
            archived.setdefault(path, {})[name] = file
    for file in files:
        if file.member is None:
            yield file, file.start(LONGEST_RECORD + 1)
        elif (members := archived.pop(file.member[0], None)) is not None:
            yield from _of_archive(file.member[0], members, file.limit)


def _of_archive(
    path: Path, members: dict[str, SourceFile], limit: int
) -> Iterator[tuple[SourceFile, bytes]]:
    seen: set[str] = set()
    for name, data in archives.contents(path, set(members), limit, LONGEST_RECORD + 1):
        if name in seen:
            raise TagledgerError(
                f"the archive has two files {name!r}", where=path, hint="pack it anew"
            )
        seen.add(name)
        file = members[name]
        if file.compression is None:
            yield file, data
        else:
            with decompressing(file.path):
                content = archives.stream(BytesIO(data), file.compression)
                yield file, bytes(content.read(LONGEST_RECORD + 1))
