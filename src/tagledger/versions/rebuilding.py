"""Bring back a version that the cache lacks: run its own pipeline again, and prove the result."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tagledger.errors import TagledgerError, os_errors
from tagledger.versions.git import git
from tagledger.versions.locks import Output, read_outputs
from tagledger.versions.programs import Progress, program_environment, run_dvc, silent
from tagledger.versions.proving import drop_damaged, prove
from tagledger.versions.repository import LOCK, PIPELINE, Repository
from tagledger.versions.version import Version

_NO_HOOKS = ("-c", "core.hooksPath=/dev/null")


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
) -> list[RebuildResult]:
    """Run the pipeline of each version, with its own code, and fill the cache with what it makes.

    Each runs in a temporary git worktree outside of the repository, which is gone afterwards
    however it ends. All data of the version is hashed before, when what is damaged is deleted from
    the cache, and after: only then is it said to be identical.

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
    return [_rebuild_one(repo, version, progress, timeout) for version in versions]


def _rebuild_one(
    repo: Repository, version: Version, progress: Progress, timeout: float | None
) -> RebuildResult:
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
        for path in drop_damaged(repo, version):
            progress(f"{version.name}: deleted the damaged file of {path} from the cache")
        progress(f"{version.name}: checking out {version.revision} to a temporary worktree")
        with _worktree(repo, version) as top:
            root = top / repo.root.relative_to(repo.top)
            run_dvc(
                root,
                "repro",
                # A revision without a .dvcignore takes bytecode for a part of its code's folders.
                env=program_environment(repo.root, root / "src", root)
                | {"PYTHONDONTWRITEBYTECODE": "1"},
                progress=lambda line: progress(f"{version.name}: {line}"),
                timeout=timeout,
                hint=f"`git show {version.revision}` shows the commit; its pipeline may need a "
                "source or a package that is gone",
            )
            # --no-ext-diff: a driver that shows differences of labels never answers "different".
            changed = git(
                root, "diff", "--quiet", "--no-ext-diff", "HEAD", "--", LOCK, accept={0, 1}
            )
            if changed.code == 0:
                return result(identical=True, problem=_unproven(repo, version))
            with os_errors(root / LOCK):
                lock, pipeline = (root / LOCK).read_bytes(), (root / PIPELINE).read_bytes()
            made = read_outputs(lock, pipeline, f"{LOCK} as rebuilt")
            return result(differing=_differing(version.outputs, made))
    except TagledgerError as error:
        return result(problem=error)


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


def _differing(recorded: Mapping[str, Output], made: Mapping[str, Output]) -> tuple[str, ...]:
    both = sorted(recorded.keys() | made.keys())
    return tuple(path for path in both if recorded.get(path) != made.get(path))


@contextmanager
def _worktree(repo: Repository, version: Version) -> Iterator[Path]:
    """A git worktree of a version that keeps its data in this repository's cache."""
    assert version.revision is not None
    # The system may call its folder for temporary files by a link; git and DVC see through it.
    folder = Path(tempfile.mkdtemp(prefix="tagledger-rebuild-")).resolve()
    top = folder / "worktree"
    try:
        add = ("worktree", "add", "--quiet", "--detach", str(top), version.revision)
        # A hook of DVC would check data out of a cache that is not set up yet.
        git(repo.top, *_NO_HOOKS, *add)
        dvc_dir = top / repo.dvc_dir.relative_to(repo.top)
        if not (dvc_dir / "config").is_file():
            raise TagledgerError(
                "this revision has no configuration of DVC, so its pipeline cannot run",
                where=version.name,
                hint="rebuild a later version",
            )
        with os_errors(dvc_dir):
            (dvc_dir / "config.local").write_text(
                f'[cache]\n    dir = "{repo.settings.cache}"\n    type = "hardlink,symlink,copy"\n'
            )
        yield top
    finally:
        git(repo.top, "worktree", "remove", "--force", "--force", str(top), accept=None)
        # What a stage locked away there stays for the system's own cleaning of the folder.
        shutil.rmtree(folder, ignore_errors=True)
        git(repo.top, "worktree", "prune", accept=None)
