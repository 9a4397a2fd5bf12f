"""The formats of files: what one says of itself, and where to find it by its name.

Tagledger's own formats are the modules of tagledger/readers/formats. A Python package brings
another one by an entry point of the group `tagledger.formats`; a reading names it and the package,
so that which package reads a file never hangs on what else is installed. A class is enough: its
fields are the options that a reading of the format takes, its docstring is what docs/keys.md says.

The stage fetch checks readings by these classes and runs none of their readers: no byte that it
writes follows from how a file is read. So importing a format's module must be cheap, and must not
import a reader's libraries: they are imported where they are used. The default of an option never
changes, for what is written down of a reading, of old versions too, leaves defaults out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

from tagledger.errors import TagledgerError, nearest
from tagledger.sources.models import Model, classes_in, problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from tagledger.readers.blocks import Block, Wanted
    from tagledger.readers.opening.source_files import SourceFile

OWN = "tagledger.readers.formats"
GROUP = "tagledger.formats"

Compression = Literal["gz", "bz2", "xz", "zst"]
_COMPRESSIONS: dict[str, Compression] = {
    ".gz": "gz",
    ".bz2": "bz2",
    ".xz": "xz",
    ".zst": "zst",
    ".tgz": "gz",
    ".tbz2": "bz2",
    ".txz": "xz",
}
MEMBER = "!"  # between the name of an archive and that of a file in it
# Endings of archives.
ARCHIVES = (".zip", ".tar", *(f".tar.{one}" for one in ("gz", "bz2", "xz", "zst")))
ARCHIVES += (".tgz", ".tbz2", ".txz")


class Format(Model):
    """A format of files; its fields are the options that a reading takes beside `format`.

    Attributes
    ----------
    NAME
        What `format` calls it.
    ENDINGS
        The endings of files, in lower case, that tell one of Tagledger's own formats.
    TEXT_ONLY
        Whether every value in it is text, numbers too; lists in a taxonomy are joined by "|".
    COLUMN
        The name of its only column, of a format that has one.
    """

    NAME: ClassVar[str]
    ENDINGS: ClassVar[tuple[str, ...]] = ()
    TEXT_ONLY: ClassVar[bool] = False
    COLUMN: ClassVar[str | None] = None

    def blocks_of_all(self, files: list[SourceFile], wanted: Wanted) -> Iterator[Block]:
        """Read the files of a reading in turn, as `blocks` reads one, each block with its file.

        A format whose files are small and many, one an item, does so in a way of its own.
        """
        for file in files:
            for block in self.blocks(file, wanted):
                yield block.of(file.name)

    def class_names(self, file: SourceFile, column: str) -> list[str] | None:  # noqa: ARG002 - for those that do
        """The names of the classes that numbers in a column stand for, if the file says them."""
        return None

    def blocks(self, file: SourceFile, wanted: Wanted) -> Iterator[Block]:
        """Read a file: its rows in blocks, with the wanted columns.

        Raises
        ------
        TagledgerError
            The file cannot be read, or lacks a column (`wanted.among` says so).
        """
        raise NotImplementedError

    def entries(self, file: SourceFile) -> list[tuple[str, Any]] | None:  # noqa: ARG002 - for those that do
        """Each entry of a taxonomy with its place, of a format that has more than rows for it."""
        return None


def compression_of(file: str) -> Compression | None:
    """How a whole file is compressed, by its last ending."""
    return _COMPRESSIONS.get(PurePosixPath(file.lower()).suffix)


def without_compression(file: str) -> str:
    """A file's name in lower case without the ending that tells its compression."""
    name = file.lower()
    return name.removesuffix(PurePosixPath(name).suffix) if compression_of(name) else name


def archive_of(file: str) -> Literal["zip", "tar"] | None:
    """Which kind of archive a file is, by its endings."""
    ending = next((one for one in ARCHIVES if file.lower().endswith(one)), None)
    return None if ending is None else "zip" if ending == ".zip" else "tar"


def is_pattern(path: str) -> bool:
    """Whether a path stands for all files that fit it."""
    return "*" in path or "?" in path


def fits(pattern: str, path: str) -> bool:
    """Whether `pattern` names the file `path`: itself, by `*` and `?`, or by a folder above it.

    >>> fits("docs/*.txt", "docs/a.txt"), fits("docs/*.txt", "docs/sea/a.txt")
    (True, False)
    >>> fits("docs/**/*.txt", "docs/sea/a.txt"), fits("docs", "docs/sea/a.txt")
    (True, True)
    """
    return _fitting(pattern).fullmatch(path) is not None


