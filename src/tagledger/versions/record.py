"""Record a version: run the pipeline, commit, tag; and undo all of it when a step fails."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tagledger.errors import TagledgerError
from tagledger.versions.git import check_revision, git
from tagledger.versions.locks import read_outputs
from tagledger.versions.programs import Progress, program_environment, run_dvc, silent
from tagledger.versions.repository import LOCK, PIPELINE, Repository
from tagledger.versions.survey import read_file

# Left by editors and by `sed -i.bak`: never meant for a commit.
_LEFT_OVER = re.compile(
    r".*(\.bak|\.orig|\.rej|\.sw[op]|~)|\.DS_Store|Thumbs\.db|#.*#|\.#.*", re.DOTALL
)

_DATA_HINT = "`dvc checkout --force` brings the data of dvc.lock to the work tree"


def dirty_files(repo: Repository) -> list[str]:
    """Files that differ from the last commit, from the top of the repository, sorted.

    Files that git does not know count; those that it ignores do not, nor do editors' backups,
    such as the params.yaml.bak of `sed -i.bak`, that git does not know.
    """
    out = git(
        repo.top, *("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    ).out
    entries = out.decode("utf-8", "surrogateescape").split("\0")
    return sorted({entry[3:] for entry in entries if entry and not _is_left_over(entry)})


def _is_left_over(entry: str) -> bool:
    """Whether an entry of git's status is a file that git does not know and nobody would commit."""
    name = entry[3:].rpartition("/")[2]
    return entry.startswith("??") and _LEFT_OVER.fullmatch(name) is not None


def refuse_ignored(repo: Repository, path: str) -> None:
    """Refuse a file, from the folder of dvc.yaml, that git would leave out of a commit.

    Raises
    ------
    TagledgerError
        A rule of .gitignore covers it, and git does not track it yet.
    """
    in_git = repo.in_git(path)
    asked = ("add", "--dry-run", "--ignore-missing", "--", in_git)
    if git(repo.top, *asked, accept={0, 1}).code:
        raise TagledgerError(
            f"git ignores {in_git}, so it would be in no commit",
            where=repo.top,
            hint=f"`git check-ignore -v {in_git}` names the rule: take it out, or name the folders "
            "of data one by one",
        )


def repro(repo: Repository, *, progress: Progress = silent, timeout: float | None = None) -> None:
    """Run `dvc repro` in the work tree.

    Parameters
    ----------
    repo
        The repository.
    progress
        Is given each line that DVC and the stages print.
    timeout
        Seconds after which it is stopped; None sets no limit.

    Raises
    ------
    TagledgerError
        A stage fails, with the last lines that it printed, or the time is up.
    """
    run_dvc(
        repo.root,
        "repro",
        env=program_environment(repo.root),
        progress=progress,
        timeout=timeout,
        hint="mend what the stage complains of, then `dvc repro`",
    )


def commit(repo: Repository, paths: Sequence[str], message: str) -> str | None:
    """Commit the state of some files and of no other.

    Parameters
    ----------
    repo
        The repository.
    paths
        Files and folders, from the folder of dvc.yaml; what git ignores in a folder stays out.
    message
        The message, taken as it is.

    Returns
    -------
    str or None
        Full id of the commit; None when the files are as they were committed.

    Raises
    ------
    TagledgerError
        git refuses, such as for a hook that fails or a name of the author that is not set.
    """
    in_git = [repo.in_git(path) for path in paths]
    git(repo.top, "add", "--all", "--", *in_git)
    if git(repo.top, "diff", "--cached", "--quiet", "--", *in_git, accept={0, 1}).code == 0:
        return None
    git(
        repo.top,
        *("commit", "--quiet", "--cleanup=whitespace", "--file=-", "--only", "--", *in_git),
        stdin=message.encode(),
        hint="mend what git complains of, and run it again",
    )
    return _head(repo)


