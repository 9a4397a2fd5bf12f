"""Publish a release that was built beside the work tree: tag, branch, files and data.

A release may have a commit after it, which prepares the next version. The branch moves over both
at once, so that nobody finds the one without the other.

Nothing moves that somebody else moved meanwhile, and nothing is taken back but what was made here:
refs are created where they are absent, and moved or deleted by their old value. A journal under
.git/tagledger says what is being published; the next command that writes finishes it, or takes it
back, if this one is killed.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tagledger.documents import LOCK, read_json, write_json
from tagledger.errors import TagledgerError, os_errors
from tagledger.versions.added import POINTER, is_added, restore_added
from tagledger.versions.committing import annotated_tag, head
from tagledger.versions.dvc_process import Progress, program_environment, run_dvc, silent
from tagledger.versions.git import git
from tagledger.versions.repository import Repository
from tagledger.versions.stale import staleness

_AWAY = "move the file away, or commit it, and release again"
_STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Position:
    """Where a work tree is.

    Attributes
    ----------
    branch
        The full name of the branch, such as refs/heads/main; None off all branches.
    commit
        Full id of the commit.
    """

    branch: str | None
    commit: str

    def __str__(self) -> str:
        name = "no branch" if self.branch is None else self.branch.removeprefix("refs/heads/")
        return f"{name} at {self.commit[:7]}"


@dataclass(frozen=True)
class Publication:
    """A release on its way from a temporary worktree to the user's.

    Attributes
    ----------
    top
        The top folder of the user's work tree.
    branch, old
        Where the work tree is, as in `Position`.
    new
        The release's commit, whose parent is `old`.
    tag
        The release's name.
    last, summary, agrees
        What is said of it once it is made.
    following
        The commit after the release's, whose parent is `new`; None where there is none.
    """

    top: str
    branch: str | None
    old: str
    new: str
    tag: str
    last: str | None
    summary: Sequence[tuple[str, str]]
    agrees: bool
    following: str | None = None

    @property
    def tip(self) -> str:
        """The commit that the branch moves to."""
        return self.following or self.new

    @property
    def folder(self) -> Path:
        """The folder that git is run in."""
        return Path(self.top)

    @property
    def ref(self) -> str:
        """What is moved: the branch, or HEAD itself."""
        return self.branch or "HEAD"


def position(top: Path) -> Position:
    """The branch and the commit of a work tree.

    Raises
    ------
    TagledgerError
        There is no commit yet.
    """
    branch = git(top, "symbolic-ref", "--quiet", "HEAD", accept={0, 1})
    return Position(branch.lines[0] if branch.code == 0 else None, head(top))


def publish(
    repo: Repository, publication: Publication, message: str, *, progress: Progress = silent
) -> None:
    """Make the annotated tag, move the branch and the work tree's files, check out the data.

    Parameters
    ----------
    repo
        The repository; the caller has the turn in it.
    publication
        What to publish.
    message
        The tag's message.
    progress
        Is given a line where the data cannot be checked out: the release is made all the same.

    Raises
    ------
    TagledgerError
        The work tree is elsewhere by now, a file of the user's is in the way, or git refuses the
        tag. Then nothing is published, and what others did meanwhile is as they left it.
    """
    was, now = Position(publication.branch, publication.old), position(publication.folder)
    if now != was:
        raise TagledgerError(
            f"not released: meanwhile the work tree went from {was} to {now}",
            where=repo.top,
            hint="nothing was changed; release again, from the branch that is meant",
        )
    write_json(_journal(repo), asdict(publication))
    try:
        annotated_tag(repo, publication.tag, message, commit=publication.new)
        with _uninterrupted():
            _move(publication)
    except BaseException:
        with _uninterrupted():
            _finish_or_take_back(repo, publication)
        raise
    _check_out(repo, publication, progress)
    _drop_journal(repo)


def settle(repo: Repository, *, progress: Progress = silent) -> Publication | None:
    """Finish what a killed process was publishing, or take it back.

    Parameters
    ----------
    repo
        The repository; the caller has the turn in it.
    progress
        Is given a line that says what was done.

    Returns
    -------
    Publication or None
        What is published now; None where nothing was under way, or it was taken back.
    """
    journal = _journal(repo)
    if not journal.exists():
        return None
    entry = read_json(journal)
    publication = Publication(**entry | {"summary": [(a, b) for a, b in entry["summary"]]})
    if not publication.folder.is_dir():  # a linked work tree that is gone, with what was to move
        publication = Publication(**asdict(publication) | {"top": str(repo.top)})
    with _uninterrupted():
        published = _finish_or_take_back(repo, publication)
    if not published:
        progress(f"took back the release {publication.tag}, which was cut short")
        return None
    progress(f"finishing the release {publication.tag}, which was cut short")
    if publication.folder == repo.top:
        _check_out(repo, publication, progress)
    _drop_journal(repo)
    return publication


def _journal(repo: Repository) -> Path:
    return repo.git_dir / "tagledger" / "release.json"


def _drop_journal(repo: Repository) -> None:
    journal = _journal(repo)
    with os_errors(journal):
        journal.unlink(missing_ok=True)


def _finish_or_take_back(repo: Repository, publication: Publication) -> bool:
    """Whether the release is published; else its tag, files and journal are gone."""
    tip, old, top = publication.tip, publication.old, publication.folder
    led = git(top, "merge-base", "--is-ancestor", tip, publication.ref, accept=None)
    if led.code == 0:
        return True
    if _has_files_of(publication):
        # git refuses where the user has changed one of them since: then they stay.
        git(top, "read-tree", "-m", "-u", tip, old, accept=None)
        with suppress(TagledgerError):  # `dvc checkout` brings what could not be brought here
            restore_added(repo, top, _paths(top, old, tip))
    tag = f"refs/tags/{publication.tag}"
    unpeeled = git(repo.top, "rev-parse", "--verify", "--quiet", tag, accept=None)
    peeled = git(repo.top, "rev-parse", "--verify", "--quiet", f"{tag}^{{commit}}", accept=None)
    if peeled.lines == [publication.new]:
        git(repo.top, "update-ref", "-d", tag, unpeeled.lines[0], accept=None)
    _drop_journal(repo)
    return False


def _has_files_of(publication: Publication) -> bool:
    """Whether the index has the release's files, though the work tree's commit has the old ones."""
    top, old, tip = publication.folder, publication.old, publication.tip
    paths = _paths(top, old, tip)
    command = ("diff", "--quiet", "--no-ext-diff")
    staged = git(top, *command, "--cached", tip, "--", *paths, accept={0, 1}).code == 0
    return staged and git(top, *command, old, "HEAD", "--", *paths, accept={0, 1}).code == 0


def _paths(top: Path, old: str, new: str, *words: str) -> list[str]:
    """The files that differ between two commits."""
    out = git(top, "diff", "--name-only", "-z", "--no-renames", *words, old, new).out
    return [path for path in out.decode("utf-8", "surrogateescape").split("\0") if path]


def _move(publication: Publication) -> None:
    """Move files, index and branch to the last commit of the release, or none of them."""
    top, old, tip = publication.folder, publication.old, publication.tip
    # git keeps untracked files, but not those that it ignores.
    added = _paths(top, old, tip, "--diff-filter=A")
    there = [path for path in added if os.path.lexists(top / path) and not is_added(top / path)]
    if there:
        raise TagledgerError(
            f"the release would replace your own {', '.join(there)}", where=top, hint=_AWAY
        )
    # Files that were touched and not changed are none of the user's changes.
    git(top, "update-index", "-q", "--refresh", accept=None)
    git(
        top,
        *("read-tree", "-m", "-u", old, tip),
        hint=_AWAY,
    )
    git(
        top,
        *("update-ref", "-m", f"commit: data: release {publication.tag}", publication.ref),
        *(tip, old),
        hint="release again: somebody else committed here at the same moment",
    )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let nobody stop what must be brought to its end, the processes that it starts included."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_out(repo: Repository, publication: Publication, progress: Progress) -> None:
    """Bring DVC's data to the work tree, but for files that are the user's own."""
    try:
        paths = _paths(repo.top, publication.old, publication.tip)
        lock = repo.in_git(LOCK)
        changed = any(path == lock or path.endswith(POINTER) for path in paths)
        if changed or staleness(repo).has("missing", "edited"):
            run_dvc(
                repo.root,
                "checkout",
                env=program_environment(repo.root),
                hint="`dvc checkout` brings it there; with --force also in place of your own files",
            )
    except TagledgerError as problem:
        for line in problem.what.splitlines():
            progress(line)
        progress("released, but the work tree does not have the data of the release")
        progress(f"next: {problem.hint}")
