"""Commits, and the names and texts that git keeps for them: each read with one call of git."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tagledger.documents import LOCK, PIPELINE
from tagledger.errors import TagledgerError, os_errors
from tagledger.versions.git import Blob, find_blobs, git, read_blobs
from tagledger.versions.releases import RELEASES, has_own_meaning
from tagledger.versions.repository import Repository

_LOG_FORMAT = "--format=%H%x00%h%x00%aI%x00%an%x00%s"
_REF_FORMAT = (
    "--format=%(refname)%00%(objecttype)%00%(*objecttype)%00%(objectname)%00%(*objectname)%00"
    "%(authordate:iso-strict)%00%(authorname)%00%(subject)"
)
_EXPERIMENT = re.compile(r"refs/exps/[0-9a-f]{2}/[0-9a-f]{38,62}/(?P<name>.+)")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

# Of a text that git keeps and that is read whole: far more than any lock or report has.
MOST_BYTES = 16 * 2**20

RefKind = Literal["record", "annotated", "lightweight", "experiment"]


@dataclass(frozen=True)
class Commit:
    """A commit: full and abbreviated id, and what its author wrote."""

    sha: str
    short: str
    date: datetime | None  # None where it is on no calendar
    author: str
    subject: str


@dataclass(frozen=True)
class Ref:
    """A recorded release, a tag or an experiment, and the commit that it names."""

    name: str
    sha: str
    kind: RefKind
    commit: Commit | None = None  # told for an experiment, which is in no log


def read_log(
    repo: Repository, *options: str, starts: Iterable[str], paths: Iterable[str]
) -> list[Commit]:
    """The commits that lead to `starts` and changed one of `paths`, newest first."""
    # --ignore-missing: HEAD is unborn before the first commit.
    out = git(
        repo.top,
        *("log", "--ignore-missing", "--encoding=UTF-8", "--no-color", *options),
        *(_LOG_FORMAT, "--stdin"),
        stdin="\n".join([*starts, "--", *paths, ""]).encode("utf-8", "surrogateescape"),
    ).out
    commits = []
    for line in out.decode("utf-8", "replace").split("\n"):
        # A commit may name an encoding in which its author's letters are line breaks or NULs: then
        # its record is longer or shorter, and what follows on lines of its own is none.
        sha, *about = line.split("\0")
        if _ID.fullmatch(sha) and about:
            short, date, author, subject, *_ = (*about, "", "", "")
            commits.append(Commit(sha, short, _date(date), author, subject))
    return commits


def read_refs(repo: Repository, *, experiments: bool) -> list[Ref]:
    """Tags and, when asked for, experiments, in the order of their names.

    A tag called workspace or HEAD is none of them: who asks for that name gets something else.
    """
    spaces = ["refs/tags", *(["refs/exps"] if experiments else [])]
    out = git(repo.top, "for-each-ref", _REF_FORMAT, *spaces).out
    refs: list[Ref] = []
    for line in out.decode("utf-8", "replace").split("\n"):
        if not line:
            continue
        ref, kind, tagged_kind, sha, tagged, date, author, subject = line.split("\0")
        if ref.startswith("refs/tags/"):
            name = ref.removeprefix("refs/tags/")
            if has_own_meaning(name):
                continue
            if kind == "tag" and tagged_kind == "commit":
                refs.append(Ref(name, tagged, "annotated"))
            elif kind == "commit":
                refs.append(Ref(name, sha, "lightweight"))
        elif (match := _EXPERIMENT.fullmatch(ref)) and kind == "commit":
            if has_own_meaning(match["name"]):
                continue
            commit = Commit(sha, sha[:7], _date(date), author, subject)
            refs.append(Ref(match["name"], sha, "experiment", commit))
    return refs


def _date(text: str) -> datetime | None:
    """A date with its time zone; None where git has something else, as after a faulty import."""
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return date if date.tzinfo is not None else None


@dataclass(frozen=True)
class Recorded:
    """The files of a commit that say which data it has: dvc.lock, dvc.yaml, data/releases.yaml.

    A file that the commit lacks is empty; so is the list of releases where it is too long.
    """

    lock: bytes
    pipeline: bytes
    releases: bytes


def read_recorded(repo: Repository, commits: Sequence[str]) -> dict[str, Recorded | None]:
    """What each commit with a dvc.lock records of its data; None where that is too long."""
    shas = list(dict.fromkeys(commits))
    paths = [repo.in_git(path) for path in (LOCK, PIPELINE, RELEASES)]
    blobs = find_blobs(repo.top, [(sha, path) for sha in shas for path in paths])
    small = {blob.id for blob in blobs if blob is not None and blob.size <= MOST_BYTES}
    texts = read_blobs(repo.top, small)

    def all_of(lock: Blob, pipeline: Blob | None, releases: Blob | None) -> Recorded | None:
        try:
            return Recorded(
                texts[lock.id],
                b"" if pipeline is None else texts[pipeline.id],
                b"" if releases is None else texts.get(releases.id, b""),
            )
        except KeyError:
            return None

    return {
        sha: all_of(lock, pipeline, releases)
        for sha, lock, pipeline, releases in zip(
            shas, blobs[::3], blobs[1::3], blobs[2::3], strict=True
        )
        if lock is not None
    }


def read_file(repo: Repository, path: str) -> bytes | None:
    """A file of the work tree, None when there is none.

    Raises
    ------
    TagledgerError
        It cannot be read, or is a folder.
    """
    file = repo.root / path
    with os_errors(file):
        return file.read_bytes() if file.is_file() or file.is_dir() else None


def too_long(path: str, where: str) -> TagledgerError:
    """What to say of a file that is longer than `MOST_BYTES`."""
    return TagledgerError(
        f"{path} is longer than {MOST_BYTES >> 20} MB",
        where=where,
        hint="nothing is read of it; name another version",
    )
