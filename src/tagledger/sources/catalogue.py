"""Where data comes from, and how it is parsed: the models of data/sources.yaml.

A source has snapshots; a snapshot has a location, the size and sha256 of each of its files, and a
reading: which file holds the items, which columns they have and where their labels are. The
catalogue is checked whole when it is loaded, so that a slip is found before a byte is fetched.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from tagledger import documents, files
from tagledger.errors import TagledgerError, nearest, os_errors, shown

PROVENANCE = "provenance.json"

Format = Literal["json", "jsonl", "csv", "parquet"]
Compression = Literal["gz", "zst"]

_ENDINGS: dict[str, Format] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
}
_COMPRESSIONS: dict[str, Compression] = {".gz": "gz", ".zst": "zst"}


def _problem(message: str, *, key: str = "") -> PydanticCustomError:
    """A fault of the value, or of its part `key`, in plain words."""
    # The message goes in as a value: braces in it are not placeholders.
    return PydanticCustomError("problem", "{message}", {"message": message, "key": key})


def _inside(path: str) -> str:
    """Check that `path` names a file below the folder that it is joined to."""
    parts = path.split("/")
    if "\\" in path or ":" in parts[0] or "\0" in path:
        raise _problem(f"{path!r} is not a relative path with forward slashes")
    if path.startswith("/") or ".." in parts:
        raise _problem(f"{path!r} leads out of its folder: give a path below `location`")
    if "" in parts or "." in parts:
        raise _problem(f"{path!r} has an empty part: write it as folder/file")
    if not files.is_inside(path):
        raise _problem(f"{path!r} can be no file's path: a part is too long, or not for people")
    if path.lower() == PROVENANCE:  # one file on a disk that ignores case
        raise _problem(f"{PROVENANCE!r} is the name that the fetch stage writes its own record to")
    return path


def is_url(location: str) -> bool:
    """Whether `location` is an fsspec URL, rather than a path in the repository."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", location) is not None


def _location(location: str) -> str:
    """Check that a file's path can be joined to `location`."""
    if "::" in location:
        raise _problem("a chain of fsspec URLs has no folder to join a path to: use a plain one")
    if not is_url(location):
        return location
    parts = urlsplit(location)
    if parts.scheme in {"http", "https"}:
        if parts.query or parts.fragment:
            raise _problem("a path cannot be joined to an address with ? or #")
        if parts.password is not None:
            raise _problem("a password would be copied to provenance.json: put it into ~/.netrc")
    if ".." in parts.path.split("/"):
        raise _problem("an address must not hold `..`")
    return location


def _year_as_text(name: object) -> object:
    """A snapshot named by a year reads as a number in YAML; the name is the text."""
    return str(name) if isinstance(name, int) and not isinstance(name, bool) else name


FilePath = Annotated[str, Field(min_length=1), AfterValidator(_inside)]
Location = Annotated[str, Field(min_length=1), AfterValidator(_location)]
Name = Annotated[str, Field(min_length=1)]
SnapshotName = Annotated[Name, BeforeValidator(_year_as_text)]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


class _Model(BaseModel):
    """A frozen model that takes no unknown key and converts no type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _unknown_key(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key in data:
                if key not in cls.model_fields:
                    known = nearest(str(key), cls.model_fields)
                    raise _problem(f"there is no such key; {known}", key=str(key))
        return data


class FileIdentity(_Model):
    """What a file must be, byte for byte."""

    bytes: int = Field(ge=0, le=2**63 - 1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _FileReading(_Model):
    """A file of the snapshot and its format."""

    file: FilePath
    format: Format | None = None
    delimiter: OneCharacter = ","

    @model_validator(mode="after")
    def _format_known(self) -> Self:
        if self.format is None and self._ending not in _ENDINGS:
            known = ", ".join(sorted(set(_ENDINGS.values())))
            raise _problem(
                f"the ending of {self.file!r} tells no format: set `format` to one of {known}",
                key="format",
            )
        if self.delimiter != "," and self.kind != "csv":
            raise _problem(f"only a csv file has a delimiter, not {self.kind}", key="delimiter")
        return self

    @property
    def _ending(self) -> str:
        suffixes = PurePosixPath(self.file.lower()).suffixes
        if suffixes and suffixes[-1] in _COMPRESSIONS:
            suffixes = suffixes[:-1]
        return suffixes[-1] if suffixes else ""

    @property
    def kind(self) -> Format:
        """The format: as given, or else as the file's ending says."""
        return self.format or _ENDINGS[self._ending]

    @property
    def compression(self) -> Compression | None:
        """How the whole file is compressed, by its last ending."""
        return _COMPRESSIONS.get(PurePosixPath(self.file.lower()).suffix)


