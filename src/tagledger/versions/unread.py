"""Events that came while the annotate stage ran.

DVC hashes what a stage depends on after the stage has run, so it takes them for read. The stage
writes down the digest of what it did read.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tagledger.documents import read_json
from tagledger.errors import TagledgerError, os_errors
from tagledger.events.store import ANNOTATIONS, digest, event_files, taxonomy_files

ANNOTATE = "annotate"
UNREAD = f"{ANNOTATIONS.as_posix()} has events that the last build did not read"
_ROWS = Path("data/annotated/rows.json")  # as in tagledger.tables, which takes long to import


def has_unread_events(root: Path) -> bool:
    """Whether there are other events than those that the tables of the work tree are made of.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    if not (root / _ROWS).is_file():
        return False
    rows = read_json(root / _ROWS, hint="`dvc repro` makes it anew")
    read = rows.get("digest") if isinstance(rows, dict) else None
    return isinstance(read, str) and read != _digest(root, _signature(root))


def read_again(root: Path, others: str) -> TagledgerError:
    """What to say of such events, and of other things that are newer than the data."""
    also = f"; the data is older than {others} too" if others else ""
    return TagledgerError(
        f"{UNREAD}{also}",
        where=root / ANNOTATIONS,
        hint="they were written while it ran, and DVC takes them for read: "
        f"`dvc repro --force --single-item {ANNOTATE}`, then `dvc repro`",
    )


def _signature(root: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes with any file of events, without a look into one."""
    signature = []
    for file in [*event_files(root), *taxonomy_files(root)]:
        with os_errors(file):
            stat = file.stat()
        signature.append((str(file), stat.st_size, stat.st_mtime_ns))
    return tuple(signature)


@lru_cache(maxsize=8)
def _digest(root: Path, _signature: tuple[tuple[str, int, int], ...]) -> str:
    return digest(root)
