"""Values that fail a check, in the last build that a check stopped and in versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from tagledger import tables
from tagledger.errors import TagledgerError
from tagledger.words import count, listed, number
from tagledger_dashboard.views.checks import Quality, in_words

COLUMNS = ("table", "id", "column", "check", "value")
STOPPED = "last build"  # in place of the name of a version


@dataclass(frozen=True)
class Stopped:
    """The failures of a build that a check stopped.

    Attributes
    ----------
    rows
        Columns `COLUMNS`: every value that failed.
    when
        When it stopped.
    mended
        Whether a later build has finished.
    """

    rows: pd.DataFrame
    when: datetime
    mended: bool


@dataclass(frozen=True)
class Values:
    """The values of a version that fail a check.

    Attributes
    ----------
    rows
        Columns `COLUMNS`: all of them, or the first of each check.
    total
        How many there are.
    """

    rows: pd.DataFrame
    total: int

    @classmethod
    def all(cls, rows: pd.DataFrame) -> Values:
        """A complete list."""
        return cls(rows, len(rows))


def parse(text: str, where: str) -> pd.DataFrame:
    """A list of failures from its CSV: columns `COLUMNS`, all text.

    Raises
    ------
    TagledgerError
        It is not such a list.
    """
    try:
        return tables.parse_csv(text, COLUMNS)[list(COLUMNS)]
    except (ValueError, KeyError) as error:
        raise TagledgerError(
            f"this is not a list of values that fail a check: {str(error).splitlines()[0]}",
            where=where,
            hint="remove it; `dvc repro` writes a new one when a check fails",
        ) from error


def on_record(quality: Quality) -> Values:
    """The values in a quality report: the first ones of each check that fails."""
    rows = []
    for check in quality["checks"]:
        for text in check["first"]:
            item, _, value = str(text).partition(": ")
            rows.append((check["table"], item, check["column"], check["check"], value))
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    return Values(frame, sum(int(check["failed"]) for check in quality["checks"]))


def together(lists: Mapping[str, Values]) -> pd.DataFrame:
    """The values of several versions as one table.

    Returns
    -------
    DataFrame
        Columns version, then `COLUMNS`; the check in words.
    """
    parts = [one.rows[list(COLUMNS)].assign(version=version) for version, one in lists.items()]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    table["check"] = table["check"].map(in_words)
    return table.reindex(columns=["version", *COLUMNS])


def finding(lists: Mapping[str, Values]) -> str:
    """How many values fail which checks; empty where there are no results."""
    if not lists:
        return ""
    total = sum(one.total for one in lists.values())
    if not total:
        return f"No value of {' or '.join(lists)} fails a check"
    checks = len(together(lists)[["table", "column", "check"]].drop_duplicates())
    parts = [f"{number(one.total)} in {_named(name)}" for name, one in lists.items() if one.total]
    values = count(total, "value fails", "values fail")
    return f"{values} {count(checks, 'check')}: {listed(parts)}"


def _named(version: str) -> str:
    return f"the {version}" if version == STOPPED else version


def sentence(stopped: Stopped) -> str:
    """What the stopped build means, in a sentence."""
    when = stopped.when.strftime("%Y-%m-%d %H:%M")
    values = count(len(stopped.rows), "value")
    where = listed(sorted(set(stopped.rows["table"])))
    if stopped.mended:
        return (
            f"A check stopped a build in this folder at {values} of {where} ({when}). "
            "A later build has finished."
        )
    return (
        f"A check stopped the last build in this folder: {values} of {where} failed ({when}). "
        "Its tables were not written. Mend the source or the parameters and run `dvc repro`, or "
        "bring back the last good data with `dvc checkout`."
    )
