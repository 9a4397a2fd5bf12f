"""A large raw snapshot, as the fetch stage would leave it: `python -m benchmarks.generate DIR N`.

Items have four labels each out of 500 tags, used as unevenly as tags are (Zipf), and texts as long
as those of a real catalogue of projects. A few of them need work: HTML entities and tags, stray
white space, decomposed letters; tags in odd case, with underscores, by an alias, twice, or blank;
ids that repeat; texts that are equal but for their case. The process that measures must stay
small, so this runs in one of its own.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

TAGS = 500
LABELS = 4
WORDS = 20_000
REPEATED = 0.001  # share of items whose id comes a second time, with other labels
COPIED = 0.005  # share of rows whose words are those of another row, in another case
_ONSETS = ["b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl", "gr"]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io"]
_CODAS = ["", "", "n", "r", "s", "l", "t", "ng", "ck", "nd"]
_START = np.datetime64("2015-01-01T00:00:00", "us")
_YEARS = 10

# What mars a text: where, what, its share of the titles and of the descriptions. White space and
# characters beyond ASCII are as frequent as in a catalogue that people filled by hand.
_FAULTS = [
    ("end", " ", 0.03, 0.11),
    ("inside", "\r\n", 0.0, 0.04),
    ("inside", "  ", 0.006, 0.024),
    ("inside", " \u2014 ", 0.01, 0.01),
    ("inside", "\u2019s ", 0.006, 0.03),
    ("inside", " \U0001f680 ", 0.005, 0.015),
    ("inside", " caf\u00e9 ", 0.002, 0.002),
    ("inside", " cafe\u0301 ", 0.001, 0.001),  # decomposed
    ("inside", "\u00a0", 0.001, 0.003),
    ("inside", " &amp; ", 0.004, 0.008),
    ("inside", " &#39;s ", 0.001, 0.004),
    ("inside", " &lt;3 ", 0.0, 0.001),
    ("inside", " <b>so</b> ", 0.0, 0.004),
]


def _zipf(random: np.random.Generator, size: int, values: int) -> NDArray[np.int64]:
    """Numbers below `values`, the k-th most frequent with a weight of 1 / (k + 5)."""
    weights = 1 / (np.arange(values) + 5)
    edges = np.cumsum(weights / weights.sum())
    return np.minimum(np.searchsorted(edges, random.random(size)), values - 1)


def _words(random: np.random.Generator, count: int) -> pa.Array:
    """Distinct words of one to four syllables, which can be said."""
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = [random.choice(part, size=(count, 4)) for part in (_ONSETS, _VOWELS, _CODAS)]
        lengths = random.choice([1, 2, 3, 4], p=[0.45, 0.4, 0.12, 0.03], size=count)
        parts = np.stack(syllables, axis=-1)
        for word, length in zip(parts, lengths, strict=True):
            found["".join(word[:length].ravel())] = None
    return pa.array(list(found)[:count])


def _texts(
    random: np.random.Generator, words: pa.Array, size: int, *, kind: int, least: int, most: int
) -> pa.Array:
    """Texts of `least` to `most` words each, some of them marred; kind 0 is a title."""
    counts = random.integers(least, most + 1, size)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    chosen = words.take(pa.array(_zipf(random, int(offsets[-1]), len(words))))
    lists = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), chosen)
    texts = pc.utf8_capitalize(pc.binary_join(lists, " "))
    fault = np.searchsorted(np.cumsum([row[2 + kind] for row in _FAULTS]), random.random(size))
    for number, (where, what, *_) in enumerate(_FAULTS):
        here = pa.array(fault == number)
        some = texts.filter(here)
        if where == "end":
            marred = pc.binary_join_element_wise(some, what, "")
        else:
            marred = pc.replace_substring(some, " ", what, max_replacements=1)
        texts = pc.replace_with_mask(texts, here, marred)
    return texts


def taxonomy(random: np.random.Generator) -> list[dict[str, object]]:
    """Tags of two words, every fifth with an alias and every tenth with a broader tag."""
    words = _words(random, 2 * TAGS + TAGS // 5).to_pylist()
    names = ["-".join(words[at : at + 2]) for at in range(0, 2 * TAGS, 2)]
    return [
        {
            "tag": name,
            "aliases": [words[2 * TAGS + at // 5]] if at % 5 == 0 else [],
            "parents": [names[at - 1]] if at % 10 == 9 else [],
        }
        for at, name in enumerate(names)
    ]


def _spellings(tags: list[dict[str, object]]) -> list[str]:
    """Each tag as its taxonomy spells it, then in three other ways, and at last a blank one."""
    names = [str(tag["tag"]) for tag in tags]
    title = [name.replace("-", " ").title() for name in names]
    under = [name.replace("-", "_") for name in names]
    alias = [str(listed[0]) if (listed := tag["aliases"]) else f" {tag['tag']} " for tag in tags]  # type: ignore[index]
    return [*names, *title, *under, *alias, " "]


def _labels(random: np.random.Generator, tags: list[dict[str, object]], items: int) -> pa.ListArray:
    tag = _zipf(random, items * LABELS, TAGS)
    repeats = np.flatnonzero(random.random(len(tag)) < 0.02)  # of the label before it
    tag[repeats] = tag[repeats - 1]
    way = random.choice(4, p=[0.9, 0.04, 0.03, 0.03], size=len(tag))
    code = tag + TAGS * way
    code[random.random(len(tag)) < 0.002] = 4 * TAGS
    spelled = pa.array(_spellings(tags)).take(pa.array(code))
    offsets = pa.array(np.arange(0, len(tag) + 1, LABELS), pa.int32())
    return pa.ListArray.from_arrays(offsets, spelled)


def raw_items(random: np.random.Generator, tags: list[dict[str, object]], items: int) -> pa.Table:
    """A table with the columns id, created_on, title, description and tags."""
    again = random.choice(items, size=int(items * REPEATED), replace=False)
    number = np.concatenate([np.arange(items), again])
    seconds = random.choice(_YEARS * 365 * 86_400, size=len(number), replace=False)
    created_on = _START + np.sort(seconds).astype("timedelta64[s]")
    words = _words(random, WORDS)
    copies, originals = random.permutation(len(number))[: 2 * int(COPIED * items)].reshape(2, -1)
    place = np.arange(len(number))
    place[copies] = originals
    copied = pa.array(place != np.arange(len(number)))
    title = _texts(random, words, len(number), kind=0, least=2, most=9).take(pa.array(place))
    description = _texts(random, words, len(number), kind=1, least=5, most=30)
    return pa.table(
        {
            "id": pa.array(1_000_000 + 7 * number),
            "created_on": pa.array(created_on, pa.timestamp("us")),
            "title": pc.if_else(copied, pc.utf8_lower(title), title),
            "description": description.take(pa.array(place)),
            "tags": _labels(random, tags, len(number)),
        }
    )


def write(folder: Path, items: int, seed: int = 0) -> None:
    """Write items.parquet, tags.json and provenance.json to `folder`/data/raw."""
    random = np.random.default_rng(seed)
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    tags = taxonomy(random)
    (raw / "tags.json").write_text(json.dumps(tags))
    pq.write_table(raw_items(random, tags, items), raw / "items.parquet", compression="zstd")
    columns = {name: name for name in ("id", "created_on", "title", "description")}
    reading = {
        "items": {"file": "items.parquet", "columns": columns},
        "labels": {"list": "tags"},
        "taxonomy": {"file": "tags.json"},
    }
    (raw / "provenance.json").write_text(json.dumps({"reading": reading}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("items", type=int)
    arguments = parser.parse_args()
    write(arguments.folder, arguments.items)


if __name__ == "__main__":
    main()
