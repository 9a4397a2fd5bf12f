"""Where data comes from: the models of data/sources.yaml.

A source has snapshots; a snapshot has a location, the size and sha256 of each of its files, and a
reading: which file holds the items, which columns they have and where their labels are. The
catalogue is checked whole when it is loaded, so that a slip is found before a byte is fetched.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Self
from urllib.parse import quote, unquote, urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from tagledger import documents
from tagledger.errors import TagledgerError, nearest, os_errors
from tagledger.params import SnapshotName
from tagledger.sources import formats
from tagledger.sources.file_reading import PROVENANCE, FilePath
from tagledger.sources.models import Model, Name, first_fault, in_words, key_of, problem
from tagledger.sources.reading import Reading

__all__ = ["PROVENANCE", "Catalogue", "FileIdentity", "Reading", "Snapshot", "Source"]


def is_url(location: str) -> bool:
    """Whether `location` is an fsspec URL, rather than a path in the repository."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", location) is not None


def _location(location: str) -> str:
    """Check that a file's path can be joined to `location`."""
    if "::" in location:
        raise problem("a chain of fsspec URLs has no folder to join a path to: use a plain one")
    if not is_url(location):
        return location
    parts = urlsplit(location)
    if parts.scheme in {"http", "https"}:
        if parts.query or parts.fragment:
            raise problem("a path cannot be joined to an address with ? or #")
        if parts.password is not None:
            raise problem("a password would be copied to provenance.json: put it into ~/.netrc")
    if ".." in parts.path.split("/"):
        raise problem("an address must not hold `..`")
    return location


Location = Annotated[str, Field(min_length=1), AfterValidator(_location)]


class FileIdentity(Model):
    """What a file must be, byte for byte.

    Attributes
    ----------
    bytes
        Its size.
    sha256
        Its sha256, in lower case.
    """

    bytes: int = Field(ge=0, le=2**63 - 1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Snapshot(Model):
    """One state of a source: where its files are, and what they must be.

    Attributes
    ----------
    location
        A folder in the repository, or an fsspec URL (https, s3, gs, ...), that the files' paths
        are joined to.
    files
        The files, by their paths, each with its size and sha256. Without the two, the error
        has the lines to paste.
    reading
        How the files are read, in place of the source's own reading.
    """

    location: Location
    files: dict[FilePath, FileIdentity] = Field(min_length=1)
    reading: Reading | None = None

    @model_validator(mode="after")
    def _each_file_has_its_place(self) -> Self:
        folded: dict[str, str] = {}
        for path in self.files:
            if (other := folded.setdefault(path.lower(), path)) != path:
                raise problem(
                    f"{other!r} and {path!r} differ in case only, and are one file on many disks",
                    key=f"files.{path}",
                )
        for path in self.files:
            for folder in PurePosixPath(path).parents:
                if str(folder).lower() in folded:
                    raise problem(f"{str(folder)!r} is a file and a folder", key=f"files.{path}")
        return self


class Source(Model):
    """A dataset somebody publishes, in one snapshot or many.

    Attributes
    ----------
    description
        What it is, in a few words.
    licence
        The licence that it is published under.
    reading
        How the files of its snapshots are read.
    snapshots
        The snapshots, by their names: `fetch.snapshot` in params.yaml chooses one.
    """

    description: Name
    licence: Name | None = None
    reading: Reading | None = None
    snapshots: dict[SnapshotName, Snapshot] = Field(min_length=1)

    @model_validator(mode="after")
    def _readings_fit(self) -> Self:
        for name, snapshot in self.snapshots.items():
            key_of_reading = f"snapshots.{name}.reading" if snapshot.reading else "reading"
            reading = snapshot.reading or self.reading
            if reading is None:
                raise problem(
                    "neither the snapshot nor its source has a reading", key=key_of_reading
                )
            for key, paths in reading.files.items():
                for path in paths:
                    file = path.partition(formats.MEMBER)[0]
                    if not any(formats.fits(file, one) for one in snapshot.files):
                        nearest_file = nearest(file, snapshot.files)
                        raise problem(
                            f"{file!r} is not among the files of snapshot {name!r}; {nearest_file}",
                            key=f"{key_of_reading}.{key}",
                        )
        return self


class Catalogue(Model):
    """Every source that the fetch stage can take.

    Attributes
    ----------
    sources
        The sources, by their names: `fetch.source` in params.yaml chooses one.
    """

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
        entry = self.sources[source]
        if snapshot not in entry.snapshots:
            raise TagledgerError(
                f"source {source!r} has no snapshot {snapshot!r}",
                where="params.yaml, key fetch.snapshot",
                hint=f"{nearest(snapshot, entry.snapshots)} (data/sources.yaml lists them)",
            )
        state = entry.snapshots[snapshot]
        reading = state.reading or entry.reading
        assert reading is not None  # _readings_fit
        return entry, state, reading


_MANY_FILES = 20


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
    first = first_fault(faults)
    key = key_of(first)
    if len(loc := first["loc"]) > 4 and loc[4] == "files" and _lacks_identity(first):
        key = ".".join(map(str, loc[:5]))
        what, hint = _identities_wanted(data["sources"][loc[1]]["snapshots"][loc[3]], root)
    else:
        what = in_words(first)
        hint = "mend this key; the sources that are already in the file show the form"
        others = sorted({one for one in map(key_of, faults) if not f"{key}.".startswith(f"{one}.")})
        if others:
            hint += f" (at fault too: {', '.join(others)})"
    raise TagledgerError(what, where=f"{path}, key {key}" if key else path, hint=hint)


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
    files = {path: file for one in lacking for path, file in _files_of(one, root / location)}
    if not files:
        return what, f"put the files into {root / location}, then run this again for the lines"
    lines = [identity_line(path, identify(file)) for path, file in files.items()]
    hint = "if the files are as they should be, put these lines under `files:`"
    if others := [one for one in lacking if one not in files]:
        hint += f" in place of {', '.join(others)}"
    if len(lines) > _MANY_FILES:
        hint += "; or put the files into an archive, such as all.zip, and name that"
    return what, "\n       ".join([hint, *lines])


def _files_of(path: str, folder: Path) -> list[tuple[str, Path]]:
    """The file that `path` names below a folder, or all that a pattern or a folder stands for."""
    if (folder / path).is_file():
        return [(path, folder / path)]
    if not formats.is_pattern(path) and not (folder / path).is_dir():
        return []
    every = sorted(file for file in folder.rglob("*") if file.is_file())
    named = [(file.relative_to(folder).as_posix(), file) for file in every]
    return [(name, file) for name, file in named if formats.fits(path, name)]
