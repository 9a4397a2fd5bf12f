"""Calls of git: the folder they run in, and the texts that people may call a revision.

What git prints is read by this package alone, so settings of the user that change it are put
aside; settings of what git does, such as hooks and signatures, are the user's.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tagledger import own_process
from tagledger.errors import TagledgerError

_PLAIN = (
    # What replaces objects would let an id mean something else, or make a circle of a history, in
    # which git goes round for ever.
    *("--no-pager", "--literal-pathspecs", "--no-replace-objects"),
    *("-c", "log.showSignature=false"),
    *("-c", "log.follow=false"),
    *("-c", "core.quotePath=false"),
    *("-c", "advice.graftFileDeprecated=false"),  # which the variable below would call forth
)
# A hook's environment points git at the repository that the hook belongs to, whatever the folder.
_HOOK_VARIABLES = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)


@dataclass(frozen=True)
class Answer:
    """What a call of git gave: its exit code, what it printed, and its complaints."""

    code: int
    out: bytes
    complaint: str

    @property
    def lines(self) -> list[str]:
        """The lines that it printed."""
        return self.out.decode("utf-8", "surrogateescape").splitlines()


def environment() -> dict[str, str]:
    """The environment that the user has set, without what a git hook adds to it."""
    given = own_process.inherited()
    return {name: value for name, value in given.items() if name not in _HOOK_VARIABLES}


def git(
    folder: Path,
    *words: str,
    stdin: bytes = b"",
    accept: Collection[int] | None = (0,),
    hint: str = "run the same command by hand to see more of what git says",
) -> Answer:
    """Run git in `folder`.

    Parameters
    ----------
    folder
        Where to run it.
    words
        The command and its arguments.
    stdin
        What it reads.
    accept
        Exit codes that are answers; None accepts all.
    hint
        What the user should do when it fails.

    Raises
    ------
    TagledgerError
        git is not installed, the folder is gone, or the exit code is not one of `accept`.
    """
    try:
        done = subprocess.run(
            ["git", *_PLAIN, *words],
            cwd=folder,
            input=stdin,
            capture_output=True,
            env=environment() | {"GIT_GRAFT_FILE": os.devnull},
            check=False,
        )
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise TagledgerError(
                "there is no such folder", where=folder, hint="name a folder that exists"
            ) from error
        raise TagledgerError(
            "git is not installed, or not on PATH", hint="install git, then run it again"
        ) from error
    complaint = done.stderr.decode("utf-8", "replace").strip()
    if accept is not None and done.returncode not in accept:
        raise TagledgerError(
            f"git {words[0]} failed: {complaint or f'exit code {done.returncode}'}",
            where=folder,
            hint=hint,
        )
    return Answer(done.returncode, done.stdout, complaint)


def check_revision(name: str) -> None:
    """Refuse a text that git might take for an option, a range or a path.

    Raises
    ------
    TagledgerError
        It is empty, begins with - or ^, or has "..", ":", or a character that cannot be seen.
    """
    if not name or name[0] in "-^" or ".." in name or ":" in name or not name.isprintable():
        shown = name if len(name) <= 60 else f"{name[:60]}…"
        raise TagledgerError(
            f"this cannot name a revision: {shown!r}",
            hint="give a tag, a branch or a commit; `tagledger versions` lists the versions",
        )


def resolve(folder: Path, name: str) -> str | None:
    """The full id of the commit that `name` means; None when it is unknown or ambiguous.

    Raises
    ------
    TagledgerError
        As `check_revision`.
    """
    check_revision(name)
    # 128 is what rev-parse gives, quiet or not, for an entry that a reflog does not have.
    answer = git(
        folder,
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"),
        accept={0, 1, 128},
    )
    return answer.lines[0] if answer.code == 0 and answer.lines else None


class Blob(NamedTuple):
    """A file as git has it: its id, and its bytes."""

    id: str
    size: int


def find_blobs(folder: Path, files: Sequence[tuple[str, str]]) -> list[Blob | None]:
    """The files at (commit, path from the top of the repository); None where there is none."""
    if not files:
        return []
    request = "".join(f"{commit}:{path}\n" for commit, path in files)
    answer = git(
        folder,
        *("cat-file", "--batch-check=%(objecttype) %(objectname) %(objectsize)", "--buffer"),
        stdin=request.encode("utf-8", "surrogateescape"),
    )
    blobs: list[Blob | None] = []
    for line in answer.out.split(b"\n")[: len(files)]:
        kind, _, about = line.partition(b" ")
        blob, _, size = about.partition(b" ")
        # A line on what is missing begins with what was asked for, a commit's id.
        blobs.append(Blob(blob.decode(), int(size)) if kind == b"blob" else None)
    return blobs


def read_blobs(folder: Path, blobs: Collection[str]) -> dict[str, bytes]:
    """The contents of files by their ids."""
    if not blobs:
        return {}
    request = "".join(f"{blob}\n" for blob in blobs).encode()
    out = git(folder, "cat-file", "--batch", "--buffer", stdin=request).out
    contents: dict[str, bytes] = {}
    start = 0
    while start < len(out):
        end = out.index(b"\n", start)
        blob, kind, *size = out[start:end].decode().split(" ")
        if kind == "missing":  # in a clone that has lost it
            start = end + 1
            continue
        start = end + 1 + int(size[0])
        contents[blob] = out[end + 1 : start]
        start += 1  # a newline follows each
    return contents
