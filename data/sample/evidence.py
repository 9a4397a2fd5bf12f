"""Which label faults a reader of the text would notice."""

from __future__ import annotations

import re
from collections import Counter

from bank import Bank
from dice import Dice
from events import RISING, SINKING, SPLITS, Item

# Words that many tags share say nothing about which tag a text speaks of.
_COMMON_WORDS = frozenset(
    {
        "learning",
        "detection",
        "recognition",
        "classification",
        "neural",
        "networks",
        "estimation",
        "generation",
        "analysis",
        "systems",
        "modeling",
        "models",
        "image",
        "text",
        "question",
        "object",
        "data",
        "time",
    }
)
_RELATED = (
    {
        "text-classification",
        "sentiment-analysis",
        "hate-speech-detection",
        "fake-news-detection",
        "topic-modeling",
    },
    {
        "language-modeling",
        "text-generation",
        "dialogue-systems",
        "machine-translation",
        "summarization",
        RISING,
    },
    {"question-answering", "information-retrieval", "relation-extraction", "knowledge-graphs"},
    {"named-entity-recognition", "relation-extraction", "keyphrase-extraction"},
    {"time-series", "forecasting", "anomaly-detection", "fraud-detection"},
    {"reinforcement-learning", "policy-gradients", "deep-q-networks", "robotics", "multi-agent"},
    {"graph-neural-networks", "node-classification", "link-prediction", "graph-classification"},
    {"mlops", "model-serving", "monitoring", "experiment-tracking", "data-validation"},
    {"speech-recognition", "audio-classification", "text-to-speech"},
    {"image-generation", "style-transfer", "super-resolution", "inpainting"},
    {"object-detection", "object-tracking", "point-clouds", "pose-estimation", "face-recognition"},
)
_HALVES = {tag for split in SPLITS for tag in split.into}


class Evidence:
    """Knows what the text of an item says about its tags."""

    def __init__(self, bank: Bank, items: list[Item]) -> None:
        self._taxonomy = bank.taxonomy
        self._general = set(bank.general_tags)
        self._areas = {task.tag: task.area for task in bank.tasks if task.tag != RISING}
        self._counts = Counter(tag for item in items for tag in item.tags)

    def missable(self, item: Item) -> list[str]:
        """Return the tags of an item whose absence a reader would notice, sorted."""
        if len(item.tags) < 2:
            return []
        barred = {*self._general, *item.free, RISING, SINKING} | _HALVES
        text = _text(item)
        return sorted(
            tag
            for tag in set(item.tags) - barred
            if tag in self._taxonomy and (tag == item.draft.task or _spoken_of(tag, text))
        )

    def mistakable(self, item: Item, dice: Dice) -> list[str]:
        """Return tags that the text says nothing of; in half of the cases of the same area."""
        barred = set(item.tags) | self._kin(item) | _HALVES
        text = _text(item)
        pool = [
            tag
            for tag in sorted(self._areas)
            if self._counts[tag] >= 12 and tag not in barred and not _hinted_at(tag, text)
        ]
        near = [tag for tag in pool if self._areas[tag] == item.draft.area]
        return near if near and dice.chance(0.5) else pool

    def _kin(self, item: Item) -> set[str]:
        """Return the tags that one could defend for this item."""
        kin = {tag for group in _RELATED if group & set(item.tags) for tag in group}
        for tag in item.tags:
            kin |= {*self._taxonomy.get(tag, {"parents": []})["parents"]}
            kin |= {child for child, each in self._taxonomy.items() if tag in each["parents"]}
        return kin


def _text(item: Item) -> str:
    return f"{item.title} {item.description}".casefold()


def _stems(tag: str) -> list[str]:
    words = [word for word in tag.split("-") if word not in _COMMON_WORDS]
    return [word[:5] for word in words or tag.split("-")]


def _spoken_of(tag: str, text: str) -> bool:
    return all(re.search(rf"\b{re.escape(stem)}", text) for stem in _stems(tag))


def _hinted_at(tag: str, text: str) -> bool:
    return any(stem in text for stem in _stems(tag))
