"""How a snapshot's files are read: the models under `reading:` in data/sources.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, model_validator

from tagledger.sources import formats
from tagledger.sources.file_reading import FileReading
from tagledger.sources.labels import Labels, labels_of
from tagledger.sources.models import Model, Name, problem


class TextFile(FileReading):
    """Texts in a file of their own, a row for each item; an item that has none has no text.

    Attributes
    ----------
    id
        The column with the id of the item.
    text
        The column with the text.
    """

    id: Name = "id"
    text: Name = "text"


class Columns(Model):
    """The source's names for an item's columns.

    A name may lead into objects and lists, as `meta.title` and `labels[].name` do.

    Attributes
    ----------
    id
        The column that tells items apart. Without one, an item's id is made from its title and
        description (from the whole row but its labels, where it has neither), so that it stays
        when rows come and go; the second of two that are alike has `-2` after it.
    created_on
        The column with the date that an item was made on.
    title, description
        The columns with an item's text; the latter may be in a file of its own, `{file, id, text}`.
    text
        The column with an item's text, or a list of them that are joined, or a file of its own, in
        place of title and description.
    """

    id: Name | None = None
    created_on: Name | None = None
    title: Name | None = None
    description: Name | TextFile | None = None
    text: Name | Annotated[list[Name], Field(min_length=1)] | TextFile | None = None

    @model_validator(mode="after")
    def _one_kind_of_text(self) -> Self:
        if self.text is not None and (self.title is not None or self.description is not None):
            raise problem("give `text`, or `title` and `description`, not both", key="text")
        return self

    @property
    def text_file(self) -> TextFile | None:
        """The file of its own that texts are in."""
        given = self.text or self.description
        return given if isinstance(given, TextFile) else None

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns of the items file that make an item's description."""
        given = self.text or self.description
        if given is None or isinstance(given, TextFile):
            return ()
        return (given,) if isinstance(given, str) else tuple(given)


def _date_format(text: str) -> str:
    """Check that a date can be read by `text`."""
    if "%" not in text and text not in {"seconds", "milliseconds", "iso"}:
        raise problem(
            f"{text!r} is no date format: give one as strptime takes it (%d/%m/%Y), or seconds or"
            " milliseconds for numbers since 1970, or iso"
        )
    return text


DateFormat = Annotated[str, AfterValidator(_date_format)]


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
        1970-01-01 UTC), and by default ISO 8601, where a year or a month stands for its first day.
        Or a list of these, of which the first that fits a date is taken, with `iso` for ISO
        8601. A time without a zone is UTC.
    """

    columns: Columns
    id_type: Literal["integer", "string"] | None = None
    date_format: DateFormat | Annotated[list[DateFormat], Field(min_length=1)] | None = None


class TaxonomyReading(FileReading):
    """The file with the tags that should be used, their aliases and their parents."""


class Reading(Model):
    """How a snapshot's files become items, labels and a taxonomy.

    Attributes
    ----------
    items
        The file with one item a row.
    labels
        Where the labels are, in one of the ways below; or the word `none`, where nothing is
        labelled yet.
    taxonomy
        The file with the tags that should be used, their aliases and their parents.
    """

    items: ItemsReading
    labels: Annotated[SerializeAsAny[Labels], BeforeValidator(labels_of)]
    taxonomy: TaxonomyReading | None = None

    @model_validator(mode="after")
    def _ids_where_they_are_needed(self) -> Self:
        if self.items.columns.id is not None:
            return self
        if self.labels.votes is not None:
            raise problem("votes are counted by the id of an item: give `columns.id`", key="labels")
        if self.labels.KEY == "file":
            raise problem(
                "labels in a file of their own are joined on the id of an item: give `columns.id`, "
                "or say `align: rows` if row N of the file is for row N of the items",
                key="labels",
            )
        return self

    @property
    def file_readings(self) -> dict[str, FileReading]:
        """How each of its files is read, by the key that it stands under."""
        columns = self.items.columns
        named = {
            "items": self.items,
            f"items.columns.{'text' if columns.text else 'description'}": columns.text_file,
            "labels": self.labels,
            **{f"labels.{key}": one for key, one in self.labels.file_readings.items()},
            "taxonomy": self.taxonomy,
        }
        return {key: one for key, one in named.items() if isinstance(one, FileReading)}

    @property
    def files(self) -> dict[str, list[str]]:
        """The names of the files it reads, by the key that names each; see `formats.fits`."""
        return {f"{key}.file": one.paths for key, one in self.file_readings.items()}

    def packages(self) -> dict[str, dict[str, str]]:
        """The package, and its version, of each format that is not Tagledger's own.

        Raises
        ------
        TagledgerError
            It is not installed.
        """
        packages = {}
        for one in self.file_readings.values():
            if one.package is not None:
                version = formats.version_of(one.package)
                packages[one.kind] = {"package": one.package, "version": str(version)}
        return packages
