"""git and DVC in a folder that had neither, and a commit of some files alone.

What is begun here can be taken back: `keep_index` and `keep_dvc` give how, before anything changes.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Sequence
from configparser import ConfigParser, ParsingError
from pathlib import Path

from tagledger.errors import TagledgerError
from tagledger.versions.dvc_process import program_environment, run_dvc
from tagledger.versions.git import git

_IDENTITY = (
    'say who you are: `git config --global user.name "Your Name"`, and '
    "`git config --global user.email you@example.org`"
)

Undo = Callable[[], None]


def nothing() -> None:
    """Take back what did not change."""


def nearest_present(folder: Path) -> Path:
    """The folder, or the first above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.is_dir())


def work_tree_above(folder: Path) -> Path | None:
    """The top of the git work tree that a folder is in, or would be; None where it is in none.

    Raises
    ------
    TagledgerError
        It is in the folder of git itself, or git refuses the repository.
    """
    if ".git" in folder.parts or _is_bare(folder):
        raise TagledgerError(
            "this is a folder of git's own", where=folder, hint="name a folder outside of `.git`"
        )
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return None
    answer = git(nearest_present(folder), "rev-parse", "--show-toplevel", accept=None)
    if answer.code != 0:
        raise TagledgerError(
            f"git refuses this repository: {answer.complaint.removeprefix('fatal: ')}",
            where=folder,
            hint="mend it, or name a folder outside of it",
        )
    return Path(answer.lines[0]).resolve()


def _is_bare(folder: Path) -> bool:
    parts = ("HEAD", "objects", "refs")
    return any(all((one / part).exists() for part in parts) for one in (folder, *folder.parents))


def refuse_missing_programs() -> None:
    """Refuse to go on where people could not build: dvc.yaml's stages are run by these names.

    Raises
    ------
    TagledgerError
        One of them is not on PATH.
    """
    for program in ("git", "dvc", "tagledger"):
        if shutil.which(program) is None:
            raise TagledgerError(
                f"{program} is not on PATH",
                hint="activate the environment that Tagledger is installed in, such as "
                "`. .venv/bin/activate`"
                if program != "git"
                else "install git, then run it again",
            )


def refuse_no_identity(folder: Path) -> None:
    """Refuse a folder in which git could commit nothing: git is not there, or knows no author.

    Raises
    ------
    TagledgerError
        As it says.
    """
    for name in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        answer = git(nearest_present(folder), "var", name, accept=None)
        if answer.code != 0 or not _has_address(answer.lines):
            raise TagledgerError(
                "git does not know whose commit it would be", where=folder, hint=_IDENTITY
            )


def _has_address(lines: Sequence[str]) -> bool:
    return bool(lines) and "<>" not in lines[0]


def start_git(folder: Path) -> None:
    """Make a folder the top of a git repository."""
    named = git(folder, "config", "--get", "init.defaultBranch", accept={0, 1}).lines
    git(folder, "init", "--quiet", *([] if named else ["--initial-branch=main"]))


def forget_git(folder: Path) -> None:
    """Remove what `start_git` made."""
    shutil.rmtree(folder / ".git", ignore_errors=True)


def start_dvc(folder: Path, *, below: bool) -> None:
    """Make a folder one that DVC knows; `below` the top of its git repository.

    Raises
    ------
    TagledgerError
        DVC refuses, with its last lines.
    """
    words = ["init", "--quiet", *(["--subdir"] if below else [])]
    hint = "mend what DVC complains of, and run it again"
    env = program_environment(folder) | {"DVC_NO_ANALYTICS": "true"}
    run_dvc(folder, *words, env=env, hint=hint)


def keep_dvc(folder: Path) -> Undo:
    """Remember what a folder has of DVC, to have exactly that again."""
    if (folder / ".dvc").is_dir():
        _refuse_no_git(folder)
        return nothing
    ignore = folder / ".dvcignore"
    before = ignore.read_bytes() if ignore.is_file() else None

    def undo() -> None:
        shutil.rmtree(folder / ".dvc", ignore_errors=True)
        if before is None:
            ignore.unlink(missing_ok=True)
        else:
            ignore.write_bytes(before)

    return undo


def _refuse_no_git(folder: Path) -> None:
    """Refuse DVC that was begun without git: `git add --all` would commit its cache."""
    config = ConfigParser(strict=False, interpolation=None)
    try:
        config.read(folder / ".dvc/config", "utf-8")
        without = config.getboolean("core", "no_scm", fallback=False)
    except (OSError, ValueError, ParsingError):
        return  # of which DVC itself will complain
    if without:
        raise TagledgerError(
            "DVC was begun here without git, so that git would commit its cache",
            where=folder / ".dvc/config",
            hint="`dvc config --unset core.no_scm`, write the lines /config.local, /tmp and "
            "/cache to .dvc/.gitignore, and run it again",
        )


def keep_index(folder: Path) -> Undo:
    """Remember what is staged, to stage exactly that again."""
    index = folder / git(folder, "rev-parse", "--git-path", "index").lines[0]
    before = index.read_bytes() if index.is_file() else None

    def undo() -> None:
        if before is None:
            index.unlink(missing_ok=True)
        else:
            index.write_bytes(before)

    return undo


def changed_since_commit(folder: Path, paths: Sequence[str]) -> list[str]:
    """Those of some files that differ from the last commit, or are in none."""
    return [path for path in paths if git(folder, "status", "--porcelain=v1", "--", path).out]


def commit_only(folder: Path, paths: Sequence[str], message: str) -> None:
    """Commit some files as they are, and nothing else that is staged.

    Raises
    ------
    TagledgerError
        git refuses: a hook fails, a merge is under way, or a rule ignores one of the files.
    """
    listed = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
    named = ("--pathspec-from-file=-", "--pathspec-file-nul")
    if git(folder, "add", *named, stdin=listed, accept={0, 1}).code:
        raise _ignored(folder, paths)
    git(
        folder,
        *("commit", "--quiet", "--only", "--cleanup=whitespace", f"--message={message}", *named),
        stdin=listed,
        hint="mend what git complains of, and run it again",
    )


def _ignored(folder: Path, paths: Sequence[str]) -> TagledgerError:
    """The error of files that a rule of the user's keeps out of git."""
    command = ("add", "--dry-run", "--ignore-missing", "--")
    ignored = [one for one in paths if git(folder, *command, one, accept={0, 1}).code] or [*paths]
    return TagledgerError(
        f"git ignores {ignored[0]}, so it would be in no commit",
        where=folder,
        hint=f"`git check-ignore -v --no-index {shlex.quote(ignored[0])}` names the rule: take it "
        "out, and run it again",
    )
