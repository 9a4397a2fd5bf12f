"""Record a version: run the pipeline, commit, tag."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from tagledger.errors import TagledgerError
from tagledger.versions.dvc_process import Progress, program_environment, run_dvc, silent
from tagledger.versions.git import check_revision, git
from tagledger.versions.repository import Repository

# Left by editors and by `sed -i.bak`: never meant for a commit.
_LEFT_OVER = re.compile(
    r".*(\.bak|\.orig|\.rej|\.sw[op]|~)|\.DS_Store|Thumbs\.db|#.*#|\.#.*|\._.*|\.~lock\..*#",
    re.DOTALL,
)
_OF_EDITORS = {".idea", ".vscode", ".ipynb_checkpoints"}


def dirty_files(repo: Repository) -> list[str]:
    """Files that differ from the last commit, from the top of the repository, sorted.

    Files that git does not know count; those that it ignores do not, nor do editors' backups
    and folders, such as the params.yaml.bak of `sed -i.bak`, that git does not know.
    """
    out = git(
        repo.top, *("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    ).out
    entries = out.decode("utf-8", "surrogateescape").split("\0")
    return sorted({entry[3:] for entry in entries if entry and not _is_left_over(entry)})


def refuse_dirty(repo: Repository) -> None:
    """Refuse a work tree with changes that are in no commit.

    Raises
    ------
    TagledgerError
        It has some.
    """
    if dirty := dirty_files(repo):
        shown = ", ".join(dirty[:10]) + (f" and {len(dirty) - 10} more" if dirty[10:] else "")
        raise TagledgerError(
            f"the work tree has changes that are in no commit: {shown}",
            where=repo.top,
            hint="`git commit` or `git stash` them first",
        )


def _is_left_over(entry: str) -> bool:
    """Whether an entry of git's status is a file that git does not know and nobody would commit."""
    *folders, name = entry[3:].split("/")
    left_over = _LEFT_OVER.fullmatch(name) is not None or not _OF_EDITORS.isdisjoint(folders)
    return entry.startswith("??") and left_over


def refuse_ignored(repo: Repository, path: str) -> None:
    """Refuse a file, from the folder of dvc.yaml, that git would leave out of a commit.

    Raises
    ------
    TagledgerError
        A rule of .gitignore covers it, and git does not track it yet.
    """
    in_git = repo.in_git(path)
    command = ("add", "--dry-run", "--ignore-missing", "--", in_git)
    if git(repo.top, *command, accept={0, 1}).code:
        raise TagledgerError(
            f"git ignores {in_git}, so it would be in no commit",
            where=repo.top,
            hint=f"`git check-ignore -v {in_git}` names the rule: take it out, or name the folders "
            "of data one by one",
        )


def repro(
    repo: Repository,
    *,
    env: Mapping[str, str] | None = None,
    progress: Progress = silent,
    timeout: float | None = None,
    keep: Sequence[int] = (),
) -> None:
    """Run `dvc repro` in the work tree.

    Parameters
    ----------
    repo
        The repository.
    env
        The environment of DVC and the stages; None for that of today's code.
    progress
        Is given each line that DVC and the stages print.
    timeout
        Seconds after which it is stopped; None sets no limit.
    keep
        File descriptors that stay open until all that it started has ended.

    Raises
    ------
    TagledgerError
        A stage fails, with the last lines that it printed, or the time is up.
    """
    run_dvc(
        repo.root,
        "repro",
        env=program_environment(repo.root) if env is None else dict(env),
        progress=progress,
        timeout=timeout,
        keep=keep,
        hint="mend what the stage complains of, then `dvc repro`",
    )


def commit_all(repo: Repository, message: str) -> str | None:
    """Commit all that differs from the last commit in a temporary worktree; nothing else is there.

    Parameters
    ----------
    repo
        The worktree.
    message
        The message, taken as it is.

    Returns
    -------
    str or None
        Full id of the commit; None when all files are as they were committed.

    Raises
    ------
    TagledgerError
        git refuses, such as for a hook that fails or a name of the author that is not set.
    """
    git(repo.top, "add", "--all")
    if git(repo.top, "diff", "--cached", "--quiet", "--no-ext-diff", accept={0, 1}).code == 0:
        return None
    git(
        repo.top,
        *("commit", "--quiet", "--cleanup=whitespace", "--file=-"),
        stdin=message.encode(),
        hint="mend what git complains of, and run it again",
    )
    return head(repo.top)


def commit_only(repo: Repository, paths: Sequence[str], message: str) -> str | None:
    """Commit some files as they are in the work tree; what else is staged stays staged.

    Parameters
    ----------
    repo
        The repository.
    paths
        Files and folders, from the folder of dvc.yaml. What git deleted of them is left out.
    message
        The message, taken as it is.

    Returns
    -------
    str or None
        Full id of the commit; None when all of them are as they were committed.

    Raises
    ------
    TagledgerError
        git refuses, such as for a hook that fails, or in the middle of a merge; then git's index
        is as it was.
    """
    paths_in_git = [repo.in_git(path) for path in paths]
    listed = ("--others", "--modified", "--exclude-standard", "--full-name", "-z", "--")
    changed = _existing(repo, git(repo.top, "ls-files", *listed, *paths_in_git).out)
    staged = ("diff", "--cached", "--name-only", "--no-ext-diff", "--diff-filter=d", "-z", "--")
    changed |= _existing(repo, git(repo.top, *staged, *paths_in_git).out)
    if not changed:
        return None
    names = "\0".join(sorted(changed)).encode("utf-8", "surrogateescape")
    from_stdin = ("--pathspec-from-file=-", "--pathspec-file-nul")
    index = git(repo.top, "write-tree", accept={0, 128})
    hint = "mend what git complains of, and run it again"
    git(repo.top, "add", *from_stdin, stdin=names, hint=hint)
    try:
        words = ("commit", "--quiet", "--cleanup=whitespace", f"--message={message}", "--only")
        git(repo.top, *words, *from_stdin, stdin=names, hint=hint)
    except BaseException:
        if index.code == 0:
            git(repo.top, "read-tree", index.lines[0], accept=None)
        raise
    return head(repo.top)


def _existing(repo: Repository, out: bytes) -> set[str]:
    names = out.decode("utf-8", "surrogateescape").split("\0")
    return {name for name in names if name and (repo.top / name).exists()}


def annotated_tag(repo: Repository, name: str, message: str, *, commit: str = "HEAD") -> None:
    """Give a commit an annotated tag; lines of the message that begin with # stay.

    Raises
    ------
    TagledgerError
        There is such a tag, git knows no such name for a tag, or there is no commit.
    """
    check_revision(name)
    git(
        repo.top,
        *(
            "tag",
            "--annotate",
            "--cleanup=whitespace",
            "--file=-",
            "--end-of-options",
            name,
            commit,
        ),
        stdin=message.encode(),
        hint="choose another name; `tagledger versions` lists the versions",
    )


def head(top: Path) -> str:
    """Full id of the commit that a work tree is at.

    Raises
    ------
    TagledgerError
        There is no commit yet.
    """
    answer = git(top, "rev-parse", "--verify", "--quiet", "HEAD", accept={0, 1, 128})
    if answer.code != 0:
        raise TagledgerError(
            "there is no commit yet", where=top, hint="commit the repository's files first"
        )
    return answer.lines[0]
