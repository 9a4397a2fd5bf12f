"""Whether the user has agreed to run the code of this clone's revisions, once for all.

The answer stands in this clone's own settings of git, which no commit can carry.
"""

from __future__ import annotations

import re

from tagledger.versions.git import git
from tagledger.versions.repository import Repository

_KEY = "tagledger.rebuild"
_TRUSTED = "trusted"
_CREDENTIALS = re.compile(r"(?<=//)[^/@]*@")


def origins(repo: Repository) -> list[str]:
    """The addresses that the repository was cloned from, or is pushed to, without passwords."""
    asked = ("config", "--local", "--get-regexp", r"^remote\..*\.url$")
    lines = git(repo.top, *asked, accept={0, 1}).lines
    return [_CREDENTIALS.sub("", line.partition(" ")[2]) for line in lines]


def trusted(repo: Repository) -> bool:
    """Whether code of its revisions may run unasked: it is from nowhere else, or was agreed to."""
    answer = git(repo.top, "config", "--local", "--get", _KEY, accept={0, 1, 2})
    return answer.lines == [_TRUSTED] or not origins(repo)


def trust(repo: Repository) -> None:
    """Remember in this clone that the code of its revisions may run."""
    git(repo.top, "config", "--local", _KEY, _TRUSTED)