class Columns(_Model):
    """The source's names for an item's columns; `text` stands for title and description."""

    id: Name
    created_on: Name | None = None
    title: Name | None = None
    description: Name | None = None
    text: Name | None = None

    @model_validator(mode="after")
    def _one_kind_of_text(self) -> Self:
        if self.text is not None and (self.title is not None or self.description is not None):
            raise _problem("give `text`, or `title` and `description`, not both", key="text")
        return self


def _date_format(text: str) -> str:
    """Check that a date can be read by `text`."""
    if "%" not in text and text not in {"seconds", "milliseconds"}:
        raise _problem(
            f"{text!r} is no date format: give one as strptime takes it (%d/%m/%Y), or seconds or"
            " milliseconds for numbers since 1970"
        )
    return text


class ItemsReading(_FileReading):
    """The file with one item a row.

    `date_format` is how created_on is written: a strptime format, `seconds` or `milliseconds`
    (numbers since 1970-01-01 UTC), and by default ISO 8601. A time without a zone is UTC.
    """

    columns: Columns
    id_type: Literal["integer", "string"] | None = None
    date_format: Annotated[str, AfterValidator(_date_format)] | None = None


class ListLabels(_Model):
    """Labels are in a column that holds a list of tags."""

    list: Name


class ColumnLabels(_Model):
    """Labels are in a column that holds one tag; null or empty means none."""

    column: Name


class DelimitedLabels(_Model):
    """Labels are in a text column that holds tags joined by a separator."""

    delimited: Name
    separator: Name


class FileLabels(_FileReading):
    """Labels are in a file of their own with one (id, tag) a row, joined on id."""

    id: Name = "id"
    tag: Name = "tag"


class RowLabels(_FileReading):
    """Labels are in a file of their own whose row N holds the one tag of item row N."""

    align: Literal["rows"]
    tag: Name = "tag"

    @model_validator(mode="before")
    @classmethod
    def _no_id(cls, data: Any) -> Any:
        if isinstance(data, dict) and "id" in data:
            raise _problem("labels are joined on `id` or aligned by rows: give one", key="id")
        return data


_LABEL_TAGS = {
    f"labels by {key}": key for key in ("list", "column", "delimited", "align", "file")
}  # pydantic puts the name of a union's member into the place of an error; these are taken out


def _labels_tag(value: Any) -> str | None:
    """The member of `Labels` that a mapping, or a model, is."""
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", {})
    return next((tag for tag, key in _LABEL_TAGS.items() if key in keys), None)


Labels = Annotated[
    Annotated[ListLabels, Tag("labels by list")]
    | Annotated[ColumnLabels, Tag("labels by column")]
    | Annotated[DelimitedLabels, Tag("labels by delimited")]
    | Annotated[RowLabels, Tag("labels by align")]
    | Annotated[FileLabels, Tag("labels by file")],
    Discriminator(_labels_tag),
]


class TaxonomyReading(_FileReading):
    """The file with the tags that should be used, their aliases and their parents."""


class Reading(_Model):
    """How a snapshot's files become items, labels and a taxonomy."""

    items: ItemsReading
    labels: Labels
    taxonomy: TaxonomyReading | None = None

    @property
    def files(self) -> dict[str, str]:
        """The files it reads, by the key that names each."""
        named = {"items.file": self.items.file}
        if isinstance(self.labels, FileLabels | RowLabels):
            named["labels.file"] = self.labels.file
        if self.taxonomy is not None:
            named["taxonomy.file"] = self.taxonomy.file
        return named


