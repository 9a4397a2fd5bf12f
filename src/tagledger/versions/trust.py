"""Whether the user has agreed to run the code of this clone's revisions, once for all.

The answer stands in this clone's own settings of git, which no commit can carry.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tagledger.versions.git import git
from tagledger.versions.repository import Repository

_KEY = "tagledger.rebuild"
_TRUSTED = "trusted"
_CREDENTIALS = re.compile(r"(?<=//)[^/@]*@")


def origins(repo: Repository) -> list[str]:
    """The addresses elsewhere that the repository was cloned from, or is pushed to.

    They come without passwords. A folder of this machine that belongs to this user is not
    elsewhere: git trusts it by the same rule.
    """
    query = ("config", "--local", "--get-regexp", r"^remote\..*\.url$")
    lines = git(repo.top, *query, accept={0, 1}).lines
    urls = [line.partition(" ")[2] for line in lines]
    return [_CREDENTIALS.sub("", url) for url in urls if not _is_own_folder(url, repo.top)]


def _is_own_folder(url: str, top: Path) -> bool:
    path = top / url.removeprefix("file://")
    return path.is_dir() and path.stat().st_uid == os.getuid()


def trusted(repo: Repository) -> bool:
    """Whether code of its revisions may run unasked: it is from nowhere else, or was agreed to."""
    answer = git(repo.top, "config", "--local", "--get", _KEY, accept={0, 1, 2})
    return answer.lines == [_TRUSTED] or not origins(repo)


def trust(repo: Repository) -> None:
    """Remember in this clone that the code of its revisions may run."""
    git(repo.top, "config", "--local", _KEY, _TRUSTED)
