"""The files that git has below a folder, of a version."""

from __future__ import annotations

from collections.abc import Iterator

from tagledger.versions.git import git, read_blobs
from tagledger.versions.repository import Repository
from tagledger.versions.version import Version

_MOST_BYTES = 2**28  # of a file; a larger one is left out


def files_below(repo: Repository, version: Version, folder: str) -> Iterator[tuple[str, bytes]]:
    """The path and the bytes of each file that the revision of a version has below a folder.

    Parameters
    ----------
    repo
        The repository.
    version
        The version; the workspace, which has no revision, has no files in git.
    folder
        The folder's path from that of dvc.yaml; the paths of its files begin there, too.

    Raises
    ------
    TagledgerError
        The path leads out of the repository, or git fails.
    """
    if version.revision is None:
        return
    above = repo.in_git(folder)
    listed = git(repo.top, "ls-tree", "-r", "-z", "-l", version.revision, "--", f"{above}/")
    blobs: dict[str, str] = {}
    for entry in listed.out.split(b"\0"):
        about, tab, name = entry.partition(b"\t")
        # Mode, kind, id and size; a link is no file of text.
        mode, kind, blob, size = about.decode().split() if tab else ("", "", "", "")
        if kind == "blob" and mode.startswith("100") and int(size) <= _MOST_BYTES:
            blobs[name.decode("utf-8", "surrogateescape")] = blob
    contents = read_blobs(repo.top, set(blobs.values()))
    for path, blob in blobs.items():
        if blob in contents:
            yield f"{folder}{path.removeprefix(above)}", contents[blob]
