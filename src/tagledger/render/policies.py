"""What other policies would change, for a terminal of 80 columns and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tagledger.render.annotate import commands, wrapped
from tagledger.words import count, listed, number, plain

if TYPE_CHECKING:
    from tagledger.verdicts.policies import Policy
    from tagledger.verdicts.what_if import Compared, PolicyEffect

_WIDTH = 80
_NAMED = 5
_HEADINGS = ("policy", "quorum", "labelled", "disputed", "suggested", "gained", "lost", "items")
_MEANING = (
    "labelled, disputed, suggested: tags of items that votes decide, on which people differ, and "
    "that need more answers. gained, lost: labels, beside those of now. items: those that would be "
    "relabelled. * is what params.yaml has."
)


def policies_json(compared: Compared) -> dict[str, Any]:
    """What policies would change, as docs/annotate.policies.schema.json describes it."""
    return {
        "format": 1,
        "events": compared.events,
        "answers": compared.answers,
        "threshold": None if compared.threshold is None else compared.threshold.least,
        "policies": [_policy_object(one) for one in compared.effects],
    }


def _policy_object(effect: PolicyEffect) -> dict[str, Any]:
    return {
        "policy": effect.settings.policy,
        "quorum": effect.settings.quorum,
        "confidence": effect.settings.confidence,
        "chosen": effect.chosen,
        "states": {
            "suggested": effect.suggested,
            "labelled": effect.labelled,
            "disputed": effect.disputed,
            "adjudicated": effect.adjudicated,
            "gold": effect.gold,
        },
        "labels": effect.labels,
        "gained": effect.gained,
        "lost": effect.lost,
        "relabelled": effect.relabelled,
        "rose": list(effect.rose),
        "sank": list(effect.sank),
    }


def policies_lines(compared: Compared, policies: Sequence[Policy]) -> Iterator[str]:
    """What policies would change, or what is missing, and what to do next."""
    if not compared.answers:
        yield from _no_answers(compared)
        return
    now, *others = compared.effects
    yield from wrapped(
        f"Now {now.settings.policy}, with a quorum of {number(now.settings.quorum)}: "
        f"{count(now.labels, 'label')}. What policies make of {count(compared.answers, 'answer')}:"
    )
    yield ""
    yield from _table([_HEADINGS, *(_cells(one) for one in compared.effects)])
    yield ""
    yield from wrapped(_MEANING)
    if now.adjudicated or now.gold:
        yield from wrapped(
            f"{count(now.adjudicated, 'tag of an item is', 'tags of items are')} adjudicated and "
            f"{number(now.gold)} gold, which decide before votes."
        )
    yield from _crossings(compared)
    yield ""
    yield "A policy decides on a tag of an item when"
    for policy in policies:
        yield from wrapped(f"  {policy.name}: {policy.meaning.replace('`', '')}", "  ")
    yield ""
    yield from _next(others)


def _no_answers(compared: Compared) -> Iterator[str]:
    if compared.events:
        yield from wrapped(
            f"Of {count(compared.events, 'event')} none is an answer that counts, so that every "
            "policy leaves the labels as they are. Those that were set aside, with the reason, are "
            "in data/annotated/rejected.parquet after `dvc repro`. Next, how far campaigns are:"
        )
        yield from commands(["tagledger annotate status"])
        return
    yield from wrapped(
        "Nobody has answered yet, so that every policy leaves the labels as the source has them. "
        "Next, hand items out:"
    )
    yield from commands(["tagledger annotate start NAME --items random:100 --annotators ann,bob"])


def _cells(effect: PolicyEffect) -> tuple[str, ...]:
    return (
        f"{'*' if effect.chosen else ' '} {effect.settings.policy}",
        *(
            number(one)
            for one in (
                effect.settings.quorum,
                effect.labelled,
                effect.disputed,
                effect.suggested,
                effect.gained,
                effect.lost,
                effect.relabelled,
            )
        ),
    )


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns of text, the first to the left and numbers to the right; closer if they are wide."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    between = "  " if sum(widths) + 2 * (len(widths) - 1) <= _WIDTH else " "
    for first, *numbers in rows:
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True)]
        yield between.join([first.ljust(widths[0]), *cells])


def _crossings(compared: Compared) -> Iterator[str]:
    if compared.threshold is None:
        return
    items = count(compared.threshold.least, "item")
    crossing = [one for one in compared.effects if one.rose or one.sank]
    if not crossing:
        yield from wrapped(f"No tag would cross the threshold of {items}.")
        return
    yield from wrapped(f"Tags that would cross the threshold of {items}:")
    for one in crossing:
        parts = [
            f"{listed([plain(tag) for tag in tags], _NAMED)} {does}"
            for tags, does in ((one.rose, "would be kept"), (one.sank, "would not"))
            if tags
        ]
        name = f"{one.settings.policy}, quorum {number(one.settings.quorum)}"
        yield from wrapped(f"{name}: {'; '.join(parts)}", "  ")


def _next(others: Sequence[PolicyEffect]) -> Iterator[str]:
    changing = [one for one in others if one.changes_labels]
    if not changing:
        yield from wrapped(
            "None of them would change a label, so there is nothing to choose between yet. Next, "
            "what is still to be answered:"
        )
        yield from commands(["tagledger annotate status"])
        return
    settings = changing[0].settings
    yield "Next, to choose one, write it in params.yaml, such as"
    yield from commands(["annotate:", f"  policy: {settings.policy}"])
    yield f"    quorum: {settings.quorum}"
    if settings.policy == "dawid-skene":
        yield f"    confidence: {settings.confidence}"
    yield "then make the labels, and see what changed:"
    yield from commands(["dvc repro", "tagledger compare HEAD"])
