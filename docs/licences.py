"""Make docs/licences.md, the licences of all that requirements.lock pins: `make licences`.

A package's licence is what its own metadata says: `License-Expression`, else `License`, else its
classifiers. Names that are not SPDX's are brought to SPDX's. What is not installed here, because
its marker asks for another system, was read from its metadata once and is kept in `ELSEWHERE`.

Fails, and names the package, where a licence is unknown, or asks more of whoever uses the package
unchanged than this project can promise (the GPL with no other licence to choose).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
LIST = ROOT / "docs" / "licences.md"

PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT"),
    *("MIT-0", "MIT-CMU", "PSF-2.0", "ZPL-2.1", "Zlib"),
}
# Copyleft that ends at the package's own files: it asks something of those who change them.
OF_ITS_OWN_FILES = {"EPL-1.0", "EPL-2.0", "MPL-2.0"}

# Other names of licences, in lower case, as metadata and classifiers have them. A BSD licence of
# which a package does not say how many clauses it has stays "BSD".
NAMES = {
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD",
    "gplv2 | eplv1": "GPL-2.0-only OR EPL-1.0",
    "gplv2 with linking exception": "GPL-2.0-only WITH linking-exception",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "psf": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "zope public license": "ZPL-2.1",
}
# Says nothing by itself: the classifiers say which.
UNTOLD = {"", "dual license"}

# The licence of what some system, or interpreter, does not install.
ELSEWHERE = {
    "librt": "MIT",
    "pycparser": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "ruamel-yaml-clib": "MIT",
    "tzdata": "Apache-2.0",
    "watchdog": "Apache-2.0",
}

# Packages under the GPL with an exception, and why that is enough.
EXCEPTIONS = {
    "pygit2": (
        "Its exception gives unlimited permission to link it into other programs and to "
        "distribute these. It is used unchanged, and this repository does not ship it."
    ),
}

HEAD = """\
# Licences of what is installed

Made by `make licences` from requirements.lock and the metadata of what it pins: do not edit. A test
makes it again, and fails on a licence that is unknown, or the GPL with no other to choose.

This repository ships none of these packages: `make setup` fetches them. Tagledger needs those that
pyproject.toml names under `dependencies`, and what these need; the others are tools for those who
change it. Where the lock has several versions of a package, the list has the one that Python 3.11
to 3.13 get.

The list is what each package says of itself. Wheels of numpy, scipy and scikit-learn also hold
GCC's runtime libraries, under the GPL with GCC's runtime library exception. All else that a wheel
holds is said in its own licence files: `.venv/lib/python*/site-packages/*.dist-info/`.

## GPL, or something else
"""


@dataclass(frozen=True)
class Package:
    """A package of the lock, its licence in SPDX's terms, and where it is not installed."""

    name: str
    licence: str
    only_where: str = ""


def read_lock(text: str) -> dict[str, list[Requirement]]:
    """Return each package of a lock with its pins: several where Python's version decides."""
    pins: dict[str, list[Requirement]] = {}
    for line in text.splitlines():
        if line and not line.startswith((" ", "#")):
            pin = Requirement(line.rstrip("\\ "))
            pins.setdefault(pin.name, []).append(pin)
    return pins


def licence_of(described: Message) -> str:
    """Return the licence that a package's metadata states, in SPDX's terms; "" for none."""
    expression = str(described.get("License-Expression") or "").strip()
    if expression:
        return expression
    stated = str(described.get("License") or "").strip()
    # The field often holds the licence's whole text.
    if "\n" not in stated and len(stated) < 80 and stated.lower() not in UNTOLD:
        return NAMES.get(stated.lower(), stated)
    classifiers = (str(line).split(" :: ") for line in described.get_all("Classifier") or [])
    names = {
        words[-1] for words in classifiers if words[0] == "License" and words[-1] != "OSI Approved"
    }
    # Metadata of that age cannot say whether "or" is meant: all are taken to hold.
    return " AND ".join(sorted(NAMES.get(name.lower(), name) for name in names))


