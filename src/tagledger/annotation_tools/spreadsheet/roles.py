"""What each column of a spreadsheet is, that people or programs made up.

Names tell, then values; what is chosen by options goes before both. A column that nothing tells is
left out and named, never guessed to be a tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tagledger.annotation_tools.answers import Options
from tagledger.annotation_tools.spreadsheet import lists, names
from tagledger.annotation_tools.spreadsheet.columns import Column, Kind, Roles, Slot
from tagledger.annotation_tools.spreadsheet.lists import Tags
from tagledger.annotation_tools.spreadsheet.times import times
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.errors import nearest

_MOST_CLASSES = 60
_LOOKED_AT, _LONGEST_LIST = 500, 300  # cells, and characters, for tags among them
_MOST_NUMBERED_CLASSES = 12
_DIFFER = 0.1  # fewest distinct values among the cells of an id: several people may have answered
_ONE_TEXT = 0.9  # of the ids have one text
_RECUR = 0.3  # most distinct words among the cells of a column of classes
OPTION_ROLES = ("id", "text", "annotator", "time", "note")
OPTION_KINDS: Mapping[str, Kind] = {"tags": "tag", "choices": "choice", "lists": "list"}
IGNORE = "ignore"


def roles(
    columns: Sequence[Column],
    people: Mapping[int, tuple[str, str]],
    file: ToolFile,
    options: Options,
) -> Roles:
    """What each column is.

    Parameters
    ----------
    columns
        All of them.
    people
        Those that belong to one of several people: each with the person and the rest.
    file
        For messages.
    options
        What is known, and what is chosen.

    Raises
    ------
    TagledgerError
        An option names a column that there is not.
    """
    assigned = Roles()
    chosen = _chosen(columns, file, options)
    free = [one for one in columns if one.at not in people]
    _find_roles(assigned, free, chosen, options)
    taken = {one.at for one in assigned.by_role.values()}
    left = [one for one in columns if one.at not in taken]
    known_tags = Tags(options.tags | options.words)
    if not people and _is_long(assigned, left, chosen):
        return assigned
    for column, slot in _slots(left, people, chosen, known_tags):
        if isinstance(slot, Slot):
            assigned.slots.append(slot)
        elif slot:
            assigned.left_out[column.name] = slot
    if not assigned.slots:
        _take_any_classes(assigned, left, chosen, known_tags)
    _leave_out_derived(assigned, known_tags, chosen)
    return assigned


def _chosen(columns: Sequence[Column], file: ToolFile, options: Options) -> dict[int, str]:
    """What options say of columns, by their indexes."""
    column_names = Tags(one.name for one in columns)
    indexes = {one.name: one.at for one in reversed(columns)}
    option_of: dict[int, str] = {}
    for option in (*OPTION_ROLES, *OPTION_KINDS, IGNORE):
        for name in lists.split(options.chosen.get(option, ""), column_names):
            if name not in indexes:
                raise file.error(
                    f"there is no column {name!r}",
                    hint=f"correct `--option {option}=…`: {nearest(name, indexes)}",
                )
            option_of[indexes[name]] = option
    return option_of


# ---- The id, the text, the person ----------------------------------------------------------


def _find_roles(
    assigned: Roles, columns: Sequence[Column], chosen: Mapping[int, str], options: Options
) -> None:
    for column in columns:
        if chosen.get(column.at) in OPTION_ROLES:
            assigned.by_role[chosen[column.at]] = column
    wanted = {
        "annotator": names.ANNOTATOR,
        "time": names.TIME,
        "date": names.DATE,
        "skip": names.SKIP,
        "none": names.NONE,
        "title": names.TITLE,
    }
    tags = Tags(options.tags | options.words)
    free = [one for one in columns if one.at not in chosen and one.filled]
    for role, words in wanted.items():
        for column in free:
            fits = names.plain(column.name) in words and _fits(role, column)
            fits = fits and (role not in {"skip", "none"} or tags.find(column.name) is None)
            if fits and role not in assigned.by_role and column not in assigned.by_role.values():
                assigned.by_role[role] = column
    _find_text(assigned, free)
    if "id" not in assigned.by_role:
        _find_id(assigned, free, options)
    free = [one for one in free if one not in assigned.by_role.values()]
    note = next((one for one in free if names.plain(one.name) in names.NOTE), None)
    if note is not None and not note.marks and not note.shares:
        assigned.by_role.setdefault("note", note)


def _fits(role: str, column: Column) -> bool:
    if role in {"skip", "none"}:
        return column.marks
    if role in {"time", "date"}:
        return bool(column.filled) and (names.plain(column.name) in names.TIME or _dated(column))
    return not column.marks or role == "annotator"


def _dated(column: Column) -> bool:
    read, doubtful = times(column.distinct)
    return doubtful or any(read)


def _find_text(assigned: Roles, free: Sequence[Column]) -> None:
    """The text: by its name, or the column with the longest cells, that differ."""
    if "text" in assigned.by_role:
        return
    usable = [
        one for one in free if one not in assigned.by_role.values() and not one.marks and one.filled
    ]
    named = [one for one in usable if names.plain(one.name) in names.TEXT]
    prose = [
        one
        for one in usable
        if one.longest >= 15 and " " in one.filled[0] + one.filled[-1] and _differ(one)
    ]
    text = max(named or prose, key=lambda one: one.longest, default=None)
    if text is not None:
        assigned.by_role["text"] = text


def _differ(column: Column) -> bool:
    """Whether most cells are filled, and differ: several people may have a row for an item."""
    return len(column.distinct) > 0.1 * len(column.filled) and len(column.filled) > 0.8 * len(
        column.cells
    )


def _find_id(assigned: Roles, free: Sequence[Column], options: Options) -> None:
    """The id: by its name or by the ids that are known, and where each has one text."""
    text = assigned.by_role.get("text")
    usable = [one for one in free if one not in assigned.by_role.values()]

    def known_share(column: Column) -> float:
        return sum(cell in options.ids for cell in column.distinct) / len(column.distinct)

    def is_key(column: Column) -> bool:
        return text is None or _has_one_text(column, text)

    named = [one for one in usable if names.plain(one.name) in names.ID and is_key(one)]
    differing = [one for one in usable if len(one.distinct) > max(2, _DIFFER * len(one.filled))]
    by_content = [one for one in differing if known_share(one) > 0.5 and is_key(one)]
    best = max(named or by_content, key=known_share, default=None)
    if best is not None:
        assigned.by_role["id"] = best


def _has_one_text(column: Column, text: Column) -> bool:
    """Whether nearly each value of a column stands beside one text: it may be the text's id."""
    texts: dict[str, set[str]] = {}
    for value, beside in zip(column.cells, text.cells, strict=True):
        if value.strip() and beside.strip():
            texts.setdefault(value.strip(), set()).add(" ".join(beside.split()))
    single = sum(len(some) == 1 for some in texts.values())
    return single >= _ONE_TEXT * len(texts)


