"""What each person says of each tag of each item, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from tagledger.events.event import ACTS
from tagledger.tables import category
from tagledger.verdicts.cells import SUGGESTIONS
from tagledger.verdicts.gathering import Gathered, Source, gather


@dataclass(frozen=True)
class Votes:
    """The answers of people that count, the latest of each.

    Attributes
    ----------
    frame
        One row for each item, tag, person and act, in that order: item (its id, as `items` has it),
        tag, by (categories), yes (bool), act (category: label, adjudicate or gold), campaign
        (category, empty for none), event (the id, text). Tags have the names that they have now.
    """

    frame: pd.DataFrame


def read_votes(
    root: Path, source: Source, adjudicators: Literal["anyone"] | Sequence[str] = "anyone"
) -> Votes:
    """Read the answers of people.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    source
        What the clean stage made: `gathering.read_source` reads it.
    adjudicators
        Who may adjudicate.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    return votes_of(gather(root, source, adjudicators), source.items["id"])


def votes_of(gathered: Gathered, ids: pd.Series) -> Votes:
    """The answers of people among what was gathered; suggestions are none."""
    chosen = np.flatnonzero(gathered.cells.kind > SUGGESTIONS)
    cells, answers = gathered.cells.take(chosen), gathered.distinct.answers
    names = gathered.names
    campaigns = [*names.campaigns, ""]
    campaign = answers.campaign[cells.event]
    events = [f"{one:016x}" for one in answers.id[cells.event].tolist()]
    frame = pd.DataFrame(
        {
            "item": ids.array.take(cells.item),
            "tag": category(cells.tag, gathered.tags),
            "by": category(gathered.by[chosen], names.names),
            "yes": cells.yes,
            "act": category(answers.act[cells.event], ACTS),
            "campaign": category(np.where(campaign < 0, len(names.campaigns), campaign), campaigns),
            "event": pd.Series(events, dtype="str"),
        }
    )
    for name in ("tag", "by", "act", "campaign"):
        frame[name] = frame[name].cat.remove_unused_categories()
    return Votes(frame)
