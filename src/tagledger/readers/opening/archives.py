"""The files in an archive, read in place: nothing is ever unpacked to a path."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.sources.formats import Compression, archive_of, compression_of

# What the standard library raises of a file that is damaged or that it cannot read.
FAULTS = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,  # a password is needed
    NotImplementedError,  # a way to compress that is not known
)
_CODECS: dict[Compression, str] = {"gz": "gzip", "bz2": "bz2", "zst": "zstd"}
_JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db"}
_CHUNK_BYTES = 8 * 2**20


def stream(source: Any, compression: Compression | None) -> Any:
    """A path, or a stream of bytes, as a stream that decompresses."""
    if compression == "xz":
        return lzma.open(source)
    file = source if isinstance(source, str | Path) else pa.PythonFile(source, mode="r")
    codec = None if compression is None else _CODECS[compression]
    return pa.input_stream(str(file) if isinstance(file, Path) else file, compression=codec)


class _Counted:
    """A stream that stops at a limit: a small archive may hold more than any disk.

    Attributes
    ----------
    tail
        Its last block, as far as it was read.
    """

    def __init__(self, source: Any, limit: int, too_large: Callable[[], TagledgerError]) -> None:
        self._source, self._left, self._too_large = source, limit, too_large
        self.tail = b""

    def read(self, size: int = -1) -> bytes:
        data = bytes(self._source.read(_CHUNK_BYTES if size < 0 else size))
        self._left -= len(data)
        if self._left < 0:
            raise self._too_large()
        self.tail = (self.tail + data)[-tarfile.BLOCKSIZE :]
        return data


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    with os_errors(path):
        try:
            yield
        except (*FAULTS, pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise TagledgerError(
                f"this archive cannot be read: {error}",
                where=path,
                hint="take a fresh copy of it; one with a password must be unpacked first",
            ) from error


def is_file(name: str) -> bool:
    """Whether a member is a file for people, not one that a system left behind."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not _JUNK & set(parts) and not parts[-1].startswith("._")


def _plain(name: str) -> str:
    """A member's name as a reading says it: without `./`, which `tar` may put before all.

    Some programs for zip files on Windows write backslashes.
    """
    name = name if "/" in name else name.replace("\\", "/")
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def names(path: Path, limit: int) -> list[str]:
    """The names of the files in an archive, sorted.

    Raises
    ------
    TagledgerError
        It cannot be read, or comes to more than `limit` bytes.
    """
    return list(dict.fromkeys(members(path, limit)))


def members(path: Path, limit: int) -> list[str]:
    """The names of the files in an archive, sorted; a name that two of them have is there twice.

    Raises
    ------
    TagledgerError
        It cannot be read, or comes to more than `limit` bytes.
    """
    with _reading(path):
        if archive_of(path.name) == "zip":
            with zipfile.ZipFile(path) as archive:
                member_names = [
                    _plain(one.filename) for one in archive.infolist() if not one.is_dir()
                ]
        else:
            member_names = [_plain(one.name) for one, _ in _tar_members(path, limit)]
    return sorted(name for name in member_names if is_file(name))


def _tar_members(path: Path, limit: int) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The files of a tar archive in their order; each is to be read before the next."""
    source = stream(path, compression_of(path.name))
    with source:
        counted = _Counted(source, limit, lambda: too_large(path, limit))
        with tarfile.open(fileobj=counted, mode="r|") as archive:  # type: ignore[call-overload]
            for member in archive:
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield member, content
        while counted.read():
            pass
        # The standard library takes an archive that lacks its end for a whole one.
        if counted.tail != tarfile.NUL * tarfile.BLOCKSIZE:
            raise tarfile.ReadError("its end is missing")


@contextmanager
def opened(path: Path, name: str, limit: int) -> Iterator[IO[bytes]]:
    """A file of an archive, as a stream of bytes.

    Raises
    ------
    TagledgerError
        The archive cannot be read or has no such file.
    """
    with _reading(path):
        if archive_of(path.name) == "zip":
            with zipfile.ZipFile(path) as archive:
                by_name = {_plain(one.filename): one for one in archive.infolist()}
                if name not in by_name:
                    raise no_such_member(name, list(by_name), path)
                with archive.open(by_name[name]) as content:
                    yield content
            return
        seen = []
        for member, content in _tar_members(path, limit):
            seen.append(_plain(member.name))
            if seen[-1] == name:
                yield content
                return
        raise no_such_member(name, seen, path)


def contents(path: Path, wanted: set[str], limit: int, most: int) -> Iterator[tuple[str, bytes]]:
    """The first `most` bytes of the files of an archive that are wanted, in one pass over it.

    Raises
    ------
    TagledgerError
        The archive cannot be read, or all of it comes to more than `limit` bytes.
    """
    total = 0
    with _reading(path):
        if archive_of(path.name) == "zip":
            with zipfile.ZipFile(path) as archive:
                by_name = {_plain(one.filename): one for one in archive.infolist()}
                for name in sorted(wanted):
                    with archive.open(by_name[name]) as content:
                        data = content.read(min(limit - total + 1, most))
                    total += len(data)
                    if total > limit:
                        raise too_large(path, limit)
                    yield name, data
            return
        for member, content in _tar_members(path, limit):
            if _plain(member.name) in wanted:
                yield _plain(member.name), content.read(most)


def no_such_member(name: str, member_names: list[str], path: Path) -> TagledgerError:
    """The error of a file that an archive does not have."""
    return TagledgerError(
        f"the archive has no file {name!r}",
        where=path,
        hint=f"name it in the reading, in data/sources.yaml: {nearest(name, set(member_names))}",
    )


def too_large(path: Path, limit: int) -> TagledgerError:
    """The error of a file that comes to more bytes than it may."""
    return TagledgerError(
        f"the file holds more than {limit:,} bytes when it is decompressed",
        where=path,
        hint="if this is the right file, raise clean.max_decompressed_bytes in params.yaml",
    )