class Snapshot(_Model):
    """One state of a source: where its files are, and what they must be."""

    location: Location
    files: dict[FilePath, FileIdentity] = Field(min_length=1)
    reading: Reading | None = None

    @model_validator(mode="after")
    def _each_file_has_its_place(self) -> Self:
        folded: dict[str, str] = {}
        for path in self.files:
            if (other := folded.setdefault(path.lower(), path)) != path:
                raise _problem(
                    f"{other!r} and {path!r} differ in case only, and are one file on many disks",
                    key=f"files.{path}",
                )
        for path in self.files:
            for folder in PurePosixPath(path).parents:
                if str(folder).lower() in folded:
                    raise _problem(f"{str(folder)!r} is a file and a folder", key=f"files.{path}")
        return self


class Source(_Model):
    """A dataset somebody publishes, in one snapshot or many."""

    description: Name
    licence: Name | None = None
    reading: Reading | None = None
    snapshots: dict[SnapshotName, Snapshot] = Field(min_length=1)

    @model_validator(mode="after")
    def _readings_fit(self) -> Self:
        for name, snapshot in self.snapshots.items():
            place = f"snapshots.{name}.reading" if snapshot.reading else "reading"
            reading = snapshot.reading or self.reading
            if reading is None:
                raise _problem("neither the snapshot nor its source has a reading", key=place)
            for key, file in reading.files.items():
                if file not in snapshot.files:
                    known = nearest(file, snapshot.files)
                    raise _problem(
                        f"{file!r} is not among the files of snapshot {name!r}; {known}",
                        key=f"{place}.{key}",
                    )
        return self


class Catalogue(_Model):
    """Every source that the fetch stage can take."""

    sources: dict[Name, Source] = Field(min_length=1)

    def find(self, source: str, snapshot: str) -> tuple[Source, Snapshot, Reading]:
        """The source, its snapshot, and the reading that holds for it.

        Raises
        ------
        TagledgerError
            There is no such source or snapshot; the hint has the nearest name.
        """
        if source not in self.sources:
            raise TagledgerError(
                f"there is no source {source!r}",
                where="params.yaml, key fetch.source",
                hint=f"{nearest(source, self.sources)} (data/sources.yaml lists them)",
            )
        found = self.sources[source]
        if snapshot not in found.snapshots:
            raise TagledgerError(
                f"source {source!r} has no snapshot {snapshot!r}",
                where="params.yaml, key fetch.snapshot",
                hint=f"{nearest(snapshot, found.snapshots)} (data/sources.yaml lists them)",
            )
        state = found.snapshots[snapshot]
        reading = state.reading or found.reading
        assert reading is not None  # _readings_fit
        return found, state, reading


def address(location: str, path: str) -> str:
    """The URL of the file `path` below the URL `location`."""
    web = urlsplit(location).scheme in {"http", "https"}
    return f"{location.rstrip('/')}/{quote(path) if web else path}"


def mirrored(mirror: Path, location: str, path: str) -> Path:
    """Where a mirror keeps that file: below the URL's path, without its scheme and host.

    >>> mirrored(Path("/mirror"), "https://example.org/team/data/v1", "tags.json").as_posix()
    '/mirror/team/data/v1/tags.json'
    """
    return mirror / unquote(urlsplit(location).path).strip("/") / path


def identify(path: Path) -> FileIdentity:
    """The size and sha256 of a file on this machine."""
    with os_errors(path), path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return FileIdentity(bytes=file.tell(), sha256=digest.hexdigest())


def identity_line(path: str, identity: FileIdentity) -> str:
    """The line of data/sources.yaml that says what the file `path` must be."""
    key = path if re.fullmatch(r"[\w./-]*[A-Za-z_][\w./-]*", path) else f'"{path}"'
    return f"{key}: {{bytes: {identity.bytes}, sha256: {identity.sha256}}}"


