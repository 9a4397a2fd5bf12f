"""A comparison for a pull request, as GitHub's Markdown: short, with folded details."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from tagledger.compare import in_words, people_in_words
from tagledger.compare.renames import Rename
from tagledger.compare.result import Comparison
from tagledger.compare.verdict import judge
from tagledger.render.gates import gate_line
from tagledger.words import MINUS, capital, count, number, percent, plain, signed

if TYPE_CHECKING:
    from tagledger.release.gates import GateResult

TAGS = 25
PAIRS = 10
RENAMES = 50
# A comment on GitHub may have 65,536 characters.
ITEMS = 100
_TITLE = 100

# ASCII punctuation that has no meaning in the middle of a line of Markdown.
_BARE = frozenset(" -.,;?!'()/+%=")
_ADDRESS = re.compile(r"(?<=www)\.", re.IGNORECASE)
_SIGNS = {"gained": "+", "lost": MINUS}


def code(text: object) -> str:
    """Other people's text as code, without any markup of Markdown or HTML.

    ASCII characters that could start markup become numeric references, which are always text. A
    space of no width separates an at sign from the text before it, or GitHub would make an address
    of them. In code GitHub mentions nobody.

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
    comparison: Comparison,
    *,
    items: bool = False,
    gates: Sequence[GateResult] = (),
) -> str:
    """The comparison as Markdown.

    Parameters
    ----------
    comparison
        What changed.
    items
        Whether to list relabelled items: the first hundred.
    gates
        The gates that were measured.
    """
    return "\n\n".join(_blocks(comparison, items=items, gates=gates)) + "\n"


def _blocks(comparison: Comparison, *, items: bool, gates: Sequence[GateResult]) -> Iterator[str]:
    yield f"### {code(comparison.a)} → {code(comparison.b)}, {comparison.layer} layer"
    yield from _answer(comparison, gates)
    alarm = in_words.alarm(comparison, code)
    if alarm:
        advice = in_words.keeping_splits(comparison, code)
        yield f"> [!CAUTION]\n> {alarm}" + (f" {advice}." if advice else "")
    if gates:
        yield _gates(gates)
    if in_words.is_unchanged(comparison):
        return
    yield _table(
        f"| | {code(comparison.a)} | {code(comparison.b)} | |\n|:--|--:|--:|:--|",
        (
            (line.name, number(line.a), number(line.b), line.changes)
            for line in in_words.overview(comparison)
        ),
    )
    if comparison.renames:
        yield "\n".join(_renames(comparison))
    if len(comparison.causes):
        columns = (comparison.causes[name] for name in ("cause", "gained", "lost"))
        rows = zip(*columns, strict=True)
        yield _table(
            "| cause | gained | lost | |\n|:--|--:|--:|:--|",
            (
                (cause, number(gained), number(lost), _why(comparison, cause))
                for cause, gained, lost in rows
            ),
        )
    if len(comparison.moved):
        yield _folded("Kept items that moved between splits", _moved(comparison))
    tags, more = in_words.top_tags(comparison, TAGS)
    if len(tags):
        beyond = f"; {number(more)} more changed" if more else ""
        yield _folded(f"Tags that changed most by effect size{beyond}", _tags(comparison, tags))
        yield _folded("How much their presence changed, in points", _points(tags))
    yield _folded("Distances between the tag distributions", _distances(comparison))
    yield _folded("Imbalance", _imbalance(comparison))
    if len(comparison.pairs):
        yield _folded("Pairs of tags that changed most", _pairs(comparison))
    if items and len(comparison.relabelled):
        yield _folded(
            f"Relabelled items: {number(len(comparison.relabelled))}", "\n".join(_items(comparison))
        )


def _answer(comparison: Comparison, gates: Sequence[GateResult]) -> Iterator[str]:
    if sources := in_words.two_sources(comparison, code):
        yield f"{sources}."
    yield in_words.verdict(comparison, code)
    if not in_words.is_unchanged(comparison):
        judged = judge(comparison, gates)
        yield f"**{capital(judged.word)}**{judged.line().removeprefix(judged.word)}."
        if comparison.newer_first:
            yield f"{in_words.newer_first(comparison, code)}."


