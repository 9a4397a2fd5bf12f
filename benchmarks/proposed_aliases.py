"""The aliases that are proposed for the real catalogue, held against a list judged by hand.

`judged_aliases.csv` has pairs of a tag outside the taxonomy and a tag of it, each judged by reading
the items that carry the word: right if the word means there, on most of its items, what the tag
means. A narrower or broader word is wrong. `from` says whence a pair came: `names`, the first 40 by
items that likeness of spelling alone proposed for 2021-05-10, judged before there was another rule;
`both`, what names and items together propose; `reading`, right ones seen while reading that neither
proposes. What is proposed and not judged counts as wrong.

Pairs of the last two kinds were judged when the rule was there, and its bars were set on the same
catalogue, whose snapshots share most items: the figures say how good the rule is there, not how
good it would be on other data.

The catalogue is read where TAGLEDGER_UPSTREAM or ../shared/upstream has it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import REPOSITORY
from tagledger.measures.aliases import propose_aliases
from tagledger.measures.alike_names import IN_WORDS, Way
from tagledger.params import CleanParams
from tagledger.readers.raw import read_raw
from tagledger.sources.catalogue import load_catalogue
from tagledger.stages.clean import Cleaned, clean
from tagledger.stages.fetch import fetch

NAME = "proposed_aliases"
DESCRIPTION = "proposed aliases of the real catalogue, held against a list judged by hand"
SNAPSHOTS = ("2021-05-10", "2022-04-08", "2020-12-23")
FIRST = 40
JUDGED = Path(__file__).parent / "judged_aliases.csv"
_SOURCE = "madewithml"


def judged() -> pd.DataFrame:
    """The judged pairs: tag, alias_of, verdict (right or wrong), from, reason."""
    return pd.read_csv(JUDGED, keep_default_na=False)


def mirror() -> Path | None:
    """The folder of the published snapshots, if it is at hand."""
    place = os.environ.get("TAGLEDGER_UPSTREAM") or REPOSITORY.parent / "shared" / "upstream"
    return Path(place) if Path(place).is_dir() else None


def cleaned(snapshot: str, folder: Path) -> Cleaned:
    """The tables of a snapshot, by the clean stage's defaults."""
    with tempfile.TemporaryDirectory() as temporary:
        raw = Path(temporary) / "raw"
        known = load_catalogue(REPOSITORY / "data" / "sources.yaml")
        fetch(known, _SOURCE, snapshot, root=REPOSITORY, out=raw, mirror=folder)
        settings = CleanParams()
        return clean(read_raw(raw, settings.years, settings.max_decompressed_bytes), settings)


def proposals(tables: Cleaned) -> pd.DataFrame:
    """What is proposed for all tags outside the taxonomy, those on most items first."""
    counts = tables.labels["tag"].astype("str").value_counts()
    outside = counts[~counts.index.isin(tables.taxonomy["tag"])]
    words = sorted(outside.index, key=lambda tag: (-outside[tag], tag))
    return propose_aliases(words, tables.items, tables.labels, tables.taxonomy)


def judge(found: pd.DataFrame, outside: Iterable[str], known: Iterable[str]) -> dict[str, Any]:
    """Hold proposals against the list.

    Parameters
    ----------
    found
        Columns tag, alias_of and names, as `propose_aliases` has them.
    outside, known
        The tags of the dataset that the taxonomy lacks, and those that it has.

    Returns
    -------
    dict
        proposed, right; first (the first `FIRST`), first_right; unlisted (those that the taxonomy
        does not list as aliases), unlisted_right; not_judged (tags); by_names_right (pairs of this
        dataset that likeness of spelling proposed rightly among its first 40) and kept (of them);
        missed (tags with a right pair that is not proposed).
    """
    listed = judged()
    listed = listed[listed["tag"].isin(set(outside)) & listed["alias_of"].isin(set(known))]
    right = listed[listed["verdict"] == "right"]
    by_names = set(_pairs(right[right["from"] == "names"]))
    pairs, unlisted = _pairs(found), found["names"] != IN_WORDS[Way.LISTED]
    known_right = set(_pairs(right))
    is_right = np.array([pair in known_right for pair in pairs], dtype=bool)
    return {
        "proposed": len(pairs),
        "right": int(is_right.sum()),
        "first": len(pairs[:FIRST]),
        "first_right": int(is_right[:FIRST].sum()),
        "unlisted": int(unlisted.sum()),
        "unlisted_right": int(is_right[unlisted].sum()),
        "not_judged": sorted(tag for tag, _ in set(pairs) - set(_pairs(listed))),
        "by_names_right": len(by_names),
        "kept": len(by_names & set(pairs)),
        "missed": sorted(tag for tag, _ in set(_pairs(right)) - set(pairs)),
    }


def judged_snapshot(snapshot: str, folder: Path) -> dict[str, Any]:
    """Hold what is proposed for a snapshot against the list."""
    tables = cleaned(snapshot, folder)
    known = set(tables.taxonomy["tag"])
    outside = set(tables.labels["tag"].cat.categories) - known
    return judge(proposals(tables), outside, known)


def _pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["tag"].astype("str"), frame["alias_of"].astype("str"), strict=True))


def by_names_alone() -> tuple[int, int]:
    """How many of the first 40 by names alone are right, and how many those are."""
    listed = judged()
    first = listed[listed["from"] == "names"]
    return int((first["verdict"] == "right").sum()), len(first)


def run(*, quick: bool) -> dict[str, Any]:
    """Judge what is proposed for the snapshots at hand; a quick run takes the first."""
    folder = mirror()
    if folder is None:
        return {"snapshots": {}, "table": []}
    found = {
        snapshot: judged_snapshot(snapshot, folder)
        for snapshot in (SNAPSHOTS[:1] if quick else SNAPSHOTS)
    }
    return {"snapshots": found, "table": [_line(name, one) for name, one in found.items()]}


def _line(snapshot: str, found: dict[str, Any]) -> dict[str, str]:
    right, of = by_names_alone()
    return {
        "what": f"aliases proposed that are right, catalogue of {snapshot}",
        "ours": f"{found['first_right']} of the first {found['first']}; of all that are not listed "
        f"{found['unlisted_right']} of {found['unlisted']}",
        "beside": f"{right} of the first {of}, by names alone" if snapshot == SNAPSHOTS[0] else "",
    }
