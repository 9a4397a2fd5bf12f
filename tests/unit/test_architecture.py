"""The rules of ARCHITECTURE.md that a reader of one module cannot see broken.

The code is read, never run: imports inside functions count as those at the top do. Each rule is
a function from the modules to its breaches; the second half of this file breaks each on purpose.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = {
    "tagledger": "src/tagledger",
    "tagledger_schemas": "schemas/tagledger_schemas",
    "tagledger_dashboard": "dashboard/tagledger_dashboard",
}

SCHEMA_LIBRARIES = {"numpy", "pandas", "pandera"}
VERSIONING = {"dvc", "dvc_data", "dvc_objects", "dvc_render", "dulwich", "git", "pygit2", "scmrepo"}
VERSIONING_PROGRAMS = {"git", "dvc"}
TABLE_LIBRARIES = {
    f"pyarrow.{name}" for name in ("csv", "dataset", "feather", "ipc", "json", "orc", "parquet")
}
# Modules that are found by their folder, below a package, and the module that runs them. The fetch
# stage looks at what they say of themselves, to check readings: no byte that it writes follows from
# how they read, so it does not depend on them, and a changed reader fetches nothing again.
FOUND = {
    "tagledger.readers.blocks": "tagledger.readers.formats",
    "tagledger.readers.raw": "tagledger.readers.labels",
}
TABLE_METHODS = {
    f"to_{kind}"
    for kind in ("csv", "excel", "feather", "hdf", "orc", "parquet", "pickle", "sql", "stata")
}


@dataclass(frozen=True)
class Module:
    """A first-party module: its dotted name, its path from the root, and its code."""

    name: str
    path: str
    code: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.code, filename=self.path)

    @property
    def is_package(self) -> bool:
        return self.path.endswith("/__init__.py")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def does_nothing(self) -> bool:
        """Whether importing it only defines: then a stage does not depend on what it says."""
        inert = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return all(
            isinstance(node, inert)
            or (isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Constant))
            or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
            or (isinstance(node, ast.ImportFrom) and node.module in {"__future__", "typing"})
            or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
            for node in self.tree.body
        )

    @cached_property
    def imports(self) -> list[tuple[str, str]]:
        """Each import's local name and what it stands for, dotted: pq, pyarrow.parquet."""
        found: list[tuple[str, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(alias.asname or alias.name, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                found += [(name.asname or name.name, f"{base}.{name.name}") for name in node.names]
            elif isinstance(node, ast.Call) and node.args:
                called, first = dotted(node.func), node.args[0]
                if called.split(".")[-1] in {"import_module", "__import__"} and isinstance(
                    first, ast.Constant
                ):
                    found.append(("", str(first.value)))
        return found

    @cached_property
    def defines(self) -> set[str]:
        """The names that it has at its top."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        made = {node.name for node in self.tree.body if isinstance(node, kinds)}
        for node in self.tree.body:
            if isinstance(node, ast.Assign):
                made |= {dotted(target) for target in node.targets}
            elif isinstance(node, ast.AnnAssign):
                made.add(dotted(node.target))
        return made | {name for name, _ in self.imports}

    @cached_property
    def for_types_only(self) -> set[str]:
        """What it imports under `if TYPE_CHECKING:` and nowhere else."""
        blocks = [node for node in ast.walk(self.tree) if isinstance(node, ast.If)]
        blocks = [node for node in blocks if ast.unparse(node.test) == "TYPE_CHECKING"]
        code = "\n".join(ast.unparse(statement) for node in blocks for statement in node.body)
        inside = Module(self.name, self.path, code).imports
        return {
            target
            for _, target in inside
            if sum(one == target for _, one in inside) == sum(t == target for _, t in self.imports)
        }

    @cached_property
    def targets(self) -> list[str]:
        """What it imports, each once."""
        return sorted({target for _, target in self.imports})

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        up = node.level - self.is_package
        base = self.name.split(".")[: -up or None]
        return ".".join([*base, *filter(None, [node.module])])

    @cached_property
    def _names(self) -> dict[str, str]:
        return dict(self.imports)

    def meant(self, expression: ast.expr) -> str:
        """The dotted name that an expression stands for: `pd.read_csv` is pandas.read_csv."""
        first, _, rest = dotted(expression).partition(".")
        return ".".join(filter(None, [self._names.get(first, first), rest]))


def dotted(expression: ast.expr) -> str:
    """A name with its attributes, `pd.read_csv`; of anything else the attributes alone."""
    if isinstance(expression, ast.Attribute):
        return f"{dotted(expression.value)}.{expression.attr}"
    return expression.id if isinstance(expression, ast.Name) else ""


Modules = dict[str, Module]
Rule = Callable[[Modules], Iterator[str]]


def load(root: Path) -> Modules:
    found: Modules = {}
    for package, folder in PACKAGES.items():
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root / folder).with_suffix("").parts
            name = ".".join([package, *parts]).removesuffix(".__init__")
            found[name] = Module(name, path.relative_to(root).as_posix(), path.read_text("utf-8"))
    return found


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def first_party(module: Module, modules: Modules) -> set[str]:
    """The first-party modules that it runs by its imports: the named, and packages on the way."""
    found: set[str] = set()
    folder = FOUND.get(module.name)
    found_by_folder = [name for name in modules if folder and name.startswith(f"{folder}.")]
    for target in [*module.targets, *found_by_folder]:
        if target in module.for_types_only:
            continue  # no code of it runs
        parts = target.split(".")
        known = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
        known = [name for name in known if name in modules]
        if known:
            *packages, named = known
            found |= {named, *(name for name in packages if not modules[name].does_nothing)}
    return found - {module.name}


def closure(name: str, modules: Modules) -> set[str]:
    """A module and all first-party modules that it runs, directly or not."""
    reached: set[str] = set()
    ahead = {name}
    while ahead:
        current = ahead.pop()
        reached.add(current)
        ahead |= first_party(modules[current], modules) - reached
    return reached


# The rules.


def schemas_stand_alone(modules: Modules) -> Iterator[str]:
    allowed = SCHEMA_LIBRARIES | sys.stdlib_module_names | {"tagledger_schemas"}
    for module in modules.values():
        if within(module.name, "tagledger_schemas"):
            for target in module.targets:
                if target.split(".")[0] not in allowed:
                    yield f"{module.path} imports {target}"


def library_knows_no_dashboard(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        if within(module.name, "tagledger"):
            for target in module.targets:
                if within(target, "tagledger_dashboard"):
                    yield f"{module.path} imports {target}"


def views_know_no_streamlit(modules: Modules) -> Iterator[str]:
    for name in modules:
        if within(name, "tagledger_dashboard.views"):
            for reached in sorted(closure(name, modules)):
                if any(within(used, "streamlit") for used in modules[reached].targets):
                    yield f"{modules[name].path} imports streamlit in {modules[reached].path}"


def stages_stand_apart(modules: Modules) -> Iterator[str]:
    stages = {name for name in modules if name.startswith("tagledger.stages.")}
    for stage in sorted(stages):
        for other in sorted(closure(stage, modules) & stages - {stage}):
            yield f"{modules[stage].path} imports {other}"


def only_versions_touches_git_or_dvc(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        if within(module.name, "tagledger.versions"):
            continue
        for target in module.targets:
            if within(target, *VERSIONING):
                yield f"{module.path} imports {target}"
        for node in module.nodes:
            if _runs(node):
                yield f"{module.path}:{node.lineno} runs {ast.unparse(node)}"


def _runs(node: ast.AST) -> bool:
    """Whether a node is the words of a command of git or DVC, or a call with it as one text."""
    if isinstance(node, ast.List | ast.Tuple):
        words = [item.value if isinstance(item, ast.Constant) else None for item in node.elts]
        if "-m" in words:
            words = words[words.index("-m") + 1 :]
        return len(words) > 1 and isinstance(words[0], str) and _names_program(words[0])
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = dotted(node.func).split(".")
        text = str(node.args[0].value).split(maxsplit=1)
        shells = {"run", "call", "check_call", "check_output", "Popen", "system", "popen", "split"}
        return (
            called[0] in {"subprocess", "os", "shlex"} | shells
            and called[-1] in shells
            and (bool(text) and _names_program(text[0]))
        )
    return False


def _names_program(word: str) -> bool:
    return word.rpartition("/")[2] in VERSIONING_PROGRAMS


def only_tables_reads_and_writes_tables(modules: Modules) -> Iterator[str]:
    for module in modules.values():
        # The guess samples tables, and copies the first rows of large ones to prove a reading.
        # Files of labelling tools are their own, and no tables of ours.
        allowed = r"tagledger\.(tables|guess\.(samples|proving)|(readers|annotation_tools)(\.\w+)*)"
        if re.fullmatch(allowed, module.name):
            continue
        for target in module.targets:
            if within(target, "csv", "sqlite3", *TABLE_LIBRARIES):
                yield f"{module.path} imports {target}"
        for node in module.nodes:
            if isinstance(node, ast.Attribute | ast.Name):
                meant = module.meant(node)
                if re.match(r"pandas\.(read_|ExcelWriter|HDFStore)", meant) or within(
                    meant, "pyarrow.ipc", "pyarrow.parquet", "pyarrow.csv"
                ):
                    yield f"{module.path}:{node.lineno} uses {meant}"
            # Without a path these give text or bytes, as a download button wants them.
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in TABLE_METHODS
                and (node.args or {key.arg for key in node.keywords} & {"path", "path_or_buf"})
            ):
                yield f"{module.path}:{node.lineno} writes with {node.func.attr}"


def nothing_imports_a_stage(modules: Modules) -> Iterator[str]:
    """Stages are programs, for dvc.yaml alone: what others need of one is a module of its own."""
    for module in modules.values():
        if not within(module.name, "tagledger.stages"):
            for target in module.targets:
                if within(target, "tagledger.stages"):
                    yield f"{module.path} imports {target}"


# From the ground up: a room imports rooms of the floors below its own, none beside it or above.
# A room is a module of src/tagledger or a package there.
FLOORS: list[set[str]] = [
    {"errors"},
    {"bounds", "files", "words", "titles", "layers", "own_process", "ports"},
    {"documents", "kept_files"},
    {"events", "own_schemas", "params", "pipeline", "reports", "tables", "yaml_edits"},
    {"labels", "sources", "stratify", "validation", "versions"},
    {"kept", "readers", "splitting"},
    {"annotation_tools", "cleaning", "guess", "workspace"},
    {"measures", "verdicts"},
    {"agreement", "compare"},
    {"dataset"},
    {"history", "release", "summary"},
    {"adding", "campaigns"},
    {"render", "stages", "starting"},
    {"commands"},
    {"cli"},
    {"__main__"},
]


def floors_are_kept(modules: Modules) -> Iterator[str]:
    floors = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
    for module in modules.values():
        _, _, rest = module.name.partition("tagledger.")
        room = rest.split(".")[0]
        if not within(module.name, "tagledger") or not room:
            continue
        if room not in floors:
            yield f"{module.path} has no floor: name it in FLOORS"
            continue
        for target in sorted({*module.targets} - module.for_types_only):
            if within(target, "tagledger") and target.count("."):
                other = target.split(".")[1]
                if (
                    other not in {room, "__version__"}
                    and floors.get(other, len(FLOORS)) >= floors[room]
                ):
                    yield f"{module.path} imports {target}, which is not on a floor below"


def imports_make_no_circle(modules: Modules) -> Iterator[str]:
    """No circle of imports, those in functions too.

    What a type checker alone reads makes none, nor what a package hands on.
    """
    needs: dict[str, set[str]] = {}
    for module in modules.values():
        targets = {module_of(one, modules) for one in {*module.targets} - module.for_types_only}
        needs[module.name] = {
            one for one in targets if one not in {None, module.name} and not modules[one].is_package
        }
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        yield f"these modules import each other in a circle: {', '.join(error.args[1])}"


def module_of(target: str, modules: Modules) -> str | None:
    """The module that is imported, or whose name is; None for another's."""
    parts = target.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((name for name in names if name in modules), None)


def undeclared_code(modules: Modules, pipeline: dict[str, object]) -> Iterator[str]:
    """A stage's code that its `deps` do not name, and code they name that it does not run."""
    by_path = {module.path: module for module in modules.values()}
    for stage, described in pipeline["stages"].items():
        found = re.search(r"python3? -m (\S+)", str(described["cmd"]))
        if found is None or found[1] not in modules:
            yield f"stage {stage} runs no module of this repository: {described['cmd']}"
            continue
        deps = [next(iter(dep)) if isinstance(dep, dict) else dep for dep in described["deps"]]
        named = {
            path
            for path in by_path
            if any(path == dep or path.startswith(f"{dep.rstrip('/')}/") for dep in deps)
        }
        run = {modules[name].path for name in closure(found[1], modules)}
        for path in sorted(run - named):
            yield f"stage {stage} runs {path}: name it in its deps"
        for path in sorted(named - run):
            if not (by_path[path].is_package and by_path[path].does_nothing):
                yield f"stage {stage} does not run {path}: take it out of its deps"
        for dep in deps:
            if within(dep.replace("/", "."), "src", "schemas", "dashboard") and not (
                any(path == dep or path.startswith(f"{dep}/") for path in by_path)
            ):
                yield f"stage {stage} names {dep}, which is not there"


# Their __init__ has code, which every stage that imports one of their modules depends on.
WITH_CODE = {
    "tagledger": "its version, and `load` when it is asked for",
    "tagledger.stages": "ends a stage that is interrupted while it imports",
    "tagledger.stratify": "is used by itself, and stages depend on the whole of it",
}


def packages_of_stages_are_bare(modules: Modules) -> Iterator[str]:
    """An import in a package's __init__ would be a dependency of each stage that uses a module."""
    for stage in modules:
        if stage.startswith("tagledger.stages."):
            for name in sorted(closure(stage, modules)):
                parts = name.split(".")
                for package in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
                    module = modules[package]
                    if module.is_package and package not in WITH_CODE and not is_bare(module):
                        yield f"{module.path} holds more than a docstring, and {stage} imports it"


def is_bare(module: Module) -> bool:
    """Whether it has a docstring at most."""
    return not module.tree.body[ast.get_docstring(module.tree) is not None :]


# Modules of the dashboard that show what a module or a room of the library of the same name makes.
SHOWN = {
    *("agreement", "blame", "causes", "collecting", "gates", "imbalance", "quality", "renames"),
    "taxonomy",
}
# Names that mean in both what they mean in any program.
USUAL = {"__main__", "loading"}


def a_name_of_both_means_one_thing(modules: Modules) -> Iterator[str]:
    """A module of the dashboard is not named like a different thing of the library."""
    library = {name.split(".")[-1] for name in modules if within(name, "tagledger")}
    for module in modules.values():
        last = module.name.split(".")[-1]
        if (
            within(module.name, "tagledger_dashboard")
            and last in library - SHOWN - USUAL
            and not module.is_package
        ):
            yield f"{module.path} is named like a different thing in tagledger"


RULES: list[Rule] = [
    a_name_of_both_means_one_thing,
    packages_of_stages_are_bare,
    schemas_stand_alone,
    library_knows_no_dashboard,
    views_know_no_streamlit,
    stages_stand_apart,
    only_versions_touches_git_or_dvc,
    only_tables_reads_and_writes_tables,
    nothing_imports_a_stage,
    floors_are_kept,
    imports_make_no_circle,
]
by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


# The repository keeps them.


@pytest.fixture(scope="module")
def modules() -> Modules:
    return load(REPOSITORY)


def assert_none(breaches: Iterator[str]) -> None:
    found = sorted(set(breaches))
    assert not found, "\n".join(["breaches:", *found])


@by_rule
def test_this_repository_keeps_the_rule(rule: Rule, modules: Modules) -> None:
    assert_none(rule(modules))


def test_this_repository_is_what_is_looked_at(modules: Modules) -> None:
    stages = {
        f"tagledger.stages.{name}"
        for name in ("fetch", "clean", "annotate", "filter", "split", "report")
    }
    assert stages | {"tagledger.tables", "tagledger_schemas", "tagledger_dashboard"} <= set(modules)


def test_each_stage_depends_on_the_code_it_runs_and_no_other(modules: Modules) -> None:
    pipeline = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text("utf-8"))
    assert set(pipeline["stages"]) >= {"fetch", "clean", "filter", "split", "report"}
    assert_none(undeclared_code(modules, pipeline))


# What is written of the house is so.

ARCHITECTURE = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8")
DECISIONS = REPOSITORY / "docs/decisions"
WRITTEN = ["ARCHITECTURE.md", "CONTRIBUTING.md"]
WRITTEN += sorted(path.relative_to(REPOSITORY).as_posix() for path in DECISIONS.glob("*.md"))
# Files of a repository of one's own, which this one has not.
OF_OTHERS = {"tagledger.lock"}
OUR_FOLDERS = {"src", "schemas", "dashboard", "tests", "docs", "benchmarks"}
ROOMS = {room for floor in FLOORS for room in floor}


def not_there(text: str, modules: Modules, root: Path) -> Iterator[str]:
    """What a text names, in backquotes, of modules, what they define, and files that are not there.

    A file that the text asks its reader to write is none yet.
    """
    new = set(re.findall(r"New file `([^`]+)`", text))
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for name in dict.fromkeys(re.findall(r"`([^`\n]+)`", prose)):
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", name):
            if name.split("/")[0] in OUR_FOLDERS and name not in new and not (root / name).exists():
                yield name
        elif name in OF_OTHERS:
            continue
        elif re.fullmatch(r"\w+(\.\w+)+", name) and not (root / name).exists():
            first = name.split(".")[0]
            meant = f"tagledger.{name}" if first in ROOMS else name
            if first in ROOMS | PACKAGES.keys() and not is_defined(meant, modules):
                yield name


def is_defined(name: str, modules: Modules) -> bool:
    """Whether a dotted name is a module's, or that of something which a module has at its top."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        if module := modules.get(".".join(parts[:end])):
            return end == len(parts) or parts[end] in module.defines
    return False


@pytest.mark.parametrize("page", WRITTEN)
def test_the_modules_and_files_that_a_page_names_are_there(page: str, modules: Modules) -> None:
    assert list(not_there((REPOSITORY / page).read_text("utf-8"), modules, REPOSITORY)) == []


@pytest.mark.parametrize("page", [*WRITTEN, "README.md", "docs/readings.md"])
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    text = (REPOSITORY / page).read_text("utf-8")
    links = re.findall(r"\]\((?![a-z]+:|#)([^)#]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not ((REPOSITORY / page).parent / link).exists()] == []


def test_the_drawing_is_that_of_the_floors() -> None:
    drawn = re.findall(r"^ *(\d+)  (\w+(?:  \w+)*)$", ARCHITECTURE, re.MULTILINE)
    assert [int(number) for number, _ in drawn] == list(range(len(FLOORS), 0, -1))
    assert [set(rooms.split()) for _, rooms in reversed(drawn)] == FLOORS


def test_each_room_is_explained_once() -> None:
    cells = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| .+ \|$", ARCHITECTURE, re.MULTILINE)
    explained = [room for cell in cells for room in re.findall(r"\w+", cell)]
    assert sorted(explained) == sorted(ROOMS)


def test_each_page_of_a_decision_is_listed_and_each_decision_has_a_page() -> None:
    pages = {path.name for path in DECISIONS.glob("*.md")} - {"README.md", "template.md"}
    assert set(re.findall(r"\(docs/decisions/([\w-]+\.md)\)", ARCHITECTURE)) == pages
    listed = re.findall(
        r"^\| \[.+\]\((.+)\) \|", (DECISIONS / "README.md").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(pages)
    parts = ("Decided", "Why", "Cost", "Change it when")
    for page in pages:
        text = (DECISIONS / page).read_text("utf-8")
        assert [part for part in parts if f"**{part}**: " not in text] == [], page


# The rules can be broken. A small tree that keeps them all, and the ways to break each.

SCHEMAS, DASHBOARD = "schemas/tagledger_schemas", "dashboard/tagledger_dashboard"
SOUND = {
    "src/tagledger/__init__.py": (
        '"""Docs."""\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n'
        '    from tagledger.labels import load\n__version__ = "1"\n'
    ),
    "src/tagledger/errors.py": "",
    "src/tagledger/tables.py": "import pyarrow.parquet as pq\nfrom tagledger import errors\n",
    "src/tagledger/versions.py": "import subprocess\nsubprocess.run(['git', 'log'])\n",
    "src/tagledger/stages/__init__.py": "",
    "src/tagledger/stages/clean.py": """
        import pandas as pd
        from tagledger_schemas.clean import Items
        def main():
            from tagledger import tables
            pd.DataFrame().to_csv(index=False)
    """,
    "src/tagledger/stages/filter.py": """
        from tagledger.cleaning import text
        from tagledger.errors import nearest
    """,
    "src/tagledger/cleaning/__init__.py": '"""Docs."""\n',
    "src/tagledger/cleaning/text.py": (
        "from tagledger import tables\nfrom tagledger.cleaning import spelling\n"
    ),
    "src/tagledger/cleaning/spelling.py": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from tagledger.cleaning.text import A\n"
    ),
    f"{SCHEMAS}/__init__.py": "",
    f"{SCHEMAS}/clean.py": """
        import re
        import pandera.pandas as pa
        from tagledger_schemas import base
    """,
    f"{SCHEMAS}/base.py": "",
    f"{DASHBOARD}/__init__.py": "",
    f"{DASHBOARD}/loading.py": "import streamlit as st\nfrom tagledger import versions\n",
    f"{DASHBOARD}/views/__init__.py": "",
    f"{DASHBOARD}/views/tags.py": "import altair as alt\nfrom tagledger import errors\n",
}
CLEAN, FILTER = "src/tagledger/stages/clean.py", "src/tagledger/stages/filter.py"
VIEW, SCHEMA = f"{DASHBOARD}/views/tags.py", f"{SCHEMAS}/base.py"
LIBRARY, PACKAGE = "src/tagledger/errors.py", "src/tagledger/cleaning/__init__.py"

Tree = Callable[..., Modules]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    def make(changes: dict[str, str] | None = None) -> Modules:
        for path, code in (SOUND | (changes or {})).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(dedent(code))
        return load(tmp_path)

    return make


@by_rule
def test_a_sound_tree_keeps_the_rule(rule: Rule, tree: Tree) -> None:
    assert list(rule(tree())) == []


BREACHES: list[tuple[Rule, str, str]] = [
    (
        imports_make_no_circle,
        "src/tagledger/cleaning/spelling.py",
        "def f():\n    from tagledger.cleaning.text import a\n",
    ),
    (a_name_of_both_means_one_thing, f"{DASHBOARD}/tables.py", ""),
    (a_name_of_both_means_one_thing, f"{DASHBOARD}/views/versions.py", ""),
    (packages_of_stages_are_bare, f"{SCHEMAS}/__init__.py", "__all__ = []"),
    (packages_of_stages_are_bare, f"{SCHEMAS}/__init__.py", "from tagledger_schemas import base"),
    (schemas_stand_alone, SCHEMA, "import pyarrow"),
    (schemas_stand_alone, SCHEMA, "from tagledger.errors import nearest"),
    (schemas_stand_alone, SCHEMA, "def f():\n    import scipy.sparse"),
    (library_knows_no_dashboard, LIBRARY, "import tagledger_dashboard.app"),
    (library_knows_no_dashboard, LIBRARY, "from tagledger_dashboard import views"),
    (
        library_knows_no_dashboard,
        LIBRARY,
        "from importlib import import_module\nimport_module('tagledger_dashboard')",
    ),
    (views_know_no_streamlit, VIEW, "import streamlit as st"),
    (views_know_no_streamlit, VIEW, "from streamlit.delta_generator import DeltaGenerator"),
    (views_know_no_streamlit, VIEW, "from tagledger_dashboard.loading import loader"),
    (views_know_no_streamlit, VIEW, "from ..loading import loader"),
    (views_know_no_streamlit, VIEW, "from .. import loading"),
    (views_know_no_streamlit, LIBRARY, "import streamlit"),
    (stages_stand_apart, CLEAN, "from tagledger.stages.filter import decide"),
    (stages_stand_apart, CLEAN, "from tagledger.stages import filter"),
    (stages_stand_apart, CLEAN, "def main():\n    from . import filter"),
    (stages_stand_apart, LIBRARY, "import tagledger.stages.clean"),
    (only_versions_touches_git_or_dvc, LIBRARY, "import dvc.api"),
    (only_versions_touches_git_or_dvc, LIBRARY, "from dulwich.repo import Repo"),
    (only_versions_touches_git_or_dvc, CLEAN, "from subprocess import run\nrun(['git', 'log'])"),
    (only_versions_touches_git_or_dvc, CLEAN, "command = ('/usr/bin/dvc', *words)"),
    (only_versions_touches_git_or_dvc, CLEAN, "run([sys.executable, '-m', 'dvc', 'repro'])"),
    (only_versions_touches_git_or_dvc, CLEAN, "import os\nos.system('git log')"),
    (only_versions_touches_git_or_dvc, VIEW, "subprocess.run('dvc repro', shell=True)"),
    (only_tables_reads_and_writes_tables, CLEAN, "import pandas as pd\npd.read_parquet(path)"),
    (only_tables_reads_and_writes_tables, CLEAN, "from pandas import read_csv\nread_csv(path)"),
    (only_tables_reads_and_writes_tables, CLEAN, "import pyarrow.parquet as pq"),
    (only_tables_reads_and_writes_tables, CLEAN, "from pyarrow import csv"),
    (only_tables_reads_and_writes_tables, CLEAN, "import pyarrow as pa\npa.ipc.open_file(path)"),
    (only_tables_reads_and_writes_tables, VIEW, "frame.to_csv(path, index=False)"),
    (only_tables_reads_and_writes_tables, VIEW, "frame.to_parquet(path='x')"),
    (only_tables_reads_and_writes_tables, VIEW, "import csv"),
    (nothing_imports_a_stage, LIBRARY, "from tagledger.stages.clean import main"),
    (nothing_imports_a_stage, LIBRARY, "def f():\n    from tagledger import stages"),
    (nothing_imports_a_stage, VIEW, "from tagledger.stages import filter"),
    (floors_are_kept, LIBRARY, "import tagledger.tables"),
    (floors_are_kept, LIBRARY, "from tagledger import cleaning"),
    (floors_are_kept, "src/tagledger/tables.py", "def f():\n    from tagledger import versions"),
    (floors_are_kept, "src/tagledger/cleaning/text.py", "from tagledger.dataset import load"),
    (floors_are_kept, "src/tagledger/attic.py", "attic = 1"),
    (floors_are_kept, LIBRARY, "from tagledger.attic import attic"),
    (packages_of_stages_are_bare, PACKAGE, "from tagledger.cleaning.text import clean"),
    (packages_of_stages_are_bare, PACKAGE, '"""Docs."""\n__all__ = []'),
]


@pytest.mark.parametrize(
    ("rule", "path", "code"),
    BREACHES,
    ids=[
        f"{rule.__name__}-{(code or path).splitlines()[-1].strip()}"
        for rule, path, code in BREACHES
    ],
)
def test_a_breach_is_found(rule: Rule, path: str, code: str, tree: Tree) -> None:
    assert list(rule(tree({path: code})))


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("words = ['git']", id="a word alone"),
        pytest.param("text = 'run git log'", id="a text about a command"),
        pytest.param("hint('dvc repro')", id="a hint that names a command"),
        pytest.param("kinds = ['legit', 'x']", id="a word with git in it"),
    ],
)
def test_words_about_git_are_no_breach(code: str, tree: Tree) -> None:
    assert list(only_versions_touches_git_or_dvc(tree({CLEAN: code}))) == []


RUN_BY_CLEAN = [CLEAN, f"{SCHEMAS}/clean.py", SCHEMA, "src/tagledger/tables.py", LIBRARY]


def breaches(modules: Modules, *deps: object, module: str = "tagledger.stages.clean") -> list[str]:
    stages = {"clean": {"cmd": f"python -m {module}", "deps": ["data/raw", *deps]}}
    return list(undeclared_code(modules, {"stages": stages}))


def test_deps_that_name_the_code_are_sound(tree: Tree) -> None:
    assert breaches(tree(), *RUN_BY_CLEAN) == []


def test_a_folder_in_deps_names_what_is_in_it(tree: Tree) -> None:
    assert breaches(tree(), CLEAN, "src/tagledger/tables.py", LIBRARY, "schemas") == []


@pytest.mark.parametrize("missing", RUN_BY_CLEAN)
def test_code_that_deps_lack_is_found(missing: str, tree: Tree) -> None:
    deps = [path for path in RUN_BY_CLEAN if path != missing]
    assert breaches(tree(), *deps) == [f"stage clean runs {missing}: name it in its deps"]


@pytest.mark.parametrize("superfluous", ["src/tagledger/versions.py", f"{DASHBOARD}/views", "src"])
def test_code_that_a_stage_does_not_run_is_found(superfluous: str, tree: Tree) -> None:
    assert any("does not run" in text for text in breaches(tree(), *RUN_BY_CLEAN, superfluous))


def test_a_dep_that_is_gone_is_found(tree: Tree) -> None:
    gone = breaches(tree(), *RUN_BY_CLEAN, "src/tagledger/gone.py")
    assert gone == ["stage clean names src/tagledger/gone.py, which is not there"]


def test_a_stage_without_a_module_is_found(tree: Tree) -> None:
    assert "runs no module" in breaches(tree(), module="tagledger.stages.gone")[0]


def test_a_package_that_does_something_is_run_by_all_below_it(tree: Tree) -> None:
    package = "src/tagledger/__init__.py"
    active = tree({package: "import os\nos.umask(0)\n"})
    assert breaches(active, *RUN_BY_CLEAN) == [f"stage clean runs {package}: name it in its deps"]


def test_an_import_for_types_only_runs_nothing(tree: Tree) -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tagledger import errors\n"
    module = "tagledger.stages.filter"
    assert breaches(tree({FILTER: code}), FILTER, module=module) == []
    both = f"{code}def f():\n    from tagledger import errors\n"
    missing = f"stage clean runs {LIBRARY}: name it in its deps"
    assert breaches(tree({FILTER: both}), FILTER, module=module) == [missing]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("`tables`, `errors.nearest` and `tagledger.tables.pq` are there", []),
        ("`tables.gone` is not", ["tables.gone"]),
        ("`tagledger.gone` is not", ["tagledger.gone"]),
        ("`tagledger_dashboard.views.tags.alt`, `tagledger_dashboard.views.gone`",
         ["tagledger_dashboard.views.gone"]),
        ("`src/tagledger/gone.py` is not", ["src/tagledger/gone.py"]),
        ("New file `src/tagledger/new.py`: `src/tagledger/new.py`", []),
        ("`filter.min_tag_count`, `data/gone` and `git log` are no code", []),
        ("```sh\n`tables.gone`\n```", []),
    ],
)  # fmt: skip
def test_what_a_text_names_and_is_not_there_is_found(
    text: str, found: list[str], tree: Tree, tmp_path: Path
) -> None:
    code = "from tagledger import tables\n\n\ndef nearest() -> None: ...\n"
    assert list(not_there(text, tree({LIBRARY: code}), tmp_path)) == found


def test_modules_that_are_found_by_their_folder_are_run(tree: Tree) -> None:
    readers = "src/tagledger/readers"
    finds = {
        f"{readers}/__init__.py": "",
        f"{readers}/blocks.py": "",
        f"{readers}/formats/__init__.py": "",
        f"{readers}/formats/new.py": "",
        FILTER: "from tagledger.readers import blocks",
    }
    found = breaches(tree(finds), FILTER, f"{readers}/blocks.py", module="tagledger.stages.filter")
    assert found == [f"stage clean runs {readers}/formats/new.py: name it in its deps"]


def test_a_name_of_a_package_makes_a_stage_depend_on_it(tree: Tree) -> None:
    code = "from tagledger import __version__"
    found = breaches(tree({FILTER: code}), FILTER, module="tagledger.stages.filter")
    assert found == ["stage clean runs src/tagledger/__init__.py: name it in its deps"]
