"""A file of a snapshot: its name, its format, and which of its rows count."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, PrivateAttr, model_validator

from tagledger import files
from tagledger.sources import formats
from tagledger.sources.formats import Format
from tagledger.sources.models import Model, Name, checked, no_such_key, problem

PROVENANCE = "provenance.json"
ADDED_ITEMS = "tagledger-items.jsonl"
"""In data/raw, the items that no file of the source has; provenance.json says whether there are."""
OWN_FILES = (PROVENANCE, ADDED_ITEMS)


def _inside(path: str) -> str:
    """Check that `path` names a file below the folder that it is joined to."""
    archive, mark, member = path.partition(formats.MEMBER)
    if mark:
        if formats.archive_of(archive) is None:
            endings = ", ".join(formats.ARCHIVES)
            raise problem(f"{archive!r} is no archive: its ending is none of {endings}")
        _inside(archive)
        if formats.MEMBER in member:
            raise problem(f"{path!r} is in an archive within an archive: unpack the outer one")
        _inside(member)
        return path
    parts = path.split("/")
    if "\\" in path or ":" in parts[0] or "\0" in path:
        raise problem(f"{path!r} is not a relative path with forward slashes")
    if path.startswith("/") or ".." in parts:
        raise problem(f"{path!r} leads out of its folder: give a path below `location`")
    if "" in parts or "." in parts:
        raise problem(f"{path!r} has an empty part: write it as folder/file")
    if not files.is_inside(path):
        raise problem(f"{path!r} can be no file's path: a part is too long, or not for people")
    own = parts[0].lower()  # one file on a disk that ignores case
    if own in OWN_FILES:
        raise problem(f"{own!r} is the name of a file that the fetch stage writes itself")
    return path


FilePath = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Value = str | bool | int | float


class FileReading(Model):
    """A file of the snapshot, its format and the options of that.

    Attributes
    ----------
    file
        The file, below the snapshot's `location`; it must be one of the snapshot's `files`. Or a
        list of files, or a name with `*` or `?` in it (`**` stands for folders), or a folder: then
        all that fit are read in turn. `a.zip!x.csv` is the file x.csv in the archive a.zip (or
        .tar, .tar.gz, .tgz, ...). The last ending may be .gz, .bz2, .xz or .zst, for a compressed
        file.
    format
        The file's format, where its ending does not tell it.
    package
        The Python package that brings the format, if it is none of Tagledger's own.
    where
        Which rows count, as `{column: value}` or `{column: [value, value]}`; the others are left
        out. A number is compared as a number.
    """

    # The options are extra keys: which there are, the format says.
    model_config = ConfigDict(extra="allow")

    file: FilePath | Annotated[list[FilePath], Field(min_length=1)]
    format: Name | None = None
    package: Name | None = None
    where: dict[Name, Value | list[Value]] | None = None
    _read_as: Format | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("package") is not None:
            return data  # a package's options are looked at when its format is found
        options = {key for one in formats.own().values() for key in one.model_fields}
        for key in data:
            if key not in cls.model_fields and key not in options:
                raise no_such_key(str(key), {*cls.model_fields, *options})
        return data

    @model_validator(mode="after")
    def _options_of_the_format(self) -> Self:
        if self.without_format:
            return self
        kind = formats.find(self.paths[0], self.format, self.package)
        for other in self.paths[1:]:
            if formats.find(other, self.format, self.package) is not kind:
                raise problem(
                    f"{self.paths[0]!r} and {other!r} have endings of two formats: set `format`",
                    key="format",
                )
        if kind is None:
            return self
        options = self.model_extra
        assert options is not None  # the model allows them
        for key, value in options.items():
            if key not in kind.model_fields:
                _refuse_option(key, value, kind, {*type(self).model_fields, *kind.model_fields})
        self._read_as = checked(kind, options)
        given = self._read_as.model_dump(exclude_defaults=True)
        options.clear()
        options.update(given)
        return self

    @property
    def without_format(self) -> bool:
        """Whether the file is of a form of its own, that is none of the formats."""
        return False

    @property
    def paths(self) -> list[str]:
        """The files' names, as the reading has them: there may be `*` in one."""
        return [self.file] if isinstance(self.file, str) else list(self.file)

    @property
    def shown(self) -> str:
        """The files in words, for messages."""
        first, *others = self.paths
        return f"{first} and {len(others)} more" if others else first

    @property
    def read_as(self) -> Format:
        """The file's format with its options.

        Raises
        ------
        TagledgerError
            The package that brings it is not installed.
        """
        if self._read_as is None:
            assert self.package is not None  # `find` says so
            raise formats.not_installed(str(self.format), self.package)
        return self._read_as

    @property
    def kind(self) -> str:
        """The name of the format."""
        return self.read_as.NAME


def _refuse_option(key: str, value: Any, kind: type[Format], known: set[str]) -> None:
    """Refuse an option that the format does not have; another one's is checked for its value."""
    others = [one for one in formats.own().values() if key in one.model_fields]
    if not others:
        raise no_such_key(key, known)
    checked(others[0], {key: value})
    names = " or ".join(one.NAME for one in others)
    raise problem(f"only a {names} file has a {key}, not {kind.NAME}", key=key)
