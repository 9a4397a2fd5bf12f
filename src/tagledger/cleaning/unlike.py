"""Ids that mean the same, written in two ways: why a labels file does not match its items."""

from __future__ import annotations

import re
from decimal import Decimal

import pandas as pd

from tagledger.readers.raw import Raw

_NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{0,18})?(e[+-]?\d{1,2})?", re.IGNORECASE | re.ASCII)
_LOOKED_AT = 1000


def unlike_ids(raw: Raw, set_aside: pd.DataFrame) -> str:
    """An id of the labels file beside one of the items, on a line of its own, and what differs.

    Parameters
    ----------
    raw
        The source.
    set_aside
        The rows of its labels file that were set aside.

    Returns
    -------
    str
        Empty where no row was set aside for its id.
    """
    unknown = set_aside[set_aside["reason"].str.contains(r"\bid\b")].head(_LOOKED_AT)
    if unknown.empty:
        return ""
    # An id that is no id, a float of a JSON file for one, stands in the record alone.
    shown = unknown["id"].fillna(unknown["record"].str.slice(0, 60)).astype("str")
    labels_ids: dict[str, str] = {}
    for one in shown:
        labels_ids.setdefault(_meant(one), one)
    ids = raw.items["id"].to_pandas().astype("str")
    pairs = (
        (labels_ids[meant], item_id) for item_id in ids if (meant := _meant(item_id)) in labels_ids
    )
    label, item_id = next(pairs, (shown.iloc[0], ids.iloc[0]))
    differs = _difference(label, item_id)
    return f"\nits ids are like {label!r}, those of the items like {item_id!r}{differs}"


def _meant(text: str) -> str:
    """What an id may mean: a number by its value, other text without space around it and case."""
    text = text.strip().strip("'\"").casefold()
    return f"{Decimal(text).normalize():f}" if _NUMBER.fullmatch(text) else text


def _difference(label: str, item_id: str) -> str:
    if _meant(label) != _meant(item_id):
        return ""
    if label.strip() == item_id.strip():
        return ": white space around it"
    if label.casefold() == item_id.casefold():
        return ": another case"
    if _NUMBER.fullmatch(label.strip()):
        return ": the same number, written in another way"
    return ": quotes around it"
