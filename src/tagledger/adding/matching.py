"""Which of the files that somebody brings is which file of a reading."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from tagledger.adding.names import source_name
from tagledger.guess.inputs import inputs
from tagledger.guess.proving import Proof, proof
from tagledger.sources import formats
from tagledger.sources.formats import MEMBER, archive_of, by_ending, compression_of
from tagledger.sources.reading import Reading
from tagledger.words import listed, percent


@dataclass(frozen=True)
class Match:
    """What a reading makes of the files that somebody brings.

    Attributes
    ----------
    files
        The files, by the names that the reading has for them.
    reason
        Why it does not read them; empty where it does.
    proof
        What it read; None where it was not tried.
    lacking
        The files of the reading that nothing is given for.
    renamed
        The names that some files have in the new snapshot, by those in the reading: a file that is
        compressed now, or no longer is.
    """

    files: Mapping[str, Path]
    reason: str = ""
    proof: Proof | None = None
    lacking: Sequence[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)


def given_files(words: Sequence[str]) -> dict[str, Path]:
    """The files that somebody names, by their names below the folder that all are in.

    Raises
    ------
    TagledgerError
        There is no such file.
    """
    given = inputs(words)
    names = dict.fromkeys(one.name.partition(MEMBER)[0] for one in given.files)
    return {name: given.folder / name for name in names}


def match(
    reading: Mapping[str, Any], earlier: Collection[str], words: Sequence[str], most_aside: float
) -> Match:
    """Try a reading on other files than it was written for.

    Parameters
    ----------
    reading
        The reading of an earlier snapshot.
    earlier
        The files of that snapshot.
    words
        What somebody brings: files, folders, patterns or archives.
    most_aside
        Largest share of the rows that may be set aside.

    Raises
    ------
    TagledgerError
        There is no such file.
    """
    given = given_files(words)
    patterns = wanted_files(reading)
    exact = [one for one in patterns if not formats.is_pattern(one) and one in earlier]
    if len(exact) == len(patterns):
        files, lacking, reason = _paired(exact, given)
    else:
        files, lacking, reason = _fitting(patterns, given)
    if lacking:
        return Match(files, f"no file is given for {listed(lacking, 5)}", lacking=lacking)
    if reason:
        return Match(files, reason)
    names = {name: _packed_as(name, path.name) for name, path in files.items()}
    changed = {name: new for name, new in names.items() if new != name}
    files = {names[name]: path for name, path in files.items()}
    proven = _proof(renamed(reading, changed), files)
    return Match(files, _fault(proven, most_aside), proven, renamed=changed)


def _packed_as(name: str, given: str) -> str:
    """The name of a file of a reading, with the ending for the compression of the one given."""
    if compression_of(name) == compression_of(given):
        return name
    old, new = (PurePosixPath(one).suffix if compression_of(one) else "" for one in (name, given))
    return f"{name.removesuffix(old)}{new}"


def wanted_files(reading: Mapping[str, Any]) -> list[str]:
    """The names of files in a reading, each once; of files in an archive that of the archive."""
    paths = [path for some in Reading.model_validate(reading).files.values() for path in some]
    return list(dict.fromkeys(path.partition(MEMBER)[0] for path in paths))


def renamed(reading: Any, names: Mapping[str, str]) -> Any:
    """A reading of files that have other names."""
    if isinstance(reading, Mapping):
        return {
            key: _renamed_files(value, names) if key == "file" else renamed(value, names)
            for key, value in reading.items()
        }
    return [renamed(one, names) for one in reading] if isinstance(reading, list) else reading


def _renamed_files(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed_files(one, names) for one in value]
    archive, mark, member = str(value).partition(MEMBER)
    return f"{names.get(archive, archive)}{mark}{member}"


_Pairs = tuple[dict[str, Path], list[str], str]


def _paired(wanted: Sequence[str], given: Mapping[str, Path]) -> _Pairs:
    """A given file for each name: by its name, by its name without a date, or the one left over.

    With the names that have none, and why the files do not fit.
    """
    waiting = dict(given)
    paired: dict[str, Path] = {}
    for same in (_same_path, _same_name, _same_words):
        for name in wanted:
            alike = [one for one in waiting if name not in paired and same(name, one)]
            if len(alike) == 1:
                paired[name] = waiting.pop(alike[0])
    left = [name for name in wanted if name not in paired]
    if len(left) == 1 and len(waiting) == 1:
        paired[left.pop()] = waiting.popitem()[1]
    if left or waiting:
        return paired, left, f"it has no place for {listed(list(waiting), 5)}" if waiting else ""
    for name, path in paired.items():
        if not _same_kind(name, path.name):
            return paired, [], f"{path.name} has another ending than {PurePosixPath(name).name}"
    return {name: paired[name] for name in wanted}, [], ""


def _same_path(name: str, given: str) -> bool:
    return name == given


def _same_name(name: str, given: str) -> bool:
    return PurePosixPath(name).name.lower() == PurePosixPath(given).name.lower()


def _same_words(name: str, given: str) -> bool:
    return source_name(PurePosixPath(name)) == source_name(PurePosixPath(given))


def _same_kind(name: str, given: str) -> bool:
    """Whether two files are of one format as far as their endings tell, and archives or not."""
    if archive_of(name) != archive_of(given):
        return False
    kinds = {by_ending(name), by_ending(given)} - {None}
    return len(kinds) < 2


def _fitting(patterns: Sequence[str], given: Mapping[str, Path]) -> _Pairs:
    """The given files under their own names, where patterns and folders tell which they are."""
    for name in given:
        if not any(formats.fits(pattern, name) for pattern in patterns):
            return dict(given), [], f"it has no place for {name}"
    lacking = [one for one in patterns if not any(formats.fits(one, name) for name in given)]
    return dict(given), lacking, ""


def _proof(reading: Mapping[str, Any], files: Mapping[str, Path]) -> Proof:
    """What a reading gives of files that are called otherwise elsewhere."""
    with tempfile.TemporaryDirectory(prefix="tagledger-") as at:
        for name, path in files.items():
            link = Path(at) / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())
        return proof(dict(reading), Path(at))


def _fault(proven: Proof, most_aside: float) -> str:
    """Why a proof does not hold; empty where it does."""
    if proven.raw is None:
        return proven.reason
    share = proven.aside / max(proven.raw.rows, 1)
    if share > most_aside:
        return (
            f"{percent(share, 1)} of its rows would be set aside, and clean.max_quarantined is "
            f"{most_aside:g}: {proven.reason}"
        )
    return ""
