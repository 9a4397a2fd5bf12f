"""The list of all versions, from what git has of each; no data is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Literal, NamedTuple

from tagledger import versions
from tagledger.documents import PARAMS, is_count, parse_yaml
from tagledger.errors import TagledgerError
from tagledger.measures.annotations import from_metrics
from tagledger.measures.recorded import parse_metrics, parse_tags
from tagledger.measures.table import reported
from tagledger.release.gates import GateResult, Judgement, State, evaluate, judge, parse_gates
from tagledger.reports import METRICS, QUALITY, TAGS, parse_object
from tagledger.versions import (
    WORKSPACE,
    Availability,
    Followed,
    Kind,
    Repository,
    Staleness,
    Version,
)

GateState = Judgement | Literal["unknown"]
Whereabouts = Availability | Literal["unfinished"]

_NO_TAGS = "tag,count,decision\n"


@dataclass(frozen=True)
class VersionRow:
    """A version in the list.

    Attributes
    ----------
    name, names, kind, data_id, source, commit, date, author, subject
        As in `tagledger.versions.Version`.
    in_workspace
        Whether the work tree's dvc.lock records its data, and no build was cut short since.
    items, labels, tags
        Their numbers after the filter; None where its reports do not say.
    failed_checks
        Number of schema checks that failed; None where its reports do not say.
    gates
        Those that its own params.yaml sets; for what the work tree has, params.yaml as it is now.
        No data is read, so a gate that needs a comparison is not compared.
    state
        hold: all checks and these gates; broken: one is; not compared: none is broken, but a gate
        needs a comparison; unknown: its reports do not say.
    data
        Where its data is: cache, remote, unknown (a remote that would have to be asked), missing;
        unfinished: in the work tree alone, and not all of it.
    """

    name: str
    names: Sequence[str]
    kind: Kind
    data_id: str | None
    source: str | None
    commit: str | None
    date: datetime | None
    author: str | None
    subject: str | None
    in_workspace: bool
    items: int | None
    labels: int | None
    tags: int | None
    failed_checks: int | None
    gates: Sequence[GateResult]
    state: GateState
    data: Whereabouts


@dataclass(frozen=True)
class Unreadable:
    """A commit that cannot be read completely, and the problem; None for the work tree."""

    commit: str | None
    problem: str


@dataclass(frozen=True)
class Overview:
    """All versions, with what is stale and what cannot be read.

    Attributes
    ----------
    rows
        A row for each version.
    followed
        The source whose versions people follow, where it begins, and what of it is no row.
    every_source
        Whether the versions of other sources are rows too.
    stale
        What of the work tree's data cannot be taken for current.
    unreadable
        Commits whose dvc.lock cannot be read, which are in no row; and those with a date that is
        on no calendar or a report that is no text, whose rows do without.
    lost
        What is wrong with releases on record that no row can be of; see
        `tagledger.versions.lost_releases`.
    """

    rows: Sequence[VersionRow]
    followed: Followed
    every_source: bool
    stale: Staleness
    unreadable: Sequence[Unreadable] = ()
    lost: Mapping[str, TagledgerError] = field(default_factory=dict)


def overview(
    repository: Repository, *, experiments: bool = False, every_source: bool = False
) -> Overview:
    """The versions in the order of `tagledger.versions.list_versions`.

    Only those of the source that the work tree has, unless those of every source are asked for.

    If the last build in the work tree is unfinished, its data is not a version. The last row is
    then the workspace, and nothing is known about it.

    Raises
    ------
    TagledgerError
        git fails, or dvc.lock in the work tree cannot be read.
    """
    listing = versions.read_listing(repository, experiments=experiments)
    listed = listing.versions if every_source else listing.own
    # The work tree is judged by the gates that it has now, as `check` does.
    judged = [replace(one, revision=None) if _is_in_workspace(one) else one for one in listed]
    files = [(METRICS, listed), (QUALITY, listed), (TAGS, listed), (PARAMS, judged)]
    wanted = [(version, path.as_posix()) for path, of in files for version in of]
    texts = iter(versions.files_at(repository, wanted, strict=False))
    columns = [list(islice(texts, len(listed))) for _ in files]
    rows = [
        _row(version, Texts(*about), versions.available(repository, version))
        for version, *about in zip(listed, *columns, strict=True)
    ]
    stale = versions.staleness(repository)
    if stale.unfinished:
        rows = [_without_workspace(row) for row in rows if row.kind != WORKSPACE]
        rows.append(_UNFINISHED)
    unreadable = [
        Unreadable(None if commit == WORKSPACE else commit, problem.what)
        for commit, problem in repository.problems.items()
    ]
    return Overview(
        rows=rows,
        followed=listing.followed,
        every_source=every_source,
        stale=stale,
        unreadable=unreadable,
        lost=listing.lost,
    )


def _is_in_workspace(version: Version) -> bool:
    return WORKSPACE in version.names


def _without_workspace(row: VersionRow) -> VersionRow:
    return replace(row, in_workspace=False, names=[name for name in row.names if name != WORKSPACE])


_UNFINISHED = VersionRow(
    name=WORKSPACE,
    names=(WORKSPACE,),
    kind="workspace",
    data_id=None,
    source=None,
    commit=None,
    date=None,
    author=None,
    subject=None,
    in_workspace=True,
    items=None,
    labels=None,
    tags=None,
    failed_checks=None,
    gates=(),
    state="unknown",
    data="unfinished",
)


class Texts(NamedTuple):
    """The files that git has of a version; None for a file that it lacks."""

    metrics: str | None
    quality: str | None
    tags: str | None
    params: str | None


def _row(version: Version, texts: Texts, data: Availability) -> VersionRow:
    metrics, failed = parse_metrics(texts.metrics), parse_object(texts.quality).get("failed")
    failed = failed if is_count(failed) else None
    gates = _gates(metrics, texts)
    state: GateState = judge(gates or (), failed_checks=bool(failed))
    if state != "broken" and (failed is None or gates is None):
        state = "unknown"
    return VersionRow(
        name=version.name,
        names=version.names,
        kind=version.kind,
        data_id=version.data_id,
        source=version.source,
        commit=version.commit,
        date=version.date,
        author=version.author,
        subject=version.subject,
        in_workspace=_is_in_workspace(version),
        items=metrics.get("items"),
        labels=metrics.get("labels"),
        tags=metrics.get("tags"),
        failed_checks=failed,
        gates=gates or [],
        state=state,
        data=data,
    )


def _gates(metrics: Mapping[str, Any], texts: Texts) -> list[GateResult] | None:
    """The gates of a version, measured from its reports; None where they do not suffice."""
    if not metrics or texts.params is None:
        return None

    try:
        limits = parse_gates(parse_yaml(texts.params, PARAMS), PARAMS)
        if texts.tags is None and limits.need("tags"):
            return None
        state = State(
            tags=parse_tags(texts.tags or _NO_TAGS),
            imbalance=reported(metrics),
            rows=metrics["rows"],
            quarantined=metrics["quarantined"],
            parts={name: of["items"] for name, of in metrics["split"].items()}
            | metrics.get("folds", {}),
            annotations=from_metrics(metrics.get("annotations"), metrics.get("clean_items", 0)),
        )
        return evaluate(limits, state)
    except (AttributeError, KeyError, TypeError, ValueError, TagledgerError):
        return None  # an old report or gate that the current code cannot judge
