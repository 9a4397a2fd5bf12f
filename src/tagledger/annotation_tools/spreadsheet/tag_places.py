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
        The names of the columns that may be a tag's, by their places.
    between
        Those of them that stand where tags were written.
    """
    by_name: dict[str, int] = {}
    for at, name in free.items():
        by_name.setdefault(name, at)
    places = {tag: by_name[form.heading(tag)] for tag in tags if form.heading(tag) in by_name}
    known = Tags([tag for tag in tags if tag not in places])
    for at, name in free.items():
        tag = known.find(form.without_heading(name))
        if tag is not None and tag not in places and at not in places.values():
            places[tag] = at
    places |= _by_place(tags, places, between)
    return places | _by_skeleton(tags, places, between)


def _by_place(
    tags: Sequence[str], places: Mapping[str, int], between: Mapping[int, str]
) -> dict[str, int]:
    """The places of tags that look like an escape of a workbook: where they were written."""
    first, taken = min(between, default=0), set(places.values())
    return {
        tag: first + index
        for index, tag in enumerate(tags)
        if tag not in places
        and _LIKE_AN_ESCAPE.search(tag)
        and first + index in between
        and first + index not in taken
    }


def _by_skeleton(
    tags: Sequence[str], places: Mapping[str, int], between: Mapping[int, str]
) -> dict[str, int]:
    """The places of tags that lost the letters which a program does not know."""
    taken = set(places.values())
    left: dict[str, list[int]] = defaultdict(list)
    for at, name in between.items():
        if at not in taken:
            left[_skeleton(form.without_heading(name))].append(at)
    lost: dict[str, list[str]] = defaultdict(list)
    for tag in tags:
        if tag not in places:
            lost[_skeleton(tag)].append(tag)
    return {
        tag: at
        for skeleton, some in lost.items()
        if len(some) == len(left[skeleton])
        for tag, at in zip(some, left[skeleton], strict=True)
    }


def _skeleton(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.casefold())
