"""The program that brings objects from the remote: `python -m tagledger.versions.puller FOLDER`.

The objects' names are read from stdin, one a line. Exit code 0 says that the remote was asked, not
that it had them all; a traceback's last line says why it could not be asked.
"""

from __future__ import annotations

import sys


def main(folder: str, md5s: list[str]) -> None:
    """Copy the objects `md5s` to the cache of the repository of DVC in `folder`."""
    from dvc.repo import Repo

    with Repo(folder) as repo:
        remote = repo.cloud.get_remote_odb(None, "pull")
        found = [md5 for md5 in md5s if remote.fs.exists(remote.oid_to_path(md5))]
        if found:
            repo.cache.local.add([remote.oid_to_path(md5) for md5 in found], remote.fs, found)


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.read().split())
