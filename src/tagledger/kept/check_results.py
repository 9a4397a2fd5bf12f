"""The results of every check of the work tree's tables, kept while the tables are the same.

To load Pandera takes longer than to check a small dataset. The report stage runs every check and
keeps the results, so that a command which needs them runs none again on tables that are, byte for
byte, those which were checked by this very software on this machine. They are kept as
`tagledger.kept_files` has it, where nobody can commit them, and not read from reports, which can
be edited.

Checks of the user's own may look at anything: with any of them nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from tagledger import kept_files, params
from tagledger.own_schemas import files as own_schemas
from tagledger.params import SplitParams
from tagledger.pipeline.table import STAGES
from tagledger.reports import CheckResult

FOLDER = ("tagledger", "checks")
MOST_KEPT = 16
MOST_BYTES = 2**20
_REPORT = next(stage for stage in STAGES if stage.name == "report")
_REPLACED = ".part"  # the ending of a file that is being written


def read_contents(root: Path) -> dict[str, str] | None:
    """A digest of each file that the checks read; None while any of them is replaced.

    Parameters
    ----------
    root
        The folder of dvc.yaml.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    contents = kept_files.contents(root, map(Path, _REPORT.data))
    return None if any(path.endswith(_REPLACED) for path in contents) else contents


def results_key(root: Path) -> dict[str, Any] | None:
    """What decides the results besides the software; None where more than that may.

    Parameters
    ----------
    root
        The folder of dvc.yaml.

    Raises
    ------
    TagledgerError
        A file or params.yaml cannot be read.
    """
    if own_schemas.adding(root):
        return None
    contents = read_contents(root)
    if contents is None:
        return None
    names = sorted(path.name for path in (root / own_schemas.FOLDER).glob("*.py"))
    return {
        "checks": contents,
        "own": [names, own_schemas.content_key(root)],
        "split": repr(params.load(SplitParams, root / params.PARAMS)),
    }


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
        file = git_dir.joinpath(*FOLDER, kept_files.named(key))
        results = _read(file)
        if results is not None:
            kept_files.was_asked_for(file)
            return results
    results = run()
    keep_results(git_dir, root, key, results)
    return results


def keep_results(
    git_dir: Path, root: Path, key: Mapping[str, Any] | None, results: Sequence[CheckResult]
) -> None:
    """Keep the results of checks that were just run.

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
    content = orjson.dumps(results)
    if key is not None and key == results_key(root) and len(content) <= MOST_BYTES:
        kept_files.keep(git_dir, FOLDER, kept_files.named(key), None, content, most=MOST_KEPT)


def _read(file: Path) -> list[CheckResult] | None:
    kept = kept_files.read_kept(file)
    if kept is None:
        return None
    documents = orjson.loads(kept[1])
    return [CheckResult(**{**one, "first": tuple(one["first"])}) for one in documents]
