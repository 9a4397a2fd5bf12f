"""How many events no build has taken in yet."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from tagledger import documents, tables
from tagledger.errors import TagledgerError, os_errors
from tagledger.events.store import event_files

_lines: dict[Path, tuple[int, int]] = {}  # bytes that were counted, and lines in them
_lock = Lock()


def not_built(root: Path) -> int:
    """The number of events that were written since the last build; 0 if some went as well."""
    return max(0, _written(root) - _in_build(root))


def _in_build(root: Path) -> int:
    path = root / tables.ANNOTATED_ROWS
    if not path.is_file():
        return 0
    try:
        rows = documents.read_object(path, hint="`dvc repro` makes it anew")
    except TagledgerError:
        return 0  # as long as a build is writing it
    numbers = (rows.get("events"), rows.get("repeated", 0))
    return sum(number for number in numbers if documents.is_count(number))


def _written(root: Path) -> int:
    """The lines of all event files; of a file that has grown, only what is new is read."""
    total = 0
    with _lock:
        for path in event_files(root):
            with os_errors(path):
                total += _count(path)
    return total


def _count(path: Path) -> int:
    size = path.stat().st_size
    end, lines = _lines.get(path, (0, 0))
    if size < end:
        end, lines = 0, 0
    if size > end:
        with path.open("rb") as stream:
            stream.seek(end)
            data = stream.read()
        lines += data.count(b"\n")
        _lines[path] = (end + len(data), lines)
    return lines
