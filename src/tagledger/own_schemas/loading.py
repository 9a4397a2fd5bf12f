"""The user's own model in place of a packaged one.

`schemas/clean.py` of a repository may have classes with the names of the models in
`tagledger_schemas.clean`, each a subclass of its namesake with checks of the user's own; so may
`schemas/filtered.py` and `schemas/splits.py`. Such a file is run from its path, under a name that
nobody else imports. A file or a class that is not there adds nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TypeVar

import pandera.pandas as pa

from tagledger.errors import TagledgerError, os_errors
from tagledger.own_schemas.files import FOLDER, KINDS, file_of
from tagledger.own_schemas.rules import own_models

_PACKAGE = "tagledger_schemas"
_PRIVATE = "_tagledger_own_schemas"
_RUNNING = threading.RLock()  # a file of the user's may itself validate a table

M = TypeVar("M", bound=pa.DataFrameModel)


def own_model(model: type[M], root: Path | None) -> type[M]:
    """The model of the user's own that takes the place of a packaged one.

    Parameters
    ----------
    model
        The packaged model.
    root
        The folder of the repository whose own schemas hold; None for the packaged ones alone.

    Returns
    -------
    type
        A subclass of `model`, or `model` itself where the user has none.

    Raises
    ------
    TagledgerError
        The user's file cannot be run, or its classes are no stricter models of the same tables.
    """
    package, _, kind = model.__module__.partition(".")
    if root is None or package != _PACKAGE:
        return model
    _refuse_misnamed(root)
    path = root / file_of(kind)
    if not os.path.lexists(path):
        return model
    with os_errors(path):
        source = path.read_bytes()
    with _RUNNING:
        own = _run(path.absolute(), source).get(model.__name__, model)
    assert issubclass(own, model)  # `own_models` has refused others
    return own


def _refuse_misnamed(root: Path) -> None:
    """Refuse `schemas/split.py`: nothing would ever run what it checks."""
    try:
        names = sorted(path.name for path in (root / FOLDER).iterdir())
    except OSError:
        return  # there is no such folder, or the file itself will say what is wrong
    for name in names:
        stem, dot, ending = name.rpartition(".")
        close = difflib.get_close_matches(stem, KINDS, n=1)
        if dot and ending == "py" and stem not in KINDS and close:
            raise TagledgerError(
                f"the checks in this file would never run: no table is called {stem}",
                where=FOLDER / name,
                hint=f"rename it: `git mv {FOLDER / name} {file_of(close[0])}`; files of "
                f"checks are {', '.join(f'{kind}.py' for kind in KINDS)}",
            )


@lru_cache(maxsize=16)
def _run(path: Path, source: bytes) -> Mapping[str, type[pa.DataFrameModel]]:
    """Run a file of the user's; its models by the names of the packaged ones."""
    mark = hashlib.sha256(os.fsencode(path) + b"\0" + source).hexdigest()[:16]
    module = ModuleType(f"{_PRIVATE}_{path.stem}_{mark}")
    module.__file__, module.__package__ = str(path), ""
    packaged = sys.modules[f"{_PACKAGE}.{path.stem}"]
    # Pandera finds the names in annotations by way of the module.
    sys.modules[module.__name__] = module
    try:
        # What the file prints must not get into the JSON of a command.
        with redirect_stdout(sys.stderr), _as_before():
            # Inherited, this module's own `from __future__` would hold in the user's file.
            code = compile(source, str(path), "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102 - stages run the user's code, as make does
        return MappingProxyType(own_models(module, packaged, file_of(path.stem)))
    except TagledgerError:
        del sys.modules[module.__name__]
        raise
    except KeyboardInterrupt:
        del sys.modules[module.__name__]
        raise
    except BaseException as error:  # as a class of the user's own may be
        del sys.modules[module.__name__]
        raise _broken(path, error) from error


@contextmanager
def _as_before() -> Iterator[None]:
    """Keep what a file of the user's changes from turning later imports and paths elsewhere."""
    words, folder = list(sys.path), os.open(".", os.O_RDONLY)
    try:
        yield
    finally:
        sys.path[:] = words
        os.fchdir(folder)
        os.close(folder)


def _broken(path: Path, error: BaseException) -> TagledgerError:
    file = file_of(path.stem)
    line = _line(path, error)
    text = str(error).splitlines()[0] if str(error) else ""
    what = f"this file of checks stops with {type(error).__name__}{f': {text}' if text else ''}"
    hint = f"mend it: `python {file}` shows where it stops, and says nothing when it is sound"
    if isinstance(error, SyntaxError | ValueError) and not _ran(path, error):
        what = f"this file of checks is not Python: {getattr(error, 'msg', text)}"
    elif isinstance(error, ImportError):
        what = f"this file of checks imports what is not there: {text}"
        hint = (
            "import installed packages only (`pip install` what is missing, and name it in "
            f"requirements.txt); code of a file beside it must stand in {file} itself"
        )
    return TagledgerError(what, where=f"{file}{f', line {line}' if line else ''}", hint=hint)


def _ran(path: Path, error: BaseException) -> bool:
    return any(one.filename == str(path) for one in traceback.extract_tb(error.__traceback__))


def _line(path: Path, error: BaseException) -> int | None:
    """The last line of the file that had to do with an error."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((one.lineno for one in reversed(frames) if one.filename == str(path)), None)
