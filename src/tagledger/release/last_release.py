"""The release that the workspace is compared with; quick to import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import WORKSPACE, Repository, Version


def last_release(repository: Repository) -> Version | None:
    """The highest release of the workspace's source whose data is not that of the workspace.

    None if there is none: the first release of a source is compared with no other source's.

    Raises
    ------
    TagledgerError
        A higher release is on record, but no commit here has its data.
    """
    listing = versions.read_listing(repository)
    others = [one for one in listing.versions if WORKSPACE not in one.names]
    own = versions.of_source(others, listing.followed.source)
    last = next((version for version in own if version.kind == "release"), None)
    _refuse_lost(listing.lost.items(), last)
    return last


def last_of(repository: Repository, found: Sequence[Version], source: str | None) -> Version | None:
    """The first release of a list of versions that is of a source; None if there is none.

    Raises
    ------
    TagledgerError
        A higher release is on record, but no commit here has its data, as in a shallow clone.
    """
    own = versions.of_source(found, source)
    last = next((version for version in own if version.kind == "release"), None)
    _refuse_lost(versions.lost_releases(repository).items(), last)
    return last


def first_of(repository: Repository) -> str | None:
    """The source of the workspace, where others have releases and it has none."""
    listing = versions.read_listing(repository)
    source = listing.followed.source
    sources = {one.source for one in listing.versions if one.kind == "release"}
    return source if sources - {None} and not sources & {None, source} else None


def _refuse_lost(lost: Iterable[tuple[str, TagledgerError]], last: Version | None) -> None:
    """Raise an error if a release that is on record, and whose data is not here, is higher."""
    for name, problem in lost:
        if last is None or versions.version_order(name) > versions.version_order(last.name):
            raise problem
