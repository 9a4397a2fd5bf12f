"""What a history records of the data, read with a few calls of git however long it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tagledger.documents import LOCK, PIPELINE
from tagledger.errors import TagledgerError
from tagledger.versions.commit_data import CommitData, read_commit_data
from tagledger.versions.commits import (
    Commit,
    Ref,
    RefKind,
    read_file,
    read_log,
    read_refs,
)
from tagledger.versions.dvc_lock import Output, read_outputs
from tagledger.versions.git import git
from tagledger.versions.lock_source import source_of
from tagledger.versions.releases import RELEASES, Record, read_records
from tagledger.versions.repository import Repository
from tagledger.versions.version import WORKSPACE, Data, Kind, Version, data_of, version_order


@dataclass
class Group:
    """All that records the same data; commits are newest first."""

    outputs: Mapping[str, Output]
    source: str | None = None
    refs: list[Ref] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    in_workspace: bool = False

    def named(self, kind: RefKind) -> list[Ref]:
        """Its records, tags or experiments of one kind, in the order of their versions."""
        refs = [ref for ref in self.refs if ref.kind == kind]
        return sorted(refs, key=lambda ref: version_order(ref.name))

    @property
    def releases(self) -> list[Ref]:
        """Its releases, in the order of their versions: what is on record counts before a tag."""
        by_name = {ref.name: ref for ref in (*self.named("annotated"), *self.named("record"))}
        return sorted(by_name.values(), key=lambda ref: version_order(ref.name))

    @property
    def names(self) -> tuple[str, ...]:
        """All its names, the most telling first."""
        names = (
            *(ref.name for ref in self.releases),
            *(ref.name for ref in self.named("lightweight")),
            *(commit.short for commit in self.commits),
            *(ref.name for ref in self.named("experiment")),
            *((WORKSPACE,) if self.in_workspace else ()),
        )
        return tuple(dict.fromkeys(names))

    @property
    def origin(self) -> Commit | None:
        """The commit that brought the data; None where only the work tree has it."""
        if self.commits:
            return self.commits[-1]
        experiments = self.named("experiment")
        return experiments[0].commit if experiments else None

    def version(self) -> Version:
        """The version; of several releases with the same data, the first gives the name."""
        releases, experiments, origin = self.releases, self.named("experiment"), self.origin
        name: str = WORKSPACE
        kind: Kind = "workspace"
        if releases:
            name, kind = releases[0].name, "release"
        elif self.commits:
            name, kind = self.commits[-1].short, "commit"
        elif experiments:
            name, kind = experiments[0].name, "experiment"
        return Version(
            name=name,
            names=self.names,
            commit=origin.sha if origin else None,
            revision=releases[0].sha if releases else origin.sha if origin else None,
            date=origin.date if origin else None,
            author=origin.author if origin else None,
            subject=origin.subject if origin else None,
            kind=kind,
            outputs=self.outputs,
            source=self.source,
        )


@dataclass(frozen=True)
class Survey:
    """What the repository records.

    Attributes
    ----------
    groups
        By their data, in the order of history: what was brought last comes first.
    workspace
        The outputs that the work tree records; none when it has no dvc.lock.
    recorded
        The outputs of each commit that has a dvc.lock; none where it cannot be read.
    source
        The source of the work tree, or else of HEAD: the one that people follow.
    problems
        What is wrong with commits, by their ids: a dvc.lock that cannot be read, whose commit is
        in no group, or a date that no calendar has.
    lost
        The releases on record whose data is in no commit that can be reached.
    tagged
        The commits of all annotated tags.
    """

    groups: dict[Data, Group]
    workspace: Mapping[str, Output]
    recorded: Mapping[str, Mapping[str, Output]]
    source: str | None
    problems: Mapping[str, TagledgerError]
    lost: Sequence[Record]
    tagged: Sequence[str]

    @property
    def work_tree(self) -> Version | None:
        """The version of the work tree; None when it has no dvc.lock with outputs."""
        if not self.workspace:
            return None
        return Version(
            name=WORKSPACE,
            names=self.groups[data_of(self.workspace)].names,
            commit=None,
            revision=None,
            date=None,
            author=None,
            subject=None,
            kind="workspace",
            outputs=self.workspace,
            source=self.source,
        )

    def outputs_at(self, sha: str) -> Mapping[str, Output]:
        """The outputs that a commit records.

        Raises
        ------
        TagledgerError
            It records none, or its dvc.lock cannot be read.
        """
        outputs = self.recorded.get(sha)
        if not outputs:
            if sha in self.problems:
                raise self.problems[sha]
            raise TagledgerError(
                f"this commit records no data: it has no {LOCK} with outputs",
                where=sha,
                hint="`tagledger versions` lists the revisions that do",
            )
        return outputs


def survey(repo: Repository, *, experiments: bool = False, also: str | None = None) -> Survey:
    """Read the history of HEAD, of all annotated tags, and of the commit `also`.

    Raises
    ------
    TagledgerError
        git fails; dvc.lock or data/releases.yaml in the work tree cannot be read; a tag and a
        record disagree.
    """
    refs = read_refs(repo, experiments=experiments)
    records = recorded_releases(repo)
    tagged = [ref.sha for ref in refs if ref.kind == "annotated"]
    ends = [*tagged, *([also] if also else [])]
    commits = read_commit_data(
        repo,
        tagged=tagged,
        also=also,
        others=[ref.sha for ref in refs],
        on_record={record.data for record in records},
    )
    log, recorded, ids = list(commits.log), commits.outputs, commits.ids
    problems = dict(commits.problems)
    _refuse_disagreeing(records, refs, ids)
    origins = {ids[commit.sha]: commit.sha for commit in log if commit.sha in ids}
    on_record = _record_refs(records, commits, origins)
    # What is data changed there without a change of dvc.lock, as dvc.yaml gave a file to git; or a
    # merge left out the branch that has the data of a record.
    needed = [*ends, *(ref.sha for ref in on_record)]
    unlisted = {sha for sha in needed if sha in ids and ids[sha] not in origins}
    log += read_log(repo, "--no-walk", starts=sorted(unlisted), paths=()) if unlisted else []

    groups: dict[Data, Group] = {}
    # The oldest first, as the commit that brought the data makes the group.
    for commit in reversed(log):
        if outputs := recorded.get(commit.sha):
            group = groups.setdefault(data_of(outputs), Group(outputs))
            group.commits.insert(0, commit)
    groups = dict(reversed(groups.items()))
    for ref in (*on_record, *refs):
        if outputs := recorded.get(ref.sha):
            data = data_of(outputs)
            if data in groups or ref.kind == "experiment":
                groups.setdefault(data, Group(outputs)).refs.append(ref)
    for group in groups.values():
        # Reports may differ between revisions with the same data: those of the named one count.
        named = group.version().revision or ""
        group.outputs = recorded[named]
        # The latest says what the source is called now.
        group.source = commits.sources.get(group.commits[0].sha if group.commits else named)
    workspace, source = _workspace(repo)
    if workspace:
        group = groups.setdefault(data_of(workspace), Group(workspace))
        # A build that stopped after fetch has the data, and so the source, of a commit.
        group.in_workspace, group.source = True, source or group.source
        source = group.source
    else:
        latest = recorded.get(latest_change(repo) or "")
        source = groups[data_of(latest)].source if latest else None
    dated = (*log, *(ref.commit for ref in refs if ref.commit))
    problems |= {one.sha: _no_date(one) for one in dated if one.date is None} | problems
    repo.problems.update(problems)
    names_on_record = {ref.name for ref in on_record}
    lost = [record for record in records if record.name not in names_on_record]
    return Survey(groups, workspace, recorded, source, problems, lost, tagged)


def latest_change(repo: Repository) -> str | None:
    """The last commit of HEAD's history that changed dvc.lock; None where there is none."""
    out = git(repo.top, "rev-list", "--max-count=1", "HEAD", "--", repo.in_git(LOCK), accept=None)
    return out.lines[0] if out.code == 0 and out.lines else None


