"""Where the columns of tags are in a sheet that Tagledger wrote, whatever became of their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tagledger.annotation_tools.spreadsheet import form
from tagledger.annotation_tools.spreadsheet.lists import Tags

_LIKE_AN_ESCAPE = re.compile("_x[0-9a-f]{4}", re.IGNORECASE)  # some programs read it as one


def tag_places(
    tags: Sequence[str], free: Mapping[int, str], between: Mapping[int, str]
) -> dict[str, int]:
    """Where the column of each tag is; a tag that has none any more is left out.

    Its name tells, whatever its case and spaces; then what a program that knows too few letters has
    left of it.

    Parameters
    ----------
    tags
        In the order in which they were written.
    free
        The names of the columns that may be a tag's, by their indexes.
    between
        Those of them that stand where tags were written.
    """
    by_name: dict[str, int] = {}
    for at, name in free.items():
        by_name.setdefault(name, at)
    indexes = {tag: by_name[form.heading(tag)] for tag in tags if form.heading(tag) in by_name}
    missing = Tags([tag for tag in tags if tag not in indexes])
    for at, name in free.items():
        tag = missing.find(form.without_heading(name))
        if tag is not None and tag not in indexes and at not in indexes.values():
            indexes[tag] = at
    indexes |= _by_place(tags, indexes, between)
    return indexes | _by_skeleton(tags, indexes, between)


def _by_place(
    tags: Sequence[str], indexes: Mapping[str, int], between: Mapping[int, str]
) -> dict[str, int]:
    """The indexes of tags that look like an escape of a workbook: where they were written."""
    first, taken = min(between, default=0), set(indexes.values())
    return {
        tag: first + index
        for index, tag in enumerate(tags)
        if tag not in indexes
        and _LIKE_AN_ESCAPE.search(tag)
        and first + index in between
        and first + index not in taken
    }


def _by_skeleton(
    tags: Sequence[str], indexes: Mapping[str, int], between: Mapping[int, str]
) -> dict[str, int]:
    """The indexes of tags that lost the letters which a program does not know."""
    taken = set(indexes.values())
    left: dict[str, list[int]] = defaultdict(list)
    for at, name in between.items():
        if at not in taken:
            left[_skeleton(form.without_heading(name))].append(at)
    lost: dict[str, list[str]] = defaultdict(list)
    for tag in tags:
        if tag not in indexes:
            lost[_skeleton(tag)].append(tag)
    return {
        tag: at
        for skeleton, some in lost.items()
        if len(some) == len(left[skeleton])
        for tag, at in zip(some, left[skeleton], strict=True)
    }


def _skeleton(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.casefold())
