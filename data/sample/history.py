"""Plan the life of every item: when it comes and goes, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bank import Bank
from compose import Composer
from dice import Dice
from events import (
    CHANGING,
    MERGES,
    NEVER,
    NEW_IN_TAXONOMY,
    RISING,
    RISING_EARLY,
    SINKING,
    SINKING_CORRECTED,
    SINKING_REMOVED,
    SNAPSHOTS,
    Item,
)
from evidence import Evidence
from faults import TEXT_FAULTS, misspelled_tag, reworded, typo

FIRST_DAY = datetime(2019, 2, 4)  # noqa: DTZ001 - the catalogue's dates name no zone

REMOVED = (0, 88, 118)  # items that go with each snapshot, besides those of the sinking tag
# Faults of the items that come with each snapshot.
MISSING = (60, 40, 48)
WRONG = (38, 26, 34)
CORRECTED_MISSING = (0, 16, 18)
CORRECTED_WRONG = (0, 11, 13)
REPEATED_IDS = (8, 4, 6)
MISSPELLED_TAGS = (26, 14, 18)
ALIASES_USED = (16, 9, 10)
REPEATED_TAGS = (5, 4, 5)
TEXT_FAULT_COUNTS = {
    "html_entities": (12, 8, 10),
    "html_tags": (6, 4, 6),
    "white_space": (14, 8, 10),
    "invisible_characters": (5, 3, 5),
    "decomposed_accent": (4, 2, 3),
}
# Near duplicates: (snapshot of the first member, snapshots of its copies, copies are exact).
DUPLICATES = (
    *[(0, (0,), False)] * 5,
    *[(0, (0,), True)] * 2,
    (0, (0, 0), False),
    (0, (0, 0, 0), False),
    *[(0, (1,), False)] * 3,
    (0, (0, 1), False),
    *[(1, (1,), False)] * 3,
    (1, (1,), True),
    *[(0, (2,), False)] * 2,
    *[(1, (2,), False)] * 2,
    *[(2, (2,), False)] * 5,
    (2, (2,), True),
    (2, (2, 2), False),
)
DISAGREEING_GROUPS = 9
EDITS: tuple[dict[str, int], ...] = (
    {},
    {"sentence_added": 11, "typo_mended": 9, "title_reworded": 6},
    {"sentence_added": 14, "typo_mended": 10, "title_reworded": 7},
)
UNREADABLE_DATES = ("2022-02-30 10:15:00", "soon", "2024-13-45")
DATE_MENDED_AT = (1, NEVER, NEVER)


class History:
    """Plans the life of every item. `items` is the result, sorted by id."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self._bank = bank
        self._seed = seed
        self.items: list[Item] = []
        self._compose()
        self._copy()
        self._date()
        self._remove()
        self._label_events()
        self._evidence = Evidence(bank, self.items)
        self._repeat_ids()
        self._miss_and_mistake_labels()
        self._disagree_in_groups()
        self._spell_tags()
        self._edit_texts()
        self._spoil_texts()
        self._spoil_dates()

    def _dice(self, purpose: str) -> Dice:
        return Dice(self._seed, purpose)

    def _choose(self, purpose: str, size: int, fits: Callable[[Item], bool]) -> list[Item]:
        fitting = [item for item in self.items if fits(item)]
        chosen = self._dice(purpose).sample(fitting, size)
        if len(chosen) < size:
            raise ValueError(f"{purpose}: {size} items wanted, {len(fitting)} fit")
        return chosen

    def _compose(self) -> None:
        composer = Composer(self._bank, self._dice("texts"))
        for era in range(len(SNAPSHOTS)):
            plan = [task for task in self._bank.tasks for _ in range(task.quota[era])]
            for task in self._dice(f"order {era}").shuffled(plan):
                draft = composer.compose(task, era)
                tags = [*draft.tags, *draft.free]
                item = Item(draft, era, draft.title, draft.description, tags=tags, free=draft.free)
                self.items.append(item)

    def _copy(self) -> None:
        dice = self._dice("near duplicates")
        for number, (era, copies, exact) in enumerate(DUPLICATES, start=1):
            source = self._choose(
                f"source of group {number}",
                1,
                lambda item, era=era: (  # type: ignore[misc]
                    item.first == era
                    and not item.group
                    and not {RISING, SINKING} & set(item.tags)
                    and len(item.description.split()) >= 28
                ),
            )[0]
            source.group = number
            texts = [(source.title, source.description)]
            for first in copies:
                text = texts[0] if exact else reworded(texts, dice)
                texts.append(text)
                copy = Item(
                    source.draft, first, *text, tags=list(source.tags), free=source.free,
                    group=number, exact_copy=exact,
                )  # fmt: skip
                self.items.append(copy)

    def _date(self) -> None:
        """Give dates, and ids that rise with them; nothing is spoken of before it exists."""
        dice = self._dice("dates")
        start = FIRST_DAY
        moments: list[tuple[datetime, int]] = []
        for era, day in enumerate(SNAPSHOTS):
            end = datetime.fromisoformat(day)
            for at, item in enumerate(self.items):
                if item.first == era:
                    earliest = max(start, self._earliest(item))
                    moments.append((earliest + (end - earliest) * dice.fraction(), at))
            start = end + timedelta(days=1)
        ordered = []
        number = 0
        for moment, at in sorted(moments):
            item = self.items[at]
            number += 1 + dice.below(3)
            item.id = number
            item.created_on = moment.strftime("%Y-%m-%d %H:%M:%S")
            ordered.append(item)
        self.items = ordered

    def _earliest(self, item: Item) -> datetime:
        """Return the month in which the youngest thing that the text speaks of came out."""
        text = f"{item.title} {item.description}".casefold()
        months = [month for month, phrase in self._bank.since if phrase.casefold() in text]
        return datetime.fromisoformat(max(months) + "-01") if months else FIRST_DAY

    def _remove(self) -> None:
        for at in (1, 2):
            leaving = self._choose(
                f"removed {at}",
                REMOVED[at],
                lambda item, at=at: (  # type: ignore[misc]
                    item.alive(at - 1, at) and not {RISING, SINKING} & set(item.tags)
                ),
            )
            for item in leaving:
                item.gone = at
        sinking = self._choose(
            "sinking",
            SINKING_REMOVED,
            lambda item: item.alive(1, 2) and SINKING in item.tags and not item.group,
        )
        for item in sinking:
            item.gone = 2

    def _label_events(self) -> None:
        for merge in MERGES:
            holders = [
                item for item in self.items if merge.tag in item.tags and item.first < merge.at
            ]
            chosen = self._dice(f"alias {merge.alias}").sample(
                holders, int(merge.share * len(holders) + 0.5)
            )
            for item in chosen:
                item.aliased |= {merge.tag}
        early = sorted(
            (item for item in self.items if RISING in item.tags and item.first == 0),
            key=lambda item: item.id,
        )
        for item in early[:-RISING_EARLY]:
            item.late[RISING] = 1

    def _calm(self, item: Item) -> bool:
        return not item.group and len(item.rows) == 1 and not item.late

    def _repeat_ids(self) -> None:
        dice = self._dice("repeated ids")
        for era, size in enumerate(REPEATED_IDS):
            chosen = self._choose(
                f"repeated ids {era}",
                size,
                lambda item, era=era: (  # type: ignore[misc]
                    item.first == era
                    and self._calm(item)
                    and len(set(item.tags) - CHANGING - {SINKING, RISING}) >= 3
                ),
            )
            for at, item in enumerate(chosen):
                if at == 0 and era == 0:
                    item.rows = (frozenset(), frozenset())  # one that repeats and agrees
                    continue
                loose = sorted(set(item.tags) - CHANGING - {SINKING, RISING})
                left_out = dice.sample(loose, 3 if at == 1 and len(loose) >= 4 else 2)
                item.rows = tuple(frozenset({tag}) for tag in left_out)

    def _miss_and_mistake_labels(self) -> None:
        dice = self._dice("label faults")
        used: set[int] = set()

        def free_item(item: Item) -> bool:
            return self._calm(item) and item.id not in used

        for era in range(len(SNAPSHOTS)):
            for item in self._choose(
                f"missing {era}",
                MISSING[era],
                lambda item, era=era: (  # type: ignore[misc]
                    item.first == era and free_item(item) and bool(self._evidence.missable(item))
                ),
            ):
                item.missing[dice.pick(self._evidence.missable(item))] = NEVER
                used.add(item.id)
            for item in self._choose(
                f"wrong {era}",
                WRONG[era],
                lambda item, era=era: item.first == era and free_item(item),  # type: ignore[misc]
            ):
                item.wrong[dice.pick(self._evidence.mistakable(item, dice))] = NEVER
                used.add(item.id)
        for item in self._choose(
            "wrong sinking",
            SINKING_CORRECTED,
            lambda item: (
                item.alive(0, 1, 2)
                and free_item(item)
                and item.draft.area == "vision"
                and "word" not in item.description
            ),
        ):
            item.wrong[SINKING] = 2
            used.add(item.id)
        for at in (1, 2):
            self._correct("missing", at, CORRECTED_MISSING[at])
            self._correct("wrong", at, CORRECTED_WRONG[at])

    def _correct(self, kind: str, at: int, size: int) -> None:
        chosen = self._choose(
            f"corrected {kind} {at}",
            size,
            lambda item: item.alive(at - 1, at) and NEVER in getattr(item, kind).values(),
        )
        for item in chosen:
            faults = getattr(item, kind)
            for concept in faults:
                faults[concept] = at

    def _disagree_in_groups(self) -> None:
        """Leave a label out in one member of some groups of near duplicates."""
        dice = self._dice("disagreeing groups")
        groups = [
            [item for item in self.items if item.group == number]
            for number in range(1, len(DUPLICATES) + 1)
        ]
        able = [members for members in groups if self._evidence.missable(members[-1])]
        for members in dice.sample(able, DISAGREEING_GROUPS):
            item = members[-1]
            item.missing[dice.pick(self._evidence.missable(item))] = NEVER

    def _spell_tags(self) -> None:
        dice = self._dice("spelling")
        used: set[int] = set()

        def loose(item: Item) -> list[str]:
            barred = CHANGING | {SINKING, RISING} | set(item.missing) | set(item.wrong)
            return sorted(
                tag for tag in item.tags if tag not in barred and tag in self._bank.taxonomy
            )

        def usable(item: Item, era: int) -> bool:
            return item.first == era and item.id not in used and self._calm(item)

        for era in range(len(SNAPSHOTS)):
            for item in self._choose(
                f"misspelled {era}",
                MISSPELLED_TAGS[era],
                lambda item, era=era: usable(item, era) and bool(loose(item)),  # type: ignore[misc]
            ):
                tag = dice.pick(loose(item))
                item.spelled[tag] = misspelled_tag(tag, dice)
                used.add(item.id)
            for item in self._choose(
                f"aliases {era}",
                ALIASES_USED[era],
                lambda item, era=era: usable(item, era) and bool(self._aliasable(loose(item))),  # type: ignore[misc]
            ):
                tag = dice.pick(self._aliasable(loose(item)))
                item.spelled[tag] = dice.pick(self._bank.taxonomy[tag]["aliases"])
                item.alias_faults |= {tag}
                used.add(item.id)
            for item in self._choose(
                f"repeated tags {era}",
                REPEATED_TAGS[era],
                lambda item, era=era: usable(item, era) and bool(loose(item)),  # type: ignore[misc]
            ):
                tag = dice.pick(loose(item))
                item.doubled[tag] = tag if dice.chance(0.5) else misspelled_tag(tag, dice)
                used.add(item.id)

    def _aliasable(self, tags: list[str]) -> list[str]:
        return [
            tag
            for tag in tags
            if self._bank.taxonomy[tag]["aliases"] and tag not in NEW_IN_TAXONOMY
        ]

    def _edit_texts(self) -> None:
        dice = self._dice("edits")
        for at, kinds in enumerate(EDITS):
            for kind, size in kinds.items():
                chosen = self._choose(
                    f"{kind} {at}",
                    size,
                    lambda item, at=at: item.alive(at - 1, at) and self._quiet(item),  # type: ignore[misc]
                )
                for item in chosen:
                    self._edit(item, at, kind, dice)

    def _edit(self, item: Item, at: int, kind: str, dice: Dice) -> None:
        title, description = item.title, item.description
        if kind == "sentence_added":
            item.edits = [(at, kind, title, f"{description} {dice.pick(self._bank.edits)}")]
        elif kind == "title_reworded":
            year = SNAPSHOTS[at][:4]
            ending = dice.pick((f" (updated {year})", ", second edition", f" [{year}]"))
            item.edits = [(at, kind, title.rstrip("?") + ending, description)]
        else:
            item.description = typo(description, dice)
            item.edits = [(at, kind, title, description)]

    def _quiet(self, item: Item) -> bool:
        return self._calm(item) and not item.edits and not item.text_fault

    def _spoil_texts(self) -> None:
        dice = self._dice("text faults")
        for kind, sizes in TEXT_FAULT_COUNTS.items():
            for era, size in enumerate(sizes):
                chosen = self._choose(
                    f"{kind} {era}",
                    size,
                    lambda item, era=era, kind=kind: (  # type: ignore[misc]
                        item.first == era and self._quiet(item) and _can_be_spoiled(item, kind)
                    ),
                )
                for item in chosen:
                    item.text_fault = kind
                    part = dice.pick(("title", "description", "description"))
                    other = "description" if part == "title" else "title"
                    for each in (part, other):
                        spoiled = TEXT_FAULTS[kind](getattr(item, each), dice)
                        if spoiled != getattr(item, each):
                            setattr(item, each, spoiled)
                            break

    def _spoil_dates(self) -> None:
        for era, date in enumerate(UNREADABLE_DATES):
            chosen = self._choose(
                f"unreadable date {era}",
                1,
                lambda item, era=era: (  # type: ignore[misc]
                    item.first == era
                    and item.gone == NEVER
                    and self._quiet(item)
                    and not (item.missing or item.wrong or item.spelled or item.doubled)
                    and not (CHANGING | {SINKING, RISING}) & set(item.tags)
                ),
            )
            for item in chosen:
                item.unreadable_date = date
                item.date_mended = DATE_MENDED_AT[era]


def _can_be_spoiled(item: Item, kind: str) -> bool:
    text = item.title + item.description
    if kind == "html_entities":
        return any(sign in text for sign in "&<'\"")
    if kind == "decomposed_accent":
        return not text.isascii()
    return "<" not in text
