"""The program that copies objects from the remote.

It is run as `python -m tagledger.versions.remote_process REPO TO` and reads the objects' names from
stdin, one a line. Exit code 0 says that the remote was asked, not that it had them all, nor that
what it sent is sound; a traceback's last line says why it could not be asked.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(root: str, folder: str, md5s: list[str]) -> None:
    """Copy the objects `md5s` of the remote of DVC's repository in `root` to files in `folder`."""
    from dvc.repo import Repo

    with Repo(root) as repo:
        remote = repo.cloud.get_remote_odb(None, "pull")
        copies = [(remote.oid_to_path(md5), str(Path(folder, md5))) for md5 in md5s]
        existing = [(there, here) for there, here in copies if remote.fs.exists(there)]
        if existing:
            there, here = zip(*existing, strict=True)
            remote.fs.get(list(there), list(here))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.stdin.read().split())
