"""Groups of items whose texts are the same or nearly the same.

Two texts are near duplicates when the Jaccard similarity of their sets of word 1- and 2-grams,
case folded, reaches a threshold; groups are the connected components of that relation. Texts
with the same words in the same order are brought together first. Among the distinct ones
MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman, *Mining of
Massive Datasets*, section 3.4) proposes pairs, and each proposed pair is checked against the
definition: a group never rests on an estimate. What the hashing misses, one pair in a thousand
at the threshold and fewer above it, depends on the texts alone: not on the order of the rows,
the number of threads or the hash seed of Python.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rensa import RMinHash, RMinHashLSH

from tagledger.cleaning.chains import cut_chains
from tagledger.cleaning.grams import GramSets, grams, mix, word_strings
from tagledger.errors import TagledgerError

LEAST_SIMILARITY = 0.1
RECALL = 0.999

_SIGNATURE = 256  # 32-bit numbers per signature at most: a kilobyte a text
_SEED = 1
NEIGHBOURS = 16  # pairs proposed per text within one bucket of one band, at most
_TEXTS_AT_ONCE = 50_000
_ROWS_AT_ONCE = 20_000  # signatures leave rensa as lists of int: keep the lists short

# Characters beyond ASCII that case folding turns into ASCII letters, and others.
FOLDS_TO_ASCII = "[ßİŉſǰ\u1e96-\u1e9a\u1e9e\u212a\ufb00-\ufb06]"


def near_duplicate_groups(
    texts: pa.Array | pa.ChunkedArray,
    keys: NDArray[Any],
    *,
    similarity: float | None,
    chain: float | None = None,
) -> NDArray[np.int64]:
    """The group of each text, named by the position of one of its members.

    Parameters
    ----------
    texts
        Shape (items,), string or large_string. A missing text, like one without a word, is
        alone in its group.
    keys
        Shape (items,), unique and sortable, integers or an object array of str: the item with
        the smallest key represents its group, wherever it stands.
    similarity
        The least Jaccard similarity of near duplicates, from `LEAST_SIMILARITY` to 1; at 1 only
        texts with equal sets of 1- and 2-grams are grouped. None: only texts of the same words in
        the same order, in a fraction of the time.
    chain
        The least Jaccard similarity that any two items of a group have: see `cut_chains`. None:
        groups are whole components, however long their chains.

    Returns
    -------
    NDArray[np.int64]
        Shape (items,): the position of the group's representative. An item alone in its group
        represents itself.

    Raises
    ------
    TagledgerError
        The similarity is out of its range.
    ValueError
        There are not as many keys as texts, or a key is repeated.

    Notes
    -----
    Groups are chains: A and C share a group when both resemble B, though they may not resemble
    each other. A low similarity can chain unlike texts together: `chains.least_similarities`
    shows it, and `chain` limits it. What a limit takes apart may hold similar pairs, which a
    split can then bring to two sides.
    """
    if similarity is not None and not LEAST_SIMILARITY <= similarity <= 1:
        raise TagledgerError(
            f"near duplicates cannot be found at a similarity of {similarity}",
            hint=f"choose a similarity from {LEAST_SIMILARITY} to 1; 0.7 is a good start",
        )
    if len(keys) != len(texts):
        raise ValueError(f"{len(texts)} texts have {len(keys)} keys")
    order = np.argsort(keys, kind="stable")
    if (keys[order[1:]] == keys[order[:-1]]).any():
        raise ValueError("the keys are not unique")
    group = np.arange(len(texts), dtype=np.int64)
    if similarity is None:
        order = order[_may_have_an_equal(texts)[order]]
        words = word_strings(texts.take(pa.array(order))).dictionary_encode()
        code = words.indices.fill_null(-1).to_numpy()
        return _named_by_the_first(group, order[code >= 0], code[code >= 0])
    encoded = word_strings(texts).dictionary_encode()
    has_words = encoded.is_valid().to_numpy(zero_copy_only=False)
    if not has_words.any():
        return group
    distinct = encoded.indices.fill_null(0).to_numpy()
    order = order[has_words[order]]
    component = _components(encoded.dictionary, similarity, chain)[distinct[order]]
    return _named_by_the_first(group, order, component)


def _named_by_the_first(
    group: NDArray[np.int64], order: NDArray[np.int64], component: NDArray[np.int64]
) -> NDArray[np.int64]:
    """`group` with the texts at `order` named by the first of their component."""
    _, first, number = np.unique(component, return_index=True, return_inverse=True)
    group[order] = order[first[number]]
    return group


def bands_and_rows(similarity: float) -> tuple[int, int]:
    """How many bands of how many rows a MinHash signature needs for `RECALL`.

    Two texts of Jaccard similarity s agree in a row with probability s, in all r rows of a band
    with s^r, and in at least one of b bands with 1 - (1 - s^r)^b. More rows let fewer unlike
    pairs through; more bands let more like pairs through. So: as many rows as can be had, with
    the bands that keep the recall at the threshold, within a signature of 256 numbers.

    >>> bands_and_rows(0.7)
    (38, 5)
    """
    best = (bands_needed(similarity, 1), 1)
    for rows in range(2, _SIGNATURE + 1):
        bands = bands_needed(similarity, rows)
        if bands * rows <= _SIGNATURE:
            best = (bands, rows)
    return best


def bands_needed(similarity: float, rows: int) -> int:
    """Fewest bands of so many rows that reach `RECALL` at a similarity."""
    agree = similarity**rows
    return 1 if agree > RECALL else math.ceil(math.log(1 - RECALL) / math.log1p(-agree))


def _may_have_an_equal(texts: pa.Array | pa.ChunkedArray) -> NDArray[np.bool_]:
    """Shape (items,): False where no other text has the same words.

    A text's number is the sum of those of its ASCII letters, digits and underscores, whatever
    their case and order, so that texts of the same words have the same number.
    """
    weight = np.zeros(256, np.uint32)
    letters = np.frombuffer(b"0123456789_abcdefghijklmnopqrstuvwxyz", np.uint8)
    weight[letters] = mix(letters.astype(np.uint64), np.uint64(_SEED) + letters)
    weight[ord("A") : ord("Z") + 1] = weight[ord("a") : ord("z") + 1]
    numbers = [np.empty(0, np.uint32)]
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        some = pc.cast(texts.slice(start, _TEXTS_AT_ONCE), pa.large_string())
        some = some.combine_chunks() if isinstance(some, pa.ChunkedArray) else some
        beyond = pc.invert(pc.fill_null(pc.string_is_ascii(some), fill_value=True))
        foreign = some.filter(beyond)
        if pc.any(pc.match_substring_regex(foreign, FOLDS_TO_ASCII)).as_py():
            folded = [text.casefold() for text in foreign.to_pylist()]
            some = pc.replace_with_mask(some, beyond, pa.array(folded, pa.large_string()))
        _, offsets, data = some.buffers()
        starts = np.frombuffer(offsets, np.int64)[some.offset : some.offset + len(some)]
        end = starts[0] + pc.sum(pc.binary_length(some), min_count=0).as_py()
        # One more, for texts at the end that are empty; an empty text has anybody's number.
        of_letter = np.zeros(end - starts[0] + 1, np.uint32)
        weight.take(
            np.frombuffer(data or b"", np.uint8)[starts[0] : end], out=of_letter[:-1], mode="clip"
        )
        numbers.append(np.add.reduceat(of_letter, starts - starts[0], dtype=np.uint32))
    return pd.Series(np.concatenate(numbers)).duplicated(keep=False).to_numpy()


def _components(
    texts: pa.LargeStringArray, similarity: float, chain: float | None
) -> NDArray[np.int64]:
    """The component of each of some distinct word strings, named by the index of a member."""
    bands, rows = bands_and_rows(similarity)
    hashes, offsets = grams(texts)
    sketch = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, bands * rows, _SEED)
    index = RMinHashLSH(similarity, bands * rows, bands)
    shares_a_band = np.array(index.query_duplicate_flags_matrix_one_shot(sketch), dtype=bool)
    del sketch, index, hashes, offsets
    # Few texts share a band with another. They alone go on, in an order of their own making.
    some = np.flatnonzero(shares_a_band)
    some = some[pc.sort_indices(texts.take(some)).to_numpy()]
    hashes, offsets = grams(texts.take(some))
    sets = GramSets(hashes, offsets)
    merged = np.arange(len(some), dtype=np.int64)
    for left, right in candidates(_signatures(hashes, offsets, bands, rows)):
        apart = merged[left] != merged[right]  # whom a chain connects already needs no check
        if apart.any():
            a, b = left[apart], right[apart]
            alike = sets.jaccard(a, b) >= similarity
            merged = _merge(merged, a[alike], b[alike])
    if chain is not None:
        merged = cut_chains(merged, sets, chain)
    component = np.arange(len(texts), dtype=np.int64)
    component[some] = some[merged]
    return component


def _merge(
    component: NDArray[np.int64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Join the components of each `left` and `right`; each is named by its smallest member.

    Every round hooks each component to its lowest neighbour, so that at most half of those that
    still have one remain. scipy.sparse.csgraph does the same, but takes longer to import than
    this takes on a hundred thousand texts.
    """
    component = component.copy()
    while True:
        a, b = component[left], component[right]
        low, high = np.minimum(a, b), np.maximum(a, b)
        apart = low < high
        if not apart.any():
            return component
        np.minimum.at(component, high[apart], low[apart])
        while (component != component[component]).any():
            component = component[component]


