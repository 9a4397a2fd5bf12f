"""Bring objects from DVC's default remote to its cache.

DVC runs in a process of its own: it starts slowly, the drivers of remotes raise whatever they
like, and none of that should reach a program that reads a table. What it brings is hashed before
the cache has it: a remote may send anything.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tagledger.errors import TagledgerError
from tagledger.versions.dvc_process import program_environment
from tagledger.versions.objects import admit, arrivals
from tagledger.versions.repository import Repository


def pull(repo: Repository, md5s: Sequence[str], *, hint: str) -> list[str]:
    """Bring objects to the cache; those that the remote lacks are not an error.

    The remote is today's, whatever version the objects belong to.

    Parameters
    ----------
    repo
        The repository, whose configuration names the remote.
    md5s
        The objects; a folder's files are objects of their own.
    hint
        What the user should do when the remote cannot be asked.

    Returns
    -------
    list
        The objects of which the remote has something else than their md5 says.

    Raises
    ------
    TagledgerError
        The remote cannot be asked: it is not there, refuses, or has no driver; or the cache
        cannot be written to.
    """
    with arrivals(repo) as folder:
        _copy(repo, md5s, folder, hint)
        came = [(md5, folder / md5) for md5 in md5s]
        return [md5 for md5, file in came if file.exists() and not admit(repo, file, md5)]


def _copy(repo: Repository, md5s: Sequence[str], folder: Path, hint: str) -> None:
    """Copy objects from the remote to files of their names in a folder."""
    done = subprocess.run(
        [
            # -P: modules in the folder where this is run are the repository's, not to be run.
            *(sys.executable, "-P", "-m", "tagledger.versions.remote_process"),
            *(str(repo.dvc_dir.parent), str(folder)),
        ],
        input="\n".join(md5s),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=program_environment(repo.root),
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        reason = lines[-1] if lines else f"exit code {done.returncode}"
        raise TagledgerError(
            f"the remote cannot be asked: {reason}",
            where=f"remote {repo.settings.remote}",
            hint=hint,
        )