@cache
def _fitting(pattern: str) -> re.Pattern[str]:
    if not is_pattern(pattern):
        return re.compile(re.escape(pattern.rstrip("/")) + r"(/(?s:.)*)?")
    marks = {"**/": r"(?:(?s:.)*/)?", "**": r"(?s:.)*", "*": r"[^/]*", "?": r"[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(marks.get(part, re.escape(part)) for part in parts))


@cache
def own() -> dict[str, type[Format]]:
    """Tagledger's own formats by their names."""
    return {one.NAME: one for one in classes_in(OWN, Format, "NAME")}


def by_ending(file: str) -> type[Format] | None:
    """The format of Tagledger's own that a file's ending tells."""
    suffixes = PurePosixPath(file.lower()).suffixes
    if suffixes and suffixes[-1] in _COMPRESSIONS:
        suffixes = suffixes[:-1]
    ending = suffixes[-1] if suffixes else ""
    return next((one for one in own().values() if ending in one.ENDINGS), None)


def find(file: str, name: str | None, package: str | None) -> type[Format] | None:
    """The format of a reading; None if its package is not installed.

    Raises
    ------
    PydanticCustomError
        The reading is at fault.
    TagledgerError
        The package is: see `brought`.
    """
    if package is not None:
        if name is None:
            raise problem("say which of the package's formats it is", key="format")
        if name in own():
            raise problem(f"{name} is a format of Tagledger's own: leave out `package`")
        return brought(name, package) if version_of(package) is not None else None
    if name is None:
        by_its_ending = by_ending(file)
        if by_its_ending is None:
            names = ", ".join(sorted(own()))
            raise problem(
                f"the ending of {file!r} tells no format: set `format` to one of {names}",
                key="format",
            )
        return by_its_ending
    if name in own():
        return own()[name]
    packages = [str(_package(one)[0]) for one in _entry_points() if one.name == name]
    if packages:
        raise problem(
            f"the format {name!r} is of the package {packages[0]}: say so with "
            f"`package: {packages[0]}` beside it, for those who have yet to install it",
            key="format",
        )
    *most, last = map(repr, _most_alike_first(name, own()))
    raise problem(
        f"{name!r} is not one of {', '.join(most)} or {last}; a format that a Python package "
        "brings is named with `package: …` beside it",
        key="format",
    )


def _most_alike_first(word: str, names: dict[str, Any]) -> list[str]:
    return sorted(names, key=lambda one: -SequenceMatcher(None, word, one).ratio())


def _entry_points() -> list[EntryPoint]:
    from importlib.metadata import entry_points

    return list(entry_points(group=GROUP))


def _package(entry: EntryPoint) -> tuple[str, str]:
    """The name and the version of the package that an entry point is of."""
    assert entry.dist is not None  # `entry_points` gives it
    return entry.dist.name, entry.dist.version


def _same(one: str, other: str) -> bool:
    """Whether two spellings name one package (PEP 503)."""
    return re.sub(r"[-_.]+", "-", one).lower() == re.sub(r"[-_.]+", "-", other).lower()


def version_of(package: str) -> str | None:
    """The version of an installed package; None if it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except (PackageNotFoundError, ValueError):
        return None


def brought(name: str, package: str) -> type[Format]:
    """The format that an installed package brings.

    Raises
    ------
    TagledgerError
        The package brings none of this name, or none that can be used; or two packages do.
    """
    entries = [one for one in _entry_points() if one.name == name]
    if len(entries) > 1:
        both = " and ".join(sorted(" ".join(_package(one)) for one in entries))
        raise TagledgerError(
            f"several packages bring a format {name!r}: {both}",
            where="the Python environment",
            hint=f"keep {package}, and take out the other with `pip uninstall`",
        )
    version = version_of(package)
    if not entries or not _same(_package(entries[0])[0], package):
        names = [one.name for one in _entry_points() if _same(_package(one)[0], package)]
        raise TagledgerError(
            f"the package {package} {version} brings no format {name!r}",
            where="data/sources.yaml, key package",
            hint=f"{nearest(name, names)}; or install a version that has it: "
            f"`pip install --upgrade {package}`",
        )
    try:
        loaded = entries[0].load()
    except Exception as error:  # noqa: BLE001 - another's code may raise anything
        _broken(name, package, f"{type(error).__name__}: {error}", error)
    if not isinstance(loaded, type) or not issubclass(loaded, Format):
        _broken(name, package, f"{entries[0].value} is no class made from tagledger's Format")
    if vars(loaded).get("NAME") != name:
        _broken(name, package, f"{entries[0].value} has another NAME than its entry point")
    return loaded


def _broken(name: str, package: str, why: str, error: Exception | None = None) -> NoReturn:
    version = version_of(package)
    raise TagledgerError(
        f"the format {name!r} of the package {package} {version} cannot be used: {why}",
        where="the Python environment",
        hint="install it anew, with all that it needs: "
        f"`pip install --force-reinstall {package}`, or another version of it",
    ) from error


def not_installed(name: str, package: str, version: str | None = None) -> TagledgerError:
    """The error of a format whose package is not installed; `version` is the one that is asked."""
    pinned = f"{package}=={version}" if version else package
    return TagledgerError(
        f"files of the format {name!r} are read by the package {package}, which is not installed",
        where="the Python environment",
        hint=f"install it with `pip install {pinned}`, then run this again",
    )
