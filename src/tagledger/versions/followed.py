"""Which versions people follow: the lineage of one source; and what to say of the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tagledger.versions.version import WORKSPACE, Version, is_of_source
from tagledger.words import count, listed, plain, plural


@dataclass(frozen=True)
class Followed:
    """The lineage of a source: where it begins, and what is left out.

    Attributes
    ----------
    source
        The source of the work tree, or else of HEAD; None where its dvc.lock does not say, so that
        nothing is left out.
    begins
        The name of its first version; None where there is none.
    left_out
        The number of versions of each other source, the oldest source first.
    before
        Whether all of these are older than the first version.
    """

    source: str | None
    begins: str | None
    left_out: Mapping[str, int]
    before: bool

    def line(self) -> str:
        """Where the lineage begins and what is left out; empty where nothing is."""
        many = sum(self.left_out.values())
        if not many:
            return ""
        sources = plural(len(self.left_out), "source", "sources")
        names = listed([*map(plain, self.left_out)])
        how = "came before" if self.before else plural(many, "is left out", "are left out")
        first = "the work tree" if self.begins == WORKSPACE else plain(self.begins)
        return (
            f"The source {plain(self.source)} begins with {first}; "
            f"{count(many, 'version')} of the {sources} {names} {how}"
        )

    def document(self) -> dict[str, Any]:
        """As JSON."""
        left_out = [{"source": name, "versions": many} for name, many in self.left_out.items()]
        return {"source": self.source, "begins": self.begins, "left_out": left_out}


def followed(oldest_first: Sequence[Version], source: str | None) -> Followed:
    """What is followed of some versions, and what is left out."""
    own = [is_of_source(one, source) for one in oldest_first]
    pairs = [*zip(oldest_first, own, strict=True)]
    return Followed(
        source=source,
        begins=next((one.name for one, follows in pairs if follows), None),
        left_out=Counter(str(one.source) for one, follows in pairs if not follows),
        before=own == sorted(own),
    )
