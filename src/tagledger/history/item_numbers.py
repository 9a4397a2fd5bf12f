"""The number of clean items of versions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.history.facts import Facts, Kind
from tagledger.layers import ITEMS
from tagledger.reports import METRICS
from tagledger.versions import Repository, Version, locate, texts_at

# The number of rows of a table.
_ROWS = Kind[int]("rows", lambda value: type(value) is int)


def numbers_of_items(
    repository: Repository, versions: Sequence[Version], facts: Facts
) -> list[int | None]:
    """The number of clean items of each version; None where the cache and git do not have it."""
    numbers = [_rows(repository, version, facts) for version in versions]
    lacking = [at for at, number in enumerate(numbers) if number is None]
    asked = [versions[at] for at in lacking]
    reports = texts_at(repository, asked, METRICS.as_posix(), strict=False)
    for at, report in zip(lacking, reports, strict=True):
        numbers[at] = _reported_items(versions[at], report)
    return numbers


def _rows(repository: Repository, version: Version, facts: Facts) -> int | None:
    """From the footer of the table; None where the cache does not have it, or it is damaged."""
    table = version.outputs.get(ITEMS)
    if table is None:
        return None
    number = facts.get(_ROWS, table.md5)
    if number is None and repository.find_object(table.md5) is not None:
        with suppress(TagledgerError):  # damaged: the report may have the number
            number = tables.number_of_rows(locate(repository, version, ITEMS))
            facts.add(_ROWS, table.md5, number)
    return number


def _reported_items(version: Version, report: str | None) -> int | None:
    """From the report, if dvc.lock has its md5."""
    recorded = version.outputs.get(METRICS.as_posix())
    if report is None or recorded is None:
        return None
    if hashlib.md5(report.encode(), usedforsecurity=False).hexdigest() != recorded.md5:
        return None
    from tagledger.measures.recorded import parse_metrics

    number: int | None = parse_metrics(report).get("clean_items")  # an old report may have none
    return number
