"""The release that the workspace is compared with; quick to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tagledger import versions
from tagledger.errors import TagledgerError
from tagledger.versions import WORKSPACE, Listing, Repository, Version


def last_release(listing: Listing) -> Version | None:
    """The highest release of the workspace's source whose data is not that of the workspace.

    None if there is none: the first release of a source is compared with no other source's.

    Raises
    ------
    TagledgerError
        A higher release is on record, but no commit here has its data.
    """
    others = [one for one in listing.versions if WORKSPACE not in one.names]
    return _last(others, listing.followed.source, listing.lost)


def last_of(
    repository: Repository, listed: Sequence[Version], source: str | None
) -> Version | None:
    """The first release of a list of versions that is of a source; None if there is none.

    Raises
    ------
    TagledgerError
        A higher release is on record, but no commit here has its data, as in a shallow clone.
    """
    return _last(listed, source, versions.lost_releases(repository))


def first_of(listing: Listing) -> str | None:
    """The source of the workspace, where others have releases and it has none."""
    source = listing.followed.source
    sources = {one.source for one in listing.versions if one.kind == "release"}
    return source if sources - {None} and not sources & {None, source} else None


def _last(
    listed: Sequence[Version], source: str | None, lost: Mapping[str, TagledgerError]
) -> Version | None:
    """The first release of a source; an error if a higher one is on record without its data."""
    own = versions.of_source(listed, source)
    last = next((version for version in own if version.kind == "release"), None)
    for name, problem in lost.items():
        if last is None or versions.version_order(name) > versions.version_order(last.name):
            raise problem
    return last
