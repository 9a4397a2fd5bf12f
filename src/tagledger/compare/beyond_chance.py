"""Distances between the tag distributions of two versions, and those that chance alone gives."""

from __future__ import annotations

from tagledger.compare.aligned import Aligned
from tagledger.compare.result import Distance
from tagledger.measures.distances import DISTANCES, Distances, distances
from tagledger.measures.null_quantiles import null_quantiles, paired_null_quantiles


def beyond_chance(both: Aligned, permutations: int) -> dict[str, Distance]:
    """Each distance by its name, with the bound that chance alone gives."""
    observed = distances(both.version_a.counts, both.version_b.counts)
    null = _by_chance(both, permutations)
    widest = observed.l_infinity_tag
    return {
        name: Distance(
            value=getattr(observed, name),
            no_change_95=getattr(null, name),
            tag=both.tags[widest] if name == "l_infinity" and widest is not None else None,
        )
        for name in DISTANCES
    }


def _by_chance(both: Aligned, permutations: int) -> Distances:
    """The bounds of the distances: of the pairs where items are kept, else of two samples."""
    if not both.kept.any():
        return null_quantiles(both.a[both.in_a], both.b[both.in_b], permutations=permutations)
    return paired_null_quantiles(
        both.a[both.kept],
        both.b[both.kept],
        both.a[~both.in_b],
        both.b[~both.in_a],
        permutations=permutations,
    )
