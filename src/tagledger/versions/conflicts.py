"""Files that a merge left half-way, where both sides changed the same lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tagledger.documents import LOCK, PARAMS, PIPELINE, line_of_conflict, merge_hint
from tagledger.errors import TagledgerError, os_errors

# data/releases.yaml is not among them: its reader says to keep the records of both sides.
_FILES = (LOCK, PIPELINE, PARAMS.as_posix(), "data/sources.yaml", "tagledger.lock")
_PATTERNS = ("reports/*.json", "data/base/*.json")


def refuse_conflicts(root: Path) -> None:
    """Refuse a work tree in which a file that describes the data has conflict marks.

    A reader of such a file may see no fault in it, and would show one side or a mixture of both.

    Raises
    ------
    TagledgerError
        One has: of the pipeline, its record, parameters, sources, reports or the split's base.
    """
    for file in _described(root):
        with os_errors(file):
            line = line_of_conflict(file.read_bytes())
        if line is not None:
            raise TagledgerError(
                f"this is not {'JSON' if file.suffix == '.json' else 'YAML'}: a merge that stopped "
                f"half-way left a conflict mark in line {line}",
                where=file,
                hint=merge_hint(file.relative_to(root)),
            )


def _described(root: Path) -> Iterator[Path]:
    for name in _FILES:
        if (root / name).is_file():
            yield root / name
    for pattern in _PATTERNS:
        yield from sorted(file for file in root.glob(pattern) if file.is_file())
