"""A gate or a measure is one entry of its table: everything that shows gates or measures has it.

The README's list of gates is that of the table. When the table has changed, write it anew:

    UPDATE_GOLDEN=1 python -m pytest tests/unit/test_one_entry.py -k readme
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from tagledger import tables
from tagledger.cli import app
from tagledger.dataset import compare_datasets, open_dataset
from tagledger.errors import TagledgerError
from tagledger.measures import table
from tagledger.measures.recorded import parse_metrics, read_metrics
from tagledger.measures.table import MEASURES, Measure
from tagledger.release import gate_table
from tagledger.release.gate_table import GATES, Case, Count, Gate, Measured, named
from tagledger.release.gates import GateResult, parse_gates, section_text
from tagledger.release.version_list import overview as list_of_versions
from tagledger.reports import METRICS
from tagledger.versions import Repository, Version
from tagledger_dashboard.theme import LIGHT
from tagledger_dashboard.views import headline, overview
from tests.dashboard.ledger import Ledger, State

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "README.md"
SCHEMA = json.loads((REPOSITORY / "docs/compare.schema.json").read_text())
PARAMS = Path("params.yaml")

GATE = Gate(
    name="max_items_added",
    title="items that are new",
    kind="at most",
    bound=Count,
    unit="items",
    meaning="items that the last version did not have",
    example="100",
    measure=lambda case: Measured(case.changes.items.added, ["the first", "the second"]),
    needs=frozenset({"comparison"}),
)
MEASURE = Measure(
    "surplus",
    "labels beyond the first",
    of=lambda found: found.labels - found.items,
    digits=1,
    better="higher",
    meaning="labels that an item has beside one",
    places=frozenset({"report", "comparison", "overview", "timeline"}),
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases, of six items and of eight, whose reports have the measure."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "MEASURES", (*MEASURES, MEASURE))
        return build(tmp_path_factory.mktemp("told") / "repo")


def build(root: Path) -> Path:
    ledger = Ledger(root)
    taxonomy = [{"tag": tag, "aliases": [], "parents": []} for tag in ("cat", "dog")]
    for number, size in enumerate((6, 8)):
        rows = [
            {
                "id": item,
                "created_on": f"2024-01-{item + 1:02}",
                "title": f"title {item}",
                "description": f"text number {item} " * 3,
                "tags": ["cat", "dog"] if item % 2 else ["cat"],
            }
            for item in range(size)
        ]
        limits = {"max_items_added": 0, "max_train_to_test": None, "max_renamed": None}
        state = State(rows, taxonomy, gates=limits)
        ledger.release(state, f"v1.{number}.0", f"data: number {number}")
    return ledger.root


@pytest.fixture
def ledger(told: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setattr(gate_table, "GATES", (*GATES, GATE))
    monkeypatch.setattr(table, "MEASURES", (*MEASURES, MEASURE))
    shutil.copytree(told, tmp_path / "repo", symlinks=True)
    monkeypatch.chdir(tmp_path / "repo")
    return Ledger.at(tmp_path / "repo")


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def compared(*words: str) -> str:
    return run("compare", "v1.0.0", "v1.1.0", "--gate", *words, code=1)


# A gate


def test_a_gate_that_is_an_entry_is_printed(ledger: Ledger) -> None:
    line = "BROKEN  max_items_added 2, limit 0 (items): the first, the second"
    assert line in compared()
    assert "**1 of 1 gate broken**" in compared("--format", "md")
    assert "max_items_added 2, limit 0 (items)" in compared("--format", "md")
    assert line in run("check", "--base", "v1.0.0", code=1)


def test_a_gate_that_is_an_entry_is_in_json(ledger: Ledger) -> None:
    (gate,) = json.loads(compared("--json"))["gates"]
    assert (gate["name"], gate["value"], gate["holds"]) == ("max_items_added", 2, False)
    for version in json.loads(run("versions", "--json"))["versions"]:
        assert [(one["name"], one["compared"]) for one in version["gates"]] == [(GATE.name, False)]
    (gate,) = json.loads(run("check", "--base", "v1.0.0", "--json", code=1))["gates"]
    assert gate["detail"] == "the first, the second"


def test_a_gate_that_is_an_entry_is_in_the_dashboard(ledger: Ledger) -> None:
    (gate,) = json.loads(compared("--json"))["gates"]
    finding = headline.verdict(None, None, [GateResult(**gate)])[0]
    assert finding.text == ("gate broken: items that are new: 2, at most 0 (the first, the second)")


def test_a_gate_that_is_an_entry_is_read_and_explained(ledger: Ledger) -> None:
    assert "\n  max_items_added: 100 # items that the last version did not have\n" in section_text()
    for limits, words in (
        ({"max_items_aded": 1}, ["gates.max_items_aded", "max_items_added?"]),
        ({"max_items_added": -1}, ["gates.max_items_added", "greater than or equal to 0"]),
    ):
        with pytest.raises(TagledgerError) as caught:
            parse_gates({"gates": limits}, PARAMS)
        for word in words:
            assert word in str(caught.value)


def test_the_readme_has_every_gate_of_the_table() -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        block = re.compile(
            r"(?<=^```yaml\n)gates:\n  max_labels_changed.*?(?=^```$)", re.MULTILINE | re.DOTALL
        )
        text, number = block.subn(lambda _: section_text(), README.read_text("utf-8"))
        assert number == 1
        README.write_text(text, "utf-8")
    assert f"```yaml\n{section_text()}```\n" in README.read_text("utf-8")


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_the_example_of_a_gate_is_a_limit_that_it_may_have(gate: Gate) -> None:
    limits = parse_gates({"gates": {gate.name: yaml.safe_load(gate.example)}}, PARAMS)
    assert gate in [one for one, _ in limits.on()]
    assert named(gate.name) is gate


def test_a_gate_that_reads_a_comparison_says_so() -> None:
    case = Case(state=None, comparison=None, limit=0)  # type: ignore[arg-type]
    for gate in GATES:
        if gate.needs_comparison:
            with pytest.raises(RuntimeError, match="needs"):
                gate.measure(case)


# A measure


def test_a_measure_that_is_an_entry_is_in_every_form_of_a_comparison(
    ledger: Ledger, tmp_path: Path
) -> None:
    # 3 of 6 items have two tags, then 4 of 8.
    assert re.search(r"labels beyond the first +3\.0 +4\.0 +\+1\.0\n", compared())
    assert "| labels beyond the first | 3.0 | 4.0 | +1.0 |" in compared("--format", "md")
    document = json.loads(compared("--json", "--csv", str(tmp_path / "csv")))
    jsonschema.validate(document, SCHEMA)
    assert {side: document["imbalance"][side]["surplus"] for side in ("a", "b", "change")} == {
        "a": 3,
        "b": 4,
        "change": 1,
    }
    assert '"surplus",3.0,4.0\n' in (tmp_path / "csv/imbalance.csv").read_text()


def test_a_measure_that_is_an_entry_is_in_the_report(ledger: Ledger) -> None:
    assert read_metrics(ledger.root / METRICS)["surplus"] == 4
    assert "surplus" not in parse_metrics('{"surplus": "many"}')
    forget(ledger, "surplus")
    with pytest.raises(TagledgerError, match="no surplus in these metrics"):
        read_metrics(ledger.root / METRICS)


def test_a_measure_that_is_an_entry_is_in_the_dashboard(ledger: Ledger) -> None:
    versions = [open_dataset(name, ledger.root) for name in ("v1.0.0", "v1.1.0")]
    found = overview.counts(compare_datasets(*versions), compared=True)[-1]
    assert (found.name, found.value, found.change) == ("Labels beyond the first", "4.0", "+1.0")
    assert (found.colour, found.meaning) == ("normal", MEASURE.meaning)
    names = [dataset.version.name for dataset in versions]
    shown: list[Version] = [dataset.version for dataset in versions]
    figure = overview.timeline(shown, [{"surplus": 3}, {"surplus": 4}], names, LIGHT)[-1]
    assert figure.title == "Labels beyond the first rose from 3.0 to 4.0"


@pytest.mark.parametrize(("lacking", "state"), [("surplus", "hold"), ("scumble", "unknown")])
def test_a_version_is_judged_unless_its_report_lacks_a_measure_that_its_gates_ask_for(
    ledger: Ledger, lacking: str, state: str
) -> None:
    forget(ledger, lacking)
    file = ledger.root / PARAMS
    limits = {"gates": {"max_train_to_test": None, "max_renamed": None, "max_scumble": 0.9}}
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | limits))
    ledger.git("commit", "--quiet", "--all", "--amend", "-m", "gates")
    ledger.git("tag", "-f", "-a", "v1.1.0", "-m", "gates")
    assert list_of_versions(Repository.find(ledger.root)).rows[0].state == state


def forget(ledger: Ledger, name: str) -> None:
    """Take a number out of the report of the work tree."""
    file = ledger.root / METRICS
    metrics = json.loads(file.read_text())
    del metrics[name]
    file.write_text(json.dumps(metrics))


# Reading


def test_compare_with_gates_reads_a_version_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Counter[Path] = Counter()
    original = tables.read

    def counted(path: Path, *more: Any) -> Any:
        read[path.resolve()] += 1
        return original(path, *more)

    monkeypatch.setattr(tables, "read", counted)
    compared()
    assert read[ledger.object(tables.FILTERED_TAGS.as_posix())] == 1
