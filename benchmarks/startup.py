"""Start-up: the CPU time of each command on the bundled sample, over that of `import pandas`.

    python benchmarks/startup.py

Each command is a process of its own, in a clone of this repository whose versions were rebuilt
and whose indexes are filled; commands about answers, in a copy of it in which two people have
answered, as docs/labelling.md has it. A command that keeps its answers is measured three times:
where nothing is kept, as in a fresh clone; asked for the first time, without the answer itself but
with what other commands keep (the history, rows of sources, results of checks, indexes); and again.
`versions`, which needs the history, is measured with it and without. The commands take turns with
`python -c "import pandas"`; the least CPU time of each side is compared, as that of a start has a
floor and no ceiling. Whether bytecode was there stands with the surroundings.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import REPOSITORY, Usage, measure, own_code, take_turns
from tagledger.kept.output import SHELF
from tagledger.kept_files import FOLDER

NAME = "startup"
DESCRIPTION = "the start of each command on the sample, over `import pandas`"

BASE = "import pandas"
RUNS = 7
COMMANDS = (
    ("--help",),
    ("versions",),
    ("history", "transformers"),
    ("blame", "1200"),
    ("compare", "v5.0.0", "v6.0.0"),
    ("check",),
    ("summary",),
    ("sources",),
    ("rebuild", "--yes"),
    ("inspect", "data/raw/projects.json", "--yes"),
)
ABOUT_PEOPLE = (("agreement",), ("annotate", "status"), ("annotate", "policies"))
_TAGS = "opencv,clustering,text-classification,summarization,quantization"
_ITEMS = "docs/labelling/items.txt"
LABELLING = (
    ("start", "five-tags", "--items", _ITEMS, "--tags", _TAGS, "--annotators", "ann,bob"),
    ("import", "docs/labelling/ann.csv", "docs/labelling/bob.csv", "--at", "2026-11-26"),
)
KEEP_OUTPUT = {"history", "blame", "compare", "check", "agreement"}
ANEW, FIRST, AGAIN = ", anew", ", first", ", again"
HOW = {ANEW: "where nothing is kept", FIRST: "asked first", AGAIN: "asked again"}
GONE = {
    ANEW: (Path(".git", FOLDER), Path(".tagledger", "index")),
    FIRST: (SHELF.folder(Path(".git")),),
}


def _prepare(root: Path, labelled: Path) -> None:
    """A clone with its data in its cache and bytecode of its code, and one with outputs kept."""
    code = own_code()
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(root)], check=True)
    tagledger = (sys.executable, "-m", "tagledger")
    for command in (("dvc", "repro", "--quiet"), (*tagledger, "rebuild", "--yes")):
        measure(command, cwd=root, variables=code)
    for words in COMMANDS:
        measure((*tagledger, *words), cwd=root, variables=code)
    shutil.copytree(root, labelled, symlinks=True)
    for words in LABELLING:
        measure((*tagledger, "annotate", *words), cwd=labelled, variables=code)
    measure(("dvc", "repro", "--quiet"), cwd=labelled, variables=code)


def _sides() -> dict[str, tuple[str, ...]]:
    """What is measured; what is asked again comes after it was asked for the first time."""
    sides: dict[str, tuple[str, ...]] = {BASE: (sys.executable, "-c", BASE)}
    for words in (*COMMANDS, *ABOUT_PEOPLE):
        known = (ANEW, "") if words[0] == "versions" else ("",)
        for how in (ANEW, FIRST, AGAIN) if words[0] in KEEP_OUTPUT else known:
            sides[" ".join(words) + how] = (sys.executable, "-m", "tagledger", *words)
    return sides


def _measured(root: Path, name: str, command: tuple[str, ...]) -> Usage:
    for folder in next((GONE[how] for how in GONE if name.endswith(how)), ()):
        shutil.rmtree(root / folder, ignore_errors=True)
    return measure(command, cwd=root, variables=own_code())


def run(*, quick: bool) -> dict[str, Any]:
    """Measure the commands and the import in turn."""
    with tempfile.TemporaryDirectory() as folder:
        root, labelled = Path(folder) / "sample", Path(folder) / "labelled"
        _prepare(root, labelled)
        about_people = tuple(" ".join(words) for words in ABOUT_PEOPLE)
        usages = take_turns(
            {
                name: partial(
                    _measured, labelled if name.startswith(about_people) else root, name, command
                )
                for name, command in _sides().items()
            },
            2 if quick else RUNS,
        )
    base = _least(usages.pop(BASE))
    return {
        "runs": RUNS,
        "import_pandas_cpu_s": base,
        "cpu_s": {name: _least(found) for name, found in usages.items()},
        "table": [
            {
                "what": _what(name),
                "ours": f"{_least(found):.2f} s",
                "beside": f"{base:.2f} s, `{BASE}`",
                "ratio": f"{_least(found) / base:.2f} times the import",
            }
            for name, found in usages.items()
        ],
    }


def _what(name: str) -> str:
    how = next((one for one in HOW if name.endswith(one)), "")
    command = name.removesuffix(how)
    return f"CPU time of `tagledger {command}` on the sample{f', {HOW[how]}' if how else ''}"


def _least(usages: list[Usage]) -> float:
    return round(min(usage.cpu for usage in usages), 3)


if __name__ == "__main__":
    print(run(quick="--quick" in sys.argv))
