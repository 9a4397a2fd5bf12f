"""How far the annotators of the work tree agree: their votes as they are now, and items' titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tagledger.agreement.result import Agreement, agreement, campaigns
from tagledger.errors import TagledgerError
from tagledger.titles import shown_titles
from tagledger.verdicts.gathering import read_source
from tagledger.verdicts.votes import read_votes
from tagledger.verdicts.what_if import chosen_settings
from tagledger.words import listed

CAMPAIGNS = Path("data/campaigns")


@dataclass(frozen=True)
class WorkspaceAgreement:
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


def of_workspace(root: Path, campaign: str | None = None) -> WorkspaceAgreement:
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
        There is no such campaign, or the clean tables or the answers cannot be read.
    """
    source = read_source(root)
    votes = read_votes(root, source, chosen_settings(root).adjudicators).frame
    campaign_names = sorted({*campaigns(votes), *_started(root)})
    if campaign is not None and campaign not in campaign_names:
        names = f"the campaigns are {listed(campaign_names, 10)}; " if campaign_names else ""
        raise TagledgerError(
            f"there is no campaign called {campaign}",
            where=root / CAMPAIGNS,
            hint=f"{names}`tagledger agreement` looks at all answers",
        )
    measured = agreement(votes, campaign)
    return WorkspaceAgreement(
        measured, _titles(source.items, [one.item for one in measured.items]), campaign_names
    )


def _started(root: Path) -> list[str]:
    """The campaigns that have a folder, of which nobody need have answered anything yet."""
    return [path.parent.name for path in (root / CAMPAIGNS).glob("*/campaign.json")]


def _titles(items: pd.DataFrame, wanted: Sequence[Any]) -> dict[Any, str]:
    rows = np.flatnonzero(items["id"].isin(wanted))
    return dict(zip(items["id"].take(rows), shown_titles(items, rows), strict=True))
