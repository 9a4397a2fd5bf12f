"""What CONTRIBUTING.md tells people to write, written as it says: the recipes work when copied.

A block of a recipe is below a line that says where it goes: `New file`, or `In` a file, at its end,
at the end of a table of that name, above the entry of a table that has a line, or above, below or
instead of a line that the file has once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.pipeline.conftest import REPOSITORY, Project, copy_repository
from tests.pipeline.test_readme import paste_identity

CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^ *(?P<kind>New file|In) `(?P<path>[^`]+)`"
    r"(?:, (?P<how>[a-z ]+?)(?: (?P<fence>`+)(?P<anchor>.+?)(?P=fence))?)?:\n\n"
    r"(?P<indent> *)```\w+\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
# A recipe whose example stands on that of another one.
BEFORE = {"Add a page": "Add a chart"}


@dataclass(frozen=True)
class Piece:
    """What a recipe writes into one place of a file."""

    path: str
    how: str
    anchor: str
    text: str

    def write(self, root: Path) -> None:
        file = root / self.path
        if self.how == "New file":
            assert not file.exists(), f"{self.path} is there already"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self.text, encoding="utf-8")
        else:
            before = file.read_text(encoding="utf-8").splitlines(keepends=True)
            file.write_text("".join(self.put(before)), encoding="utf-8")

    def put(self, lines: list[str]) -> list[str]:
        """The lines of the file with the new ones among them."""
        if self.how == "at its end":
            return [*lines, "\n\n" if self.path.endswith(".py") else "", self.text]
        if self.how == "at the end of":
            start = self.only(lines, lambda line: line.startswith((f"{self.anchor} ", self.table)))
            place = next(at for at in range(start, len(lines)) if re.match(r"[)\]}]", lines[at]))
            return [*lines[:place], self.text, *lines[place:]]
        place = self.only(lines, lambda line: line.strip() == self.anchor)
        first, after = {
            "above the line": (place, place),
            "above the entry with the line": (place - 1, place - 1),
            "below the line": (place + 1, place + 1),
            "instead of the line": (place, place + 1),
        }[self.how]
        return [*lines[:first], self.text, *lines[after:]]

    @property
    def table(self) -> str:
        return f"{self.anchor}: "

    def only(self, lines: list[str], fits: Callable[[str], bool]) -> int:
        """The place of the one line that fits."""
        found = [at for at, line in enumerate(lines) if fits(line)]
        assert len(found) == 1, (
            f"{self.path} has {self.anchor!r} {len(found)} times: "
            "mend the recipe in CONTRIBUTING.md"
        )
        return found[0]


def section(title: str) -> str:
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", CONTRIBUTING, re.MULTILINE | re.DOTALL
    )
    assert found, f"CONTRIBUTING.md has no section {title}"
    return found[1]


def plain(text: str, indent: str) -> str:
    """A block without the indent of the list that it is in."""
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def pieces(title: str) -> list[Piece]:
    return [
        Piece(
            one["path"],
            one["how"] or one["kind"],
            one["anchor"] or "",
            plain(one["text"], one["indent"]),
        )
        for one in BLOCK.finditer(section(title))
    ]


def commands(title: str) -> list[str]:
    """The commands of a recipe, for a copy of the repository that has no .venv of its own."""
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```$", section(title), re.MULTILINE | re.DOTALL)
    lines = [line for indent, text in blocks for line in plain(text, indent).splitlines()]
    return [
        re.sub(r'make test ARGS="(.*)"', r"python -m pytest \1", line).replace(
            "make keys", "python -m docs.keys && python -m docs.annotation_tools"
        )
        for line in lines
    ]


TITLES = re.findall(r"^## (Add .*)$", CONTRIBUTING, re.MULTILINE)
RECIPES = [title for title in TITLES if pieces(title)]


def follow(project: Project, *titles: str) -> Project:
    """Write what some recipes say."""
    for title in titles:
        for piece in pieces(title):
            piece.write(project.root)
    return project


@pytest.fixture
def house(tmp_path: Path) -> Project:
    """All of the repository, for a test that adds to it."""
    root = tmp_path / "house"
    root.mkdir()
    return copy_repository(root, ["."])


def test_every_kind_of_part_has_its_recipe() -> None:
    assert TITLES == [
        "Add a source format",
        "Add a way to say labels",
        "Add a labelling tool",
        "Add a gate",
        "Add a measure",
        "Add a cause of change",
        "Add a chart",
        "Add a page",
        "Add a stage",
    ]
    assert set(TITLES) - set(RECIPES) == {"Add a way to say labels"}
    for title in TITLES:
        anchor = title.lower().replace(" ", "-")
        assert f"(#{anchor})" in CONTRIBUTING.partition("\n## ")[0]


def test_every_block_of_code_says_where_it_goes() -> None:
    for title in RECIPES:
        others = re.findall(
            r"^ *```(?:python|json|yaml|toml|markdown)$", section(title), re.MULTILINE
        )
        assert len(pieces(title)) == len(others), title


def test_a_format_a_gate_a_measure_and_a_stage_are_built(house: Project) -> None:
    titles = ["Add a source format", "Add a gate", "Add a measure", "Add a stage"]
    follow(house, *titles)
    house.set(fetch__source="tickets", fetch__snapshot="1")
    house.set(filter__include="all", filter__exclude=[], filter__min_tag_count=1)
    paste_identity(house, house.stage("fetch"))
    said = house.repro()
    assert "pairs: 1 pairs of tags stand together" in said
    items = pd.read_parquet(house.root / "data/clean/items.parquet")
    assert items["title"].tolist() == ["Cannot log in", "Invoice is wrong", "Login loops"]
    made = pd.read_parquet(house.root / "data/pairs.parquet")
    assert list(made.itertuples(index=False, name=None)) == [("login", "web", 2)]
    reported = json.loads((house.root / "reports/quality.json").read_text())["checks"]
    assert "tag_other_unique_ascending" in {
        check["check"] for check in reported if check["table"] == "pairs"
    }
    seen = house.ok("tagledger", "inspect", "data/mine/tickets.toml")
    assert "toml, its ending says so; 3 rows" in seen

    # Nothing is left to do, and what is to be committed is what the recipe names.
    assert "Data and pipelines are up to date" in house.ok("dvc", "status")
    assert "/pairs.parquet" in (house.root / "data/.gitignore").read_text().split()
    house.ok("git", "add", "--all")
    house.ok("git", "commit", "--quiet", "-m", "data: first version")

    metrics = json.loads((house.root / "reports/metrics.json").read_text())
    assert metrics["max_labels"] == 2
    (compare,) = (line for line in commands("Add a measure") if line.startswith("tagledger"))
    found = json.loads(house.ok("bash", "-c", compare))
    assert {side: found["imbalance"][side]["max_labels"] for side in ("a", "b", "change")} == {
        "a": 2,
        "b": 2,
        "change": 0,
    }
    assert "max_tags 3, limit 100 (tags)" in house.ok("tagledger", "check")
    limits = house.root / "params.yaml"
    document = yaml.safe_load(limits.read_text())
    limits.write_text(yaml.safe_dump(document | {"gates": {"max_tags": 2}}))
    broken = house.run("tagledger", "check")
    assert broken.returncode == 1, broken.stderr
    assert "BROKEN  max_tags 3, limit 2 (tags)" in broken.stdout


# Recipes whose tests run with each change, but for those that open pages, and which of them say
# something of what the recipe adds. The others are written with each change, and run at night.
QUICK = {
    "Add a chart": "text_lengths",
    "Add a stage": "pairs or this_repository or each_stage or other_stages or every_parameter or "
    "test_additions or repository_s_own",
}


@pytest.mark.long
@pytest.mark.parametrize("title", RECIPES)
def test_the_tests_of_a_recipe_pass(title: str, house: Project) -> None:
    follow(house, *filter(None, [BEFORE.get(title), title]))
    run_tests(house, commands_of_tests(title))


def test_the_tests_of_some_recipes_pass_without_those_of_pages(house: Project) -> None:
    follow(house, *QUICK)
    lines = "\n".join(line for title in QUICK for line in commands_of_tests(title))
    files = dict.fromkeys(re.findall(r"tests/unit/\w+\.py", lines))
    said = " or ".join(QUICK.values())
    run_tests(house, [f"python -m pytest -n 0 {' '.join(files)} -k '{said}'"])


def commands_of_tests(title: str) -> list[str]:
    """The commands of a recipe that run tests, or write what tests look at."""
    return [line for line in commands(title) if "pytest" in line or "docs.keys" in line]


def run_tests(house: Project, tests: list[str]) -> None:
    """Run them, not as a part of this run."""
    assert any("pytest" in line for line in tests)
    # Folders of its own: at its end pytest removes those of earlier runs that lie beside its own,
    # gigabytes of them, for which this test waited minutes.
    folders = house.root.with_name("folders")
    folders.mkdir()
    for line in tests:
        # Not a part of this run: what was made once for an earlier one is not for it.
        done = house.run(
            *("env", "-u", "PYTEST_XDIST_TESTRUNUID", "bash", "-c", line),
            PYTEST_DEBUG_TEMPROOT=str(folders),
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert list(folders.glob("pytest-of-*/pytest-0"))


def test_what_the_recipes_write_is_in_the_house_style(house: Project) -> None:
    follow(house, *RECIPES)
    house.ok("ruff", "check", ".")
    house.ok("ruff", "format", "--check", ".")
    for title in RECIPES:
        for piece in pieces(title):
            if "/screens/" in piece.path:
                assert len((house.root / piece.path).read_text().splitlines()) < 60


@pytest.mark.long  # mypy begins without a cache
def test_what_the_recipes_write_has_its_types(house: Project) -> None:
    follow(house, *RECIPES)
    house.ok("mypy")
