"""Read a spreadsheet with answers that people or programs made up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tagledger.annotation_tools.answers import Answer, Options
from tagledger.annotation_tools.spreadsheet import lists
from tagledger.annotation_tools.spreadsheet.columns import Column, Roles, Slot
from tagledger.annotation_tools.spreadsheet.headers import CELL, Sheet
from tagledger.annotation_tools.spreadsheet.lists import Tags
from tagledger.annotation_tools.spreadsheet.marks import NONE, Mark, is_ticked, mark, number
from tagledger.annotation_tools.spreadsheet.remarks import Remarks
from tagledger.annotation_tools.spreadsheet.roles import roles
from tagledger.annotation_tools.spreadsheet.times import times
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.words import listed

_SHOWN = 6
THRESHOLD = "threshold"


def read(
    sheets: Sequence[Sheet], file: ToolFile, options: Options, notes: list[str], remarks: Remarks
) -> Iterator[Answer]:
    """Yield the answers of all sheets that have some.

    Sheets with the same columns are of a person each, unless a column names people.

    Raises
    ------
    TagledgerError
        No column has answers, or nothing says what they are about.
    """
    with_roles = [(sheet, _roles(sheet, file, options)) for sheet in sheets if sheet.rows]
    answered = [(sheet, role) for sheet, role in with_roles if role.slots and _about(role)]
    if not answered:
        raise _no_answers(file, with_roles)
    left = [sheet.name for sheet in sheets if sheet not in [one for one, _ in answered]]
    if left:
        notes.append(f"sheets without answers are left out: {listed(left, _SHOWN)}")
    alike = len({sheet.header for sheet, _ in answered}) == 1
    for sheet, role in answered:
        person = sheet.name if len(answered) > 1 and alike else None
        where = f"sheet {sheet.name}, " if len(answered) > 1 else ""
        _note(role, notes)
        reader = _Reader(role, Tags(options.tags), remarks, _threshold(file, options), file.stem)
        yield from reader.answers(sheet, where, person, notes)


def _roles(sheet: Sheet, file: ToolFile, options: Options) -> Roles:
    columns = [
        Column(at, name, [row[at] for _, row in sheet.rows]) for at, name in enumerate(sheet.header)
    ]
    return roles(columns, sheet.people, file, options)


def _about(role: Roles) -> bool:
    return bool({"id", "text", "title"} & role.by_role.keys())


def _no_answers(file: ToolFile, with_roles: Sequence[tuple[Sheet, Roles]]) -> Exception:
    if any(role.slots for _, role in with_roles):
        return file.error(
            "no column has an id or a text, by which items are known",
            hint="name it: `--option id=COLUMN` or `--option text=COLUMN`",
        )
    columns = [name for sheet, _ in with_roles for name in sheet.header if name]
    return file.error(
        "no column has answers" + (f": there are {listed(columns, _SHOWN)}" if columns else ""),
        hint="name those that have: `--option tags=A,B` (a column for each tag, with x or 1), "
        "`--option lists=C` (tags in one cell) or `--option choices=D` (one class in a cell)",
    )


def _threshold(file: ToolFile, options: Options) -> float | None:
    text = options.chosen.get(THRESHOLD, "").strip()
    if not text:
        return None
    value = number(text)
    if value is None or not 0 < value <= 1:
        raise file.error(
            f"{text!r} is no share above 0 and up to 1", hint="give `--option threshold=0.5`"
        )
    return value


def _note(role: Roles, notes: list[str]) -> None:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for name, reason in role.left_out.items():
        by_reason[reason].append(name)
    for reason, names in by_reason.items():
        note = f"columns that are left out ({reason}): {listed(names, _SHOWN)}"
        if note not in notes:
            notes.append(note)


@dataclass
class _RowAnswer:
    """What the cells of one person in a row say.

    Attributes
    ----------
    asked
        The tags of which the cell says yes or no, or a class does.
    order
        These and the tags whose cell is empty, which means no beside an answer; from left to right.
    lists
        Whether a cell with several tags is among them, which does not say what was asked.
    """

    none: bool = False
    yes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    lists: bool = False


@dataclass
class _Reader:
    """Makes answers of rows.

    Attributes
    ----------
    threshold
        From which share of people on a tag counts as a yes; None: only where all agree.
    of_file
        Who answered, if nothing in the file says it: people keep a file each.
    """

    role: Roles
    known_tags: Tags
    remarks: Remarks
    threshold: float | None
    of_file: str

    def answers(
        self, sheet: Sheet, where: str, person: str | None, notes: list[str]
    ) -> Iterator[Answer]:
        """Yield the answers of a sheet."""
        at = self._times("time", notes)
        date = self._times("date", notes)
        people = list(dict.fromkeys(slot.person for slot in self.role.slots))
        if person is None and people == [None] and "annotator" not in self.role.by_role:
            person = self.of_file
        answers: list[Answer] = []
        for index, (number_, row) in enumerate(sheet.rows):
            common = Answer(
                kind="unasked",
                place=f"{where}row {number_}",
                item=self._cell(row, "id") or None,
                text=self._text(row),
                by=self._cell(row, "annotator") or person,
                at=at[index] if at else None,
                date=date[index] if date else None,
                note=self._cell(row, "note") or None,
            )
            for who in people:
                slots = [slot for slot in self.role.slots if slot.person == who]
                base = common if who is None else _of_person(common, who, row)
                answers.append(self._answer(base, row, slots))
        if self.role.long:
            answers = list(_grouped(answers))
        yield from (one for one in answers if self._is_about_something(one))

    def _is_about_something(self, answer: Answer) -> bool:
        if answer.item is not None or answer.text is not None:
            return True
        if answer.kind != "unasked":
            self.remarks.row("nameless", answer.place)
        return False

    def _times(self, name: str, notes: list[str]) -> list[str | None] | None:
        column = self.role.by_role.get(name)
        if column is None:
            return None
        read, doubtful = times(column.cells)
        if doubtful:
            notes.append(
                f"in the column {column.name!r} day and month may be either: it is not read; "
                "write days as 2026-11-25, or say when by `--at`"
            )
        return read

    def _cell(self, row: Sequence[str], name: str) -> str:
        column = self.role.by_role.get(name)
        return "" if column is None else row[column.at].strip()

    def _text(self, row: Sequence[str]) -> str | None:
        column = self.role.by_role.get("text") or self.role.by_role.get("title")
        return row[column.at] if column is not None and row[column.at].strip() else None

    def _answer(self, base: Answer, row: Sequence[str], slots: Sequence[Slot]) -> Answer:
        row_answer = _RowAnswer(
            none="none" in self.role.by_role and is_ticked(self._cell(row, "none"))
        )
        for slot in slots:
            self._add(row_answer, slot, row[slot.column.at].strip())
        if "skip" in self.role.by_role and is_ticked(self._cell(row, "skip")):
            if row_answer.yes or row_answer.none:
                self.remarks.row("both", base.place)
            return replace(base, kind="skip")
        if row_answer.yes and row_answer.none:
            self.remarks.row("none and tags", base.place)
            return base
        if not (row_answer.yes or row_answer.asked or row_answer.none):
            return replace(base, kind="comment") if base.note else base
        if self.role.long:
            return self._of_one_tag(base, row, row_answer.yes)
        # An empty cell beside an answer is a no, where no other row of its column says no in words.
        asked = tuple(dict.fromkeys([*row_answer.order, *row_answer.yes]))
        whole = bool(row_answer.order) or not row_answer.lists
        yes = tuple(dict.fromkeys(row_answer.yes))
        return replace(base, kind="label", yes=yes, asked=asked if whole else None)

    def _add(self, row_answer: _RowAnswer, slot: Slot, cell: str) -> None:
        """Add what a cell says."""
        if slot.kind == "list":
            row_answer.lists = True
            if cell.casefold() in NONE and self.known_tags.find(cell) is None:
                row_answer.none = True
            elif cell:
                row_answer.yes += lists.split(cell, self.known_tags, strong=slot.strong)
            return
        if slot.kind == "choice":
            if mark(cell) is not Mark.OPEN:
                row_answer.yes.append(slot.tag(cell))
                row_answer.asked += slot.classes
                row_answer.order += slot.classes
            return
        answer = self._mark_of(slot, cell)
        if answer is Mark.YES or answer is Mark.NO:
            row_answer.asked.append(slot.name)
            row_answer.order.append(slot.name)
            row_answer.yes += [slot.name] if answer is Mark.YES else []
        elif (
            answer is Mark.OPEN
            and (row_answer.none or not slot.column.has_no)
            and slot.kind == "tag"
        ):
            row_answer.order.append(slot.name)

    def _of_one_tag(self, base: Answer, row: Sequence[str], yes: Sequence[str]) -> Answer:
        holds = self.role.holds
        if holds is None:
            return replace(base, kind="label", yes=tuple(yes))
        holds_here = mark(row[holds.at])
        if holds_here is Mark.OPEN or holds_here is Mark.UNKNOWN:
            return base
        kept = tuple(yes) if holds_here is Mark.YES else ()
        return replace(base, kind="label", yes=kept, asked=tuple(yes))

    def _mark_of(self, slot: Slot, cell: str) -> Mark:
        if slot.kind == "share":
            share = number(cell)
            if share is None:
                return mark(cell)
            if self.threshold is not None:
                return Mark.YES if share >= self.threshold else Mark.NO
            if 0 < share < 1:
                self.remarks.share()
                return Mark.UNKNOWN
            return Mark.YES if share == 1 else Mark.NO
        marked = mark(cell)
        if marked is Mark.UNKNOWN and Tags([slot.name]).find(cell):
            return Mark.YES  # the tag itself was typed
        if marked is Mark.UNKNOWN:
            self.remarks.unknown(cell)
        return marked


def _of_person(answer: Answer, who: str, row: Sequence[str]) -> Answer:
    """An answer of a person whose columns, or whose name, stand in the row."""
    name = row[int(who.removeprefix(CELL))].strip() if who.startswith(CELL) else who
    return replace(answer, by=name or None, place=f"{answer.place}, {name}".rstrip(", "))


def _grouped(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Yield one answer for all rows of an item and a person, each of which has one tag."""
    groups: dict[tuple[str | None, str | None], list[Answer]] = defaultdict(list)
    for answer in answers:
        key = answer.item if answer.item is not None else answer.text
        groups[answer.by, key].append(answer)
    for rows in groups.values():
        labelled = [one for one in rows if one.kind == "label"]
        if not labelled:
            yield rows[0]
            continue
        yes = tuple(dict.fromkeys(tag for one in labelled for tag in one.yes))
        lists_of_asked = [one.asked for one in labelled if one.asked is not None]
        asked = tuple(dict.fromkeys([*(tag for tags in lists_of_asked for tag in tags), *yes]))
        yield replace(labelled[0], yes=yes, asked=asked if lists_of_asked else None)
