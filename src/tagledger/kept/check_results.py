"""The results of every check of the work tree's tables, kept while the tables are the same.

To load Pandera takes longer than to check a small dataset. Who runs every check, the report stage
or a command, keeps the results, so that a command which needs them runs none again on tables that
are, byte for byte, those which were checked by this very software on this machine. They are kept as
`tagledger.kept_files` has it, where nobody can commit them, and not read from reports, which can
be edited.

Checks of the user's own may look at anything: with any of them nothing is kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import orjson

from tagledger import kept_files, params
from tagledger.errors import TagledgerError, os_errors
from tagledger.kept_files import Shelf
from tagledger.own_schemas import files as own_schemas
from tagledger.params import SplitParams
from tagledger.pipeline.table import STAGES
from tagledger.reports import CheckResult

SHELF = Shelf("checks", most=16, most_bytes=2**20)
# What the report stage reads, and so what it checks.
READ = next(tuple(map(Path, stage.data)) for stage in STAGES if stage.name == "report")
_WRITTEN = ".part"  # the ending of a file that is being written


def results_key(root: Path) -> str | None:
    """A text that stands for all that decides the results.

    Parameters
    ----------
    root
        The folder of dvc.yaml.

    Returns
    -------
    str
        None if checks of the user's own run, which may depend on anything, and while one of the
        files that are read is being written.

    Raises
    ------
    TagledgerError
        A file or params.yaml cannot be read.
    """
    if own_schemas.adding(root):
        return None
    contents = kept_files.contents(root, READ)
    if any(path.endswith(_WRITTEN) for path in contents):
        return None
    names = sorted(path.name for path in (root / own_schemas.FOLDER).glob("*.py"))
    settings = {name: value for name, value in os.environ.items() if name.startswith("PANDERA")}
    return kept_files.named(
        {
            "checks": contents,
            "own": [names, own_schemas.content_key(root)],
            "split": _split(root / params.PARAMS),
            "pandera": settings,
        }
    )


def _split(path: Path) -> str:
    """The parameters of the split, in their order."""
    with os_errors(path):
        return _split_in(path, path.read_bytes())


@lru_cache(maxsize=2)
def _split_in(path: Path, _: bytes) -> str:
    """As `_split`; the same text is parsed once."""
    return repr(params.load(SplitParams, path))


def kept_results(
    git_dir: Path, root: Path, run: Callable[[], list[CheckResult]]
) -> list[CheckResult]:
    """The results of every check, as they are kept; else those of `run`, to be kept.

    Parameters
    ----------
    git_dir
        The folder of git's own data.
    root
        The folder of dvc.yaml.
    run
        Reads the tables and runs the checks.

    Raises
    ------
    TagledgerError
        As `results_key` and `run`.
    """
    key = results_key(root)
    if key is not None:
        results = SHELF.take(git_dir, key, _parse)
        if results is not None:
            return results
    new = run()
    keep_results(git_dir, root, key, new)
    return new


def keep_results(
    git_dir: Path, root: Path, key: str | None, results: Sequence[CheckResult]
) -> None:
    """Keep the results of checks that were just run, if they can be kept.

    Parameters
    ----------
    git_dir
        The folder of git's own data.
    root
        The folder of dvc.yaml.
    key
        The `results_key` from before the tables were read. Where it is another one now, nothing
        is kept: nobody knows which tables were checked.
    results
        The results of every check.
    """
    if key is None:
        return
    # A file may be gone by now, and a text of a check of the user's own may not be UTF-8.
    with suppress(TagledgerError, TypeError):
        if key == results_key(root):
            SHELF.keep(git_dir, key, orjson.dumps(results))


def _parse(content: bytes) -> list[CheckResult]:
    documents = orjson.loads(content)
    if not documents:  # there is no table without a check
        raise ValueError(content)
    return [CheckResult(**{**one, "first": tuple(one["first"])}) for one in documents]
