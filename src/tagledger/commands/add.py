"""The command that brings a file."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import click

from tagledger import errors
from tagledger.commands.asking import reading_options, settled
from tagledger.commands.options import find_repository
from tagledger.errors import TagledgerError
from tagledger.words import count

if TYPE_CHECKING:
    from tagledger.adding.known import Known
    from tagledger.adding.matching import Match
    from tagledger.adding.writing import Added, Addition
    from tagledger.guess.answers import Answers


@dataclass(frozen=True)
class _Request:
    """What somebody asks for: where the files are, and whether a source was named."""

    words: list[str]
    address: str | None
    answers: Answers
    yes: bool
    named: bool


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    help="Files, folders, patterns with * or archives of one snapshot, or their URLs.",
)
@click.option("--source", metavar="NAME", help="The source; by default that of params.yaml.")
@click.option("--snapshot", metavar="NAME", help="What to call it; by default the date.")
@click.option("--yes", is_flag=True, help="Take the likeliest reading, and ask nothing.")
@reading_options
def add(
    files: Sequence[str], *, source: str | None, snapshot: str | None, answers: Answers, yes: bool
) -> None:
    """Add a file to a source as its next snapshot, such as that of this month.

    It is copied to data/files/SOURCE/SNAPSHOT under the name that the reading of the source has
    for it, its size and sha256 are written to data/sources.yaml, and params.yaml chooses it; DVC
    keeps a file of more than a megabyte, and git a smaller one. A file at a URL is read once, and
    its address is written down. The items of the last committed version keep their split.

    Where the source is new, or its reading does not read the file, a reading is guessed, shown
    with the first three items and asked about. If something fails, nothing was changed.
    """
    from tagledger.adding.known import read_known, refuse_changed, refuse_names
    from tagledger.adding.names import snapshot_name, source_name
    from tagledger.adding.writing import add as write
    from tagledger.adding.writing import refuse_uncommitted, same_files
    from tagledger.render.release import print_progress
    from tagledger.versions import take_turn

    repository = find_repository()
    catalogue = read_known(repository.root)
    into = catalogue.source if source is None and catalogue.source in catalogue.names else source
    into = source_name(PurePosixPath(files[0])) if into is None else into
    day = datetime.now(UTC).astimezone().date()
    called = snapshot_name(day, catalogue.snapshots(into)) if snapshot is None else snapshot
    refuse_names(catalogue, into, called)
    with _brought(files) as (words, address):
        request = _Request(words, address, answers, yes, source is not None)
        wanted = _addition(catalogue, request, (into, called), repository.root)
        held = same_files(catalogue, into, wanted.files)
        if held is not None:
            errors.say(f"This is snapshot {held} of {into} already: nothing was changed.")
            return
        refuse_uncommitted(repository, catalogue, into)
        with take_turn(repository, progress=print_progress):
            refuse_changed(repository.root, catalogue)
            added = write(repository, catalogue, wanted)
    _say(wanted, added)


@contextmanager
def _brought(files: Sequence[str]) -> Iterator[tuple[list[str], str | None]]:
    """The files on this machine, and the address of their folder if they were downloaded."""
    from tagledger.adding.web import bring, location_of_urls

    address = location_of_urls(files)
    if address is None:
        yield list(files), None
        return
    with tempfile.TemporaryDirectory(prefix="tagledger-") as at:
        yield bring(files, Path(at)), address


def _addition(catalogue: Known, request: _Request, names: tuple[str, str], root: Path) -> Addition:
    """What is to be added: as the source's reading has it, or as a guess does."""
    from tagledger.adding.placing import files_of_reading
    from tagledger.adding.writing import Addition
    from tagledger.guess.answers import NOTHING_SAID
    from tagledger.render.inspection import print_items
    from tagledger.starting.choices import chosen_for
    from tagledger.starting.naming import without_its_month

    source, snapshot = names
    last = catalogue.last(source)
    if last is not None and request.answers == NOTHING_SAID:
        reading = catalogue.reading(source, last)
        match = _matched(catalogue, request, (source, last), root)
        if not match.reason:
            assert match.proof is not None  # it was tried
            print_items(match.proof)
            return _as_before(catalogue, request, names, match)
        _refuse_another(request, source, reading, match)
        if match.lacking:
            raise TagledgerError(
                f"the reading of {source} {last} reads more files: {match.reason}",
                where=request.words[0],
                hint="name all files of the snapshot; if there are fewer now, say where the labels "
                "are, by --labels, and a reading is guessed anew",
            )
        errors.say(f"The reading of {source} {last} does not read it: {match.reason}.\n")
    guessed = settled(request.words, request.answers, yes=request.yes)
    files = files_of_reading(guessed.reading, guessed.folder)
    reading = guessed.reading
    if request.address is None and source not in catalogue.names:
        reading, files = without_its_month(reading, files)
    own = _unlike(catalogue, source, reading)
    values = {} if catalogue.names else chosen_for(guessed.proof, None).values
    return Addition(source, snapshot, files, own, request.address, values)