def recorded_releases(repo: Repository) -> tuple[Record, ...]:
    """The releases that data/releases.yaml in the work tree records, in its order."""
    return read_records(read_file(repo, RELEASES) or b"", repo.root / RELEASES)


def _record_refs(
    records: Sequence[Record], commits: CommitData, origins: Mapping[str, str]
) -> list[Ref]:
    """What each record names, where a commit that can be reached has its data.

    Parameters
    ----------
    records
        The records.
    commits
        The history.
    origins
        The commits that brought the data of each id.
    """
    refs = []
    for record in records:
        having = [sha for sha in commits.reachable if commits.ids.get(sha) == record.data]
        if having:
            both = [sha for sha in having if (record.name, record.data) in commits.names[sha]]
            brought = [sha for sha in having if sha == origins.get(record.data)]
            refs.append(Ref(record.name, (both or brought or having)[-1], "record"))
    return refs


def _refuse_disagreeing(
    records: Sequence[Record], refs: Sequence[Ref], ids: Mapping[str, str]
) -> None:
    """Refuse a tag that has the name of a record and other data; one without data may be there."""
    by_name = {record.name: record for record in records}
    for ref in refs:
        record = by_name.get(ref.name) if ref.kind in {"annotated", "lightweight"} else None
        if record is not None and ids.get(ref.sha, record.data) != record.data:
            raise TagledgerError(
                f"the tag {ref.name} and the record {ref.name} name different data: commit "
                f"{ref.sha[:10]} has {ids[ref.sha]}, the record says {record.data}",
                where=record.place,
                hint=f"`git tag --delete {ref.name}` if the record is right; if the tag is, "
                "put its data id into the record",
            )


def _no_date(commit: Commit) -> TagledgerError:
    return TagledgerError(
        "the author's date is on no calendar",
        where=f"commit {commit.sha[:10]}",
        hint=f"`git cat-file -p {commit.sha[:10]}` shows it; the version has no date here",
    )


def _workspace(repo: Repository) -> tuple[Mapping[str, Output], str | None]:
    """The outputs and the source that the work tree records; none when it has no dvc.lock."""
    lock = read_file(repo, LOCK)
    if lock is None:
        return {}, None
    pipeline = read_file(repo, PIPELINE) or b""
    return read_outputs(lock, pipeline, str(repo.root / LOCK)), source_of(lock)
