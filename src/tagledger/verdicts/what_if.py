"""What another policy would change, before it is chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tagledger import params, tables
from tagledger.documents import read_yaml
from tagledger.params import PARAMS, AnnotateParams, FilterParams
from tagledger.verdicts.cells import ADJUDICATIONS, GOLD, VOTES
from tagledger.verdicts.gathering import Gathered, gather, read_source
from tagledger.verdicts.judging import Judged, is_among, judge
from tagledger.verdicts.policies import DISPUTED, POLICIES, SUGGESTED

_BY_COUNT = ("kept", "below_threshold")


@dataclass(frozen=True)
class Threshold:
    """Which tags the filter keeps by their number of items.

    Attributes
    ----------
    least
        Fewest items that a tag must have.
    barred
        Tags that it leaves out whatever their number, by the last build.
    """

    least: int
    barred: frozenset[str] = frozenset()


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
    relabelled
        How many items these labels are of.
    labelled, adjudicated, gold, suggested, disputed
        How many tags of items would have each state.
    rose, sank
        Tags that the filter would keep, and would not keep, because of the threshold, where by the
        chosen policy it is the other way round; ascending.
    """

    settings: AnnotateParams
    chosen: bool
    labels: int
    gained: int
    lost: int
    relabelled: int
    labelled: int
    adjudicated: int
    gold: int
    suggested: int
    disputed: int
    rose: tuple[str, ...] = ()
    sank: tuple[str, ...] = ()

    @property
    def changes_labels(self) -> bool:
        """Whether a label would be another one."""
        return bool(self.gained or self.lost)


@dataclass(frozen=True)
class Compared:
    """What each policy makes of the answers in a work tree.

    Attributes
    ----------
    effects
        The chosen policy first.
    events
        How many events there are, and lines that are none.
    answers
        How many of them are answers of people that count.
    threshold
        What tags must have; None before the first build of the filter.
    """

    effects: Sequence[PolicyEffect]
    events: int
    answers: int
    threshold: Threshold | None


def of_workspace(
    root: Path, quorum: int | None = None, confidence: float | None = None
) -> Compared:
    """What each policy would make of the answers in a work tree.

    Parameters
    ----------
    root
        The folder of dvc.yaml.
    quorum, confidence
        Numbers for the other policies; by default those of params.yaml.

    Raises
    ------
    TagledgerError
        The clean tables, params.yaml or an event file cannot be read.
    """
    settings = chosen_settings(root)
    source, threshold = read_source(root), _threshold(root)
    gathered = gather(root, source, settings.adjudicators)
    of_people = gathered.cells.event[gathered.cells.kind >= VOTES]
    others = other_settings(settings, quorum, confidence)
    once = gathered.distinct
    return Compared(
        effects=effects(gathered, settings, others, threshold),
        events=len(once.answers) + len(once.others) + len(gathered.set_aside),
        answers=len(np.unique(of_people)),
        threshold=threshold,
    )


def chosen_settings(root: Path) -> AnnotateParams:
    """The policy of params.yaml; the default in a repository from before it.

    Raises
    ------
    TagledgerError
        params.yaml cannot be read, or has a value that does not fit.
    """
    document = read_yaml(root / PARAMS)
    section = document.get(AnnotateParams.SECTION) if isinstance(document, dict) else None
    return params.parse(AnnotateParams, section, root / PARAMS)


def _threshold(root: Path) -> Threshold | None:
    """What the filter goes by; None where it has not run."""
    if not (root / tables.FILTERED_TAGS).is_file():
        return None
    tags = tables.read(root / tables.FILTERED_TAGS)
    barred = tags.loc[~tags["decision"].isin(_BY_COUNT), "tag"]
    least = params.load(FilterParams, root / PARAMS).min_tag_count
    return Threshold(least, frozenset(map(str, barred)))


def other_settings(
    settings: AnnotateParams, quorum: int | None = None, confidence: float | None = None
) -> list[AnnotateParams]:
    """The policies that are compared with the chosen one.

    Parameters
    ----------
    settings
        The chosen policy.
    quorum, confidence
        Numbers for the others; by default those of the chosen one.

    Returns
    -------
    list of AnnotateParams
        Every policy with these numbers; without a quorum, last the chosen one with one person more.
    """
    wanted = replace(
        settings,
        quorum=settings.quorum if quorum is None else quorum,
        confidence=settings.confidence if confidence is None else confidence,
    )
    others = [replace(wanted, policy=one.name) for one in POLICIES]
    others = [one for one in others if not _decide_alike(one, settings)]
    return others if quorum is not None else [*others, replace(wanted, quorum=settings.quorum + 1)]


def _decide_alike(one: AnnotateParams, other: AnnotateParams) -> bool:
    """Whether two policies are one: only dawid-skene asks for the confidence."""
    matters = one.policy == "dawid-skene"
    return (one.policy, one.quorum, matters and one.confidence) == (
        other.policy,
        other.quorum,
        matters and other.confidence,
    )


def effects(
    gathered: Gathered,
    settings: AnnotateParams,
    others: Iterable[AnnotateParams],
    threshold: Threshold | None = None,
) -> list[PolicyEffect]:
    """What the chosen policy and others make of the same answers."""
    now = judge(gathered, settings)
    effect = _Effect(gathered.tags, now, threshold)
    chosen = [effect.of(now, settings, chosen=True)]
    return chosen + [effect.of(judge(gathered, one), one, chosen=False) for one in others]


@dataclass(frozen=True)
class _Effect:
    """Compares what follows by a policy with what follows now."""

    tags: Sequence[str]
    now: Judged
    threshold: Threshold | None

    def of(self, then: Judged, settings: AnnotateParams, *, chosen: bool) -> PolicyEffect:
        """The effect of a policy."""
        gained = then.labels[~is_among(then.labels, self.now.labels)]
        lost = self.now.labels[~is_among(self.now.labels, then.labels)]
        items = np.union1d(gained, lost) // max(1, len(self.tags))
        decided = np.bincount(then.tally.kind[then.outcome < SUGGESTED], minlength=GOLD + 1)
        before, after = self._has_enough(self.now.labels), self._has_enough(then.labels)
        return PolicyEffect(
            settings=settings,
            chosen=chosen,
            labels=len(then.labels),
            gained=len(gained),
            lost=len(lost),
            relabelled=len(np.unique(items)),
            labelled=int(decided[VOTES]),
            adjudicated=int(decided[ADJUDICATIONS]),
            gold=int(decided[GOLD]),
            suggested=int((then.outcome == SUGGESTED).sum()),
            disputed=int((then.outcome == DISPUTED).sum()),
            rose=self._names(after & ~before),
            sank=self._names(before & ~after),
        )

    def _has_enough(self, labels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which tags have as many items as the threshold asks for."""
        if self.threshold is None:
            return np.zeros(len(self.tags), bool)
        counts = np.bincount(labels % max(1, len(self.tags)), minlength=len(self.tags))
        enough: NDArray[np.bool_] = counts >= self.threshold.least
        return enough

    def _names(self, chosen: NDArray[np.bool_]) -> tuple[str, ...]:
        barred = self.threshold.barred if self.threshold else frozenset()
        names = [self.tags[index] for index in np.flatnonzero(chosen).tolist()]
        return tuple(name for name in names if name not in barred)