def _matched(catalogue: Known, request: _Request, names: tuple[str, str], root: Path) -> Match:
    """What the reading of the source's last snapshot makes of the files."""
    from tagledger import params
    from tagledger.adding.matching import match
    from tagledger.render import working

    source, last = names
    most = params.load(params.CleanParams, root / params.PARAMS).max_quarantined
    with working(f"reading {request.words[0]}"):
        held = catalogue.snapshots(source)[last].files
        return match(catalogue.reading(source, last), list(held), request.words, most)


def _as_before(
    catalogue: Known, request: _Request, names: tuple[str, str], match: Match
) -> Addition:
    """The files as the source's reading reads them; at a URL under the names that they have."""
    from tagledger.adding.matching import renamed
    from tagledger.adding.writing import Addition

    source, snapshot = names
    last = catalogue.last(source)
    assert last is not None  # its reading was tried
    reading, files = renamed(catalogue.reading(source, last), match.renamed), dict(match.files)
    if request.address is not None:
        reading = renamed(reading, {name: path.name for name, path in files.items()})
        files = {path.name: path for path in files.values()}
    return Addition(source, snapshot, files, _unlike(catalogue, source, reading), request.address)


def _unlike(catalogue: Known, source: str, reading: dict[str, Any]) -> dict[str, Any] | None:
    """A reading, if it is not that of the source."""
    own = (
        catalogue.document["sources"][source].get("reading") if source in catalogue.names else None
    )
    return None if own == reading else reading


def _refuse_another(request: _Request, source: str, reading: dict[str, Any], match: Match) -> None:
    """Refuse to take a file of another dataset into a source that nobody named."""
    from tagledger.adding.matching import wanted_files
    from tagledger.adding.names import source_name

    own = source_name(PurePosixPath(request.words[0]))
    own_names = {source, *(source_name(PurePosixPath(one)) for one in wanted_files(reading))}
    if request.named or own in own_names:
        return
    again = shlex.join(request.words) if request.address is None else "URL"
    hint = f"`tagledger add {again} --source {own}` begins a source of its own with it"
    if not match.lacking:
        hint += f"; `--source {source}` gives this snapshot of {source} a reading of its own"
    raise TagledgerError(
        f"the reading of the source {source} does not read it: {match.reason}",
        where=request.words[0],
        hint=hint,
    )


def _say(wanted: Addition, added: Added) -> None:
    """Say what was added, and what to run."""
    size = sum(one.bytes for one in added.identities.values())
    about = f"{count(len(added.identities), 'file')}, {count(size, 'byte')}"
    errors.say(f"\nAdded {wanted.source} {wanted.snapshot}: {about}, in {added.location}")
    for path in added.large:
        errors.say(f"{path} is kept by DVC, as it is large; git has its .dvc file.")
    errors.say("data/sources.yaml has its entry, and params.yaml chooses it.")
    for name, value in wanted.values.items():
        errors.say(f"{name} is {value} now, which fits the size of the data.")
    if added.base is None:
        errors.say(f"{added.why[:1].upper()}{added.why[1:]}.")
    else:
        errors.say(f"Its items that are in {added.base} keep their split: data/base holds it.")
    message = shlex.quote(f"Add {wanted.source} {wanted.snapshot}")
    errors.say(f"Next: dvc repro\nthen: git add --all && git commit -m {message}")
