"""Compose an item: what it is about, what is said of it, and the tags that follow."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from bank import Aspect, Bank, Fragment, Task, capitalized, inflected, ranges, title_case
from dice import Deck, Dice

# The share of annotators who also give the broad tag of an area.
GENERAL_ODDS = {
    "nlp": 0.58, "vision": 0.58, "tabular": 0.22, "agents": 0.3, "graphs": 0.22, "audio": 0.28,
    "operations": 0.3, "learning": 0.3,
}  # fmt: skip
FREE_ODDS = 0.42  # that an annotator adds a tag of their own where the text suggests one
MOST_ALIKE = 0.45  # two items that are not planted as near duplicates stay below this
MOST_WORDS_IN_TITLE = 13
# Without a taxonomy to hold to, each annotator uses a word of their own.
_OWN_WORDS = {
    "healthcare": ("healthcare", "medicine", "health", "clinical", "medical"),
    "finance": ("finance", "fintech", "banking", "money"),
    "education": ("education", "teaching", "edtech"),
    "games": ("games", "gaming"),
    "ecology": ("ecology", "wildlife"),
    "legal": ("legal", "law"),
    "thesis": ("thesis", "student-project"),
    "history": ("history", "archives"),
    "climate": ("climate", "environment"),
    "e-commerce": ("e-commerce", "online-shop"),
    "dataset": ("dataset", "open-data"),
    "manufacturing": ("manufacturing", "industry"),
    "self-driving": ("self-driving", "automotive"),
}
_TRIES = 60
_SENSELESS = {("benchmark", "operations"), ("demo", "operations")}
_NOT_FOR_TITLES = {"scikit-learn", "r", "fastai"}
_NEEDS_A_DEEP_FRAMEWORK = {
    "transformers", "graph-neural-networks", "recurrent-neural-networks", "autoencoders",
    "convolutional-neural-networks", "variational-autoencoders", "deep-learning",
}  # fmt: skip
# The first two of each fit a product as well as a method.
_PAIRS = (
    "Pits {model} against {other}.",
    "We settled on {model} after trying {other}.",
    "Replacing {other} with {model} brought the largest gain.",
    "In the end, {model} and {other} come out close.",
)
_SINGLES = (
    "Built around {model}.",
    "It relies on {model}.",
    "At its heart is {model}.",
    "The strongest single method was {model}.",
    "Most of the gain comes from switching to {model}.",
    "The method of choice is {model}.",
)
_WORD = re.compile(r"\w+")
# Two sentences that must not stand in one text: the pattern of the one, that of the other.
_CONTRADICTIONS = (
    (re.compile(r"without a GPU|8 GB of memory|needs no GPU"), re.compile(r"GPU|TPU|on one card")),
    (re.compile(r"Colab|Python"), re.compile(r"\bR (?:package|Markdown|with)|\bin R\b(?!-)")),
    (re.compile(r"Works offline"), re.compile(r"AWS|server|Colab|browser")),
    (re.compile(r"project"), re.compile(r"\bour team\b|company")),
    (
        re.compile(r"Mode collapse|[Dd]iscriminator|GAN\b|pix2pix|adversarial"),
        re.compile(r"[Dd]iffusion|guidance|Noise schedules|SDXL|ControlNet|VQ-VAE"),
    ),
    (re.compile(r"nothing is uploaded"), re.compile(r"[Uu]pload")),
)


@dataclass(frozen=True)
class Draft:
    """A composed text and its tags."""

    task: str
    area: str
    title: str
    description: str
    tags: tuple[str, ...]
    free: tuple[str, ...]


def shingles(title: str, description: str) -> frozenset[str]:
    """Return the word 1- and 2-grams of the case-folded title and description."""
    words = _WORD.findall(f"{title} {description}".casefold())
    return frozenset(words) | {f"{a} {b}" for a, b in pairwise(words)}


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Return the share of the union of two sets that both have."""
    return len(a & b) / len(a | b)


