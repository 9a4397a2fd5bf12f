"""The release that the workspace is compared with; quick to import."""

from __future__ import annotations

from collections.abc import Mapping

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import WORKSPACE, Repository, Version


def last_release(repository: Repository) -> Version | None:
    """The highest release whose data is not that of the workspace; None if there is none.

    Raises
    ------
    TagledgerError
        A higher release is on record, but no commit here has its data.
    """
    found, lost = versions.list_with_lost(repository)
    releases = [version for version in found if version.kind == "release"]
    last = next((one for one in releases if WORKSPACE not in one.names), None)
    refuse_lost_releases(lost, last)
    return last


def refuse_lost_releases(lost: Mapping[str, TagledgerError], last: Version | None) -> None:
    """Raise an error if one of the lost releases is higher than `last`.

    Parameters
    ----------
    lost
        As `tagledger.versions.lost_releases` has them.
    last
        The highest release that is there.

    Raises
    ------
    TagledgerError
        A higher release is on record, as in a shallow clone.
    """
    for name, problem in lost.items():
        if last is None or versions.version_order(name) > versions.version_order(last.name):
            raise problem
