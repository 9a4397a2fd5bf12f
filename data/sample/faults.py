"""The faults of real catalogues, one function each: text in, spoiled text out."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

from compose import jaccard, shingles
from dice import Dice

NEARLY_THE_SAME = 0.8  # planted near duplicates are at least this much alike, a margin above 0.75

_REWORDINGS = (
    ("shows how to", "explains how to"), ("data set", "dataset"), ("labeled", "labelled"),
    ("small", "tiny"), ("Written in", "Implemented in"), ("Includes", "Contains"),
    ("Learn how to", "Find out how to"), ("hands-on", "practical"), ("needs", "requires"),
    ("are included", "are provided"), ("Compares", "Contrasts"), ("This post", "This article"),
    ("step-by-step", "detailed"), ("unofficial", "independent"), ("open-source", "free"),
    ("Built around", "Based on"), ("readable", "legible"), ("as well", "too"), ("and", "&"),
    ("hard", "difficult"), ("Each", "Every"), ("shown", "displayed"), ("is", "was"),
    ("beside", "next to"), ("before", "ahead of"), ("made", "produced"), ("real", "actual"),
    ("write-up", "report"), ("Runs", "Works"), ("lightweight", "light"), ("are", "were"),
)  # fmt: skip
_TITLE_ENDINGS = (" (repost)", " [Code]", " (v2)", " (updated)", "!")
_BRANDS = {
    "pytorch": "PyTorch", "tensorflow": "TensorFlow", "keras": "Keras", "opencv": "OpenCV",
    "spacy": "spaCy", "mlops": "MLOps", "automl": "AutoML", "fastapi": "FastAPI",
    "mlflow": "MLflow", "jax": "JAX",
}  # fmt: skip


def entities(text: str, _dice: Dice) -> str:
    """Escape what HTML escapes, as a catalogue filled from a web form has it."""
    return html.escape(text, quote=False).replace("'", "&#39;").replace('"', "&quot;")


def markup(text: str, dice: Dice) -> str:
    """Leave HTML tags in the text.

    A closing tag stands before a space, so that it does not matter whether a cleaner puts
    nothing or a space in its place.
    """
    how = dice.below(3)
    if how == 0:
        return f"<p>{text}</p>"
    if how == 1 and ". " in text:
        return text.replace(". ", ".<br> ", 1)
    words = text.split(" ")
    plain = [at for at, word in enumerate(words[:-1]) if word.isalpha() and len(word) > 4]
    if not plain:
        return f"<p>{text}</p>"
    at = dice.pick(plain)
    name = dice.pick(("b", "i", "em", "strong"))
    words[at] = f"<{name}>{words[at]}</{name}>"
    return " ".join(words)


def white_space(text: str, dice: Dice) -> str:
    """Double, replace or add white space."""
    how = dice.below(6)
    words = text.split(" ")
    at = 1 + dice.below(max(1, len(words) - 2))
    head, tail = " ".join(words[:at]), " ".join(words[at:])
    if how == 0:
        return f"{head}  {tail}"
    if how == 1:
        return f"{head}\t{tail}"
    if how == 2:
        return f"  {text}\t"
    if how == 3:
        return f"{head}&nbsp;{tail}"
    if how == 4:
        return f"{head}\u00a0{tail} "
    return text.replace(". ", ".\r\n") + "\r\n"


def invisible(text: str, dice: Dice) -> str:
    """Put a zero-width or control character where a copy from elsewhere leaves one."""
    words = text.split(" ")
    at = 1 + dice.below(max(1, len(words) - 1))
    mark = dice.pick(("\u200b", "\u200b", "\u2060", "\x07", "\x7f"))
    if dice.chance(0.25):
        return "\ufeff" + text
    return " ".join(words[:at]) + " " + mark + " ".join(words[at:])


def decomposed(text: str, _dice: Dice) -> str:
    """Write accents as characters of their own (Unicode NFD)."""
    return unicodedata.normalize("NFD", text)


TEXT_FAULTS: dict[str, Callable[[str, Dice], str]] = {
    "decomposed_accent": decomposed,
    "html_entities": entities,
    "html_tags": markup,
    "invisible_characters": invisible,
    "white_space": white_space,
}


def misspelled_tag(tag: str, dice: Dice) -> str:
    """Return the tag in odd case, or with spaces or underscores; never the tag itself."""
    title = "-".join(part.capitalize() for part in tag.split("-"))
    options = [
        title, title.replace("-", "_"), title.replace("-", " "), tag.replace("-", " "),
        tag.replace("-", "_"), f"{tag} ", f" {tag}", f"{title.replace('-', ' ')} ", tag.upper(),
    ]  # fmt: skip
    if tag in _BRANDS:
        options += [_BRANDS[tag]] * 3
    return dice.pick([option for option in options if option != tag])


def typo(text: str, dice: Dice) -> str:
    """Swap two inner letters of one word of plain lower case."""
    words = [word for word in dict.fromkeys(text.split(" ")) if re.fullmatch("[a-z]{6,12}", word)]
    for word in dice.shuffled(words):
        at = 1 + dice.below(len(word) - 3)
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if swapped != word:
            return text.replace(f" {word} ", f" {swapped} ", 1)
    return text


def reworded(texts: list[tuple[str, str]], dice: Dice) -> tuple[str, str]:
    """Return a title and description nearly the same as each of `texts`."""
    for _ in range(200):
        title, description = texts[0]
        how = dice.below(4)
        if how in {0, 1}:
            title += dice.pick(_TITLE_ENDINGS)
        if how in {1, 2}:
            fitting = [pair for pair in _REWORDINGS if re.search(rf"\b{pair[0]}\b", description)]
            if fitting:
                old, new = dice.pick(fitting)
                description = re.sub(rf"\b{old}\b", new, description, count=1)
        if how == 3:
            title = title.lower() if dice.chance(0.5) else title.upper()
            description = description.rstrip(".")
        variant = (title, description)
        if variant not in texts and all(alike(variant, text) for text in texts):
            return variant
    raise ValueError(f"no near duplicate found of {texts[0][0]!r}")


def alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two texts are near duplicates, whichever way words are told apart."""
    by_space = [
        frozenset(words) | frozenset(pairwise(words))
        for words in (" ".join(text).casefold().split() for text in (one, other))
    ]
    shared = len(by_space[0] & by_space[1]) / len(by_space[0] | by_space[1])
    return (
        shared >= NEARLY_THE_SAME - 0.03
        and jaccard(shingles(*one), shingles(*other)) >= NEARLY_THE_SAME
    )
