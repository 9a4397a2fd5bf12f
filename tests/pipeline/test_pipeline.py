"""The whole pipeline through real DVC, on the bundled data."""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest

from tests.once import made_once
from tests.pipeline.conftest import Folder, Project
from tests.pipeline.in_process import ALL_STAGES, NAMES

STAGES = ("fetch", "clean", "annotate", "filter", "split", "report")


def contents(root: Path, outputs: Iterable[str]) -> dict[str, bytes]:
    """Every file of some outputs."""
    paths = [one for name in outputs for one in (root / name, *(root / name).rglob("*"))]
    return {one.relative_to(root).as_posix(): one.read_bytes() for one in paths if one.is_file()}


def ran(output: str) -> list[str]:
    return [name for name in STAGES if f"Running stage '{name}'" in output]


def test_a_second_repro_does_nothing(built: Project) -> None:
    assert "Data and pipelines are up to date." in built.repro()
    assert built.ok("git", "status", "--porcelain") == ""


def test_reports_describe_the_version(built: Project) -> None:
    metrics = json.loads((built.root / "reports/metrics.json").read_text())
    clean = pd.read_parquet(built.root / "data/clean/items.parquet")
    kept = pd.read_parquet(built.root / "data/filtered/labels.parquet")
    assert metrics["rows"] == len(clean) + metrics["quarantined"] + metrics["merged"]
    assert metrics["items"] == kept["id"].nunique()
    assert metrics["labels"] == len(kept)
    assert metrics["tags"] == kept["tag"].nunique()
    assert metrics["cardinality"] == pytest.approx(len(kept) / kept["id"].nunique())
    assert sum(split["items"] for split in metrics["split"].values()) == metrics["items"]
    quality = json.loads((built.root / "reports/quality.json").read_text())
    assert quality["failed"] == 0
    assert quality["groups"]["of_several_items"] > 0
    assert {check["table"] for check in quality["checks"]} >= {"clean/items", "splits/train"}


def test_a_first_check_takes_the_results_of_the_report_stage(built: Project) -> None:
    code = (
        "import sys\nfrom tagledger.__main__ import main\n"
        "try: main()\nfinally: print('loaded:', *sys.modules, file=sys.stderr)"
    )
    done = built.run(sys.executable, "-c", code, "check")
    assert done.returncode == 0, done.stderr
    loaded = done.stderr.rpartition("loaded:")[2].split()
    assert "tagledger.release.check" in loaded
    assert "pandera" not in loaded


