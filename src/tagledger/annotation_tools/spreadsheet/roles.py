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
    found = Roles()
    chosen = _chosen(columns, file, options)
    free = [one for one in columns if one.at not in people]
    _find_places(found, free, chosen, options)
    taken = {one.at for one in found.places.values()}
    left = [one for one in columns if one.at not in taken]
    known = Tags(options.tags | options.words)
    if not people and _is_long(found, left, chosen):
        return found
    for column, slot in _slots(left, people, chosen, known):
        if isinstance(slot, Slot):
            found.slots.append(slot)
        elif slot:
            found.left_out[column.name] = slot
    if not found.slots:
        _take_any_classes(found, left, chosen, known)
    _leave_out_derived(found, known, chosen)
    return found


def _chosen(columns: Sequence[Column], file: ToolFile, options: Options) -> dict[int, str]:
    """What options say of columns, by their places."""
    known = Tags(one.name for one in columns)
    places = {one.name: one.at for one in reversed(columns)}
    found: dict[int, str] = {}
    for option in (*OPTION_ROLES, *OPTION_KINDS, IGNORE):
        for name in lists.split(options.chosen.get(option, ""), known):
            if name not in places:
                raise file.error(
                    f"there is no column {name!r}",
                    hint=f"correct `--option {option}=…`: {nearest(name, places)}",
                )
            found[places[name]] = option
    return found


# ---- The id, the text, the person ----------------------------------------------------------


def _find_places(
    found: Roles, columns: Sequence[Column], chosen: Mapping[int, str], options: Options
) -> None:
    for column in columns:
        if chosen.get(column.at) in OPTION_ROLES:
            found.places[chosen[column.at]] = column
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
            if fits and role not in found.places and column not in found.places.values():
                found.places[role] = column
    _find_text(found, free)
    if "id" not in found.places:
        _find_id(found, free, options)
    free = [one for one in free if one not in found.places.values()]
    note = next((one for one in free if names.plain(one.name) in names.NOTE), None)
    if note is not None and not note.marks and not note.shares:
        found.places.setdefault("note", note)


def _fits(role: str, column: Column) -> bool:
    if role in {"skip", "none"}:
        return column.marks
    if role in {"time", "date"}:
        return bool(column.filled) and (names.plain(column.name) in names.TIME or _dated(column))
    return not column.marks or role == "annotator"


def _dated(column: Column) -> bool:
    read, doubtful = times(column.distinct)
    return doubtful or any(read)


def _find_text(found: Roles, free: Sequence[Column]) -> None:
    """The text: by its name, or the column with the longest cells, that differ."""
    if "text" in found.places:
        return
    usable = [
        one for one in free if one not in found.places.values() and not one.marks and one.filled
    ]
    named = [one for one in usable if names.plain(one.name) in names.TEXT]
    prose = [
        one
        for one in usable
        if one.longest >= 15 and " " in one.filled[0] + one.filled[-1] and _differ(one)
    ]
    text = max(named or prose, key=lambda one: one.longest, default=None)
    if text is not None:
        found.places["text"] = text


def _differ(column: Column) -> bool:
    """Whether most cells are filled, and differ: several people may have a row for an item."""
    return len(column.distinct) > 0.1 * len(column.filled) and len(column.filled) > 0.8 * len(
        column.cells
    )


def _find_id(found: Roles, free: Sequence[Column], options: Options) -> None:
    """The id: by its name or by the ids that are known, and where each has one text."""
    text = found.places.get("text")
    usable = [one for one in free if one not in found.places.values()]

    def known(column: Column) -> float:
        return sum(cell in options.ids for cell in column.distinct) / len(column.distinct)

    def is_key(column: Column) -> bool:
        return text is None or _has_one_text(column, text)

    named = [one for one in usable if names.plain(one.name) in names.ID and is_key(one)]
    differing = [one for one in usable if len(one.distinct) > max(2, _DIFFER * len(one.filled))]
    by_content = [one for one in differing if known(one) > 0.5 and is_key(one)]
    best = max(named or by_content, key=known, default=None)
    if best is not None:
        found.places["id"] = best


def _has_one_text(column: Column, text: Column) -> bool:
    """Whether nearly each value of a column stands beside one text: it may be the text's id."""
    texts: dict[str, set[str]] = {}
    for value, beside in zip(column.cells, text.cells, strict=True):
        if value.strip() and beside.strip():
            texts.setdefault(value.strip(), set()).add(" ".join(beside.split()))
    single = sum(len(some) == 1 for some in texts.values())
    return single >= _ONE_TEXT * len(texts)


# ---- Answers -------------------------------------------------------------------------------


def _is_long(found: Roles, left: Sequence[Column], chosen: Mapping[int, str]) -> bool:
    """Whether each row has one tag of an item, which has several rows; `found` is filled then."""
    tag = next((one for one in left if names.plain(one.name) in names.LONG), None)
    if tag is None or tag.marks or set(chosen.values()) & set(OPTION_KINDS):
        return False
    if any(lists.has_strong(cell) for cell in tag.distinct):
        return False
    found.long = True
    found.slots = [Slot(tag, "list", "")]
    for column in left:
        if column is tag:
            continue
        if names.plain(column.name) in names.HOLDS and column.marks and column.has_no:
            found.holds = column
        else:
            found.left_out[column.name] = "a row has one tag"
    return True


