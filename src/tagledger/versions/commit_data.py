"""What the commits of a history record of the data, kept while git's history is the same.

A commit never changes, so what was read of the commits that HEAD and the tags lead to holds for as
long as they lead to these. It is kept, as `tagledger.kept_files` has it: git walks a history, and
every dvc.lock of it is parsed, once after each commit, not once in each command.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path

import orjson

from tagledger.documents import LOCK
from tagledger.errors import TagledgerError, os_errors
from tagledger.kept_files import Shelf, named
from tagledger.versions.commits import Commit, Recorded, read_log, read_recorded, too_long
from tagledger.versions.dvc_lock import Output, read_outputs
from tagledger.versions.git import git
from tagledger.versions.lock_source import source_of
from tagledger.versions.releases import RELEASES, read_records
from tagledger.versions.repository import Repository
from tagledger.versions.version import data_of, id_of

SHELF = Shelf("history", most=8, most_bytes=32 * 2**20)
FEW = 20  # commits: so few are read about as fast as what is kept of them


@dataclass(frozen=True)
class CommitData:
    """The commits of a history, and the data that each of them records.

    Attributes
    ----------
    log
        The commits that changed dvc.lock, newest first.
    reachable
        The commits that changed data or the releases on record, newest first; none without a
        record.
    outputs
        The outputs of each commit that has a dvc.lock; none where it cannot be read.
    sources
        The source that each of them names.
    ids
        The data id of each that has outputs.
    names
        For each commit of `reachable` that has the data of a release on record: the names and data
        ids in its data/releases.yaml.
    problems
        What is wrong with the dvc.lock of commits, by their ids.
    """

    log: Sequence[Commit]
    reachable: Sequence[str]
    outputs: Mapping[str, Mapping[str, Output]]
    sources: Mapping[str, str | None]
    ids: Mapping[str, str]
    names: Mapping[str, Collection[tuple[str, str]]]
    problems: Mapping[str, TagledgerError]

    def to_bytes(self) -> bytes:
        """The data as `parse` reads it, without problems."""
        numbers: dict[tuple[Output, ...], int] = {}  # many commits have the outputs of another
        distinct: list[tuple[list[Output], str | None]] = []
        by_commit: dict[str, tuple[int, str | None]] = {}
        for sha, outputs in self.outputs.items():
            number = numbers.setdefault(tuple(outputs.values()), len(distinct))
            if number == len(distinct):
                distinct.append((list(outputs.values()), self.ids.get(sha)))
            by_commit[sha] = number, self.sources[sha]
        # A lock may name what orjson refuses: `parse` does as well, and it is read again.
        return json.dumps(
            {
                "log": [
                    [one.sha, one.short, one.date and one.date.isoformat(), one.author, one.subject]
                    for one in self.log
                ],
                "reachable": list(self.reachable),
                "distinct": [
                    [[[o.path, o.md5, o.size, o.files, o.cached] for o in outputs], data]
                    for outputs, data in distinct
                ],
                "by_commit": by_commit,
                "names": {sha: sorted(names) for sha, names in self.names.items()},
            }
        ).encode()

    @classmethod
    def parse(cls, data: bytes) -> CommitData:
        """The data of which `to_bytes` made this."""
        document = orjson.loads(data)
        distinct = [
            ({path: Output(path, *about) for path, *about in outputs}, data_id)
            for outputs, data_id in document["distinct"]
        ]
        by_commit: dict[str, tuple[int, str | None]] = document["by_commit"]
        ids = ((sha, distinct[number][1]) for sha, (number, _) in by_commit.items())
        return cls(
            log=[
                Commit(sha, short, date and datetime.fromisoformat(date), author, subject)
                for sha, short, date, author, subject in document["log"]
            ],
            reachable=document["reachable"],
            outputs={sha: dict(distinct[number][0]) for sha, (number, _) in by_commit.items()},
            sources={sha: source for sha, (_, source) in by_commit.items()},
            ids={sha: data_id for sha, data_id in ids if data_id is not None},
            names={
                sha: {(name, data) for name, data in names}
                for sha, names in document["names"].items()
            },
            problems={},
        )


def read_commit_data(
    repo: Repository,
    *,
    tagged: Sequence[str],
    also: str | None,
    others: Sequence[str],
    on_record: Collection[str],
) -> CommitData:
    """The commits that HEAD and tags lead to, as they are kept; else as git has them.

    Parameters
    ----------
    repo
        The repository.
    tagged
        The commits of annotated tags.
    also
        One more commit whose history is read. The data of a release on record is not looked for
        in it.
    others
        Commits to read by themselves, without their history.
    on_record
        The data ids of the releases on record.

    Raises
    ------
    TagledgerError
        git fails.
    """
    read = partial(_read, repo, tagged=tagged, also=also, others=others, on_record=on_record)
    head = git(repo.top, "log", "-1", "--no-color", "--format=%H%n%h", "HEAD", accept=None)
    if head.code != 0:  # before the first commit
        return read("HEAD")
    sha, short = head.lines
    key = {
        # git shortens ids to as many letters as there are objects, or as the user has set.
        "history": [sha, len(short), tagged, also, others, sorted(on_record)],
        "paths": [repo.in_git(LOCK), repo.in_git(RELEASES)],
        "shallow": _shallow(repo),
    }
    name = named(key)
    kept = SHELF.take(repo.git_dir, name, CommitData.parse)
    if kept is not None:
        return kept
    data = read(sha)
    # A commit without the dvc.lock that it changed took it away, or git has lost the file.
    whole = not data.problems and all(one.sha in data.outputs for one in data.log)
    if whole and len(data.outputs) > FEW:
        SHELF.keep(repo.git_dir, name, data.to_bytes())
    return data


def _shallow(repo: Repository) -> str | None:
    """A digest of where the history of a shallow clone ends; None in a whole one."""
    file = repo.git_dir / "shallow"
    with os_errors(file), suppress(FileNotFoundError):
        return blake2b(file.read_bytes()).hexdigest()
    return None


def _read(
    repo: Repository,
    head: str,
    *,
    tagged: Sequence[str],
    also: str | None,
    others: Sequence[str],
    on_record: Collection[str],
) -> CommitData:
    """As `read_commit_data`, of git."""
    ends = [*tagged, *([also] if also else [])]
    reachable = _record_history(repo, head, tagged) if on_record else []
    log = read_log(repo, "--topo-order", starts=[head, *ends], paths=[repo.in_git(LOCK)])
    shas = [*(commit.sha for commit in log), *others, *ends, *reachable]
    files = read_recorded(repo, shas)
    outputs, problems = _read_outputs(files)
    ids = {sha: id_of(data_of(one)) for sha, one in outputs.items() if one}
    names_in = _names(repo.root / RELEASES)
    return CommitData(
        log=log,
        reachable=reachable,
        outputs=outputs,
        sources={sha: None if one is None else source_of(one.lock) for sha, one in files.items()},
        ids=ids,
        names={sha: names_in(files[sha]) for sha in reachable if ids.get(sha) in on_record},
        problems=problems,
    )


def _record_history(repo: Repository, head: str, tagged: Iterable[str]) -> list[str]:
    """The commits that HEAD and tags lead to and that changed data or records, newest first.

    A tag's own commit is one of them in any case: dvc.yaml alone may have made its data.
    """
    out = git(
        repo.top,
        *("log", "--ignore-missing", "--topo-order", "--full-history", "--no-color"),
        *("--format=%H", "--stdin"),
        stdin="\n".join([head, *tagged, "--", repo.in_git(LOCK), repo.in_git(RELEASES), ""]).encode(
            "utf-8", "surrogateescape"
        ),
    )
    changed = dict.fromkeys(filter(None, out.lines))
    return [*(sha for sha in dict.fromkeys(tagged) if sha not in changed), *changed]


def _names(where: Path) -> Callable[[Recorded | None], Collection[tuple[str, str]]]:
    """Gives the names and data ids on record in a commit; none where its file cannot be read."""

    @cache
    def of_text(text: bytes) -> Collection[tuple[str, str]]:
        try:
            records = read_records(text, where)
        except TagledgerError:
            records = ()
        return {(record.name, record.data) for record in records}

    return lambda recorded: () if recorded is None else of_text(recorded.releases)


def _read_outputs(
    files: Mapping[str, Recorded | None],
) -> tuple[dict[str, Mapping[str, Output]], dict[str, TagledgerError]]:
    """The outputs of commits, none where a lock is broken; and what is wrong with those."""
    recorded: dict[str, Mapping[str, Output]] = {}
    problems: dict[str, TagledgerError] = {}
    for sha, commit_files in files.items():
        where = f"{LOCK} in commit {sha[:10]}"
        recorded[sha] = {}
        try:
            if commit_files is None:
                raise too_long(LOCK, where)
            recorded[sha] = read_outputs(commit_files.lock, commit_files.pipeline, where)
        except TagledgerError as error:
            problems[sha] = error
    return recorded, problems
