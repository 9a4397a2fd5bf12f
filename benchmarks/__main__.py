"""Run the benchmarks: `python -m benchmarks [NAME …] [--quick]`.

A module of this folder is a benchmark when it has `NAME`, `DESCRIPTION` and `run(quick)`, which
returns what it found as JSON's types. Of that, `table` is shown: a list of rows with the keys
what, ours, beside, ratio and spread. A module may also have `pages(found)`: more files for
results/, their texts by name. Only a run that is not quick is written to results/ and to the table
in README.md.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.harness import own_code_environment, surroundings

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
README = FOLDER / "README.md"
_START, _END = "<!-- results -->\n", "<!-- end of results -->\n"
_HEADINGS = {
    "what": "measured",
    "ours": "ours",
    "beside": "beside",
    "ratio": "ratio (median of pairs)",
    "spread": "least to most",
}


def known() -> dict[str, tuple[str, str]]:
    """Each benchmark's module and description, by its name.

    The modules are read, not run: what they load would count as memory of what is measured.
    """
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        constants = {
            node.targets[0].id: node.value.value
            for node in body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
        if {"NAME", "DESCRIPTION"} <= constants.keys() and "run" in functions:
            found[constants["NAME"]] = (path.stem, constants["DESCRIPTION"])
    return found


def table(rows: list[dict[str, str]]) -> str:
    """Rows as a Markdown table."""
    lines = [list(_HEADINGS.values()), ["---"] * len(_HEADINGS)]
    lines += [[row.get(key, "") for key in _HEADINGS] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def readme(text: str, results: Path) -> str:
    """The text of README.md with the table of all results in its place."""
    rows = []
    for path in sorted(results.glob("*.json")):
        rows += json.loads(path.read_text("utf-8")).get("table", [])
    before, _, rest = text.partition(_START)
    _, _, after = rest.partition(_END)
    return f"{before}{_START}\n{table(rows)}\n{_END}{after}"


def _run_alone(module: str, *, quick: bool) -> dict[str, Any]:
    """Run a benchmark in a process that loads nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "found.json"
        command = [sys.executable, "-m", "benchmarks", "--alone", module, str(target)]
        subprocess.run([*command, *(["--quick"] * quick)], env=own_code_environment(), check=True)
        found: dict[str, Any] = json.loads(target.read_text("utf-8"))
    return found


def _alone(module: str, target: Path, *, quick: bool) -> None:
    found = import_module(f"benchmarks.{module}").run(quick=quick)
    target.write_text(json.dumps(found))


def _publish(name: str, module: str, found: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    pages = getattr(import_module(f"benchmarks.{module}"), "pages", None)
    for file, text in (pages(found) if pages else {}).items():
        (RESULTS / file).write_text(text, "utf-8")
    README.write_text(readme(README.read_text("utf-8"), RESULTS), "utf-8")


def main() -> None:
    """Run the benchmarks that are named, or all."""
    benchmarks = known()
    names = "\n".join(f"  {name:16}{text}" for name, (_, text) in benchmarks.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"Measure speed and memory beside the peers.\n\nbenchmarks:\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to run; by default, all")
    parser.add_argument("--quick", action="store_true", help="small and once; nothing is written")
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.alone:
        _alone(chosen.alone[0], Path(chosen.alone[1]), quick=chosen.quick)
        return
    unknown = sorted(set(chosen.names) - benchmarks.keys())
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are: {', '.join(benchmarks)}")
    for name in chosen.names or benchmarks:
        module, description = benchmarks[name]
        print(f"{name}: {description}", file=sys.stderr)
        found = {"surroundings": surroundings()} | _run_alone(module, quick=chosen.quick)
        if not chosen.quick:
            _publish(name, module, found)
        print(table(found.get("table", [])))


if __name__ == "__main__":
    main()