def _slots(
    left: Sequence[Column],
    people: Mapping[int, tuple[str, str]],
    chosen: Mapping[int, str],
    known: Tags,
) -> Iterable[tuple[Column, Slot | str]]:
    """Yield each column with what it is, or why it is nothing; "" needs no words."""
    numbered = {} if people else _numbered(left, known)
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
            yield column, _slot_of_group(column, group, person, known)
            continue
        if (option := chosen.get(column.at)) is not None:
            kind = OPTION_KINDS.get(option)
            yield column, "" if kind is None else _slot(column, kind, what, who, known)
            continue
        kind_or_why = _kind(column, what, known, alone=who is not None and not what)
        if kind_or_why in {"tag", "share", "choice", "list"}:
            yield column, _slot(column, kind_or_why, what, who, known)  # type: ignore[arg-type]
        else:
            yield column, kind_or_why


def _numbered(left: Sequence[Column], known: Tags) -> dict[str, list[Column]]:
    """Columns such as label1, label2, by their name without the number.

    Where all say yes or no, and their name is not that of a person's answer, each is a tag.
    """
    found = names.slots([one.name for one in left])
    groups = {name: [left[at] for at in places] for name, places in found.items()}
    return {
        name: group
        for name, group in groups.items()
        if not any(known.find(one.name) for one in group)
        and (names.plain(name) in names.VOTES or not all(one.marks for one in group if one.filled))
    }


def _repeat_in_rows(columns: Sequence[Column]) -> bool:
    """Whether numbered columns say the same thing in a row: then they are of several people."""
    for row in zip(*(one.cells for one in columns), strict=True):
        given = [cell.strip() for cell in row if cell.strip()]
        if len(set(given)) < len(given):
            return True
    return False


def _slot_of_group(column: Column, group: str, person: str | None, known: Tags) -> Slot | str:
    if not column.filled:
        return ""
    if person is None:
        return Slot(column, "list", "", None, strong=True)
    kind: Kind = "tag" if column.marks else "choice"
    return _slot(column, kind, group, person, known)


def _kind(column: Column, name: str, known: Tags, *, alone: bool) -> Kind | str:
    """What a column is by its name and its cells, or why it is nothing."""
    known_tag = known.find(name) is not None
    if not column.filled:
        unnamed = names.is_unnamed(name)
        return "tag" if known_tag else "" if unnamed else "empty, and no tag that is known"
    if names.is_unnamed(name) and not alone and not known_tag:
        return ""
    if names.is_scale(name) and not known_tag:
        return "a scale is no tag"
    if column.shares:
        return "share"
    return "tag" if column.marks else _kind_of_words(column, name, known, alone=alone)


def _kind_of_words(column: Column, name: str, known: Tags, *, alone: bool) -> Kind | str:
    """What a column of words or numbers is."""
    word = names.plain(name)
    some = column.distinct[:_LOOKED_AT] if known and column.longest < _LONGEST_LIST else []
    found = [one for cell in some for one in lists.split(cell, known)]
    if found and sum(one in known for one in found) > 0.5 * len(found):
        return "list" if len(found) > len(some) or word in names.LISTS else "choice"
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


def _slot(column: Column, kind: Kind, name: str, person: str | None, known: Tags) -> Slot:
    """A column with answers; classes get the name of their column, unless it says nothing."""
    tag = known.find(name) or " ".join(name.split())
    if kind in {"tag", "share"}:
        return Slot(column, kind, tag or "label", person)
    if kind == "list":
        strong = any(lists.has_strong(cell) for cell in column.distinct)
        return Slot(column, kind, "", person, strong=strong)
    by_itself = (
        not name
        or names.plain(name) in names.GENERIC
        or any(known.find(value) for value in column.distinct)
    )
    made = Slot(column, kind, "" if by_itself else tag, person)
    return Slot(column, kind, made.name, person, classes=tuple(map(made.tag, column.distinct)))


def _take_any_classes(
    found: Roles, left: Sequence[Column], chosen: Mapping[int, str], known: Tags
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
        found.slots.append(_slot(column, "choice", name, person, known))
        found.left_out.pop(column.name, None)


def _leave_out_derived(found: Roles, known: Tags, chosen: Mapping[int, str]) -> None:
    """Leave out what is worked out from the tags beside it, such as a label of all of them."""
    tags = [slot for slot in found.slots if slot.kind in {"tag", "share"}]
    derived = [
        slot
        for slot in tags
        if names.plain(slot.name) in names.DERIVED
        and slot.name not in known
        and slot.column.at not in chosen
    ]
    if len({one.name for one in tags} - {one.name for one in derived}) >= 2:
        found.slots = [slot for slot in found.slots if slot not in derived]
        for slot in derived:
            found.left_out[slot.column.name] = "worked out from the tags beside it"
