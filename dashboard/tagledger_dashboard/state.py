"""The versions and the layer that the sidebar chose, and how the page's address names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tagledger.layers import LAYERS, Layer
from tagledger.versions import WORKSPACE, Version, is_of_source, of_source

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


def day(version: Version) -> str:
    """The day of a version, as 2024-06-30: "now" for the work tree, empty where git has no date.

    A commit whose date is on no calendar, as after a faulty import, has none.
    """
    if version.date is not None:
        return version.date.strftime("%Y-%m-%d")
    return "now" if version.kind == WORKSPACE else ""


def default_choice(versions: Sequence[Version], source: str | None = None) -> Choice:
    """The newest version, compared with the release before it, or else with the version before it.

    Parameters
    ----------
    versions
        At least one, as `tagledger.versions.list_versions` gives them.
    source
        The source that people follow: both are of it.
    """
    ordered = chronological(of_source(versions, source) or versions)
    return Choice(base=base_for(ordered[-1].name, versions), target=ordered[-1].name)


def base_for(target: str, versions: Sequence[Version]) -> str:
    """The version to compare `target` with: the release before it, else the version before it.

    It is of the same source. The target itself, if it is the first of its source.
    """
    source = next(version.source for version in versions if version.name == target)
    ordered = chronological(of_source(versions, source))
    names = [version.name for version in ordered]
    before = ordered[: names.index(target)]
    releases = [version for version in before if version.kind == "release"]
    chosen = releases or before
    return chosen[-1].name if chosen else target


def from_params(
    params: Mapping[str, str],
    versions: Sequence[Version],
    resolve: Callable[[str], str | None],
    source: str | None = None,
) -> tuple[Choice, list[str]]:
    """The choice that an address asks for.

    Parameters
    ----------
    params
        The address's parameters; a missing one takes its default.
    versions
        All versions, at least one.
    resolve
        Gives the name of the version that another text means, such as a branch; None for none.
    source
        The source that people follow.

    Returns
    -------
    choice
        What to show.
    unknown
        Names in the address that no version has.
    """
    unknown: list[str] = []
    names = {name: version.name for version in reversed(versions) for name in version.names}
    names |= {version.name: version.name for version in versions}

    def named(key: str) -> str | None:
        wanted = params.get(key)
        if not wanted:
            return None
        name = names.get(wanted) or resolve(wanted)
        if name is None:
            unknown.append(wanted)
        return name

    target = named("target") or default_choice(versions, source).target
    base = named("base") or base_for(target, versions)
    layer_name = params.get("layer", DEFAULT_LAYER)
    layer = next((name for name in LAYERS if name == layer_name), None)
    if layer is None:
        unknown.append(layer_name)
    return Choice(base, target, layer or DEFAULT_LAYER), unknown


def of_these(versions: Sequence[Version], *chosen: Version) -> list[Version]:
    """The versions that are of the same source as one of the chosen ones."""
    return [one for one in versions if any(is_of_source(one, version.source) for version in chosen)]


def between(base: Version, target: Version, versions: Sequence[Version]) -> list[Version]:
    """The versions from one to the other, both included, from the oldest to the newest.

    Those of other sources than these two have are left out.
    """
    ordered = chronological(of_these(versions, base, target))
    names = [version.name for version in ordered]
    start, end = sorted((names.index(base.name), names.index(target.name)))
    return ordered[start : end + 1]
