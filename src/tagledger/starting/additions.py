"""What a repository of one's own lacks that an earlier release of the tool made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tagledger.documents import PARAMS, parse_yaml
from tagledger.errors import os_errors
from tagledger.own_schemas.files import KINDS, file_of
from tagledger.own_schemas.templates import template
from tagledger.starting.params_text import defaults, section_text
from tagledger.starting.texts import KEPT, ignored_layer
from tagledger.yaml_edits.edits import with_lines_before

_IGNORED = Path(".dvcignore")
_LAYERS = ("annotated",)  # layers that came after the first release


def additions(root: Path) -> dict[Path, bytes]:
    """The new contents of the files that a repository of an earlier release lacks something of.

    DVC refuses a pipeline whose stage depends on a section of params.yaml, or on a file, that is
    not there. What people wrote stays byte for byte.

    Parameters
    ----------
    root
        The folder of dvc.yaml.

    Raises
    ------
    TagledgerError
        params.yaml cannot be read, or is written in a way that takes no further lines.
    """
    absent = [Path(name) for name in KEPT if _is_empty((root / name).parent)]
    contents = dict.fromkeys(absent, b"")
    for kind in KINDS:
        if not (root / file_of(kind)).exists():
            contents[file_of(kind)] = template(kind).encode()
    contents |= dict(_params(root))
    return contents | dict(_ignored(root))


def _is_empty(folder: Path) -> bool:
    with os_errors(folder):
        return not folder.is_dir() or not any(folder.iterdir())


def _params(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Sections that params.yaml lacks, each before the one that follows it in a new repository."""
    file = root / PARAMS
    if not file.is_file():
        return
    with os_errors(file):
        before = data = file.read_bytes()
    names = list(defaults())
    document = parse_yaml(data, file)
    present = document if isinstance(document, dict) else {}
    for position, name in reversed(list(enumerate(names))):
        if name not in present:
            data = with_lines_before(data, file, names[position + 1 :], section_text(name))
    if data != before:
        yield PARAMS, data


def _ignored(root: Path) -> Iterator[tuple[Path, bytes]]:
    file = root / _IGNORED
    if not file.is_file():
        return
    with os_errors(file):
        data = file.read_bytes()
    present = {line.strip() for line in data.decode("utf-8", "replace").splitlines()}
    for layer in _LAYERS:
        lines = ignored_layer(layer)
        if lines[0] not in present:
            end = b"" if not data or data.endswith(b"\n") else b"\n"
            data += end + "\n".join(["", *lines, ""]).encode()
            yield _IGNORED, data
