"""What the sidebar chose, and its place in the address of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tagledger.layers import LAYERS, Layer
from tagledger.versions import Version

DEFAULT_LAYER: Layer = "filtered"
_FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Choice:
    """Two versions by their names, and the layer they are compared in."""

    base: str
    target: str
    layer: Layer = DEFAULT_LAYER

    @property
    def names(self) -> tuple[str, str]:
        """Base and target."""
        return self.base, self.target

    def to_params(self) -> dict[str, str]:
        """As parameters of the page's address: all of them, so that a link keeps its meaning."""
        return {"base": self.base, "target": self.target, "layer": self.layer}


def chronological(versions: Sequence[Version]) -> list[Version]:
    """The versions from the oldest to the newest; the workspace is the newest."""
    # The list names later releases first, which settles commits of one second.
    earlier_first = list(reversed(versions))
    return sorted(earlier_first, key=lambda one: (one.revision is None, one.date or _FIRST))


def default_choice(versions: Sequence[Version]) -> Choice:
    """The newest version, beside the release before it or else the version before it.

    Parameters
    ----------
    versions
        At least one, as `tagledger.versions.list_versions` gives them.
    """
    ordered = chronological(versions)
    return Choice(base=base_for(ordered[-1].name, versions), target=ordered[-1].name)


def base_for(target: str, versions: Sequence[Version]) -> str:
    """The version that `target` is best compared with: the release before it, or any before."""
    ordered = chronological(versions)
    names = [version.name for version in ordered]
    before = ordered[: names.index(target)]
    releases = [version for version in before if version.kind == "release"]
    chosen = releases or before
    return chosen[-1].name if chosen else target


def from_params(
    params: Mapping[str, str],
    versions: Sequence[Version],
    resolve: Callable[[str], str | None],
) -> tuple[Choice, list[str]]:
    """What an address asks for.

    Parameters
    ----------
    params
        Its parameters; those that are missing take their defaults.
    versions
        The versions there are, at least one.
    resolve
        Finds the name of the version that another text, such as a branch, means.

    Returns
    -------
    choice
        What to show.
    unknown
        What it asks for and is not there.
    """
    unknown: list[str] = []
    names = {name: version.name for version in reversed(versions) for name in version.names}
    names |= {version.name: version.name for version in versions}

    def named(key: str) -> str | None:
        asked = params.get(key)
        if not asked:
            return None
        found = names.get(asked) or resolve(asked)
        if found is None:
            unknown.append(asked)
        return found

    target = named("target") or default_choice(versions).target
    base = named("base") or base_for(target, versions)
    layer = params.get("layer", DEFAULT_LAYER)
    found = next((name for name in LAYERS if name == layer), None)
    if found is None:
        unknown.append(layer)
    return Choice(base, target, found or DEFAULT_LAYER), unknown


def between(base: Version, target: Version, versions: Sequence[Version]) -> list[Version]:
    """The versions from one to the other, both included, from the oldest to the newest."""
    ordered = chronological(versions)
    names = [version.name for version in ordered]
    start, end = sorted((names.index(base.name), names.index(target.name)))
    return ordered[start : end + 1]