class Composer:
    """Composes items so that no two are alike.

    Phrases are dealt from decks, one per list of phrases, so that all are used about equally
    often; a text that is too near an earlier one about the same task, or has its title, is
    thrown away.
    """

    def __init__(self, bank: Bank, dice: Dice) -> None:
        self._bank = bank
        self._dice = dice
        self._decks: dict[tuple[str, ...], Deck[Fragment]] = {}
        self._earlier: dict[str, list[frozenset[str]]] = defaultdict(list)
        self._titles: set[str] = set()

    def compose(self, task: Task, era: int) -> Draft:
        """Compose an item on a task, as of an era (the index of a snapshot)."""
        for _ in range(_TRIES):
            draft = _Text(self, task, era).draft()
            if draft is None or draft.title.casefold() in self._titles:
                continue
            grams = shingles(draft.title, draft.description)
            if all(jaccard(grams, other) < MOST_ALIKE for other in self._earlier[task.tag]):
                self._earlier[task.tag].append(grams)
                self._titles.add(draft.title.casefold())
                return draft
        raise ValueError(f"the phrases for {task.tag} do not suffice for another item")

    def deal(
        self, key: tuple[str, ...], cards: tuple[Fragment, ...], era: int, *, also: str = ""
    ) -> Fragment | None:
        """Deal a fragment of this era from the deck of this key."""
        if key not in self._decks:
            self._decks[key] = Deck(cards, self._dice)
        return self._decks[key].deal(
            lambda card: era in card.eras and (not also or getattr(card, also))
        )

    def deal_frame(self, kind: str, part: str, about: str) -> Fragment | None:
        """Deal a frame for a title or an opening."""
        frames = tuple(Fragment(text) for text in self._bank.kinds[kind][part][about])
        return self.deal(("frame", kind, part, about), frames, 0)

    @property
    def bank(self) -> Bank:
        """The phrases."""
        return self._bank

    @property
    def dice(self) -> Dice:
        """The source of choices."""
        return self._dice


