"""The files that a reading names, and their bytes: decompressed, out of archives, as UTF-8."""

from __future__ import annotations

import codecs
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.params import CleanParams
from tagledger.readers.opening import archives
from tagledger.readers.opening.archives import too_large
from tagledger.readers.opening.encodings import advice, wide_encoding
from tagledger.readers.opening.signatures import SIGNATURE_BYTES, WEB_PAGE, another_kind, what_it_is
from tagledger.sources import formats
from tagledger.sources.file_reading import OWN_FILES, FileReading
from tagledger.sources.formats import MEMBER, Compression, compression_of

MOST_BYTES = CleanParams.max_decompressed_bytes
_CHUNK_BYTES = 8 * 2**20
_GUESS_BYTES = 2**26


@dataclass(frozen=True)
class SourceFile:
    """A file to read.

    Attributes
    ----------
    path
        Where it is; of a file in an archive, the archive's path and its own after a `!`, which is
        for messages.
    compression
        How the whole of it is compressed.
    limit
        Most bytes that it may come to when it is decompressed.
    name
        Its path below the folder of the snapshot.
    """

    path: Path
    compression: Compression | None = None
    limit: int = MOST_BYTES
    name: str = ""

    @property
    def member(self) -> tuple[Path, str] | None:
        """The path of the archive that it is in, and its name there."""
        archive, mark, member = self.name.partition(MEMBER)
        folder = str(self.path)[: -len(self.name)]
        return (Path(folder + archive), member) if mark else None

    @property
    def packed(self) -> bool:
        """Whether it is compressed or in an archive: its size says little of what it holds."""
        return self.compression is not None or self.member is not None

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """A stream of its bytes, decompressed."""
        if self.member is None:
            with os_errors(self.path):
                stream = archives.stream(self.path, self.compression)
            with stream:
                yield stream
            return
        with archives.opened(*self.member, self.limit) as content:
            # Arrow closes what it is given, and an archive's stream may be closed twice.
            yield (
                content if self.compression is None else archives.stream(content, self.compression)
            )

    def chunks(self, encoding: str | None = None) -> Iterator[bytes]:
        """Its text in UTF-8, without a byte order mark.

        Parameters
        ----------
        encoding
            What it is written in, as Python calls it; UTF-8 by default.

        Raises
        ------
        TagledgerError
            It is missing or empty, or does not decompress, or comes to more than `limit` bytes when
            it does, or is not in this encoding: with the line and the byte.
        """
        raw = self._raw_chunks()
        text = _utf8(self, raw) if encoding is None else _decoded(self, raw, encoding)
        empty = True
        for part in text:
            chunk = part.removeprefix(codecs.BOM_UTF8) if empty else part
            if chunk:
                empty = False
                yield chunk
        if empty:
            raise empty_file(self.path)

    def start(self, size: int = _GUESS_BYTES) -> bytes:
        """Its first bytes, decompressed."""
        with self.opened() as stream, decompressing(self.path):
            return bytes(stream.read(size))

    def buffer(self) -> pa.Buffer:
        """The whole of it, decompressed.

        Raises
        ------
        TagledgerError
            It cannot be read, does not decompress, or comes to more than `limit` bytes.
        """
        sink = pa.BufferOutputStream()
        for chunk in self._raw_chunks():
            sink.write(chunk)
        return sink.getvalue()

    def _raw_chunks(self) -> Iterator[bytes]:
        total = 0
        with self.opened() as stream:
            while True:
                with decompressing(self.path):
                    chunk = bytes(stream.read(_CHUNK_BYTES))
                if not chunk:
                    return
                total += len(chunk)
                if self.packed and total > self.limit:
                    raise too_large(self.path, self.limit)
                yield chunk


def source_files(reading: FileReading, folder: Path, limit: int = MOST_BYTES) -> list[SourceFile]:
    """The files of a reading in their order; those that fit one pattern are sorted by name.

    Parameters
    ----------
    reading
        It names them.
    folder
        The folder that their paths are relative to.
    limit
        Most bytes that each may come to when it is decompressed.

    Raises
    ------
    TagledgerError
        No file fits a pattern, or an archive cannot be read or lacks a file.
    """
    files: dict[str, SourceFile] = {}
    for pattern in reading.paths:
        for name in _names(pattern, folder, limit):
            files[name] = SourceFile(folder / name, compression_of(name), limit, name)
    return list(files.values())


