"""What another policy would change, before it is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tagledger.params import AnnotateParams
from tagledger.verdicts.cells import VOTES
from tagledger.verdicts.gathering import Gathered, Source, gather
from tagledger.verdicts.judging import is_among, judge
from tagledger.verdicts.policies import DISPUTED, POLICIES, SUGGESTED


@dataclass(frozen=True)
class PolicyEffect:
    """What a policy makes of the answers that there are.

    Attributes
    ----------
    settings
        The policy and its numbers.
    chosen
        Whether it is the one that params.yaml has.
    labels
        How many labels there would be.
    gained, lost
        How many labels the dataset would have that it does not have by the chosen policy, and the
        other way round.
    decided, suggested, disputed
        How many tags of items votes, adjudicators or gold would decide, and how many would stay
        suggested or disputed.
    """

    settings: AnnotateParams
    chosen: bool
    labels: int
    gained: int
    lost: int
    decided: int
    suggested: int
    disputed: int


def what_if(root: Path, source: Source, settings: AnnotateParams) -> list[PolicyEffect]:
    """What each policy would make of the answers.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    source
        What the clean stage made: `gathering.read_source` reads it.
    settings
        The policy that is chosen now.

    Returns
    -------
    list of PolicyEffect
        The chosen policy first, then the others with the same numbers, and last the chosen one
        with a quorum of one more person.

    Raises
    ------
    TagledgerError
        A file cannot be read.
    """
    others = [replace(settings, policy=one.name) for one in POLICIES if one.name != settings.policy]
    more = replace(settings, quorum=settings.quorum + 1)
    return effects(gather(root, source, settings.adjudicators), settings, [*others, more])


def effects(
    gathered: Gathered, settings: AnnotateParams, others: Iterable[AnnotateParams]
) -> list[PolicyEffect]:
    """What the chosen policy and others make of the same answers."""
    now = judge(gathered, settings)
    found = []
    for one in (settings, *others):
        then = now if one is settings else judge(gathered, one)
        kept = int(is_among(then.labels, now.labels).sum())
        of_people = then.tally.kind >= VOTES
        suggested = int((then.outcome == SUGGESTED).sum())
        disputed = int((then.outcome == DISPUTED).sum())
        found.append(
            PolicyEffect(
                settings=one,
                chosen=one is settings,
                labels=len(then.labels),
                gained=len(then.labels) - kept,
                lost=len(now.labels) - kept,
                decided=int(np.sum(of_people & (then.outcome < SUGGESTED))),
                suggested=suggested,
                disputed=disputed,
            )
        )
    return found
