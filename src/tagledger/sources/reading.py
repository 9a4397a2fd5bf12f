"""How a snapshot's files are read: the models under `reading:` in data/sources.yaml."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializeAsAny,
    model_validator,
)

from tagledger import files
from tagledger.sources import formats
from tagledger.sources.formats import Compression, Format
from tagledger.sources.labels import Labels, labels_of
from tagledger.sources.models import Model, Name, checked, no_such_key, problem

PROVENANCE = "provenance.json"


def _inside(path: str) -> str:
    """Check that `path` names a file below the folder that it is joined to."""
    parts = path.split("/")
    if "\\" in path or ":" in parts[0] or "\0" in path:
        raise problem(f"{path!r} is not a relative path with forward slashes")
    if path.startswith("/") or ".." in parts:
        raise problem(f"{path!r} leads out of its folder: give a path below `location`")
    if "" in parts or "." in parts:
        raise problem(f"{path!r} has an empty part: write it as folder/file")
    if not files.is_inside(path):
        raise problem(f"{path!r} can be no file's path: a part is too long, or not for people")
    if path.lower() == PROVENANCE:  # one file on a disk that ignores case
        raise problem(f"{PROVENANCE!r} is the name that the fetch stage writes its own record to")
    return path


FilePath = Annotated[str, Field(min_length=1), AfterValidator(_inside)]


class FileReading(Model):
    """A file of the snapshot, its format and the options of that.

    Attributes
    ----------
    file
        The file, below the snapshot's `location`; it must be one of the snapshot's `files`. The
        last ending may be .gz or .zst, for a compressed file.
    format
        The file's format, where its ending does not tell it.
    package
        The Python package that brings the format, if it is none of Tagledger's own.
    """

    # The options are extra keys: which there are, the format says.
    model_config = ConfigDict(extra="allow")

    file: FilePath
    format: Name | None = None
    package: Name | None = None
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
        kind = formats.find(self.file, self.format, self.package)
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

    @property
    def compression(self) -> Compression | None:
        """How the whole file is compressed, by its last ending."""
        return formats.compression_of(self.file)


def _refuse_option(key: str, value: Any, kind: type[Format], known: set[str]) -> None:
    """Refuse an option that the format does not have; another one's is checked for its value."""
    others = [one for one in formats.own().values() if key in one.model_fields]
    if not others:
        raise no_such_key(key, known)
    checked(others[0], {key: value})
    names = " or ".join(one.NAME for one in others)
    raise problem(f"only a {names} file has a {key}, not {kind.NAME}", key=key)


class Columns(Model):
    """The source's names for an item's columns.

    A name may lead into objects and lists, as `meta.title` and `labels[].name` do.

    Attributes
    ----------
    id
        The column that tells items apart.
    created_on
        The column with the date that an item was made on.
    title, description
        The columns with an item's text.
    text
        The column with an item's text, in place of title and description.
    """

    id: Name
    created_on: Name | None = None
    title: Name | None = None
    description: Name | None = None
    text: Name | None = None

    @model_validator(mode="after")
    def _one_kind_of_text(self) -> Self:
        if self.text is not None and (self.title is not None or self.description is not None):
            raise problem("give `text`, or `title` and `description`, not both", key="text")
        return self


def _date_format(text: str) -> str:
    """Check that a date can be read by `text`."""
    if "%" not in text and text not in {"seconds", "milliseconds"}:
        raise problem(
            f"{text!r} is no date format: give one as strptime takes it (%d/%m/%Y), or seconds or"
            " milliseconds for numbers since 1970"
        )
    return text


class ItemsReading(FileReading):
    """The file with one item a row.

    Attributes
    ----------
    columns
        Which column holds what.
    id_type
        What ids are; by default what the file has, and in a file of text alone integers if all
        of them spell one.
    date_format
        How created_on is written: a strptime format, `seconds` or `milliseconds` (numbers since
        1970-01-01 UTC), and by default ISO 8601. A time without a zone is UTC.
    """

    columns: Columns
    id_type: Literal["integer", "string"] | None = None
    date_format: Annotated[str, AfterValidator(_date_format)] | None = None


class TaxonomyReading(FileReading):
    """The file with the tags that should be used, their aliases and their parents."""


class Reading(Model):
    """How a snapshot's files become items, labels and a taxonomy.

    Attributes
    ----------
    items
        The file with one item a row.
    labels
        Where the labels are, in one of the ways below.
    taxonomy
        The file with the tags that should be used, their aliases and their parents.
    """

    items: ItemsReading
    labels: Annotated[SerializeAsAny[Labels], BeforeValidator(labels_of)]
    taxonomy: TaxonomyReading | None = None

    @property
    def file_readings(self) -> dict[str, FileReading]:
        """How each of its files is read, by the key that it stands under."""
        named = {"items": self.items, "labels": self.labels, "taxonomy": self.taxonomy}
        return {key: one for key, one in named.items() if isinstance(one, FileReading)}

    @property
    def files(self) -> dict[str, str]:
        """The files it reads, by the key that names each."""
        return {f"{key}.file": one.file for key, one in self.file_readings.items()}

    def packages(self) -> dict[str, dict[str, str]]:
        """The package, and its version, of each format that is not Tagledger's own.

        Raises
        ------
        TagledgerError
            It is not installed.
        """
        found = {}
        for one in self.file_readings.values():
            if one.package is not None:
                version = formats.version_of(one.package)
                found[one.kind] = {"package": one.package, "version": str(version)}
        return found
