"""Release a version: repro, check, compare, record, commit, tag, keep its splits; or nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from tagledger import versions
from tagledger.compare import in_words
from tagledger.errors import TagledgerError, os_errors
from tagledger.files import write_bytes
from tagledger.params import PARAMS
from tagledger.release.freeze import freeze_named_base
from tagledger.release.keep import keep_splits, refuse_ignored_base
from tagledger.release.last_release import last_of
from tagledger.release.level import Proposal, ReleaseName, check_name, parse_name, propose
from tagledger.release.own_files import CHANGELOG, refuse_other_files, written_files
from tagledger.release.texts import (
    changelog_section,
    first_summary,
    summarise,
    tag_message,
    with_section,
)
from tagledger.reports import FAILURES
from tagledger.versions import (
    RELEASES,
    WORKSPACE,
    Progress,
    Record,
    Repository,
    Version,
)
from tagledger.versions.dvc_process import silent
from tagledger.words import plural

if TYPE_CHECKING:
    from tagledger.release.check import Checked

_NO_RELEASES = """\
# The releases of the dataset: each name means the version with this data id, in every clone, fork
# and mirror, with or without git's tags. `tagledger release` adds to the end of the list.
"""


@dataclass(frozen=True)
class Released:
    """A release that was made.

    Attributes
    ----------
    name
        Its name, on record in data/releases.yaml and a tag.
    commit
        The commit of both.
    last
        The release before; None for the first.
    proposal
        The level that it should have; None for the first.
    agrees
        Whether its name has that level, not more and not less.
    summary
        What changed, as pairs of a heading and a text.
    untagged
        Releases on record that have no tag in this clone.
    following
        The commit after it, by which the next version keeps its splits; None where there is none.
    """

    name: str
    commit: str
    last: str | None
    proposal: Proposal | None
    agrees: bool
    summary: Sequence[tuple[str, str]]
    untagged: Sequence[str]
    following: str | None


class NotHeldError(TagledgerError):
    """A check or a gate does not hold, so the release was not made."""

    def __init__(self, checked: Checked) -> None:
        names = [check.check for check in checked.failed] + [gate.name for gate in checked.broken]
        hint = "mend the data, or change the gate in params.yaml, and release again"
        if "max_train_to_test" in names and checked.comparison is not None:
            hint = f"{hint}; {in_words.keeping_splits(checked.comparison)}"
        if "max_renamed" in names:
            hint = f"{hint}; {_wanted_rename(checked)}"
        super().__init__(
            f"not released, {', '.join(names)} {plural(len(names), 'does', 'do')} not hold",
            hint=hint,
        )
        self.checked = checked


def _wanted_rename(checked: Checked) -> str:
    """How to release renames that are no mistake."""
    share = next(gate.value for gate in checked.broken if gate.name == "max_renamed")
    most = min(1.0, math.ceil(100 * share) / 100)
    return (
        "if the renames, merges and splits of tags are wanted, nothing is to be mended: set "
        f"`max_renamed: {most:.2f}` in `gates:` for this release, and back again after it"
    )


def release(
    repository: Repository,
    name: str,
    text: str,
    *,
    force: bool = False,
    keep: bool = True,
    pass_env: Collection[str] = (),
    progress: Progress = silent,
    today: Callable[[], date] = date.today,
) -> Released:
    """Make the last commit's data a release.

    It is built in a temporary worktree; the user's branch, work tree and data move at the end, when
    all has succeeded. While another rebuild or release runs in this repository, it waits.

    Parameters
    ----------
    repository
        The repository, without changes that are in no commit.
    name
        vX.Y.Z, higher than all releases.
    text
        What people should know about it.
    force
        Whether the name may have a lower level than the changes need.
    keep
        Whether a second commit freezes the release's splits as the base of the next version. A
        file of the user's own that is the base stays.
    pass_env
        Names of further variables of the environment that the pipeline is given.
    progress
        Is given lines for people.
    today
        The day that the changelog and the record name.

    Raises
    ------
    NotHeldError
        A check or gate does not hold.
    TagledgerError
        The name is taken, out of order, or too low for what changed; files are not committed; the
        pipeline fails; nothing changed; data of the last release is missing; the name cannot be
        recorded; the branch has moved meanwhile; git refuses. In all cases, and when interrupted,
        nothing of the repository is touched. What a killed one leaves, the next one clears up.
    """
    if not text.strip():
        raise TagledgerError("the text is empty", hint='say what is new: -m "…"')
    with versions.take_turn(repository, progress=progress) as turn:
        if turn.finished is not None and turn.finished.tag == name:
            return _released(repository, turn.finished, None)
        release_name, listed = _checked_name(repository, name)
        versions.refuse_ignored(repository, RELEASES)
        if keep:
            refuse_ignored_base(repository)
        at = versions.position(repository.top)
        versions.refuse_dirty(repository)
        with (
            versions.temporary_worktree(turn, at.commit, "release") as worktree,
            seen_from(repository, worktree.repository),
        ):
            copy = worktree.repository
            versions.restore_added(repository, copy.top)
            written = written_files(copy)
            if freeze_named_base(copy, history=repository):
                progress("freezing the split's base")
            progress("running the pipeline")
            env = versions.revision_environment(
                repository.root, copy.root, worktree.folder, own_home=False, passed=pass_env
            )

            def build(written: Sequence[str]) -> None:
                versions.repro(copy, env=env, progress=progress, keep=[turn.lock])
                refuse_other_files(copy, written)

            build(written)
            built = _examine(copy, repository, listed, release_name, force=force, progress=progress)
            progress("committing")
            commit = _commit(copy, name, text, today(), built)
            following = None
            if keep:
                following = keep_splits(
                    copy,
                    name,
                    build=partial(build, [*written, PARAMS.as_posix()]),
                    progress=progress,
                )
        publication = versions.Publication(
            top=str(repository.top),
            branch=at.branch,
            old=at.commit,
            new=commit,
            tag=name,
            last=None if built.last is None else built.last.name,
            summary=built.summary,
            agrees=built.agrees,
            following=following,
        )
        message = tag_message(text, built.last, built.summary)
        versions.publish(repository, publication, message, progress=progress)
        return _released(repository, publication, built.proposal)


def _checked_name(repository: Repository, name: str) -> tuple[ReleaseName, Sequence[Version]]:
    """The name of a release that is to be, higher than those of all sources; and all versions.

    Raises
    ------
    TagledgerError
        The name is taken or out of order, or a higher release is on record without its data.
    """
    listed = versions.list_versions(repository)
    taken = {*versions.release_names(repository), *(one for v in listed for one in v.names)}
    release_name = check_name(name, sorted(taken))
    last_of(repository, listed, None)  # what is lost is said before the pipeline runs
    return release_name, listed


@dataclass(frozen=True)
class _Built:
    """The data that a release is made of, beside the release before it."""

    data_id: str
    last: Version | None
    summary: Sequence[tuple[str, str]]
    proposal: Proposal | None
    agrees: bool


def _examine(
    copy: Repository,
    history: Repository,
    listed: Sequence[Version],
    name: ReleaseName,
    *,
    force: bool,
    progress: Progress,
) -> _Built:
    """What was built in `copy`, where it may be released under a name.

    Raises
    ------
    NotHeldError
        A check or gate does not hold.
    TagledgerError
        The data is that of the last release; or the name is too low for what changed.
    """
    work_tree = versions.find_version(copy, WORKSPACE)
    last = last_of(history, listed, work_tree.source)
    if last is not None and last.data_id == work_tree.data_id:
        raise TagledgerError(
            f"the data is the same as in {last.name}: there is nothing to release",
            hint="change params.yaml or the source, then release",
        )
    checked = _checked_data(copy, last, history, work_tree, progress)
    if checked.comparison is None or last is None:
        summary = first_summary(copy, checked.first_of)
        return _Built(work_tree.data_id, last, summary, proposal=None, agrees=True)
    proposal = propose(checked.comparison)
    agrees = _check_level(name, last.name, proposal, force=force)
    summary = summarise(checked.comparison, proposal)
    return _Built(work_tree.data_id, last, summary, proposal, agrees)


def _commit(copy: Repository, name: str, text: str, day: date, built: _Built) -> str:
    """Commit what was built, with its section of the changelog and its record."""
    file = copy.root / CHANGELOG
    section = changelog_section(name, text, day, built.summary)
    write_bytes(file, with_section(file, section).encode())
    _record(copy, Record(name, built.data_id, day, _in_short(text)))
    commit = versions.commit_all(copy, f"data: release {name}\n\n{text.strip()}\n")
    assert commit is not None  # it has the record
    return commit


def _checked_data(
    copy: Repository,
    last: Version | None,
    history: Repository,
    work_tree: Version,
    progress: Progress,
) -> Checked:
    """What the checks and gates say of the data that was built, where all of them hold."""
    from tagledger.release.check import check_workspace

    # The pipeline has run the code of this revision, and these checks with it.
    checked = check_workspace(
        copy, last, history=history, work_tree=work_tree, run_own=True, progress=progress
    )
    if checked.state == "broken":
        raise NotHeldError(checked)
    return checked


def _released(
    repository: Repository, publication: versions.Publication, proposal: Proposal | None
) -> Released:
    return Released(
        name=publication.tag,
        commit=publication.new,
        last=publication.last,
        proposal=proposal,
        agrees=publication.agrees,
        summary=publication.summary,
        untagged=versions.untagged_releases(repository),
        following=publication.following,
    )


@contextmanager
def seen_from(repository: Repository, copy: Repository) -> Iterator[None]:
    """Let errors name the user's files and not those of the temporary copy.

    The list of values that fail a check is copied to the path that the error names.
    """
    try:
        yield
    except TagledgerError as error:
        there, here = str(copy.top), str(repository.top)
        error.what, error.hint = error.what.replace(there, here), error.hint.replace(there, here)
        error.where = None if error.where is None else error.where.replace(there, here)
        failures = copy.root / FAILURES
        if failures.is_file():
            write_bytes(repository.root / FAILURES, failures.read_bytes())
        raise


def _record(repository: Repository, record: Record) -> None:
    """Add a record to data/releases.yaml."""
    file = repository.root / RELEASES
    with os_errors(file):
        old = file.read_bytes() if file.is_file() else _NO_RELEASES.encode()
    write_bytes(file, versions.with_record(old, record, file))


def _in_short(text: str) -> str:
    """The first paragraph of a text in one line."""
    return " ".join(text.strip().split("\n\n")[0].split())


def _check_level(release_name: ReleaseName, last: str, proposal: Proposal, *, force: bool) -> bool:
    """Whether the name has the level that the changes ask for.

    Raises
    ------
    TagledgerError
        It is lower, and not forced.
    """
    before = parse_name(last)
    if before is None:  # a release that somebody named in another way
        return True
    level = release_name.level_after(before)
    if not force and not proposal.allows(release_name, before):
        raise TagledgerError(
            f"{release_name} would be a {level} release, but what changed since {last} is "
            f"{proposal.level}: {'; '.join(proposal.reasons)}",
            hint=f"release it as {before.next(proposal.level)}, or add --force",
        )
    return level == proposal.level
