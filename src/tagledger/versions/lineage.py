"""The line of history: how the data became what it is, and the version that a dvc.lock records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from tagledger.documents import LOCK, PIPELINE
from tagledger.versions.commits import Commit, read_file
from tagledger.versions.dvc_lock import Output, read_outputs
from tagledger.versions.followed import Followed, followed
from tagledger.versions.git import git
from tagledger.versions.git_history import Group, Survey, latest_change, survey
from tagledger.versions.lock_source import source_of
from tagledger.versions.repository import Repository
from tagledger.versions.version import WORKSPACE, Data, Kind, Version, data_of, is_of_source


@dataclass(frozen=True)
class Step:
    """A change of the data.

    Attributes
    ----------
    version
        The data; its commit, date, author and subject are those of the change. Data that came
        back is a step of its own, named by a release of that commit, else by the commit.
    parents
        Indexes of the steps that it changed, in the order that git has them: none for the first,
        several for a merge.
    """

    version: Version
    parents: tuple[int, ...]


@dataclass(frozen=True)
class Before:
    """A step before another, and the steps between the two that are not known.

    Attributes
    ----------
    index
        Index of the step; None where all the way to the first step none is known.
    between
        Indexes of the steps between, the latest first.
    """

    index: int | None
    between: tuple[int, ...]


@dataclass(frozen=True)
class Lineage:
    """The changes of the data of one source that led to the work tree and to every release.

    Attributes
    ----------
    steps
        In chronological order: as history has it, a change after what it changed, whatever the
        clocks of their authors said; branches that lay side by side come one after the other;
        the workspace is last, where its data is in no commit.
    current
        Index of the step whose data the work tree has; None where there is none of the source.
    shallow
        Whether the clone lacks the commits before its first.
    followed
        The source of the steps, where it begins, and the changes of the data of other sources,
        which are no steps.
    work_tree
        The version of the work tree; None when it has no dvc.lock with outputs.
    """

    steps: Sequence[Step]
    current: int | None
    shallow: bool
    followed: Followed
    work_tree: Version | None

    def before(self, index: int, known_steps: Collection[int]) -> list[Before]:
        """The nearest known steps before one, those along its first parent first."""
        nearest: dict[int | None, Before] = {}
        seen: set[int] = set()
        ahead: list[tuple[int, tuple[int, ...]]] = [(index, ())]
        while ahead:
            at, between = ahead.pop()
            parents = self.steps[at].parents
            if not parents and between:
                nearest.setdefault(None, Before(None, between))
            for parent in reversed(parents):
                if parent not in known_steps and parent not in seen:
                    seen.add(parent)
                    ahead.append((parent, (*between, parent)))
            for parent in parents:
                if parent in known_steps:
                    nearest.setdefault(parent, Before(parent, between))
        return list(nearest.values())


def lineage(repo: Repository, *, beside: str | None = None, source: str | None = None) -> Lineage:
    """Read the history of the data, of HEAD, all annotated tags and the work tree.

    Where another source was taken for a while, a step follows the last one of its own source.

    Parameters
    ----------
    repo
        The repository.
    beside
        An output that is no part of the data, such as data/raw: a change of it is a step too.
    source
        The source to follow; by default that of the work tree, or else of HEAD.

    Raises
    ------
    TagledgerError
        git fails, or dvc.lock in the work tree cannot be read.
    """

    def content(outputs: Mapping[str, Output]) -> tuple[Data, Output | None]:
        return data_of(outputs), outputs.get(beside or "")

    history = survey(repo)
    commits = {
        commit.sha: (commit, group) for group in _groups(history) for commit in group.commits
    }
    steps: list[Step] = []
    # Where a commit's data is: it may be no change, as when only a stage's code was recorded.
    step_of: dict[str, int] = {}
    for sha, parents in _history(repo, history):
        before = tuple(dict.fromkeys(step_of[parent] for parent in parents if parent in step_of))
        if sha not in commits:
            if before:  # no data there, or a lock that nobody can read
                step_of[sha] = before[0]
            continue
        commit, group = commits[sha]
        version, recorded = group.version(), history.outputs_at(sha)
        same = [at for at in before if content(steps[at].version.outputs) == content(recorded)]
        if same:
            step_of[sha] = same[0]
        else:
            step_of[sha] = len(steps)
            if version.commit != sha or content(version.outputs) != content(recorded):
                version = _version_at(commit, group, recorded)
            steps.append(Step(version, before))
    current = step_of.get(latest_change(repo) or "")
    now = history.workspace
    if now and (current is None or content(steps[current].version.outputs) != content(now)):
        version = _without_commit(WORKSPACE, now, "workspace", history.source)
        steps.append(Step(version, () if current is None else (current,)))
        current = len(steps) - 1
    wanted = source or history.source
    followed_source = followed([step.version for step in steps], wanted)
    own, new_index = _of_source(steps, wanted)
    current = new_index.get(-1 if current is None else current)
    return Lineage(own, current, repo.is_shallow, followed_source, history.work_tree)


def _of_source(steps: Sequence[Step], source: str | None) -> tuple[list[Step], dict[int, int]]:
    """The steps of one source, each after the nearest ones of it, and their new indexes."""
    own: list[Step] = []
    new_index: dict[int, int] = {}
    ends: list[tuple[int, ...]] = []  # at each step: the latest of the source's steps, it included
    for at, step in enumerate(steps):
        parents = tuple(dict.fromkeys(end for parent in step.parents for end in ends[parent]))
        if is_of_source(step.version, source):
            new_index[at] = len(own)
            own.append(Step(step.version, parents))
            ends.append((new_index[at],))
        else:
            ends.append(parents)
    return own, new_index


def _groups(history: Survey) -> Sequence[Group]:
    return list(history.groups.values())


def _history(repo: Repository, history: Survey) -> list[tuple[str, list[str]]]:
    """Commits that changed dvc.lock, oldest first, each with those of them that it followed."""
    tagged = [ref.sha for group in _groups(history) for ref in group.named("annotated")]
    out = git(
        repo.top,
        # With --parents, a commit's parents are the nearest of the commits that are shown.
        *("log", "--ignore-missing", "--topo-order", "--reverse", "--parents", "--no-color"),
        *("--format=%H %P", "--stdin"),
        stdin="\n".join(["HEAD", *tagged, "--", repo.in_git(LOCK), ""]).encode(),
    )
    return [(sha, parents) for sha, *parents in (line.split() for line in out.lines if line)]


def _version_at(commit: Commit, group: Group, outputs: Mapping[str, Output]) -> Version:
    """A version as one of its commits has it, which is not the one that gives it its name."""
    names = [release.name for release in group.releases if release.sha == commit.sha]
    return replace(
        group.version(),
        name=names[0] if names else commit.short,
        commit=commit.sha,
        revision=commit.sha,
        date=commit.date,
        author=commit.author,
        subject=commit.subject,
        kind="release" if names else "commit",
        outputs=outputs,
    )


def version_of_lock(repo: Repository, lock: bytes, name: str) -> Version:
    """The version that the text of a dvc.lock records.

    Parameters
    ----------
    repo
        The repository.
    lock
        The text.
    name
        What to call the version when no commit has its data.

    Raises
    ------
    TagledgerError
        It is no dvc.lock.
    """
    outputs = read_outputs(lock, read_file(repo, PIPELINE) or b"", name)
    group = survey(repo).groups.get(data_of(outputs))
    if group is not None and outputs:
        # Another revision of the version may differ in what is no part of the data.
        return replace(group.version(), outputs=outputs)
    return _without_commit(name, outputs, "commit", source_of(lock))


def _without_commit(
    name: str, outputs: Mapping[str, Output], kind: Kind, source: str | None
) -> Version:
    return Version(
        name=name,
        names=(name,),
        commit=None,
        revision=None,
        date=None,
        author=None,
        subject=None,
        kind=kind,
        outputs=outputs,
        source=source,
    )