def read_packages(
    lock: str,
    read: Callable[[str], Message] = metadata.metadata,
    environment: Mapping[str, str] | None = None,
) -> list[Package]:
    """Return every package of a lock, by name, with the licence that was found for it."""
    here = dict(environment or default_environment())
    packages = []
    for name, pins in sorted(read_lock(lock).items()):
        markers = [pin.marker for pin in pins]
        installed = any(marker is None or marker.evaluate(here) for marker in markers)
        # Several pins differ by Python's version: each Python has one of them.
        alone = "" if len(pins) > 1 or markers[0] is None else str(markers[0])
        if installed:
            try:
                licence = licence_of(read(name))
            except metadata.PackageNotFoundError:
                licence = ""
        else:
            licence = ELSEWHERE.get(name, "")
        packages.append(Package(name, licence, alone.replace('"', "'")))
    return packages


def choices(licence: str) -> list[list[str]]:
    """Return the licences to choose from, each as the list of all that hold together.

    >>> choices("MPL-2.0 AND (Apache-2.0 OR MIT)")
    [['MPL-2.0', 'Apache-2.0'], ['MPL-2.0', 'MIT']]
    """
    words = re.findall(r"[()]|[^\s()]+(?: WITH [^\s()]+)?", licence)

    def either() -> list[list[str]]:
        found = both()
        while words and words[0] == "OR":
            words.pop(0)
            found = found + both()
        return found

    def both() -> list[list[str]]:
        found = one()
        while words and words[0] == "AND":
            words.pop(0)
            added = one()
            found = [first + second for first in found for second in added]
        return found

    def one() -> list[list[str]]:
        word = words.pop(0) if words else ""
        if word != "(":
            return [[word]]
        inner = either()
        if words:
            words.pop(0)
        return inner

    found = either()
    # Words that are left are no expression: nobody knows what they allow.
    return [[licence]] if words else found


def chosen(package: Package) -> list[str] | None:
    """Return the licences that the package is used under, or None if none of them will do."""
    allowed = PERMISSIVE | OF_ITS_OWN_FILES
    for together in sorted(choices(package.licence), key=_freedom):
        if set(together) <= allowed:
            return together
    return [package.licence] if _is_excepted(package) else None


def _freedom(together: Iterable[str]) -> int:
    return sum(licence not in PERMISSIVE for licence in together)


def _is_excepted(package: Package) -> bool:
    return package.name in EXCEPTIONS and " WITH " in package.licence


def problems(packages: Iterable[Package]) -> Iterator[str]:
    """Yield a line for each package whose licence is not known or not good enough."""
    for package in packages:
        if not package.licence:
            yield f"{package.name}: no licence is known"
        elif chosen(package) is None:
            yield f"{package.name}: {package.licence} is unknown, or asks for more than is promised"


def render(packages: list[Package]) -> str:
    """Return the text of docs/licences.md."""
    strong = [package for package in packages if "GPL" in package.licence]
    weak = [
        package
        for package in packages
        if package not in strong and set(chosen(package) or ()) & OF_ITS_OWN_FILES
    ]
    partial = [package for package in packages if package.only_where]
    return "\n".join(
        [
            HEAD,
            *_table(("package", "licences", "used under, and why that is fine"), map(_why, strong)),
            "",
            "## Copyleft of their own files",
            "",
            "Who distributes changes to the package's own files has to publish them. Here the",
            "files stay as they are.",
            "",
            *_table(("package", "licence"), ((each.name, each.licence) for each in weak)),
            "",
            "## Not on every system",
            "",
            "Where these are not installed, the list has what their metadata said when it was",
            "read.",
            "",
            *_table(("package", "only where"), ((e.name, f"`{e.only_where}`") for e in partial)),
            "",
            "## All",
            "",
            *_table(("package", "licence"), ((each.name, each.licence) for each in packages)),
            "",
        ]
    )


def _why(package: Package) -> tuple[str, str, str]:
    if _is_excepted(package):
        return package.name, package.licence, EXCEPTIONS[package.name]
    used = chosen(package)
    licence = " and ".join(used or ["none of them"])
    return package.name, package.licence, f"{licence}, which the package leaves us to choose."


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [heads, ("---",) * len(heads), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines]


def main() -> None:
    """Write the list, unless a licence in it will not do."""
    packages = read_packages(LOCK.read_text(encoding="utf-8"))
    if found := list(problems(packages)):
        sys.exit(
            "error: licences that will not do\nwhere: " + "\n       ".join(found) + "\n next: "
            "read the package's licence; then name it in docs/licences.py, or take the package out"
        )
    LIST.write_text(render(packages), encoding="utf-8")


if __name__ == "__main__":
    main()