def annotated_tag(repo: Repository, name: str, message: str) -> None:
    """Give the last commit an annotated tag; lines of the message that begin with # stay.

    Raises
    ------
    TagledgerError
        There is such a tag, git knows no such name for a tag, or there is no commit.
    """
    check_revision(name)
    git(
        repo.top,
        *("tag", "--annotate", "--cleanup=whitespace", "--file=-", "--end-of-options", name),
        stdin=message.encode(),
        hint="choose another name; `tagledger versions` lists the versions",
    )


@contextmanager
def all_or_nothing(repo: Repository, paths: Sequence[str]) -> Iterator[None]:
    """Undo what the block did when it raises: commits, tags, and changes to `paths`.

    The work tree must be clean on entering. When the block raises, or is interrupted, the branch
    is where it was, tags on commits of the block are gone, the files at `paths` are those of the
    last commit, new files there are gone, and data is checked out as dvc.lock has it.

    Parameters
    ----------
    repo
        The repository.
    paths
        Files and folders that the block writes to, from the folder of dvc.yaml.

    Raises
    ------
    TagledgerError
        On entering: there is no commit yet, or files differ from the last one.
    """
    before, tags = _head(repo), _tags(repo)
    if dirty := dirty_files(repo):
        shown = ", ".join(dirty[:10]) + (f" and {len(dirty) - 10} more" if dirty[10:] else "")
        raise TagledgerError(
            f"the work tree has changes that are in no commit: {shown}",
            where=repo.top,
            hint="`git commit` or `git stash` them first",
        )
    lock, data = read_file(repo, LOCK), _data_files(repo)
    try:
        yield
    except BaseException as error:
        with _uninterrupted():
            _undo(repo, before, tags, [repo.in_git(path) for path in paths])
            # A stage that failed has removed its outputs, though dvc.lock still has them.
            if read_file(repo, LOCK) != lock or _data_files(repo) != data:
                _check_out(repo, error)
        raise


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let nobody stop what must be brought to its end, the processes that it starts included."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _data_files(repo: Repository) -> dict[str, tuple[int, int, int]]:
    """Size, time and inode of each file of the data in the work tree."""
    lock, pipeline = read_file(repo, LOCK), read_file(repo, PIPELINE)
    outputs = read_outputs(lock or b"", pipeline or b"", str(repo.root / LOCK))
    found = {}
    for output in outputs.values():
        if output.cached:
            place = repo.root / output.path
            for file in place.rglob("*") if place.is_dir() else [place]:
                if file.is_file():
                    stat = file.stat()
                    found[str(file)] = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
    return found


def _check_out(repo: Repository, error: BaseException) -> None:
    """Bring the data of dvc.lock to the work tree; where that fails, `error` says so too."""
    try:
        run_dvc(
            repo.root,
            *("checkout", "--quiet", "--force"),
            env=program_environment(repo.root),
            hint=_DATA_HINT,
        )
    except TagledgerError as problem:
        if isinstance(error, TagledgerError):
            error.hint = f"{error.hint}; the data is not as it was: {_DATA_HINT}"
        else:
            error.add_note(str(problem))


def _undo(repo: Repository, before: str, tags: set[str], paths: Sequence[str]) -> None:
    after = _head(repo)
    # Tags that came from elsewhere meanwhile are not the block's.
    for tag in _tags(repo, points_at=after) - tags:
        git(repo.top, "tag", "--delete", "--end-of-options", tag)
    git(repo.top, "reset", "--quiet", "--mixed", before)
    for path in paths:
        git(repo.top, "clean", "--quiet", "--force", "-d", "--", path)
        if git(repo.top, "ls-tree", "--name-only", before, "--", path).out:
            git(repo.top, "checkout", "--quiet", before, "--", path)


def _head(repo: Repository) -> str:
    answer = git(repo.top, "rev-parse", "--verify", "--quiet", "HEAD", accept={0, 1, 128})
    if answer.code != 0:
        raise TagledgerError(
            "there is no commit yet", where=repo.top, hint="commit the repository's files first"
        )
    return answer.lines[0]


def _tags(repo: Repository, points_at: str | None = None) -> set[str]:
    only = () if points_at is None else (f"--points-at={points_at}",)
    return set(
        git(repo.top, "for-each-ref", "--format=%(refname:strip=2)", *only, "refs/tags").lines
    )
