"""The commit after a release, by which the next version keeps the release's splits.

The base is frozen after the release and not in it: the release's own commit would hold its answer,
and a rebuild of it would prove nothing about the seed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from tagledger import params, tables, versions
from tagledger.errors import TagledgerError
from tagledger.params import SplitParams
from tagledger.release.freeze import freeze_version, is_file
from tagledger.splitting import base
from tagledger.versions import WORKSPACE, Progress, Repository

_TABLE = (PurePosixPath(base.FOLDER) / tables.ASSIGNMENTS.name).as_posix()
_WITHOUT = "or release with --no-keep-splits, which freezes nothing"


def refuse_ignored_base(repository: Repository) -> None:
    """Refuse a repository in which git would leave the frozen base out of the commit.

    Raises
    ------
    TagledgerError
        A rule of .gitignore covers it, and DVC does not keep it.
    """
    if (repository.root / f"{_TABLE}.dvc").exists():
        return
    try:
        versions.refuse_ignored(repository, _TABLE)
    except TagledgerError as error:
        error.hint = f"{error.hint}; {_WITHOUT}"
        raise


def own_base(repository: Repository) -> str | None:
    """The file of people's own that `split.base` names; None for a version or no base."""
    name = params.load(SplitParams, repository.root / params.PARAMS).base
    return name if name is not None and is_file(name) else None


def keep_splits(
    copy: Repository, name: str, *, build: Callable[[], None], progress: Progress
) -> str | None:
    """Commit the release's assignments as the base of the next split.

    Parameters
    ----------
    copy
        The temporary work tree, at the release's commit.
    name
        The release.
    build
        Runs the pipeline there.
    progress
        Is given lines for people.

    Returns
    -------
    str or None
        Full id of the commit; None where `split.base` names a file of people's own, which stays.

    Raises
    ------
    TagledgerError
        params.yaml has no place for the base, the pipeline fails, or it makes other data.
    """
    if own := own_base(copy):
        progress(
            f"split.base stays {own}, a file of your own; items that it does not have may move in "
            f"the next version, unless you `tagledger freeze {name}`"
        )
        return None
    progress(f"keeping the splits of {name} for the next version")
    released = versions.find_version(copy, WORKSPACE).data_id
    try:
        freeze_version(copy, name)
        build()
    except TagledgerError as error:
        error.hint = f"{error.hint}; {_WITHOUT}"
        raise
    if versions.find_version(copy, WORKSPACE).data_id != released:
        raise TagledgerError(
            f"with the splits of {name} as its base, the pipeline makes other data than {name}",
            where=copy.root,
            hint=f"look for a stage that reads {base.FOLDER.as_posix()} or split.base for more "
            f"than the split; {_WITHOUT}",
        )
    message = (
        f"next: keep {name}'s splits\n\n"
        f"The data is that of {name}. In the next version, its items keep their split.\n"
    )
    return versions.commit_all(copy, message)
