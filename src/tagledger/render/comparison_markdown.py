"""A comparison for a pull request, as GitHub's Markdown: short, with the details folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tagledger.compare import in_words
from tagledger.compare.causes import CAUSES
from tagledger.compare.renames import Rename
from tagledger.compare.result import Comparison
from tagledger.release.gates import GateResult
from tagledger.render.gates import gate_line
from tagledger.words import decimal, percent, plain, q_value, signed

TAGS = 25
PAIRS = 10
RENAMES = 50
# A comment on GitHub may have 65,536 characters.
ITEMS = 100
_TITLE = 100

# Punctuation of ASCII that starts nothing in the middle of a line.
_BARE = frozenset(" -.,;?!'()/+%=")
_ADDRESS = re.compile(r"(?<=www)\.", re.IGNORECASE)
_SIGNS = {"gained": "+", "lost": "-"}


def code(text: object) -> str:
    """Other people's text as code, in which Markdown and HTML find nothing of theirs.

    Characters of ASCII that could begin something become references by number, which are text
    wherever they stand; an at sign is parted from what stands before it, with which it would be
    an address. In code GitHub mentions nobody.

    >>> code("a|b")
    '<code>a&#124;b</code>'
    """
    safe = "".join(map(_reference, plain(text)))
    return f"<code>{_ADDRESS.sub('&#46;', safe)}</code>"


def _reference(character: str) -> str:
    if character.isalnum() or character in _BARE or not character.isascii():
        return character
    return f"&#8203;&#{ord(character)};" if character == "@" else f"&#{ord(character)};"


def comparison_markdown(
    found: Comparison, *, items: bool = False, gates: Sequence[GateResult] = ()
) -> str:
    """The comparison as Markdown.

    Parameters
    ----------
    found
        What changed.
    items
        Whether to list relabelled items: the first hundred.
    gates
        The gates that were measured.
    """
    return "\n\n".join(_blocks(found, items=items, gates=gates)) + "\n"


def _blocks(found: Comparison, *, items: bool, gates: Sequence[GateResult]) -> Iterator[str]:
    yield f"### {code(found.a)} → {code(found.b)}, {found.layer} layer"
    yield in_words.verdict(found)
    alarm = in_words.alarm(found, code)
    if alarm:
        yield f"> [!CAUTION]\n> {alarm}"
    if gates:
        yield _gates(gates)
    if in_words.is_unchanged(found):
        return
    yield _table(
        f"| | {code(found.a)} | {code(found.b)} | |\n|:--|--:|--:|:--|",
        ((line.name, f"{line.a:,}", f"{line.b:,}", line.how) for line in in_words.overview(found)),
    )
    if found.renames:
        yield "\n".join(_renames(found))
    if len(found.causes):
        columns = (found.causes[name] for name in ("cause", "gained", "lost"))
        rows = zip(*columns, strict=True)
        yield _table(
            "| cause | gained | lost | |\n|:--|--:|--:|:--|",
            ((cause, f"{gained:,}", f"{lost:,}", CAUSES[cause]) for cause, gained, lost in rows),
        )
    if len(found.moved):
        yield _folded("Kept items that moved between splits", _moved(found))
    tags, more = in_words.top_tags(found, TAGS)
    if len(tags):
        beyond = f"; {more:,} more changed" if more else ""
        yield _folded(f"Tags that changed most by effect size{beyond}", _tags(found, tags))
    yield _folded("Distance of the tag distributions", _distances(found))
    yield _folded("Imbalance", _imbalance(found))
    if len(found.pairs):
        yield _folded("Pairs of tags that changed most", _pairs(found))
    if items and len(found.relabelled):
        yield _folded(f"Relabelled items: {len(found.relabelled):,}", "\n".join(_items(found)))


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _gates(gates: Sequence[GateResult]) -> str:
    broken = [gate for gate in gates if not gate.holds]
    if not broken:
        return f"All {len(gates)} gates hold."
    lines = [f"**{len(broken)} of {len(gates)} gates broken**", ""]
    return "\n".join([*lines, *(f"- {gate_line(gate, code)}" for gate in broken)])


def _renames(found: Comparison) -> Iterator[str]:
    for rename in found.renames[:RENAMES]:
        size = f"{rename.items:,} items, {percent(rename.overlap)} overlap"
        yield f"- {rename.kind}: {_arrow(rename, found.hidden)}, {size}"
    if len(found.renames) > RENAMES:
        yield f"- and {len(found.renames) - RENAMES:,} more"


def _arrow(rename: Rename, hidden: dict[str, str]) -> str:
    after = [f"{code(tag)} ({hidden[tag]})" if tag in hidden else code(tag) for tag in rename.after]
    part = "a part of " if in_words.is_partial(rename) else ""
    return f"{part}{', '.join(map(code, rename.before))} → {', '.join(after)}"


def _tags(found: Comparison, tags: Any) -> str:
    table = _table(
        "| tag | A | B | change | q | h | mostly |\n|:--|--:|--:|--:|--:|--:|:--|",
        (
            (
                code(row.tag),
                f"{row.count_a:,}",
                f"{row.count_b:,}",
                signed(row.change),
                in_words.CROSSED.get(row.crossed) or q_value(row.q),
                signed(row.effect, 2),
                row.cause,
            )
            for row in tags.itertuples()
        ),
    )
    return f"{table}\n\n{in_words.tag_note(found)}."


def _distances(found: Comparison) -> str:
    return _table(
        "| | value | 95% by chance | |\n|:--|--:|--:|:--|",
        (
            (
                f"{name} ({code(distance.tag)})" if distance.tag and distance.value else name,
                decimal(distance.value, 4),
                decimal(distance.no_change_95, 4),
                "beyond chance" if distance.beyond_chance else "",
            )
            for name, distance in in_words.distances(found)
        ),
    )


def _imbalance(found: Comparison) -> str:
    return _table(
        "| | A | B | change |\n|:--|--:|--:|--:|",
        (
            (name, decimal(a, digits), decimal(b, digits), signed(b - a, digits))
            for name, a, b, digits in in_words.imbalance(found)
        ),
    )


def _pairs(found: Comparison) -> str:
    return _table(
        "| tags | A | B | change |\n|:--|--:|--:|--:|",
        (
            (f"{code(one)} + {code(two)}", f"{a:,}", f"{b:,}", signed(change))
            for one, two, a, b, change in in_words.top_pairs(found, PAIRS)
        ),
    )


def _moved(found: Comparison) -> str:
    columns = (found.moved[name] for name in ("split_a", "split_b", "items"))
    return _table(
        "| from | to | items |\n|:--|:--|--:|",
        ((code(a), code(b), f"{number:,}") for a, b, number in zip(*columns, strict=True)),
    )


def _items(found: Comparison) -> Iterator[str]:
    for item in found.relabelled_items().head(ITEMS).itertuples():
        yield f"- {code(item.id)} {_shortened(item.title)}: {', '.join(_before_and_after(item))}"
    more = len(found.relabelled) - ITEMS
    if more > 0:
        yield f"- and {more:,} more: `tagledger compare --items` lists them all"


def _shortened(title: Any) -> str:
    text = plain(title)
    return code(text if len(text) <= _TITLE else f"{text[:_TITLE]}…")


def _before_and_after(item: Any) -> Iterator[str]:
    """The tags that stayed, those that went and came, and why."""
    for tag in sorted({*item.before} & {*item.after}):
        yield code(tag)
    for tag, change, cause in in_words.edits(item):
        yield f"**{_SIGNS[change]}** {code(tag)} ({cause})"
