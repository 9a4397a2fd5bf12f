"""The files of the user's own checks: where they are, and whether they add any. None is run."""

from __future__ import annotations

import ast
import hashlib
import os
from pathlib import Path

from tagledger.errors import os_errors

FOLDER = Path("schemas")
KINDS = ("clean", "annotated", "filtered", "splits")
"""The files that there may be: a name without `.py` is a module of `tagledger_schemas`."""

_KNOWN = frozenset({"__future__", "pandas", "pandera", "tagledger_schemas", "typing"})
_LARGEST = 100_000  # bytes of a file that is looked at before anybody has agreed to run it


def file_of(kind: str) -> Path:
    """The file of the user's own models for a module of `tagledger_schemas`.

    >>> file_of("clean").as_posix()
    'schemas/clean.py'
    """
    return FOLDER / f"{kind}.py"


def adding(root: Path) -> list[Path]:
    """The files of a repository that add checks, or may: paths from its folder.

    They are read, not run. A file as `tagledger init` writes it, of classes with a docstring only,
    adds none; one that imports other modules may.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    paths = []
    for kind in KINDS:
        file = file_of(kind)
        with os_errors(root / file):
            if os.path.lexists(root / file) and _may_add(root / file):
                paths.append(file)
    return paths


def content_key(root: Path) -> str:
    """A text that changes with any of the files."""
    mark = hashlib.sha256()
    for kind in KINDS:
        path = root / file_of(kind)
        with os_errors(path):
            mark.update(path.read_bytes() if path.exists() else b"")
        mark.update(b"\0")
    return mark.hexdigest()


def _may_add(path: Path) -> bool:
    """Whether the code of a file does more than name its classes."""
    if not path.is_file() or path.stat().st_size > _LARGEST:  # a link to a device has no end
        return True
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    return not all(_says_nothing(node) for node in tree.body)


def _says_nothing(node: ast.stmt) -> bool:
    """Whether a statement brings no code of its own: a class may not call or decorate anything."""
    if isinstance(node, ast.ClassDef):
        calls = [*node.decorator_list, *node.keywords, *getattr(node, "type_params", [])]
        return not calls and all(map(_is_name, node.bases)) and all(map(_is_text, node.body))
    if isinstance(node, ast.Import):
        return all(_is_known(name.name) for name in node.names)
    if isinstance(node, ast.ImportFrom):
        return not node.level and _is_known(node.module or "")
    return _is_text(node)


def _is_known(module: str) -> bool:
    """Whether a module is one that the first files of a repository import."""
    return module.partition(".")[0] in _KNOWN


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and _is_name(node.value))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
