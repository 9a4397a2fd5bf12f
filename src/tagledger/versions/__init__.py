"""The versions of a dataset: the only code that talks to git or DVC.

>>> repo = Repository.find()  # doctest: +SKIP
>>> for version in list_versions(repo):  # doctest: +SKIP
...     print(version.name, version.date, available(repo, version))
>>> locate(repo, find_version(repo, "v1.2.0"), "data/splits/train.parquet")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tagledger.documents import LOCK
from tagledger.versions.data_files import (
    Availability,
    DamagedDataError,
    MissingDataError,
    available,
    fetch,
    locate,
    members,
)
from tagledger.versions.dvc_lock import Output, read_stages
from tagledger.versions.dvc_process import Progress, revision_environment
from tagledger.versions.followed import Followed, followed
from tagledger.versions.lineage import Before, Lineage, Step, lineage, version_of_lock
from tagledger.versions.listing import (
    Listing,
    files_at,
    find_version,
    find_versions,
    list_versions,
    lost_releases,
    read_listing,
    release_names,
    text_at,
    texts_at,
    untagged_releases,
)
from tagledger.versions.releases import RELEASES, Record, with_record
from tagledger.versions.repository import Repository
from tagledger.versions.tree_files import files_below
from tagledger.versions.trust import origins, trust, trusted
from tagledger.versions.version import (
    WORKSPACE,
    Kind,
    Version,
    is_newer,
    is_of_source,
    of_source,
    version_order,
)

# Most commands read what there is; what makes and proves versions, and what looks at the work tree,
# is imported when asked for.
if TYPE_CHECKING:
    from tagledger.versions.added import (
        add_file,
        is_kept_by_dvc,
        restore_added,
        track_as_before,
    )
    from tagledger.versions.committing import (
        annotated_tag,
        commit_all,
        commit_only,
        dirty_files,
        refuse_dirty,
        refuse_ignored,
        repro,
    )
    from tagledger.versions.proving import Damage, Proof, check_all
    from tagledger.versions.publishing import Position, Publication, position, publish
    from tagledger.versions.rebuilding import RebuildResult, rebuild
    from tagledger.versions.stale import Change, Staleness, staleness
    from tagledger.versions.turns import finish_or_take_back, take_turn, temporary_worktree

__all__ = [
    "LOCK",
    "RELEASES",
    "WORKSPACE",
    "Availability",
    "Before",
    "Change",
    "Damage",
    "DamagedDataError",
    "Followed",
    "Kind",
    "Lineage",
    "Listing",
    "MissingDataError",
    "Output",
    "Position",
    "Progress",
    "Proof",
    "Publication",
    "RebuildResult",
    "Record",
    "Repository",
    "Staleness",
    "Step",
    "Version",
    "add_file",
    "annotated_tag",
    "available",
    "check_all",
    "commit_all",
    "commit_only",
    "dirty_files",
    "fetch",
    "files_at",
    "files_below",
    "find_version",
    "find_versions",
    "finish_or_take_back",
    "followed",
    "is_kept_by_dvc",
    "is_newer",
    "is_of_source",
    "lineage",
    "list_versions",
    "locate",
    "lost_releases",
    "members",
    "of_source",
    "origins",
    "position",
    "publish",
    "read_listing",
    "read_stages",
    "rebuild",
    "refuse_dirty",
    "refuse_ignored",
    "release_names",
    "repro",
    "restore_added",
    "revision_environment",
    "staleness",
    "take_turn",
    "temporary_worktree",
    "text_at",
    "texts_at",
    "track_as_before",
    "trust",
    "trusted",
    "untagged_releases",
    "version_of_lock",
    "version_order",
    "with_record",
]

_LATER = {
    "added": ("add_file", "is_kept_by_dvc", "restore_added", "track_as_before"),
    "committing": (
        "annotated_tag",
        "commit_all",
        "commit_only",
        "dirty_files",
        "refuse_dirty",
        "refuse_ignored",
        "repro",
    ),
    "proving": ("Damage", "Proof", "check_all"),
    "publishing": ("Position", "Publication", "position", "publish"),
    "rebuilding": ("RebuildResult", "rebuild"),
    "stale": ("Change", "Staleness", "staleness"),
    "turns": ("finish_or_take_back", "take_turn", "temporary_worktree"),
}


def __getattr__(name: str) -> Any:
    """Import a name of `_LATER` when it is first asked for."""
    for module, names in _LATER.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