class _Text:
    """One attempt at a text."""

    def __init__(self, composer: Composer, task: Task, era: int) -> None:
        self._composer = composer
        self._bank = composer.bank
        self._dice = composer.dice
        self._task = task
        self._era = era
        self._tags: list[str] = [task.tag]
        self._free: list[str] = []
        self._kind = self._choose_kind()
        self._slots: dict[str, str] = {}

    def _choose_kind(self) -> str:
        named = any(model.named and self._era in model.eras for model in self._task.models)
        return self._dice.weighted(
            [
                (kind, frames["share"][self._era])
                for kind, frames in self._bank.kinds.items()
                if (named or kind != "paper") and (kind, self._task.area) not in _SENSELESS
            ]
        )

    def draft(self) -> Draft | None:
        """Return the draft, or None when it would say something odd."""
        extras = self._choose_aspects(self._bank.extras, most=2)
        self._fill_slots()
        tools = self._choose_aspects(self._bank.tools, most=2)
        if self._model is not None and _NEEDS_A_DEEP_FRAMEWORK & set(self._model.tags):
            tools = [tool for tool in tools if tool.tag not in {"scikit-learn", "r"}]
        title = self._title(tools)
        opening = self._opening(title)
        if title is None or opening is None or len(title.split()) > MOST_WORDS_IN_TITLE:
            return None
        body = self._body(tools, extras, title)
        sentences = [opening, *body]
        text = " ".join(sentences)
        if self._contradicts(sentences) or len(text.split()) > 75:
            return None
        if self._task.general not in self._tags and self._dice.chance(
            GENERAL_ODDS[self._task.area]
        ):
            self._tags.append(self._task.general)
        free = [
            self._dice.pick(_OWN_WORDS.get(tag, (tag,)))
            for tag in dict.fromkeys(self._free)
            if self._dice.chance(FREE_ODDS)
        ]
        tags = self._dice.shuffled(dict.fromkeys(self._tags))
        return Draft(self._task.tag, self._task.area, title, text, tuple(tags), tuple(free))

    def _choose_aspects(self, aspects: tuple[Aspect, ...], most: int) -> list[Aspect]:
        places = {self._task.tag, self._task.area, self._task.stack, self._kind}
        taken: dict[str, Aspect] = {}
        for aspect in self._dice.shuffled(aspects):
            wanted = self._dice.chance(aspect.chance(places, self._era))
            if wanted and aspect.group not in taken and aspect.tag != self._task.tag:
                taken[aspect.group] = aspect
        return list(taken.values())[:most]

    def _fill_slots(self) -> None:
        subject = self._use(self._deal("subjects"))
        assert subject is not None
        self._acts = []
        for _ in range(2):
            act = self._deal("acts")
            assert act is not None
            self._acts.append((act, inflected(act.text.replace("{x}", subject.text))))
        model = self._deal("models", also="named" if self._kind == "paper" else "")
        self._noun = noun = self._deal("nouns")
        assert noun is not None
        self._model = model
        self._model_said = False
        self._slots = {
            "noun": noun.text,
            "model": model.text if model else "",
            "name": self._dice.pick(self._bank.names),
        }
        self._used_acts = 0

    def _deal(self, part: str, also: str = "") -> Fragment | None:
        cards = getattr(self._task, part)
        return self._composer.deal((self._task.tag, part), cards, self._era, also=also)

    def _use(self, fragment: Fragment | None) -> Fragment | None:
        if fragment is not None:
            self._tags += fragment.tags
            self._free += fragment.free
        return fragment

    def _frame(self, part: str, about: str, tools: list[Aspect]) -> str | None:
        """Fill a frame; None when it needs what this item hasn't got."""
        frame = self._composer.deal_frame(self._kind, part, about)
        assert frame is not None
        text = frame.text
        framework = next((tool for tool in tools if tool.group == "framework"), None)
        if "{tool}" in text and (framework is None or framework.tag in _NOT_FOR_TITLES):
            return None
        if "{model}" in text:
            if self._model is None or not self._model.named:
                return None
            self._use(self._model)
            self._model_said = True
        if "{noun}" in text:
            self._use(self._noun)
        slots = dict(self._slots, tool=framework.name if framework else "")
        if re.search(r"\{do(es|ing)?\}", text):
            act, forms = self._acts[self._used_acts % 2]
            self._used_acts += 1
            if "ing} with" in text and " with " in act.text:
                return None
            self._use(act)
            slots |= forms
        return self._numbers(self._slotted(text, slots))

    def _title(self, tools: list[Aspect]) -> str | None:
        about = "act" if self._dice.chance(0.6) else "noun"
        if self._kind == "paper" and self._dice.chance(0.7):
            about = "noun"
        self._title_about = about
        text = self._frame("titles", about, tools)
        if text is None:
            return None
        text = re.sub(r"^(?:an?|the) (?=[A-Z])", "", text)
        if self._kind == "paper" and self._dice.chance(0.05):
            text = f"[Paper] {text}"
        return title_case(text) if self._dice.chance(0.72) else capitalized(text)

    def _opening(self, title: str | None) -> str | None:
        if title is None:
            return None
        noun_odds = 0.45 if self._title_about == "act" else 0.0
        about = "noun" if self._dice.chance(noun_odds) else "act"
        text = self._frame("openings", about, [])
        if text is None:
            return None
        text, tags, free = _unmarked(text)
        self._tags += tags
        self._free += free
        return capitalized(text)

    def _body(self, tools: list[Aspect], extras: list[Aspect], title: str) -> list[str]:
        """Return up to four sentences, those that carry tags first."""
        middle: list[str] = []
        if self._model is not None and self._kind not in {"paper", "demo"}:
            sentence = self._model_sentence()
            middle += [sentence] if sentence else []
        for extra in extras:
            middle.append(self._aspect_sentence(extra, extras=True))
        details = 2 if self._dice.chance(0.4) or not middle else 1
        dealt = [self._deal("details") for _ in range(details)]
        for detail in dict.fromkeys(each for each in dealt if each is not None):
            self._use(detail)
            middle.append(self._numbers(detail.text))
        middle = self._dice.shuffled(dict.fromkeys(middle))
        last: list[str] = []
        for tool in tools:
            in_title = re.search(rf"(?<!\w){re.escape(tool.name)}(?!\w)", title, re.IGNORECASE)
            if in_title:
                self._tags.append(tool.tag)
            else:
                last.append(self._aspect_sentence(tool, extras=False))
        if len(middle) + len(last) < 4 and self._dice.chance(0.5):
            closer = self._use(self._composer.deal(("closers",), self._bank.closers, 0))
            assert closer is not None
            last.append(self._numbers(closer.text))
        return [capitalized(sentence) for sentence in middle + last]

    def _model_sentence(self) -> str | None:
        assert self._model is not None
        if self._model_said or not self._dice.chance(0.42):
            return None
        other = self._deal("models")
        two = other is not None and other.text != self._model.text and self._dice.chance(0.35)
        self._use(self._model)
        if two:
            self._use(other)
        frames = _PAIRS if two else _SINGLES
        usable = frames[:2] if self._task.area == "operations" else frames
        slots = {"model": self._model.text, "other": other.text if other else ""}
        return self._slotted(self._dice.pick(usable), slots)

    def _aspect_sentence(self, aspect: Aspect, *, extras: bool) -> str:
        key = ("extra" if extras else "tool", aspect.tag, aspect.sentences[0].text)
        sentence = self._use(self._composer.deal(key, aspect.sentences, 0))
        assert sentence is not None
        self._tags.append(aspect.tag)
        return self._numbers(sentence.text)

    def _numbers(self, text: str) -> str:
        for marked, low, high, step in ranges(text):
            number = self._dice.between(low, high, step)
            text = text.replace(marked, f"{number:,}" if number >= 1000 else str(number), 1)
        return text

    @staticmethod
    def _slotted(text: str, slots: dict[str, str]) -> str:
        for slot, value in slots.items():
            text = text.replace("{" + slot + "}", value)
        return text

    @staticmethod
    def _contradicts(sentences: list[str]) -> bool:
        for one, other in _CONTRADICTIONS:
            said = [sentence for sentence in sentences if one.search(sentence)]
            rest = [sentence for sentence in sentences if not one.search(sentence)]
            if said and any(other.search(sentence) for sentence in rest):
                return True
        return False


def _unmarked(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Split a filled frame from the tags that its frame is marked with."""
    found = re.match(r"^(.*?)(?: \[([a-z, -]+)\])?((?: #[a-z-]+)*)$", text)
    assert found is not None
    tags = tuple((found[2] or "").replace(" ", "").split(",")) if found[2] else ()
    return found[1], tags, tuple(found[3].replace("#", "").split())
