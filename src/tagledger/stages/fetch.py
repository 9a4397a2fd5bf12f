"""Stage fetch: bring the files of the chosen snapshot into data/raw/, byte for byte.

Beside them go the items of data/items/, if there are any, as one file; and provenance.json, which
says what all of it is and how to read it, so that the later stages need data/raw/ alone. Nothing is
moved into place before every file has proved its sha256.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from tagledger import documents, errors, files
from tagledger.errors import TagledgerError, nearest
from tagledger.events.new_items import NEW_ITEMS, ItemFile, item_files, raw_lines
from tagledger.sources.catalogue import (
    PROVENANCE,
    Catalogue,
    address,
    is_url,
    load_catalogue,
    mirrored,
)
from tagledger.sources.download import Patience, Progress, from_disk, from_url
from tagledger.sources.file_reading import ADDED_ITEMS
from tagledger.words import count

FORMAT = 1  # of provenance.json
PATIENCE = Patience()
LOCAL_HINT = (
    "restore the file (`git checkout` if git has it), or enter its new size and sha256 in"
    " data/sources.yaml"
)
MIRROR_HINT = "put a fresh copy into the mirror, or unset TAGLEDGER_MIRROR to download the file"


def provenance(
    catalogue: Catalogue, source: str, snapshot: str, added: Sequence[ItemFile] = ()
) -> dict[str, object]:
    """What is in data/raw/: a function of the catalogue's entry, without a time.

    And of the version of each package that brings a format: a version of the data says what read
    it, and the clean stage goes on with that alone.

    Parameters
    ----------
    catalogue, source, snapshot, added
        As for `fetch`.

    Raises
    ------
    TagledgerError
        There is no such source or snapshot, or a package that brings a format is not installed.
    """
    entry, state, reading = catalogue.find(source, snapshot)
    packages = reading.packages()
    record: dict[str, object] = {
        "format": FORMAT,
        "source": source,
        "snapshot": snapshot,
        "description": entry.description,
        "licence": entry.licence,
        "location": state.location,
        "files": {path: identity.model_dump() for path, identity in state.files.items()},
        "reading": reading.model_dump(exclude_defaults=True),
    }
    if packages:
        record["packages"] = packages
    if added:
        files_of_items = {one.name: one.identity for one in added}
        record["added_items"] = {"file": ADDED_ITEMS, "files": files_of_items}
    return record


def fetch(
    catalogue: Catalogue,
    source: str,
    snapshot: str,
    *,
    root: Path,
    out: Path,
    added: Sequence[ItemFile] = (),
    mirror: Path | None = None,
    patience: Patience = PATIENCE,
) -> None:
    """Replace the folder `out` by the files of a snapshot and their provenance.

    Parameters
    ----------
    catalogue
        The sources that are known.
    source, snapshot
        The names of the source and of its snapshot.
    root
        The folder that a location without a scheme is relative to.
    out
        The folder to replace. It stays as it is unless every file arrives whole.
    added
        The files of items that no file of the source has, or not yet.
    mirror
        A folder that is looked in before the network.
    patience
        Time-outs and retries of downloads.

    Raises
    ------
    TagledgerError
        There is no such source, snapshot, mirror or file; a package that brings a format is not
        installed; a file is not what it should be; or `out` cannot be written.
    """
    _, state, _ = catalogue.find(source, snapshot)
    record = provenance(catalogue, source, snapshot, added)
    if mirror is not None and not mirror.is_dir():
        raise TagledgerError(
            "the mirror is not a folder",
            where=f"TAGLEDGER_MIRROR={mirror}",
            hint="correct TAGLEDGER_MIRROR, or unset it to use the network",
        )
    total = sum(identity.bytes for identity in state.files.values())
    with (
        files.replacing_folder(out) as staged,
        Progress(total, f"{source} {snapshot}") as progress,
    ):
        for path, identity in sorted(state.files.items()):
            target = staged / path
            with errors.os_errors(target):
                target.parent.mkdir(parents=True, exist_ok=True)
            source_file = _on_disk(state.location, path, root, mirror)
            if source_file is None:
                url = address(state.location, path)
                from_url(url, target, identity, patience=patience, progress=progress)
            else:
                hint = MIRROR_HINT if is_url(state.location) else LOCAL_HINT
                from_disk(source_file, target, identity, hint=hint, progress=progress)
        if added:
            with errors.os_errors(staged / ADDED_ITEMS):
                (staged / ADDED_ITEMS).write_bytes("".join(raw_lines(added)).encode())
        documents.write_json(staged / PROVENANCE, record)


def _on_disk(location: str, path: str, root: Path, mirror: Path | None) -> Path | None:
    """The file in the repository or in the mirror; None when it must come over the network."""
    if not is_url(location):
        local = root / location / path
        if not local.is_file():
            raise _missing(local)
        return local
    copy = None if mirror is None else mirrored(mirror, location, path)
    return copy if copy is not None and copy.is_file() else None


def _missing(local: Path) -> TagledgerError:
    folder = local.parent
    siblings = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    near = nearest(local.name, siblings) if siblings else "its folder is missing or empty too"
    return TagledgerError(
        "there is no such file",
        where=local,
        hint=f"{near}; put it there (`git checkout -- {folder}` if git has it),"
        " or correct data/sources.yaml",
    )


def main() -> None:
    """Run the stage in the repository root, as params.yaml says."""
    out = Path("data/raw")
    try:
        errors.say(_run(out))
    except TagledgerError as error:
        # DVC removes a stage's outputs before it runs the stage; its cache has them still.
        if "DVC_ROOT" in os.environ and Path(documents.LOCK).exists():
            error.hint += f"\n       `dvc checkout {out}` brings the earlier {out} back meanwhile"
        raise


def _run(out: Path) -> str:
    from tagledger import params

    chosen = params.load(params.FetchParams)
    catalogue = load_catalogue(Path("data/sources.yaml"))
    mirror = os.environ.get("TAGLEDGER_MIRROR")
    added, others = item_files(Path())
    fetch(
        catalogue,
        chosen.source,
        chosen.snapshot,
        root=Path(),
        out=out,
        added=added,
        mirror=Path(mirror) if mirror else None,
    )
    _, state, _ = catalogue.find(chosen.source, chosen.snapshot)
    size = sum(identity.bytes for identity in state.files.values())
    # DVC looks at what a stage depends on after the stage: what came meanwhile would be lost.
    if item_files(Path())[0] != added:
        raise TagledgerError(
            "files were written here meanwhile", where=NEW_ITEMS, hint="run `dvc repro` again"
        )
    fetched = f"{count(len(state.files), 'file')}, {count(size, 'byte')}"
    summary = f"fetch: {chosen.source} {chosen.snapshot}, {fetched}"
    if added:
        summary += f"; and the items of {count(len(added), 'file')} in {NEW_ITEMS}"
    if others:
        summary += f"\nfetch: no file of items, and not read: {NEW_ITEMS / others[0]}"
        summary += f" and {len(others) - 1} more" if others[1:] else ""
    return summary


if __name__ == "__main__":
    errors.run(main)