# ---- Answers -------------------------------------------------------------------------------


def _is_long(assigned: Roles, left: Sequence[Column], chosen: Mapping[int, str]) -> bool:
    """Whether each row has one tag of an item with several rows; `assigned` is filled then."""
    tag = next((one for one in left if names.plain(one.name) in names.LONG), None)
    if tag is None or tag.marks or set(chosen.values()) & set(OPTION_KINDS):
        return False
    if any(lists.has_strong(cell) for cell in tag.distinct):
        return False
    assigned.long = True
    assigned.slots = [Slot(tag, "list", "")]
    for column in left:
        if column is tag:
            continue
        if names.plain(column.name) in names.HOLDS and column.marks and column.has_no:
            assigned.holds = column
        else:
            assigned.left_out[column.name] = "a row has one tag"
    return True


def _slots(
    left: Sequence[Column],
    people: Mapping[int, tuple[str, str]],
    chosen: Mapping[int, str],
    known_tags: Tags,
) -> Iterable[tuple[Column, Slot | str]]:
    """Yield each column with what it is, or why it is nothing; "" needs no words."""
    numbered = {} if people else _numbered(left, known_tags)
    of_slot = {column.at: name for name, group in numbered.items() for column in group}
    shared = {
        name: names.plain(name) in names.VOTES or _repeat_in_rows(group)
        for name, group in numbered.items()
    }
    for column in left:
        who, what = people.get(column.at, (None, column.name))
        if column.at in of_slot and column.at not in chosen:
            group = of_slot[column.at]
            person = column.name if shared[group] else None
            yield column, _slot_of_group(column, group, person, known_tags)
            continue
        if (option := chosen.get(column.at)) is not None:
            kind = OPTION_KINDS.get(option)
            yield column, "" if kind is None else _slot(column, kind, what, who, known_tags)
            continue
        kind_or_why = _kind(column, what, known_tags, alone=who is not None and not what)
        if kind_or_why in {"tag", "share", "choice", "list"}:
            yield column, _slot(column, kind_or_why, what, who, known_tags)  # type: ignore[arg-type]
        else:
            yield column, kind_or_why


def _numbered(left: Sequence[Column], known_tags: Tags) -> dict[str, list[Column]]:
    """Columns such as label1, label2, by their name without the number.

    Where all say yes or no, and their name is not that of a person's answer, each is a tag.
    """
    numbered = names.slots([one.name for one in left])
    groups = {name: [left[at] for at in indexes] for name, indexes in numbered.items()}
    return {
        name: group
        for name, group in groups.items()
        if not any(known_tags.find(one.name) for one in group)
        and (names.plain(name) in names.VOTES or not all(one.marks for one in group if one.filled))
    }


