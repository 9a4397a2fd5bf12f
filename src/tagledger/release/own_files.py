"""The files that a release writes, and that its pipeline changes no others."""

from __future__ import annotations

from collections.abc import Sequence

from tagledger import reports, versions
from tagledger.errors import TagledgerError, os_errors
from tagledger.splitting import base
from tagledger.versions import LOCK, RELEASES, WORKSPACE, Repository

CHANGELOG = "CHANGELOG-DATA.md"
_NAMED = 8


def written_files(repository: Repository) -> list[str]:
    """The files that a release writes: lock, reports, changelog, record, split base."""
    lock = repository.root / LOCK
    with os_errors(lock):
        text = lock.read_bytes() if lock.is_file() else b""
    outputs = versions.version_of_lock(repository, text, WORKSPACE).outputs.values()
    in_git = [out.path for out in outputs if not out.cached]
    written = reports.FOLDER.as_posix()
    others = [path for path in in_git if not path.startswith(f"{written}/")]
    return [LOCK, CHANGELOG, RELEASES, written, base.FOLDER.as_posix(), *others]


def _changed(repository: Repository) -> list[str]:
    """Files that differ from the last commit, from the folder of dvc.yaml where they lie in it."""
    inside = f"{repository.in_git(LOCK).removesuffix(LOCK)}"
    return [path.removeprefix(inside) for path in versions.dirty_files(repository)]


def refuse_other_files(repository: Repository, written: Sequence[str]) -> None:
    """Refuse a pipeline that changed files besides those that a release writes.

    Parameters
    ----------
    repository
        The repository that was built.
    written
        The files and folders that may differ from its last commit.

    Raises
    ------
    TagledgerError
        Another file differs.
    """
    others = [
        path
        for path in _changed(repository)
        if not any(path == one or path.startswith(f"{one}/") for one in written)
    ]
    if others:
        raise TagledgerError(
            f"the pipeline changed files that are not its outputs: {', '.join(others[:_NAMED])}",
            where=repository.root,
            hint="`dvc repro`, then `git diff`, shows how; commit them, or name them as `outs` in "
            "dvc.yaml",
        )
