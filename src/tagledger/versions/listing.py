"""The versions of a dataset: git revisions, one version for all that record the same data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tagledger.documents import LOCK
from tagledger.errors import TagledgerError, nearest
from tagledger.versions.commits import MOST_BYTES, read_file, read_refs, too_long
from tagledger.versions.dvc_lock import Output
from tagledger.versions.followed import Followed, followed
from tagledger.versions.git import find_blobs, read_blobs, resolve
from tagledger.versions.git_history import Survey, recorded_releases, survey
from tagledger.versions.releases import Record
from tagledger.versions.repository import Repository
from tagledger.versions.version import (
    WORKSPACE,
    Version,
    data_of,
    of_source,
    version_order,
)


@dataclass(frozen=True)
class Listing:
    """All versions, and which of them people follow.

    Attributes
    ----------
    versions
        As `list_versions` has them.
    followed
        The source whose versions people follow, and where its lineage begins.
    lost
        As `lost_releases` has them.
    work_tree
        The version of the work tree; None when it has no dvc.lock with outputs.
    """

    versions: Sequence[Version]
    followed: Followed
    lost: Mapping[str, TagledgerError]
    work_tree: Version | None

    @property
    def own(self) -> list[Version]:
        """The versions that people follow."""
        return of_source(self.versions, self.followed.source)


def list_versions(repo: Repository, *, experiments: bool = False) -> list[Version]:
    """All versions of the dataset, of whatever source.

    Releases, on record in data/releases.yaml or annotated tags, come first, the highest version on
    top; then the other commits that changed the data, newest first, of the current branch and of
    what is tagged; then experiments, when they are asked for; last the workspace. Revisions with
    the same data are one version, at the first of these places. A commit whose dvc.lock cannot be
    read is no version; nor is a release on record whose data no commit has, see `lost_releases`.

    Raises
    ------
    TagledgerError
        git fails; dvc.lock or data/releases.yaml in the work tree cannot be read; a tag and a
        record of one name have different data.
    """
    return list(read_listing(repo, experiments=experiments).versions)


def read_listing(repo: Repository, *, experiments: bool = False) -> Listing:
    """The versions, those that people follow, and what is lost, for one reading of the history.

    Raises
    ------
    TagledgerError
        As `list_versions`.
    """
    history = survey(repo, experiments=experiments)
    groups = history.groups.values()
    released = [(releases, group) for group in groups if (releases := group.releases)]
    released.sort(key=lambda pair: version_order(pair[0][-1].name), reverse=True)
    rest = [group for group in groups if not group.releases]
    rest.sort(key=lambda group: (not group.commits, not group.refs))
    listed = [group.version() for group in [*(group for _, group in released), *rest]]
    # What no commit has is not older than what one has.
    oldest_first = [*groups][::-1]
    aged = sorted(oldest_first, key=lambda group: not group.commits)
    return Listing(
        versions=listed,
        followed=followed([group.version() for group in aged], history.source),
        lost={record.name: _lost(repo, record) for record in history.lost},
        work_tree=history.work_tree,
    )


def find_version(repo: Repository, name: str) -> Version:
    """The version that `name` means.

    Parameters
    ----------
    repo
        The repository.
    name
        "workspace", a name of `list_versions`, an experiment, or any revision of git: a branch, an
        abbreviated commit, HEAD~2. A release on record counts before all that git calls so.

    Returns
    -------
    Version
        With the name that `list_versions` gives it, unless `name` is another release of it, or a
        commit with other files beside the same data, which goes by its own id; its
        `revision` is the commit that `name` means.

    Raises
    ------
    TagledgerError
        `name` is unknown, cannot name a revision, or is a commit without data; or as
        `list_versions`.
    """
    return find_versions(repo, [name])[0]


def find_versions(repo: Repository, names: Sequence[str]) -> list[Version]:
    """The versions that `names` mean, as `find_version` has them, for one reading of the history.

    Raises
    ------
    TagledgerError
        As `find_version`.
    """
    surveys: dict[tuple[str | None, bool], Survey] = {}
    tagged: set[str] = set()

    def surveyed(also: str | None = None, *, experiments: bool = False) -> Survey:
        wanted = None if also in tagged else also, experiments
        if wanted not in surveys:
            history = surveys[wanted] = survey(repo, also=also, experiments=experiments)
            tagged.update(history.tagged)
            if also in tagged:  # whose commit is in each survey
                surveys[None, experiments] = history
        return surveys[wanted]

    return [_find(repo, name, surveyed) for name in names]


def _find(repo: Repository, name: str, surveyed: Callable[..., Survey]) -> Version:
    if name == WORKSPACE:
        return _find_workspace(repo, surveyed())
    if any(record.name == name for record in recorded_releases(repo)):
        return _find_recorded(repo, name, surveyed())
    sha = resolve(repo.top, name)
    if sha is None:
        return _find_experiment(repo, name, surveyed(experiments=True))
    history = surveyed(sha)
    outputs = history.outputs_at(sha)
    group = history.groups[data_of(outputs)]
    version = group.version()
    if any(release.name == name for release in group.releases):
        version = replace(version, name=name)
    elif _kept_by_dvc(outputs) != _kept_by_dvc(version.outputs):
        # Such as other raw files of the same data: a rebuild of the release would not bring them.
        version = replace(version, name=sha[:10], kind="commit")
    return replace(version, revision=sha, outputs=outputs)


def _kept_by_dvc(outputs: Mapping[str, Output]) -> set[tuple[str, str]]:
    return {(out.path, out.md5) for out in outputs.values() if out.cached}


def lost_releases(repo: Repository) -> dict[str, TagledgerError]:
    """The releases on record whose data is in no commit that can be reached, each with its problem.

    Raises
    ------
    TagledgerError
        As `list_versions`.
    """
    return dict(read_listing(repo).lost)


def _find_recorded(repo: Repository, name: str, history: Survey) -> Version:
    for record in history.lost:
        if record.name == name:
            raise _lost(repo, record)
    group, ref = next(
        (group, ref)
        for group in history.groups.values()
        for ref in group.named("record")
        if ref.name == name
    )
    outputs = history.outputs_at(ref.sha)
    return replace(group.version(), name=name, revision=ref.sha, outputs=outputs)


def _lost(repo: Repository, record: Record) -> TagledgerError:
    if repo.is_shallow:
        hint = "`git fetch --unshallow --tags` brings the commits that this clone lacks"
    else:
        hint = (
            "`git fetch --tags` if a tag has it, or merge the branch that has it; if it is gone "
            "for good, take the record out"
        )
    return TagledgerError(
        f"no commit here has the data of the release {record.name}: {record.data}",
        where=record.place,
        hint=hint,
    )


def _find_workspace(repo: Repository, history: Survey) -> Version:
    if history.work_tree is None:
        from tagledger.pipeline.table import TOOL_LOCK

        hint = "`dvc repro` makes the data and records it"
        if (repo.root / TOOL_LOCK).is_file():
            hint += "; if there is no file yet, `tagledger add FILE` brings the first one"
        raise TagledgerError(
            f"the work tree has no {LOCK} with outputs", where=repo.root, hint=hint
        )
    return history.work_tree


def _find_experiment(repo: Repository, name: str, history: Survey) -> Version:
    for group in history.groups.values():
        for ref in group.named("experiment"):
            if ref.name == name:
                version = replace(group.version(), revision=ref.sha)
                return replace(version, outputs=history.outputs_at(ref.sha))
    names = {ref.name for group in history.groups.values() for ref in group.refs} | {WORKSPACE}
    raise TagledgerError(
        f"no version is called {name}, and no revision of git",
        where=repo.root,
        hint=f"{nearest(name, names)}; `tagledger versions` lists all",
    )


def texts_at(
    repo: Repository, versions: Sequence[Version], path: str, *, strict: bool = True
) -> list[str | None]:
    """The text of a file that git keeps, such as reports/metrics.json, in each of `versions`.

    Parameters
    ----------
    repo
        The repository.
    versions
        The versions; of the workspace, the file in the work tree is read.
    path
        The file's path from the folder of dvc.yaml.
    strict
        Whether a file that is no text is an error; else it counts as none, and `repo.problems`
        says so.

    Returns
    -------
    list
        A text for each version, None where it has no such file. All are read at once: use this,
        not `text_at`, for more than a few versions.

    Raises
    ------
    TagledgerError
        The path leads out of the repository, or a file is not UTF-8 text.
    """
    return files_at(repo, [(version, path) for version in versions], strict=strict)


def files_at(
    repo: Repository, wanted: Sequence[tuple[Version, str]], *, strict: bool = True
) -> list[str | None]:
    """The texts of several files, each of a version, as `texts_at` has them; read at once."""
    in_git = {path: repo.in_git(path) for _, path in wanted}
    files = [(one.revision, path) for one, path in wanted if one.revision is not None]
    listed = find_blobs(repo.top, [(revision, in_git[path]) for revision, path in files])
    blobs = dict(zip(files, listed, strict=True))
    small = {blob.id for blob in listed if blob is not None and blob.size <= MOST_BYTES}
    contents = read_blobs(repo.top, small)

    def text_of(version: Version, path: str) -> str | None:
        if version.revision is None:
            data = read_file(repo, path)
        else:
            blob = blobs[version.revision, path]
            if blob is not None and blob.size > MOST_BYTES:
                raise too_long(path, version.name)
            data = None if blob is None else contents.get(blob.id)
        try:
            return None if data is None else data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TagledgerError(
                f"{path} is not UTF-8 text", where=version.name, hint="name a file of text"
            ) from error

    texts: list[str | None] = []
    for version, path in wanted:
        try:
            texts.append(text_of(version, path))
        except TagledgerError as error:
            if strict:
                raise
            repo.problems.setdefault(version.revision or WORKSPACE, error)
            texts.append(None)
    return texts


def text_at(repo: Repository, version: Version, path: str) -> str | None:
    """The text of a file that git keeps in one version; see `texts_at`."""
    return texts_at(repo, [version], path)[0]


def untagged_releases(repo: Repository) -> list[str]:
    """The releases on record that have no tag in this clone, in the order of the file.

    Raises
    ------
    TagledgerError
        data/releases.yaml in the work tree cannot be read.
    """
    tags = {ref.name for ref in read_refs(repo, experiments=False)}
    return [record.name for record in recorded_releases(repo) if record.name not in tags]


def release_names(repo: Repository) -> list[str]:
    """All releases on record and annotated tags, with data or without, the highest version first.

    Raises
    ------
    TagledgerError
        data/releases.yaml in the work tree cannot be read.
    """
    refs = read_refs(repo, experiments=False)
    names = {ref.name for ref in refs if ref.kind == "annotated"}
    names |= {record.name for record in recorded_releases(repo)}
    return sorted(names, key=version_order, reverse=True)