def _repeat_in_rows(columns: Sequence[Column]) -> bool:
    """Whether numbered columns say the same thing in a row: then they are of several people."""
    for row in zip(*(one.cells for one in columns), strict=True):
        given = [cell.strip() for cell in row if cell.strip()]
        if len(set(given)) < len(given):
            return True
    return False


def _slot_of_group(column: Column, group: str, person: str | None, known_tags: Tags) -> Slot | str:
    if not column.filled:
        return ""
    if person is None:
        return Slot(column, "list", "", None, strong=True)
    kind: Kind = "tag" if column.marks else "choice"
    return _slot(column, kind, group, person, known_tags)


def _kind(column: Column, name: str, known_tags: Tags, *, alone: bool) -> Kind | str:
    """What a column is by its name and its cells, or why it is nothing."""
    known_tag = known_tags.find(name) is not None
    if not column.filled:
        unnamed = names.is_unnamed(name)
        return "tag" if known_tag else "" if unnamed else "empty, and no tag that is known"
    if names.is_unnamed(name) and not alone and not known_tag:
        return ""
    if names.is_scale(name) and not known_tag:
        return "a scale is no tag"
    if column.shares:
        return "share"
    return "tag" if column.marks else _kind_of_words(column, name, known_tags, alone=alone)


def _kind_of_words(column: Column, name: str, known_tags: Tags, *, alone: bool) -> Kind | str:
    """What a column of words or numbers is."""
    word = names.plain(name)
    some = column.distinct[:_LOOKED_AT] if known_tags and column.longest < _LONGEST_LIST else []
    tags = [one for cell in some for one in lists.split(cell, known_tags)]
    if tags and sum(one in known_tags for one in tags) > 0.5 * len(tags):
        return "list" if len(tags) > len(some) or word in names.LISTS else "choice"
    if word in names.LISTS:
        return "list"
    if column.numbers is not None:
        whole = all(value.is_integer() for value in column.numbers)
        few = len(column.distinct) <= _MOST_NUMBERED_CLASSES
        return "choice" if whole and few and (alone or word in names.CHOICES) else "numbers"
    last = word.rpartition(" ")[2]
    if (alone or word in names.CHOICES or last in names.CHOICES) and _are_classes(column):
        return "choice"
    return "no answer that is known"


def _are_classes(column: Column) -> bool:
    return len(column.distinct) <= _MOST_CLASSES and column.longest < 60


def _slot(column: Column, kind: Kind, name: str, person: str | None, known_tags: Tags) -> Slot:
    """A column with answers; classes get the name of their column, unless it says nothing."""
    tag = known_tags.find(name) or " ".join(name.split())
    if kind in {"tag", "share"}:
        return Slot(column, kind, tag or "label", person)
    if kind == "list":
        strong = any(lists.has_strong(cell) for cell in column.distinct)
        return Slot(column, kind, "", person, strong=strong)
    by_itself = (
        not name
        or names.plain(name) in names.GENERIC
        or any(known_tags.find(value) for value in column.distinct)
    )
    slot = Slot(column, kind, "" if by_itself else tag, person)
    return Slot(column, kind, slot.name, person, classes=tuple(map(slot.tag, column.distinct)))


def _take_any_classes(
    assigned: Roles, left: Sequence[Column], chosen: Mapping[int, str], known_tags: Tags
) -> None:
    """Where no column has answers, take those with a few words that recur.

    Several with the same words are of a person each.
    """
    some = [
        column
        for column in left
        if column.at not in chosen
        and column.numbers is None
        and _are_classes(column)
        and 1 < len(column.distinct) <= max(2, _RECUR * len(column.filled))
        and not _dated(column)
    ]
    same = len(some) > 1 and len({frozenset(column.distinct) for column in some}) == 1
    for column in some:
        person, name = (column.name, "") if same else (None, column.name)
        assigned.slots.append(_slot(column, "choice", name, person, known_tags))
        assigned.left_out.pop(column.name, None)


def _leave_out_derived(assigned: Roles, known_tags: Tags, chosen: Mapping[int, str]) -> None:
    """Leave out what is worked out from the tags beside it, such as a label of all of them."""
    tags = [slot for slot in assigned.slots if slot.kind in {"tag", "share"}]
    derived = [
        slot
        for slot in tags
        if names.plain(slot.name) in names.DERIVED
        and slot.name not in known_tags
        and slot.column.at not in chosen
    ]
    if len({one.name for one in tags} - {one.name for one in derived}) >= 2:
        assigned.slots = [slot for slot in assigned.slots if slot not in derived]
        for slot in derived:
            assigned.left_out[slot.column.name] = "worked out from the tags beside it"
