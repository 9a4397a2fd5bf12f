"""A package of somebody else's brings a format, and the pipeline builds what it reads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tagledger.sources.catalogue import identify
from tests.pipeline.conftest import Project

PLUGIN = Path(__file__).resolve().parents[1] / "plugin"
CARDS = "".join(f"[{n}]\ntitle = Item {n}\ntags = t{n % 2}|all\n" for n in range(1, 41))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that the package is installed to."""
    folder = tmp_path / "site"
    command = ["uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--no-build-isolation"]
    command += ["--python", sys.executable, "--target", str(folder), str(PLUGIN)]
    subprocess.run([sys.executable, "-m", *command], check=True)
    return folder


def choose_cards(project: Project) -> None:
    (project.root / "data/mine").mkdir()
    file = project.root / "data/mine/a.cards"
    file.write_text(CARDS)
    catalogue = project.root / "data/sources.yaml"
    document = yaml.safe_load(catalogue.read_text())
    document["sources"]["mine"] = {
        "description": "mine",
        "reading": {
            "items": {
                "file": "a.cards",
                "format": "cards",
                "package": "tagledger-cards",
                "columns": {"id": "id", "title": "title"},
            },
            "labels": {"delimited": "tags", "separator": "|"},
        },
        "snapshots": {
            "v1": {"location": "data/mine", "files": {"a.cards": identify(file).model_dump()}}
        },
    }
    catalogue.write_text(yaml.safe_dump(document))
    project.set(fetch__source="mine", fetch__snapshot="v1", filter__include="all")
    project.set(filter__min_tag_count=1)


def test_a_packages_format_builds_a_version_that_says_what_read_it(
    fresh: Project, site: Path
) -> None:
    choose_cards(fresh)
    path = fresh.environment()["PYTHONPATH"]
    missing = fresh.failed("fetch")
    assert "`pip install tagledger-cards`" in missing

    both = {"PYTHONPATH": f"{path}:{site}"}
    fresh.repro("clean", **both)
    labels = pd.read_parquet(fresh.root / "data/clean/labels.parquet")
    assert len(labels) == 80
    record = fresh.root / "data/raw/provenance.json"
    assert json.loads(record.read_text())["packages"] == {
        "cards": {"package": "tagledger-cards", "version": "1.2"}
    }
    first = fresh.hashes()

    assert "`pip install tagledger-cards==1.2`" in fresh.failed("clean")
    metadata = site / "tagledger_cards-1.2.dist-info/METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 1.2", "Version: 1.3"))
    assert "by tagledger-cards 1.2, and tagledger-cards 1.3" in fresh.failed("clean", **both)
    # What the error says to run; the stages after clean do what they always do.
    fresh.repro("--force", "fetch", **both)
    fresh.repro("clean", **both)
    assert json.loads(record.read_text())["packages"]["cards"]["version"] == "1.3"
    changed = {path for path, md5 in fresh.hashes().items() if md5 != first[path]}
    assert changed == {"data/raw"}
