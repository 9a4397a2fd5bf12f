"""Start-up: the CPU time of each command on the bundled sample, over that of `import pandas`.

    python benchmarks/startup.py

Each command is a process of its own, in a clone of this repository whose versions were rebuilt
and whose indexes are filled. The commands take turns with `python -c "import pandas"`; the least
CPU time of each side is compared, as that of a start has a floor and no ceiling. Whether bytecode
was there stands with the surroundings.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.harness import REPOSITORY, Usage, measure, own_code, take_turns

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
    ("summary",),
)


def _prepare(root: Path) -> None:
    """A clone whose data is in its cache and whose code has its bytecode."""
    code = own_code()
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(root)], check=True)
    tagledger = (sys.executable, "-m", "tagledger")
    for command in (("dvc", "repro", "--quiet"), (*tagledger, "rebuild", "--yes")):
        measure(command, cwd=root, variables=code)
    for words in COMMANDS:
        measure((*tagledger, *words), cwd=root, variables=code)


def run(*, quick: bool) -> dict[str, Any]:
    """Measure the commands and the import in turn."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "sample"
        _prepare(root)
        sides = {" ".join(words): (sys.executable, "-m", "tagledger", *words) for words in COMMANDS}
        sides[BASE] = (sys.executable, "-c", BASE)
        usages = take_turns(
            {
                name: lambda command=command: measure(command, cwd=root, variables=own_code())
                for name, command in sides.items()
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
                "what": f"CPU time of `tagledger {name}` on the sample",
                "ours": f"{_least(found):.2f} s",
                "beside": f"{base:.2f} s, `{BASE}`",
                "ratio": f"{_least(found) / base:.2f} times the import",
            }
            for name, found in usages.items()
        ],
    }


def _least(usages: list[Usage]) -> float:
    return round(min(usage.cpu for usage in usages), 3)


if __name__ == "__main__":
    print(run(quick="--quick" in sys.argv))
