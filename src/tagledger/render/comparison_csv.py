"""A comparison as CSV files, for spreadsheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import pandas as pd

from tagledger.compare.result import Comparison
from tagledger.compare.verdict import judge
from tagledger.errors import TagledgerError
from tagledger.files import replacing_all
from tagledger.measures.table import values
from tagledger.words import STEERING

SEPARATOR = " | "
# csv.QUOTE_NONNUMERIC: a text stays one cell where spreadsheets split lines at semicolons too.
_QUOTE_TEXT: Literal[2] = 2

# A spreadsheet runs a cell that starts like this, also after quotes or white space, which it drops.
# It knows the full-width forms of the signs too.
_FORMULA = re.compile(r"""[\s"'`]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]""")


def write_comparison(comparison: Comparison, folder: Path) -> list[Path]:
    """Write every part of a comparison to a file of its own: all of them, or none.

    Parameters
    ----------
    comparison
        What changed.
    folder
        Where to write; it is made if it is missing, and other files in it stay.

    Returns
    -------
    list of Path
        The files, by name.

    Raises
    ------
    TagledgerError
        The folder is a file, or cannot be written to.
    """
    if folder.exists() and not folder.is_dir():
        raise TagledgerError(
            "this is a file, not a folder", where=folder, hint="name another folder for --csv"
        )
    files = {folder / name: frame for name, frame in sorted(comparison_tables(comparison).items())}
    with replacing_all(files) as temporary:
        for path, frame in files.items():
            text = defused(frame).to_csv(index=False, lineterminator="\n", quoting=_QUOTE_TEXT)
            temporary[path].write_bytes(text.encode())
    return list(files)


def comparison_tables(comparison: Comparison) -> Mapping[str, pd.DataFrame]:
    """The tables of a comparison by file name; lists in a cell are text with ` | ` between."""
    relabelled = comparison.relabelled_items()
    changes = relabelled.pop("changes")
    return {
        "summary.csv": _summary(comparison),
        "tags.csv": comparison.tags,
        "tag_causes.csv": comparison.tag_causes(),
        "causes.csv": comparison.causes,
        "changes.csv": _changes(comparison),
        "people.csv": comparison.annotators(),
        "campaigns.csv": comparison.of_campaigns(),
        "tag_events.csv": comparison.tag_changes,
        "relabelled.csv": relabelled.assign(
            before=_joined(relabelled["before"]),
            after=_joined(relabelled["after"]),
            causes=_joined(changes.map(lambda each: sorted({cause for _, _, cause in each}))),
        ),
        "text_changed.csv": pd.DataFrame({"id": pd.Series(list(comparison.text_changed))}),
        "renames.csv": pd.DataFrame(
            {
                "kind": [rename.kind for rename in comparison.renames],
                "before": [SEPARATOR.join(rename.before) for rename in comparison.renames],
                "after": [SEPARATOR.join(rename.after) for rename in comparison.renames],
                "items": [rename.items for rename in comparison.renames],
                "overlap": [rename.overlap for rename in comparison.renames],
            }
        ),
        "flows.csv": pd.DataFrame(
            [asdict(flow) for rename in comparison.renames for flow in rename.flows],
            columns=["before", "after", "items"],
        ),
        "unseen_tags.csv": comparison.unseen,
        "absorbed.csv": pd.DataFrame(
            [asdict(one) for one in comparison.absorbed], columns=["tag", "into", "items", "had"]
        ),
        "moved.csv": comparison.moved,
        "pairs.csv": comparison.pairs,
        "distances.csv": pd.DataFrame(
            [
                {"distance": name} | asdict(distance)
                for name, distance in comparison.distances.items()
            ]
        ),
        "imbalance.csv": pd.DataFrame(
            {
                "measure": list(values(comparison.imbalance_a)),
                "a": list(values(comparison.imbalance_a).values()),
                "b": list(values(comparison.imbalance_b).values()),
            }
        ),
        "imbalance_of_both.csv": pd.DataFrame(
            {
                "measure": list(values(comparison.shared.a)),
                "a": list(values(comparison.shared.a).values()),
                "b": list(values(comparison.shared.b).values()),
                "comparable": comparison.shared.comparable,
            }
        ),
        "verdict.csv": pd.DataFrame(
            judge(comparison).document()["reasons"], columns=["what", "value", "weight", "where"]
        ),
    }


def _changes(comparison: Comparison) -> pd.DataFrame:
    """The changes, with the people and the campaigns behind each."""
    behind = comparison.behind().replace(", ", SEPARATOR, regex=True)
    return comparison.changes.join(behind)


def _summary(comparison: Comparison) -> pd.DataFrame:
    counts = {f"items_{name}": value for name, value in asdict(comparison.items).items()}
    counts |= {f"labels_{name}": value for name, value in asdict(comparison.labels).items()}
    counts["train_to_test"] = comparison.train_to_test
    versions = {"a": comparison.a, "b": comparison.b, "layer": comparison.layer}
    return pd.DataFrame([versions | counts])


def _joined(lists: pd.Series) -> pd.Series:
    return lists.map(SEPARATOR.join).astype("str")


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with an apostrophe before each text that a spreadsheet would run as a formula.

    A character that would steer a terminal becomes a space.

    >>> defused(pd.DataFrame({"tag": ["=1+1", "c++"], "change": [-2, 3]})).to_numpy().tolist()
    [["'=1+1", -2], ['c++', 3]]
    """
    changed: dict[str, pd.Series] = {}
    for name in map(str, frame.columns):
        column = frame[name]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            text = column.astype("str").str.replace(STEERING, " ", regex=True)
            changed[name] = text.where(~text.str.match(_FORMULA).fillna(value=False), "'" + text)
    return frame.assign(**changed)
