"""How far the annotators of the work tree agree: their votes as they are now, and items' titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tagledger import tables
from tagledger.agreement.result import Agreement, agreement, campaigns
from tagledger.errors import TagledgerError
from tagledger.events.event import ANSWERS
from tagledger.events.store import read_events
from tagledger.titles import shown_titles
from tagledger.words import listed

CAMPAIGNS = Path("data/campaigns")


@dataclass(frozen=True)
class Found:
    """How far annotators agree.

    Attributes
    ----------
    agreement
        All that is measured.
    titles
        By id, what the items that it names are called.
    campaigns
        All campaigns, by name.
    """

    agreement: Agreement
    titles: Mapping[Any, str]
    campaigns: Sequence[str]


def of_workspace(root: Path, campaign: str | None = None) -> Found:
    """Measure how far the annotators of a work tree agree.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    campaign
        The campaign that is looked at; by default all answers.

    Raises
    ------
    TagledgerError
        There is no such campaign, or the clean items or the answers cannot be read.
    """
    items = tables.read(root / tables.CLEAN_ITEMS, ["id", "title", "description"])
    votes = _votes(root, items)
    known = sorted({*campaigns(votes), *_started(root)})
    if campaign is not None and campaign not in known:
        names = f"the campaigns are {listed(known, 10)}; " if known else ""
        raise TagledgerError(
            f"there is no campaign called {campaign}",
            where=root / CAMPAIGNS,
            hint=f"{names}`tagledger agreement` looks at all answers",
        )
    found = agreement(votes, campaign)
    return Found(found, _titles(items, [one.item for one in found.items]), known)


def _started(root: Path) -> list[str]:
    """The campaigns that have a folder, of which nobody need have answered anything yet."""
    return [path.parent.name for path in (root / CAMPAIGNS).glob("*/campaign.json")]


def _titles(items: pd.DataFrame, wanted: Sequence[Any]) -> dict[Any, str]:
    rows = np.flatnonzero(items["id"].isin(wanted))
    return dict(zip(items["id"].take(rows), shown_titles(items, rows), strict=True))


def _votes(root: Path, items: pd.DataFrame) -> pd.DataFrame:
    ids = {str(one): one for one in items["id"]}
    latest: dict[tuple[str, str, str, str], tuple[tuple[str, str], bool, str]] = {}
    for _, _, event in read_events(root):
        if isinstance(event, Exception) or event.act not in ANSWERS or event.item not in ids:
            continue
        for tag in event.asked or event.yes or ():
            key = (event.item, tag, event.by, event.act)
            said = ((event.at, event.id), tag in (event.yes or ()), event.campaign or "")
            latest[key] = max(latest.get(key, said), said)
    rows = [(ids[key[0]], *key[1:], yes, name) for key, (_, yes, name) in latest.items()]
    found = pd.DataFrame(rows, columns=["item", "tag", "by", "act", "yes", "campaign"])
    return found.astype({"yes": bool})