@pytest.fixture(scope="session")
def stricter_once(_built: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, built again with a higher threshold, and what DVC said of that."""

    def make(folder: Path) -> None:
        project = Project(folder / "project")
        shutil.copytree(_built.root, project.root, symlinks=True)
        project.set(filter__min_tag_count=40)
        (folder / "said.txt").write_text(project.repro())

    return made_once(tmp_path_factory, "stricter", make)


@pytest.fixture
def stricter(stricter_once: Path, tmp_path: Path) -> Project:
    """That repository, for this test alone."""
    root = tmp_path / "stricter"
    shutil.copytree(stricter_once / "project", root, symlinks=True)
    return Project(root)


def test_dvc_shows_metrics_and_plots(stricter: Project) -> None:
    shown = json.loads(stricter.ok("dvc", "metrics", "show", "--json"))
    assert shown[""]["data"]["reports/metrics.json"]["data"]["items"] > 1000
    changes = json.loads(stricter.ok("dvc", "metrics", "diff", "--json"))
    diff = changes.get("diff", changes)["reports/metrics.json"]
    assert diff["tags"]["new"] < diff["tags"]["old"]
    stricter.ok("dvc", "plots", "diff", "--out", "plots")
    page = (stricter.root / "plots" / "index.html").read_text()
    for title in ("Items per tag", "Labels per item", "IRLbl", "Items per month"):
        assert title in page


def test_another_threshold_runs_neither_fetch_nor_clean(stricter_once: Path) -> None:
    assert ran((stricter_once / "said.txt").read_text()) == ["filter", "split", "report"]


def test_going_back_to_earlier_parameters_runs_nothing_but_the_report(
    built: Project, stricter: Project
) -> None:
    before = built.hashes()
    assert stricter.hashes() != before
    stricter.set(filter__min_tag_count=30)
    assert set(ran(stricter.repro())) <= {"report"}
    assert stricter.hashes() == before


def test_a_repair_of_the_source_gives_the_same_bytes_in_any_row_order(built: Project) -> None:
    """From shuffled rows, with another hash seed and other threads: the same bytes.

    Only the column `row` of the quarantine, which says where in the file a row stood, and with
    it the raw files themselves, may differ. The stages run one after the other in one program of
    that seed: with DVC, a fresh clone is built elsewhere.
    """
    import yaml

    before = contents(built.root, built.hashes())
    old_quarantine = pd.read_parquet(built.root / "data/clean/quarantine.parquet")
    for name in ("raw", "clean", "annotated", "filtered", "splits"):
        shutil.rmtree(built.root / "data" / name)
    params = yaml.safe_load((built.root / "params.yaml").read_text())
    folder = built.root / "data/sample" / params["fetch"]["snapshot"]
    rows = json.loads((folder / "projects.json").read_text())
    random.Random(7).shuffle(rows)
    for row in rows:
        row["tags"] = row["tags"][::-1]
    data = json.dumps(rows).encode()
    (folder / "projects.json").write_bytes(data)
    _redeclare(built, data)
    few = {"PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "1", "ARROW_NUM_THREADS": "1"}
    built.ok(sys.executable, "-c", ALL_STAGES, *NAMES, **few)
    after = contents(built.root, built.hashes())
    assert after.keys() == before.keys()
    changed = {path for path in before if before[path] != after[path]}
    raw = {path for path in before if path.startswith("data/raw/")}
    assert changed - raw <= {"data/clean/quarantine.parquet"}
    assert changed & raw
    new_quarantine = pd.read_parquet(built.root / "data/clean/quarantine.parquet")
    columns = ["file", "id", "reason"]
    assert sorted(old_quarantine[columns].astype(str).to_numpy().tolist()) == sorted(
        new_quarantine[columns].astype(str).to_numpy().tolist()
    )


def _redeclare(project: Project, data: bytes) -> None:
    """Put the changed file's size and sha256 into data/sources.yaml."""
    import hashlib

    import yaml

    file = project.root / "data/sources.yaml"
    document = yaml.safe_load(file.read_text())
    snapshot = yaml.safe_load((project.root / "params.yaml").read_text())["fetch"]["snapshot"]
    document["sources"]["sample"]["snapshots"][snapshot]["files"]["projects.json"] = {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    file.write_text(yaml.safe_dump(document, allow_unicode=True))


@pytest.mark.long  # with each change, one of the toy, in test_versions_dvc
def test_an_experiment_builds_another_snapshot_beside_the_workspace(built: Project) -> None:
    output = built.ok("dvc", "exp", "run", "-S", "fetch.snapshot=2023-06-30", "--name", "older")
    assert "older" in output
    metrics = json.loads((built.root / "reports/metrics.json").read_text())
    assert metrics["rows"] < 1100


@pytest.mark.parametrize(
    "folder",
    ["clean", *(pytest.param(one, marks=pytest.mark.long) for one in ("filtered", "splits"))],
)
def test_what_a_killed_stage_left_is_swept_away_and_not_recorded(
    built: Project, folder: str
) -> None:
    left = built.root / "data" / folder / ".labels.parquet.17j_a9js.part"
    left.write_text("half")
    built.repro()
    assert not left.exists()
    assert built.ok("git", "status", "--porcelain") == ""
    assert "up to date" in built.ok("dvc", "status")


@pytest.mark.parametrize(
    ("number", "words"),
    [(28, "no space left on device"), (30, "read-only file system"), (13, "permission denied")],
)
@pytest.mark.parametrize(("stage", "folder"), [("fetch", "raw"), ("filter", "filtered")])
def test_what_the_disk_refuses_leaves_everything_as_it_was(
    built: Project,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    words: str,
    stage: str,
    folder: str,
) -> None:
    """Whatever the system says when a stage opens its temporary file, as the system says it."""

    def refuse(*_: object, dir: str, **__: object) -> None:  # noqa: A002 - what tempfile calls it
        raise OSError(number, "as the system says it", dir)

    before = {path: path.read_bytes() for path in (built.root / "data" / folder).rglob("*.*")}
    for name in ("mkstemp", "mkdtemp"):
        monkeypatch.setattr(tempfile, name, refuse)
    done = Folder(built.root).stage(stage)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert " next: " in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_a_failing_stage_changes_neither_the_lock_nor_the_cache(built: Project) -> None:
    lock = (built.root / "dvc.lock").read_text()
    built.set(filter__min_tag_count=100_000)
    done = built.run("dvc", "repro")
    assert done.returncode != 0
    assert "no tag is left" in done.stderr
    assert "Traceback" not in done.stderr
    assert (built.root / "dvc.lock").read_text() == lock
    built.ok("git", "checkout", "-q", "params.yaml")
    built.ok("dvc", "checkout")
    assert "up to date" in built.repro()


def test_the_summary_says_what_to_do_next(built: Project) -> None:
    shown = built.answer("summary", COLUMNS="80")
    assert max(map(len, shown.splitlines())) <= 80
    for words in ("sample 2025-06-30", "Most used", "Just above (≥ 30)", "Just below", "Next:"):
        assert words in shown
    as_json = json.loads(built.answer("summary", "--json"))
    assert as_json["source"] == "sample"


def test_the_summary_of_nothing_says_to_build_it(fresh: Project) -> None:
    done = fresh.tagledger("summary")
    assert done.returncode == 2
    assert "dvc repro" in done.stderr
    assert Path(fresh.root / "data/raw").exists() is False
