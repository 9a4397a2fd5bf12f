"""Bring back a version that the cache lacks: run its own pipeline again, and prove the result."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tagledger.documents import LOCK, PIPELINE
from tagledger.errors import TagledgerError, os_errors
from tagledger.pipeline.table import TOOL_LOCK
from tagledger.pipeline.tool_lock import parse_tool_lock
from tagledger.versions.added import restore_added
from tagledger.versions.dvc_lock import Output, read_outputs
from tagledger.versions.dvc_process import Progress, revision_environment, run_dvc, silent
from tagledger.versions.git import git
from tagledger.versions.listing import text_at
from tagledger.versions.proving import drop_damaged, prove
from tagledger.versions.repository import Repository
from tagledger.versions.tool_environment import environment_of, made_here
from tagledger.versions.turns import Turn, take_turn, temporary_worktree
from tagledger.versions.version import Version


@dataclass(frozen=True)
class RebuildResult:
    """What came of a rebuild.

    Attributes
    ----------
    version
        The version that was rebuilt.
    seconds
        How long it took.
    identical
        Whether the new dvc.lock is that of the version, bit for bit: each output has the md5 on
        record.
    differing
        Paths of the outputs that came out otherwise, or that only one of the two locks has. When
        it is empty though the locks differ, the data is the same and the version's dvc.lock does
        not match its own code or parameters.
    problem
        Why it could not be rebuilt; None when it was.
    """

    version: Version
    seconds: float
    identical: bool
    differing: tuple[str, ...] = ()
    problem: TagledgerError | None = None


def rebuild(
    repo: Repository,
    versions: Sequence[Version],
    *,
    progress: Progress = silent,
    timeout: float | None = None,
    pass_env: Collection[str] = (),
    find_links: Sequence[Path] = (),
) -> list[RebuildResult]:
    """Run the pipeline of each version, with its own code, and fill the cache with what it makes.

    Each runs in a temporary git worktree outside of the repository, which is gone afterwards
    however it ends. The code gets no secret of this process's environment, and a home folder of
    its own; that is order, not a sandbox. All data of the version is hashed before, when what is
    damaged is deleted from the cache, and after: only then is it said to be identical. While
    another rebuild or release runs in this repository, it waits.

    A version of a repository of one's own that another release of the tool made is run by that
    release, in an environment of its own.

    Parameters
    ----------
    repo
        The repository.
    versions
        The versions, which must be commits.
    progress
        Is given lines for people, each with the version's name in front.
    timeout
        Seconds that one version may take; None sets no limit.
    pass_env
        Names of further variables of the environment that the code is given.
    find_links
        Folders with wheels of releases of the tool, beside the package index.

    Returns
    -------
    list
        A result for each version. One that fails does not keep the others from being rebuilt.

    Raises
    ------
    TagledgerError
        A version is the workspace.
    """
    for version in versions:
        if version.revision is None:
            raise TagledgerError(
                "the workspace is no commit that could be rebuilt",
                where=repo.root,
                hint="`dvc repro` makes its data",
            )
    with take_turn(repo, progress=progress) as turn:
        options = _Options(progress, timeout, pass_env, find_links)
        return [_rebuild_one(turn, version, options) for version in versions]


@dataclass(frozen=True)
class _Options:
    """What `rebuild` was asked for, for each version."""

    progress: Progress
    timeout: float | None
    pass_env: Collection[str]
    find_links: Sequence[Path]


def _rebuild_one(turn: Turn, version: Version, options: _Options) -> RebuildResult:
    assert version.revision is not None
    repo, progress = turn.repository, options.progress
    start = time.monotonic()

    def result(
        *,
        identical: bool = False,
        differing: tuple[str, ...] = (),
        problem: TagledgerError | None = None,
    ) -> RebuildResult:
        seconds = time.monotonic() - start
        return RebuildResult(version, seconds, identical and problem is None, differing, problem)

    try:
        python = _python_of(repo, version, options)
        for path in drop_damaged(repo, version):
            progress(f"{version.name}: deleted the damaged file of {path} from the cache")
        progress(f"{version.name}: checking out {version.revision} to a temporary worktree")
        with temporary_worktree(turn, version.revision, "rebuild") as worktree:
            root = worktree.repository.root
            restore_added(repo, worktree.repository.top)
            run_dvc(
                root,
                "repro",
                env=revision_environment(
                    repo.root,
                    root,
                    worktree.folder,
                    own_home=True,
                    passed=options.pass_env,
                    python=python,
                ),
                progress=lambda line: progress(f"{version.name}: {line}"),
                timeout=options.timeout,
                keep=[turn.lock],
                python=python,
                hint=f"`git show {version.revision}` shows the commit; its pipeline may need a "
                "source or a package that is gone, or a variable of the environment, such as a "
                "token, which `--pass-env NAME` passes on",
            )
            # --no-ext-diff: a driver that shows differences of labels never answers "different".
            changed = git(
                root, "diff", "--quiet", "--no-ext-diff", "HEAD", "--", LOCK, accept={0, 1}
            )
            if changed.code == 0:
                return result(identical=True, problem=_unproven(repo, version))
            with os_errors(root / LOCK):
                lock, pipeline = (root / LOCK).read_bytes(), (root / PIPELINE).read_bytes()
            rebuilt = read_outputs(lock, pipeline, f"{LOCK} as rebuilt")
            return result(differing=_differing(version.outputs, rebuilt))
    except TagledgerError as error:
        return result(problem=error)


def _python_of(repo: Repository, version: Version, options: _Options) -> Path | None:
    """The interpreter of the release that made a version; None where that is what runs this."""
    text = text_at(repo, version, TOOL_LOCK.as_posix())
    if text is None:
        return None  # its own code is in its work tree
    try:
        lock = parse_tool_lock(text, Path(f"{version.name}:{TOOL_LOCK}"))
    except TagledgerError as error:
        raise TagledgerError(
            error.what,
            where=error.where,
            hint=f"it names no release: `git show {version.revision}:./{TOOL_LOCK}` "
            "shows it; nothing was changed",
        ) from error
    if made_here(lock):
        return None
    return environment_of(
        lock,
        find_links=options.find_links,
        progress=lambda line: options.progress(f"{version.name}: {line}"),
    )


def _unproven(repo: Repository, version: Version) -> TagledgerError | None:
    """What is wrong with the cache after a run that made the same dvc.lock; None if nothing is."""
    proof = prove(repo, [version])
    wrong = [*(one.path for one in proof.damaged), *proof.missing]
    if not wrong:
        return None
    return TagledgerError(
        f"the run ended well, but what the cache has is damaged or missing: {', '.join(wrong)}",
        where=repo.settings.cache,
        hint="look after the disk, then `tagledger rebuild` it again",
    )


def _differing(recorded: Mapping[str, Output], rebuilt: Mapping[str, Output]) -> tuple[str, ...]:
    both = sorted(recorded.keys() | rebuilt.keys())
    return tuple(path for path in both if recorded.get(path) != rebuilt.get(path))
