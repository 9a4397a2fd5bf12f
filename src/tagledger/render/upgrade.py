"""What an upgrade changes, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagledger.pipeline.upgrading import Upgrade
from tagledger.words import listed, plural

_MOST = 20


def upgrade_json(upgrade: Upgrade, *, dry_run: bool) -> dict[str, Any]:
    """An upgrade as one JSON document."""
    releases: dict[str, tuple[str | None, str | None]] = {}
    releases["tagledger"] = (upgrade.before.tagledger, upgrade.now.tagledger)
    for package in sorted({*upgrade.before.packages, *upgrade.now.packages}):
        releases[package] = (
            upgrade.before.packages.get(package),
            upgrade.now.packages.get(package),
        )
    return {
        "format": 1,
        "dry_run": dry_run,
        "tagledger": {"before": upgrade.before.tagledger, "now": upgrade.now.tagledger},
        "releases": [
            {"name": name, "before": before, "now": now}
            for name, (before, now) in releases.items()
            if before != now
        ],
        "rerun": list(upgrade.rerun),
        "gone": list(upgrade.gone),
        "files": sorted(path.as_posix() for path in upgrade.files),
    }


def upgrade_lines(upgrade: Upgrade, *, dry_run: bool) -> Iterator[str]:
    """The lines that say what an upgrade changes, and what to do next."""
    if not upgrade.files:
        yield "Up to date: the dataset is made by what is installed."
        return
    yield from upgrade.changed
    if upgrade.rerun:
        verb = plural(len(upgrade.rerun), "runs", "run")
        yield f"{listed(upgrade.rerun, _MOST)} {verb} again, for another code or other libraries;"
        yield "later stages run too where that makes other data."
    else:
        yield "No stage runs again: their code is the same."
    for name in upgrade.gone:
        yield f"The stage {name} is no more."
    names = sorted(path.as_posix() for path in upgrade.files)
    if dry_run:
        yield f"Would be written: {', '.join(names)}"
        yield "Next: tagledger upgrade"
        return
    yield f"Written: {', '.join(names)}"
    yield "Next: dvc repro, then git add --all and git commit"