def _names(pattern: str, folder: Path, limit: int) -> list[str]:
    """The names of the files that a pattern fits."""
    outer, mark, member = pattern.partition(MEMBER)
    files = [outer]
    if formats.is_pattern(outer) or (folder / outer).is_dir():
        below = [one for one in _below(folder) if one not in OWN_FILES]
        files = _fitting(outer, below, folder)
    if not mark:
        return files
    names = []
    for archive in files:
        counts = Counter(archives.members(folder / archive, limit))
        chosen = list(counts)
        if formats.is_pattern(member) or member not in chosen:
            chosen = _fitting(member, chosen, folder / archive)
        else:
            chosen = [member]
        again = next((one for one in chosen if counts[one] > 1), None)
        if again is not None:
            raise TagledgerError(
                f"the archive has two files {again!r}", where=folder / archive, hint="pack it anew"
            )
        names += [f"{archive}{MEMBER}{one}" for one in chosen]
    return names


def _fitting(pattern: str, names: list[str], where: Path) -> list[str]:
    fitting = [one for one in names if _shows(pattern, one)]
    if fitting:
        return fitting
    hint = f"name it in the reading, in data/sources.yaml: {nearest(pattern, names)}"
    raise TagledgerError(f"there is no file {pattern!r}", where=where, hint=hint)


def _below(folder: Path) -> list[str]:
    """The paths of all files below a folder, sorted."""
    with os_errors(folder):
        return sorted(
            (Path(at) / name).relative_to(folder).as_posix()
            for at, _, names in os.walk(folder)
            for name in names
        )


def _shows(pattern: str, path: str) -> bool:
    """Whether a file fits a pattern that does not pass over it: one that is hidden is for programs.

    Files of locks, of which the name begins with ~$, are as well.
    """
    hidden = [part for part in path.split("/") if part.startswith((".", "~$"))]
    return formats.fits(pattern, path) and set(hidden) <= set(pattern.split("/"))


def _utf8(file: SourceFile, raw: Iterator[bytes]) -> Iterator[bytes]:
    """The bytes as they are, if they are UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines = column = 0  # line feeds so far, and bytes since the last one
    first = True
    for chunk in _and_end(raw):
        if first:
            _refuse_no_text(file, chunk)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            at = error.start - pending  # negative: the character began in the chunk before
            before = chunk[: max(at, 0)]
            line = lines + before.count(b"\n") + 1
            byte = at - before.rfind(b"\n") if b"\n" in before else column + at + 1
            raise TagledgerError(
                f"this is not UTF-8: {error.reason}",
                where=f"{file.path}, line {line}, byte {byte}",
                hint=advice(file.start(), file.path, file.compression),
            ) from error
        if first and (wide := wide_encoding(chunk)):
            raise TagledgerError(
                f"this is not UTF-8 but {wide}",
                where=file.path,
                hint=advice(chunk, file.path, file.compression),
            )
        first = False
        lines += chunk.count(b"\n")
        newline = chunk.rfind(b"\n")
        column = len(chunk) - newline - 1 if newline >= 0 else column + len(chunk)
        if chunk:
            yield chunk


def _refuse_no_text(file: SourceFile, start: bytes) -> None:
    """Refuse a file whose first bytes say that it is no text."""
    what = what_it_is(start[:SIGNATURE_BYTES])
    if what is None or what == WEB_PAGE:  # which is text, and may be what is wanted
        return
    raise another_kind("UTF-8 text", what, file.path)


def _and_end(raw: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks, and an empty one that says that there are no more."""
    yield from raw
    yield b""


def _decoded(file: SourceFile, raw: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The bytes of another encoding as UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, first = 0, True
    for chunk in _and_end(raw):
        marked = first and chunk.startswith(codecs.BOM_UTF8)
        if marked and not codecs.lookup(encoding).name.startswith("utf"):
            raise TagledgerError(
                f"this is not {encoding}: it begins with the mark of UTF-8",
                where=file.path,
                hint="leave `encoding` out of its reading, in data/sources.yaml",
            )
        first = False
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line = lines + error.object[: error.start].decode(encoding, "ignore").count("\n") + 1
            raise TagledgerError(
                f"this is not {encoding}: {error.reason}",
                where=f"{file.path}, near line {line}",
                hint="correct `encoding` in its reading, in data/sources.yaml; without it the "
                "file is read as UTF-8",
            ) from error
        lines += text.count("\n")
        yield text.encode()


def empty_file(path: Path) -> TagledgerError:
    """The error of a file without a byte."""
    hint = "take a fresh copy of it, or name another file in data/sources.yaml"
    return TagledgerError("the file is empty", where=path, hint=hint)


@contextmanager
def unreadable(path: Path, what: str, hint: str) -> Iterator[None]:
    """Turn an error of a reader's library, which has no number, into a `TagledgerError`."""
    with os_errors(path):
        try:
            yield
        except (pa.ArrowException, OSError, *archives.FAULTS) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise TagledgerError(f"{what}: {error}", where=path, hint=hint) from error


def decompressing(path: Path) -> AbstractContextManager[None]:
    """Turn an error of a compressed stream into a `TagledgerError`."""
    hint = "take a fresh copy of it; or it is not compressed, and its name is wrong"
    return unreadable(path, "the file does not decompress", hint)