def load_catalogue(path: Path, *, root: Path = Path()) -> Catalogue:
    """Read data/sources.yaml and check it.

    Parameters
    ----------
    path
        The YAML file.
    root
        The folder that a location without a scheme is relative to.

    Raises
    ------
    TagledgerError
        The file is missing, is not YAML, or has a fault: with its dotted key. Where a local
        file's size or sha256 is missing, the hint has the lines to paste.
    """
    data = documents.read_yaml(path)
    try:
        return Catalogue.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)
    first = faults[0]
    key = _key(first)
    if len(place := first["loc"]) > 4 and place[4] == "files" and _lacks_identity(first):
        key = ".".join(map(str, place[:5]))
        what, hint = _identities_wanted(data["sources"][place[1]]["snapshots"][place[3]], root)
    else:
        what = _plain(first)
        hint = "mend this key; the sources that are already in the file show the form"
        others = sorted({_key(fault) for fault in faults[1:]} - {key})
        if others:
            hint += f" (at fault too: {', '.join(others)})"
    raise TagledgerError(what, where=f"{path}, key {key}" if key else path, hint=hint)


def _key(fault: ErrorDetails) -> str:
    """The dotted key of a fault, as it stands in the YAML file."""
    parts = [*map(str, fault["loc"]), fault.get("ctx", {}).get("key", "")]
    return ".".join(part for part in parts if part and part not in {*_LABEL_TAGS, "[key]"})


_PLAIN = {
    "missing": "this key is missing",
    "model_type": "this must be a mapping of `key: value` lines, not {given}",
    "dict_type": "this must be a mapping of `key: value` lines, not {given}",
    "string_type": "this must be text, not {given}: put it in quotes",
    "int_type": "this must be a whole number, not {given}",
    "literal_error": "{given} is not one of {expected}",
    "string_pattern_mismatch": "a sha256 is 64 hexadecimal digits in lower case, not {given}",
    "greater_than_equal": "this must be {ge} or more, not {given}",
    "less_than_equal": "this must be {le} or less, not {given}",
    "too_short": "this must not be empty",
    "string_too_short": "this must not be empty",
    "string_too_long": "this must be one character, not {given}",
    "union_tag_not_found": "this must have one of the keys {keys}{near}",
}


def _plain(fault: ErrorDetails) -> str:
    """What is wrong, in words that need no knowledge of pydantic."""
    given, context = fault["input"], fault.get("ctx", {})
    if fault["type"] == "problem":
        return str(context["message"])
    keys = [key for key in _LABEL_TAGS.values() if key != "align"]  # it goes with `file`
    near = f"; {nearest(str(next(iter(given))), keys)}" if isinstance(given, dict) and given else ""
    template = _PLAIN.get(fault["type"], fault["msg"].replace("{", "{{").replace("}", "}}"))
    return template.format(
        given="nothing" if given is None else shown(given),
        keys=", ".join(keys),
        near=near,
        **context,
    )


def _lacks_identity(fault: ErrorDetails) -> bool:
    depth = len(fault["loc"])
    return (
        (fault["type"] == "missing" and depth == 7)
        or (fault["type"] == "model_type" and depth == 6 and fault["input"] is None)
        or (fault["type"] == "dict_type" and depth == 5 and isinstance(fault["input"], list))
    )


def _identities_wanted(snapshot: dict[str, Any], root: Path) -> tuple[str, str]:
    """What to say of a snapshot whose files have no size and sha256, and what to do."""
    named = snapshot["files"]
    identities = named if isinstance(named, dict) else dict.fromkeys(map(str, named))
    lacking = [
        str(path)
        for path, identity in identities.items()
        if not isinstance(identity, dict) or not {"bytes", "sha256"} <= identity.keys()
    ]
    what = f"the size and sha256 of {', '.join(lacking)} are not written down"
    location = str(snapshot.get("location", ""))
    if is_url(location):
        where = ", ".join(address(location, path) for path in lacking)
        return what, f"download {where} once, and take them from `wc -c` and `sha256sum`"
    found = {path: root / location / path for path in lacking if (root / location / path).is_file()}
    if not found:
        return what, f"put the files into {root / location}, then run this again for the lines"
    lines = [identity_line(path, identify(file)) for path, file in found.items()]
    hint = "if the files are as they should be, put these lines under `files:`"
    return what, "\n       ".join([hint, *lines])
