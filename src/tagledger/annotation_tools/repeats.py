"""Answers of one person to one item that a file has several times, without a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tagledger.annotation_tools.answers import Answer
from tagledger.words import count, listed

_SHOWN = 5  # places that a note names


def in_turn(
    answers: Iterable[Answer], notes: list[str], *, by_question: bool = False
) -> Iterator[Answer]:
    """Let the later of two answers that differ take back the earlier one, and say so.

    Both are kept as they were given. A file without times says by the order of its rows alone which
    of two came first: that is taken, never left to chance, and the places are named, for only a
    person knows whether it is right.

    Parameters
    ----------
    answers
        Those of a file, in its order. What has a time is left to its time.
    notes
        Takes a sentence on those that differ, and one on those that do not.
    by_question
        Whether answers to other questions, that is of other tags that were asked, are no repeats.
    """
    latest: dict[tuple[object, ...], Answer] = {}
    differing: list[str] = []
    equal = 0
    for answer in answers:
        subject = answer.item if answer.item is not None else answer.text
        if answer.kind != "label" or answer.at is not None or subject is None:
            yield answer
            continue
        key = (answer.by, subject, _asked(answer) if by_question else None)
        earlier = latest.get(key)
        if earlier is None:
            latest[key] = answer
            yield answer
            continue
        if _same(earlier, answer):
            equal += 1
            yield answer
            continue
        differing.append(f"{answer.place} after {earlier.place}")
        latest[key] = replace(answer, replaces=(earlier.place,))
        yield latest[key]
    if differing:
        notes.append(
            f"{count(len(differing), 'answer')} of one person to the same item "
            f"{'differs' if len(differing) == 1 else 'differ'} from an earlier one, and no time "
            f"says which holds: {listed(differing, _SHOWN)}. The later in the file counts, the "
            "earlier is kept; delete the wrong one and import again if that is not meant"
        )
    if equal:
        notes.append(f"{count(equal, 'answer')} to an item that has one already, the same one")


def _same(one: Answer, other: Answer) -> bool:
    return set(one.yes) == set(other.yes) and _asked(one) == _asked(other)


def _asked(answer: Answer) -> frozenset[str] | None:
    return None if answer.asked is None else frozenset(answer.asked)
