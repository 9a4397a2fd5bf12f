"""A cold `dvc repro` of the sample, over the least that such a `dvc repro` can take.

The floor has the same graph (stages, dependencies, parameters, outputs), but each of its stages
only loads pandas and pandera and writes a small file for each of its outputs. Cold: a new clone,
with neither outputs nor a cache, nor bytecode of our own modules.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from benchmarks.harness import REPOSITORY, Usage, measure, medians, own_code, ratios, take_turns

NAME = "repro_floor"
DESCRIPTION = "a cold `dvc repro` of the sample, over the same graph of stages that do nothing"
RUNS, QUICK_RUNS = 5, 1

_CARRIED = ("src", "schemas", "data", ".dvc", ".dvcignore", ".gitignore", "dvc.yaml", "params.yaml")
_FLOOR = Path("floor_stage.py")
_COMMIT = ("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-q", "-m", "all")


def floor_graph(graph: str) -> str:
    """The text of dvc.yaml with commands that only load libraries and write the outputs."""
    # Only paths are read, and only commands replaced: DVC reads YAML 1.2, and PyYAML does not.
    for name, stage in yaml.safe_load(graph)["stages"].items():
        outputs = [
            path
            for kind in ("outs", "metrics", "plots")
            for entry in stage.get(kind, [])
            for path in ([entry] if isinstance(entry, str) else entry)
        ]
        if f"cmd: {stage['cmd']}\n" not in graph:
            raise RuntimeError(f"the command of the stage {name} is not on a line of its own")
        command = f"python {_FLOOR} {' '.join(outputs)}"
        graph = graph.replace(f"cmd: {stage['cmd']}\n", f"cmd: {command}\n")
    return graph


def clone(target: Path) -> None:
    """A git repository with what is in this one, committed or not, and nothing that was built."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *_CARRIED],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (REPOSITORY / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, target / name)
    params = yaml.safe_load((target / "params.yaml").read_text())
    params["fetch"] |= {"source": "sample", "snapshot": "2025-06-30"}
    (target / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))


def _commit(target: Path) -> None:
    for words in (["init", "-q"], ["add", "-A"], _COMMIT):
        subprocess.run(["git", *words], cwd=target, check=True)


def _repro(target: Path) -> Usage:
    variables = own_code(target)
    return measure([sys.executable, "-m", "dvc", "repro"], cwd=target, variables=variables)


def run(*, quick: bool) -> dict[str, Any]:
    """Measure both in turn."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ours, floor = folder / "ours", folder / "floor"
        for target in (ours, floor):
            clone(target)
        graph = (floor / "dvc.yaml").read_text("utf-8")
        (floor / "dvc.yaml").write_text(floor_graph(graph), "utf-8")
        shutil.copy(REPOSITORY / "benchmarks" / "peers" / _FLOOR, floor / _FLOOR)
        for target in (ours, floor):
            _commit(target)

        def anew(template: Path) -> Usage:
            # A place of its own each time: DVC keeps notes on a place outside of the repository.
            with tempfile.TemporaryDirectory(dir=folder) as place:
                return _repro(Path(shutil.copytree(template, Path(place) / "clone")))

        sides = {"ours": lambda: anew(ours), "floor": lambda: anew(floor)}
        usages = take_turns(sides, QUICK_RUNS if quick else RUNS)
    ratio = ratios(usages["ours"], usages["floor"])
    found = {side: medians(of) for side, of in usages.items()}
    return {
        "runs": len(usages["ours"]),
        "aim": "wall time at most 1.3 times the floor's",
        "sides": found,
        "ratios": {"ours / floor": ratio},
        "table": [
            {
                "what": f"{measured} of a cold `dvc repro` of the sample",
                "ours": f"{found['ours'][key]:.1f} s",
                "beside": f"{found['floor'][key]:.1f} s, the floor",
                "ratio": f"{ratio[name]['median']:.2f} times the floor",
                "spread": f"{ratio[name]['least']:.2f} to {ratio[name]['most']:.2f}",
            }
            for measured, name, key in (("time", "wall", "wall_s"), ("CPU time", "cpu", "cpu_s"))
        ],
    }
