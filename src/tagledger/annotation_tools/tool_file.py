"""A file of a labelling tool: its bytes, its text whatever it is written in, the files in it."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tagledger.errors import TagledgerError, os_errors
from tagledger.readers.opening.archives import FAULTS
from tagledger.readers.opening.encodings import narrow_encoding, wide_encoding
from tagledger.readers.opening.signatures import SIGNATURE_BYTES, what_it_is

MOST_BYTES = 2**30  # of a file, also of all files in an archive


@dataclass(frozen=True)
class ToolFile:
    """A file of a labelling tool, read whole.

    Attributes
    ----------
    path
        Where it is; of a file in an archive, the archive's path and its own name after a `!`.
    content
        Its bytes, where they are known already.
    """

    path: Path
    content: bytes | None = None

    @property
    def name(self) -> str:
        """The file's name without folders."""
        return self.path.name.rpartition("!")[2].rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The file's name without folders and ending."""
        return Path(self.name).stem

    @cached_property
    def data(self) -> bytes:
        """Its bytes.

        Raises
        ------
        TagledgerError
            It cannot be read, is empty, or too large.
        """
        data = self.content
        if data is None:
            with os_errors(self.path):
                if self.path.exists() and not self.path.is_file():
                    raise TagledgerError(
                        "this is no file, but a folder or a device",
                        where=self.path,
                        hint="name the files of the labelling tool one by one",
                    )
                if self.path.stat().st_size > MOST_BYTES:
                    raise _too_large(self.path)
                data = self.path.read_bytes()
        if not data:
            raise TagledgerError(
                "the file is empty", where=self.path, hint="export it from the tool again"
            )
        return data

    @cached_property
    def what(self) -> str | None:
        """What its first bytes say it is, as `what_it_is` has it; None for text."""
        return what_it_is(self.data[:SIGNATURE_BYTES])

    @cached_property
    def encoding(self) -> str:
        """What its text is written in, as Python calls it.

        Raises
        ------
        TagledgerError
            It is no text, or in an encoding that is not known.
        """
        if self.what is not None:
            raise TagledgerError(
                f"this is not text but {self.what}",
                where=self.path,
                hint="export it from the tool again, as a file of its own kind",
            )
        if wide := wide_encoding(self.data[:SIGNATURE_BYTES]):
            return wide
        try:
            self.data.decode()
        except UnicodeDecodeError as error:
            if narrow := narrow_encoding(self.data):
                return narrow
            raise TagledgerError(
                f"this is not UTF-8: {error.reason}",
                where=f"{self.path}, byte {error.start + 1}",
                hint="save it as UTF-8 where it comes from",
            ) from error
        return "utf-8-sig" if self.data.startswith(codecs.BOM_UTF8) else "utf-8"

    @cached_property
    def text(self) -> str:
        """Its text, without a byte order mark; cp1252 and UTF-16 are recognised by what is in them.

        Raises
        ------
        TagledgerError
            It is no text, or in an encoding that is not known.
        """
        try:
            return self.data.decode(self.encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise TagledgerError(
                f"this is not {self.encoding}: {error.reason}",
                where=f"{self.path}, byte {error.start + 1}",
                hint="save it as UTF-8 where it comes from",
            ) from error

    @property
    def decoded(self) -> str | None:
        """Its text; None if it has none that can be read. For telling what it is."""
        try:
            return self.text
        except TagledgerError:
            return None

    @cached_property
    def members(self) -> Mapping[str, ToolFile]:
        """The files in it by their names, if it is a zip archive; else none.

        Raises
        ------
        TagledgerError
            The archive cannot be read, or unpacks to too much.
        """
        if self.what != "a zip archive":
            return {}
        files: dict[str, ToolFile] = {}
        left = MOST_BYTES
        try:
            with zipfile.ZipFile(io.BytesIO(self.data)) as archive:
                for one in archive.infolist():
                    if one.is_dir() or "__MACOSX" in one.filename:
                        continue
                    with archive.open(one) as stream:
                        content = stream.read(left + 1)
                    left -= len(content)
                    if left < 0:
                        raise _too_large(self.path)
                    name = Path(f"{self.path}!{one.filename}")
                    files[one.filename] = ToolFile(name, content)
        except FAULTS as error:
            raise TagledgerError(
                f"this archive cannot be read: {error}",
                where=self.path,
                hint="export it from the tool again",
            ) from error
        return files

    def error(self, what: str, place: str = "", *, hint: str) -> TagledgerError:
        """An error of this file, with the place in it."""
        where: Any = f"{self.path}, {place}" if place else self.path
        return TagledgerError(what, where=where, hint=hint)


def _too_large(path: Path) -> TagledgerError:
    return TagledgerError(
        f"it comes to more than {MOST_BYTES:,} bytes",
        where=path,
        hint="export it in parts, and import them one after the other",
    )