def _table(head: str, rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _gates(gates: Sequence[GateResult]) -> str:
    broken = [gate for gate in gates if not gate.holds]
    if not broken:
        return f"All {count(len(gates), 'gate')} hold."
    lines = [f"**{number(len(broken))} of {count(len(gates), 'gate')} broken**", ""]
    return "\n".join([*lines, *(f"- {gate_line(gate, code)}" for gate in broken)])


def _why(comparison: Comparison, cause: str) -> str:
    who = people_in_words.behind(comparison, cause, code)
    return f"{people_in_words.meaning(comparison, cause)}{who and f': {who}'}"


def _renames(comparison: Comparison) -> Iterator[str]:
    for rename in comparison.renames[:RENAMES]:
        size = f"{count(rename.items, 'item')}, {percent(rename.overlap, 1)} overlap"
        who = people_in_words.renamed_by(comparison, rename, code)
        arrow = _arrow(rename, comparison.not_kept)
        yield f"- {rename.kind}: {arrow}, {size}{who and f', {who}'}"
    if len(comparison.renames) > RENAMES:
        yield f"- and {number(len(comparison.renames) - RENAMES)} more"


def _arrow(rename: Rename, not_kept: dict[str, str]) -> str:
    after = [
        f"{code(tag)} ({not_kept[tag]})" if tag in not_kept else code(tag) for tag in rename.after
    ]
    part = "a part of " if in_words.is_partial(rename) else ""
    return f"{part}{', '.join(map(code, rename.before))} → {', '.join(after)}"


def _tags(comparison: Comparison, tags: Any) -> str:
    table = _table(
        "| tag | A | B | change | q | h | mostly |\n|:--|--:|--:|--:|--:|--:|:--|",
        (
            (
                code(row.tag),
                number(row.count_a),
                number(row.count_b),
                signed(row.change),
                in_words.q_in_words(row),
                signed(row.effect, 2),
                row.cause,
            )
            for row in tags.itertuples()
        ),
    )
    return f"{table}\n\n{in_words.tag_note(comparison)}."


def _points(tags: pd.DataFrame) -> str:
    table = _table(
        "| tag | kept items | other items | smallest loss |\n|:--|--:|--:|--:|",
        ((code(line.tag), *line[1:]) for line in in_words.presence_changes(tags)),
    )
    return f"{table}\n\n{capital(in_words.POINTS_NOTE)}."


def _distances(comparison: Comparison) -> str:
    return _table(
        "| | value | 95 % by chance | |\n|:--|--:|--:|:--|",
        (
            (
                f"{name} ({code(distance.tag)})" if distance.tag and distance.value else name,
                number(distance.value, 4),
                number(distance.no_change_95, 4),
                "beyond chance" if distance.beyond_chance else "",
            )
            for name, distance in in_words.distances(comparison)
        ),
    )


def _imbalance(comparison: Comparison) -> str:
    table = _table("| | A | B | change |\n|:--|--:|--:|--:|", in_words.imbalance(comparison))
    note = in_words.imbalance_note(comparison)
    return f"{table}\n\n{capital(note)}." if note else table


def _pairs(comparison: Comparison) -> str:
    return _table(
        "| tags | A | B | change |\n|:--|--:|--:|--:|",
        (
            (f"{code(one)} + {code(two)}", number(a), number(b), signed(change))
            for one, two, a, b, change in in_words.top_pairs(comparison, PAIRS)
        ),
    )


def _moved(comparison: Comparison) -> str:
    columns = (comparison.moved[name] for name in ("split_a", "split_b", "items"))
    return _table(
        "| from | to | items |\n|:--|:--|--:|",
        ((code(a), code(b), number(items)) for a, b, items in zip(*columns, strict=True)),
    )


def _items(comparison: Comparison) -> Iterator[str]:
    for item in comparison.relabelled_items().head(ITEMS).itertuples():
        yield f"- {code(item.id)} {_shortened(item.title)}: {', '.join(_before_and_after(item))}"
    more = len(comparison.relabelled) - ITEMS
    if more > 0:
        yield f"- and {number(more)} more: `tagledger compare --items` lists them all"


def _shortened(title: Any) -> str:
    text = plain(title)
    return code(text if len(text) <= _TITLE else f"{text[:_TITLE]}…")


def _before_and_after(item: Any) -> Iterator[str]:
    """The tags that the item has in both versions, then those it lost and gained, with causes."""
    for tag in sorted({*item.before} & {*item.after}):
        yield code(tag)
    for tag, change, cause in in_words.edits(item):
        yield f"**{_SIGNS[change]}** {code(tag)} ({cause})"