def _signatures(
    hashes: NDArray[np.uint64], offsets: NDArray[np.int64], bands: int, rows: int
) -> NDArray[np.uint64]:
    """Shape (texts, bands): one number for the rows of each band of each text's signature."""
    parts = [np.empty((0, bands), np.uint64)]
    for start in range(0, len(offsets) - 1, _ROWS_AT_ONCE):
        bounds = offsets[start : start + _ROWS_AT_ONCE + 1]
        some = hashes[bounds[0] : bounds[-1]]
        sketch = RMinHash.digest_matrix_from_flat_token_hashes(
            some, bounds - bounds[0], bands * rows, _SEED
        )
        digest = np.array(sketch.to_rows(), dtype=np.uint64).reshape(-1, bands, rows)
        band = digest[:, :, 0]
        for row in range(1, rows):
            band = mix(band, digest[:, :, row])
        parts.append(band)
    return np.concatenate(parts)


def candidates(
    bands: NDArray[np.uint64],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs (left, right) of texts that share the value of a band; a few arrays for each band.

    A bucket of thousands of texts (a boilerplate with one word changed) has millions of pairs.
    Each text is paired with the `NEIGHBOURS` that follow it in its bucket, the nearest first:
    buckets up to that size yield all pairs, larger ones a chain of overlapping windows in the
    order of the texts.
    """
    for band in bands.T:
        order = np.argsort(band, kind="stable")
        value = band[order]
        for step in range(1, NEIGHBOURS + 1):
            same = np.flatnonzero(value[step:] == value[:-step])
            if not len(same):
                break
            yield order[same], order[same + step]
