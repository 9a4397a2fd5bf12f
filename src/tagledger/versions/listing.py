"""The versions of a dataset: git revisions, one version for all that record the same data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tagledger.errors import TagledgerError, nearest
from tagledger.versions.git import find_blobs, read_blobs, resolve
from tagledger.versions.repository import LOCK, Repository
from tagledger.versions.survey import MOST_BYTES, read_file, read_refs, survey, too_long
from tagledger.versions.version import WORKSPACE, Version, data_of, version_order


def list_versions(repo: Repository, *, experiments: bool = False) -> list[Version]:
    """All versions of the dataset.

    Annotated tags come first, the highest version on top; then the other commits that changed the
    data, newest first, of the current branch and of what is tagged; then experiments, when they
    are asked for; last the workspace. Revisions with the same data are one version, at the first
    of these places. A commit whose dvc.lock cannot be read is no version.

    Raises
    ------
    TagledgerError
        git fails, or dvc.lock in the work tree cannot be read.
    """
    groups = survey(repo, experiments=experiments).groups.values()
    tagged = [(tags, group) for group in groups if (tags := group.named("annotated"))]
    tagged.sort(key=lambda pair: version_order(pair[0][-1].name), reverse=True)
    rest = [group for group in groups if not group.named("annotated")]
    rest.sort(key=lambda group: (not group.commits, not group.refs))
    return [group.version() for group in [*(group for _, group in tagged), *rest]]


def find_version(repo: Repository, name: str) -> Version:
    """The version that `name` means.

    Parameters
    ----------
    repo
        The repository.
    name
        "workspace", a name of `list_versions`, an experiment, or any revision of git: a branch, an
        abbreviated commit, HEAD~2.

    Returns
    -------
    Version
        With the name that `list_versions` gives it, unless `name` is another tag of it; its
        `revision` is the commit that `name` means.

    Raises
    ------
    TagledgerError
        `name` is unknown, cannot name a revision, or is a commit without data.
    """
    if name == WORKSPACE:
        return _find_workspace(repo)
    sha = resolve(repo.top, name)
    if sha is None:
        return _find_experiment(repo, name)
    found = survey(repo, also=sha)
    outputs = found.outputs_at(sha)
    group = found.groups[data_of(outputs)]
    version = group.version()
    if any(tag.name == name for tag in group.named("annotated")):
        version = replace(version, name=name)
    return replace(version, revision=sha, outputs=outputs)


def _find_workspace(repo: Repository) -> Version:
    found = survey(repo)
    if not found.workspace:
        raise TagledgerError(
            f"the work tree has no {LOCK} with outputs",
            where=repo.root,
            hint="`dvc repro` makes the data and records it",
        )
    return Version(
        name=WORKSPACE,
        names=found.groups[data_of(found.workspace)].names,
        commit=None,
        revision=None,
        date=None,
        author=None,
        subject=None,
        kind="workspace",
        outputs=found.workspace,
    )


def _find_experiment(repo: Repository, name: str) -> Version:
    found = survey(repo, experiments=True)
    for group in found.groups.values():
        for ref in group.named("experiment"):
            if ref.name == name:
                version = replace(group.version(), revision=ref.sha)
                return replace(version, outputs=found.outputs_at(ref.sha))
    known = {ref.name for group in found.groups.values() for ref in group.refs} | {WORKSPACE}
    raise TagledgerError(
        f"no version is called {name}, and no revision of git",
        where=repo.root,
        hint=f"{nearest(name, known)}; `tagledger versions` lists all",
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
    in_git = repo.in_git(path)
    revisions = [version.revision for version in versions if version.revision is not None]
    found = find_blobs(repo.top, [(revision, in_git) for revision in revisions])
    blobs = dict(zip(revisions, found, strict=True))
    small = {blob.id for blob in found if blob is not None and blob.size <= MOST_BYTES}
    contents = read_blobs(repo.top, small)

    def text_of(version: Version) -> str | None:
        if version.revision is None:
            data = read_file(repo, path)
        else:
            blob = blobs[version.revision]
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
    for version in versions:
        try:
            texts.append(text_of(version))
        except TagledgerError as error:
            if strict:
                raise
            repo.problems.setdefault(version.revision or WORKSPACE, error)
            texts.append(None)
    return texts


def text_at(repo: Repository, version: Version, path: str) -> str | None:
    """The text of a file that git keeps in one version; see `texts_at`."""
    return texts_at(repo, [version], path)[0]


def release_names(repo: Repository) -> list[str]:
    """All annotated tags, with data or without, the highest version first."""
    names = [ref.name for ref in read_refs(repo, experiments=False) if ref.kind == "annotated"]
    return sorted(names, key=version_order, reverse=True)
