"""Texts as sets of word 1- and 2-grams, by whose Jaccard similarity near duplicates are found."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_PAIRS_AT_ONCE = 50_000

# Scripts written without spaces: there each character counts as a word, or whole sentences would.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")


def whole_texts(
    title: pa.Array | pa.ChunkedArray, description: pa.Array | pa.ChunkedArray
) -> pa.Array | pa.ChunkedArray:
    """The text by which an item's near duplicates are found: its title and its description."""
    return pc.binary_join_element_wise(title, description, pa.scalar(" ", title.type))


def word_strings(texts: pa.Array | pa.ChunkedArray) -> pa.LargeStringArray:
    """The case-folded words of each text joined by one space; null where there is no word."""
    texts = pc.cast(texts, pa.large_string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    words = pc.replace_substring_regex(
        pc.ascii_lower(texts), pattern="[^0-9a-z_]+", replacement=" "
    )
    words = pc.ascii_trim(words, " ")
    # Beyond ASCII, what a letter is and how it folds is known to Python, not to Arrow.
    foreign = pc.fill_null(pc.invert(pc.string_is_ascii(texts)), fill_value=False)
    by_hand = [
        " ".join(WORD.findall(text.casefold())) for text in texts.filter(foreign).to_pylist()
    ]
    words = pc.replace_with_mask(words, foreign, pa.array(by_hand, pa.large_string()))
    return pc.if_else(pc.equal(words, ""), pa.scalar(None, pa.large_string()), words)


def grams(texts: pa.LargeStringArray) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """64-bit hashes of the word 1- and 2-grams of each text, with repetitions, and offsets.

    The hashes depend on the words alone. Among the grams of two texts of a hundred words each,
    two different ones share a hash with a probability of about 10^-15.
    """
    split = pc.split_pattern(texts, " ")
    starts = split.offsets.to_numpy()
    encoded = split.flatten().dictionary_encode()
    distinct = encoded.dictionary.to_numpy(zero_copy_only=False)
    word = pd.util.hash_array(distinct, categorize=False)[encoded.indices.to_numpy()]
    # A text of k words has k words and then k - 1 pairs: 2k - 1 grams.
    counts = np.diff(starts)
    offsets = np.concatenate(([0], np.cumsum(2 * counts - 1)))
    hashes = np.empty(offsets[-1], np.uint64)
    text = np.repeat(np.arange(len(counts)), counts)
    slot = np.arange(len(word)) - starts[0] + (offsets[:-1] - starts[:-1])[text]
    hashes[slot] = word
    pair = np.flatnonzero(text[1:] == text[:-1])
    hashes[slot[pair] + counts[text[pair]]] = mix(word[pair], word[pair + 1])
    return hashes, offsets


def mix(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One hash of two, in order (the finalizer of SplitMix64; Steele, Lea and Flood 2014)."""
    mixed = first * np.uint64(0x9E3779B97F4A7C15) + second
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


class GramSets:
    """The sets of grams of some texts, none of them empty.

    Attributes
    ----------
    grams
        The number of distinct grams.
    members
        Shape (members of all sets,): text * grams + gram, ascending.
    sizes
        Shape (texts,): the number of members of each set.
    """

    def __init__(self, hashes: NDArray[np.uint64], offsets: NDArray[np.int64]) -> None:
        distinct, gram = np.unique(hashes, return_inverse=True)
        self.grams = len(distinct)
        text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        members = np.sort(text * self.grams + gram)
        self.members = members[np.diff(members, prepend=-1) > 0]
        self.sizes = np.bincount(self.members // max(self.grams, 1), minlength=len(offsets) - 1)
        self._starts = np.cumsum(self.sizes) - self.sizes

    def jaccard(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
        """The Jaccard similarity of each pair of texts."""
        shared = np.empty(len(left), np.int64)
        for start in range(0, len(left), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            shared[part] = self.count_shared(left[part], right[part])
        return shared / (self.sizes[left] + self.sizes[right] - shared)

    def count_shared(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many grams each pair shares: the left text's grams looked up in the right one's."""
        size = self.sizes[left]
        pair = np.repeat(np.arange(len(left)), size)
        index = np.arange(len(pair)) + (self._starts[left] - np.cumsum(size) + size)[pair]
        wanted = self.members[index] + ((right - left) * self.grams)[pair]
        at = np.searchsorted(self.members, wanted)
        hit = self.members[np.minimum(at, len(self.members) - 1)] == wanted
        return np.bincount(pair[hit], minlength=len(left))
