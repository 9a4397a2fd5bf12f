"""A repository with versions of a dataset in it, made by the stages' own functions, without DVC."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tagledger import documents, reports, tables
from tagledger.params import CleanParams, FilterParams, SplitParams
from tagledger.pipeline.table import STAGES
from tagledger.readers.raw import read_raw
from tagledger.sources.catalogue import PROVENANCE
from tagledger.stages import report
from tagledger.stages.clean import clean
from tagledger.stages.filter import filter_labels
from tagledger.stages.split import divide
from tagledger.workspace import MODELS, Tables, check_results
from tests.factories import unannotated
from tests.once import made_once
from tests.pipeline.conftest import Folder
from tests.sides import Events, Said

REPOSITORY = Path(__file__).resolve().parents[2]
START = datetime(2024, 1, 15, 12, tzinfo=UTC)
RATIOS = {"train": 0.6, "val": 0.2, "test": 0.2}
COLUMNS = {name: name for name in ("id", "created_on", "title", "description")}
READING = {"labels": {"list": "tags"}, "taxonomy": {"file": "tags.json"}}
OUTS = {
    "fetch": [tables.RAW],
    "clean": [
        tables.CLEAN_ITEMS,
        tables.CLEAN_LABELS,
        tables.CLEAN_QUARANTINE,
        tables.CLEAN_ROWS,
        tables.CLEAN_TAXONOMY,
    ],
    "annotate": [
        tables.ANNOTATED_LABELS,
        tables.ANNOTATED_ROWS,
        tables.ANNOTATED_TAXONOMY,
        tables.DISPUTES,
        tables.REJECTED,
        tables.TAG_CHANGES,
        tables.VERDICTS,
    ],
    "filter": [tables.FILTERED_LABELS, tables.FILTERED_TAGS],
    "split": [tables.SPLITS],
    "report": [reports.METRICS, reports.QUALITY],
}
# Stages that came later: their own programs make what they write.
LATER = [one for one in STAGES if one.name not in OUTS]
OUTS |= {one.name: [Path(path) for path in one.outs] for one in LATER}
# Their sections of params.yaml, in which each parameter has its default.
DEFAULTS: dict[str, dict[str, Any]] = {one.name: {} for one in LATER if one.name in one.params}

UNSET = {"fetch"}  # sections that `Ledger` writes no parameters of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """What the pipeline of one version starts from; rows may be an Arrow table."""

    rows: Sequence[Row] | pa.Table
    taxonomy: Sequence[Mapping[str, Any]] = ()
    clean: CleanParams = field(default_factory=lambda: CleanParams(max_quarantined=0.5))
    filter: FilterParams = field(default_factory=lambda: FilterParams(min_tag_count=2))
    split: SplitParams = field(default_factory=lambda: SplitParams(ratios=RATIOS))
    gates: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=lambda: COLUMNS)
    source: str | None = None  # of the fetch stage's parameters; None leaves them out
    said: Said | Events | None = None  # what people said; None for nothing
    before_annotate: bool = False  # whether dvc.lock is from before the annotate stage


def _pipeline() -> str:
    """The stages of the repository's own dvc.yaml, without code and with two reports alone."""
    document = yaml.safe_load((REPOSITORY / "dvc.yaml").read_text())
    document["stages"] = {name: document["stages"][name] for name in OUTS}
    for stage in document["stages"].values():
        stage.pop("deps", None)
        stage.pop("plots", None)
        stage["params"] = [name for name in stage.get("params", ()) if name not in UNSET]
    return yaml.safe_dump(document, sort_keys=False)


NO_FAILURES = pd.DataFrame(columns=["table", "id", "column", "check", "value"], dtype="str")


def told_once(factory: pytest.TempPathFactory, name: str, tell: Callable[[Path], object]) -> Ledger:
    """A repository for this worker alone, copied from one that is made once for all of them."""
    root = factory.mktemp(name) / "repo"
    shutil.copytree(made_once(factory, name, tell), root)
    return Ledger.at(root)


class Ledger:
    """A git repository whose pipeline seems to have run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commits = 0
        root.mkdir(parents=True)
        (root / "dvc.yaml").write_text(_pipeline())
        (root / ".gitignore").write_text(".tagledger/\n/data\n/.dvc/cache\n")
        (root / ".dvc").mkdir()
        (root / ".dvc" / "config").write_text("[core]\n    analytics = false\n")
        self.git("init", "--quiet", "--initial-branch", "main")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "start")

    @classmethod
    def at(cls, root: Path) -> Ledger:
        """The one that is already there."""
        ledger = cls.__new__(cls)
        ledger.root, ledger.commits = root, 9
        return ledger

    def git(self, *words: str, **variables: str) -> str:
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=os.environ | variables,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def build(self, state: State) -> None:
        """Do what `dvc repro` does: data/, reports/, dvc.lock and the cache.

        The schemas, which take most of the time, are left out: what the stages make is sound, and a
        test looks whether it is.
        """
        with patch("tagledger.validation.find_failures", lambda *_: NO_FAILURES):
            self._build(state)

    def _build(self, state: State) -> None:
        self._fetch(state)
        cleaned = clean(read_raw(self.root / tables.RAW, state.clean.years), state.clean)
        annotated = unannotated(cleaned.labels, cleaned.taxonomy)
        if state.said is not None:
            annotated = state.said.annotate(cleaned, state.clean)
        filtered = filter_labels(annotated.labels, cleaned.taxonomy, state.filter)
        divided = divide(cleaned.items, filtered.labels, state.split)
        written = {
            tables.ANNOTATED_LABELS: annotated.labels,
            tables.ANNOTATED_TAXONOMY: annotated.taxonomy,
            tables.VERDICTS: annotated.verdicts,
            tables.DISPUTES: annotated.disputes,
            tables.REJECTED: annotated.rejected,
            tables.TAG_CHANGES: annotated.tag_changes,
            tables.CLEAN_ITEMS: cleaned.items,
            tables.CLEAN_LABELS: cleaned.labels,
            tables.CLEAN_TAXONOMY: cleaned.taxonomy,
            tables.CLEAN_QUARANTINE: cleaned.quarantine,
            tables.FILTERED_LABELS: filtered.labels,
            tables.FILTERED_TAGS: filtered.tags,
            tables.ASSIGNMENTS: divided.assignments,
            **{tables.SPLITS / f"{name}.parquet": part for name, part in divided.splits.items()},
        }
        tables.write({self.root / path: df for path, df in written.items()})
        documents.write_json(self.root / tables.CLEAN_ROWS, asdict(cleaned.rows))
        documents.write_json(self.root / tables.ANNOTATED_ROWS, {"events": 0})
        self._write_params(state)
        for stage in LATER:
            done = Folder(self.root).stage(stage.name)
            assert done.returncode == 0, done.stderr
        frames = {
            name: written[path] if path in written else tables.read(self.root / path)
            for name, (_, path) in MODELS.items()
        }
        frames |= {f"splits/{name}": part for name, part in divided.splits.items()}
        made = Tables(frames, asdict(cleaned.rows), {}, state.split)
        documents.write_json(self.root / reports.METRICS, report.metrics(made))
        documents.write_json(
            self.root / reports.QUALITY, report.quality(made, check_results(made, None))
        )
        self._lock(state)

    def commit(self, subject: str, tag: str | None = None) -> str:
        """Commit what was built, a month after the commit before."""
        when = (START + timedelta(days=30 * self.commits)).isoformat()
        self.commits += 1
        dates = {"GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", subject, **dates)
        if tag:
            self.git("tag", "-a", tag, "-m", tag, **dates)
        return self.git("rev-parse", "HEAD")

    def release(self, state: State, tag: str, subject: str) -> None:
        """Build a version, commit it and tag it."""
        self.build(state)
        self.commit(subject, tag)

    def object(self, path: str, rev: str = "HEAD") -> Path:
        """The cache's file for an output of a version."""
        lock = yaml.safe_load(self.git("show", f"{rev}:dvc.lock"))
        (md5,) = (
            out["md5"]
            for stage in lock["stages"].values()
            for out in stage["outs"]
            if out["path"] == path
        )
        return self._object(md5)

    def lose_cache(self) -> None:
        """Remove the cache, as in a fresh clone."""
        shutil.rmtree(self.root / ".dvc" / "cache")
        shutil.rmtree(self.root / "data", ignore_errors=True)

    def _fetch(self, state: State) -> None:
        raw = self.root / tables.RAW
        raw.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(raw)
        raw.mkdir()
        file = "projects.jsonl"
        if isinstance(state.rows, pa.Table):
            file = "projects.parquet"
            sink = io.BytesIO()
            pq.write_table(state.rows, sink, compression="zstd")
            projects = sink.getvalue()
        else:
            projects = b"".join(orjson.dumps(row) + b"\n" for row in state.rows)
        contents = {file: projects, "tags.json": orjson.dumps(list(state.taxonomy))}
        for name, data in contents.items():
            (raw / name).write_bytes(data)
        record = {
            "format": 1,
            "source": "fixture",
            "snapshot": "1",
            "description": "made for tests",
            "licence": "MIT",
            "location": "nowhere",
            "files": {
                name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in contents.items()
            },
            "reading": READING | {"items": {"file": file, "columns": dict(state.columns)}},
        }
        documents.write_json(raw / PROVENANCE, record)

    def _lock(self, state: State) -> None:
        settings = {
            "clean": {"clean": asdict(state.clean)},
            "filter": {"filter": asdict(state.filter)},
            "split": {"split": asdict(state.split)},
            "report": {
                "filter.min_tag_count": state.filter.min_tag_count,
                "split": asdict(state.split),
            },
        }
        settings |= {name: {name: section} for name, section in DEFAULTS.items()}
        if state.source is not None:
            settings["fetch"] = {"fetch": {"source": state.source, "snapshot": "1"}}
        stages: dict[str, Any] = {}
        for stage, outs in OUTS.items():
            if stage == "annotate" and state.before_annotate:
                continue
            entry: dict[str, Any] = {"cmd": f"python -m tagledger.stages.{stage}"}
            if stage in settings:
                entry["params"] = {"params.yaml": settings[stage]}
            entry["outs"] = [self.keep(path, cached=stage != "report") for path in outs]
            stages[stage] = entry
        document = {"schema": "2.0", "stages": stages}
        (self.root / "dvc.lock").write_text(yaml.safe_dump(document, sort_keys=False))

    def _write_params(self, state: State) -> None:
        sections = {
            "filter": asdict(state.filter),
            "clean": asdict(state.clean),
            "split": asdict(state.split),
            "gates": dict(state.gates),
            **DEFAULTS,
        }
        (self.root / "params.yaml").write_text(yaml.safe_dump(sections, sort_keys=False))

    def keep(self, path: Path, *, cached: bool) -> dict[str, Any]:
        """Put an output into the cache, and say what dvc.lock says of it."""
        place = self.root / path
        if place.is_dir():
            members = sorted(file for file in place.rglob("*") if file.is_file())
            listed = [
                {"md5": self._store(file.read_bytes()), "relpath": str(file.relative_to(place))}
                for file in members
            ]
            data = json.dumps(listed, sort_keys=True).encode()  # as DVC writes it
            return {
                "path": path.as_posix(),
                "hash": "md5",
                "md5": self._store(data, ".dir"),
                "size": sum(file.stat().st_size for file in members),
                "nfiles": len(members),
            }
        data = place.read_bytes()
        md5 = self._store(data) if cached else hashlib.md5(data).hexdigest()
        return {"path": path.as_posix(), "hash": "md5", "md5": md5, "size": len(data)}

    def _store(self, data: bytes, suffix: str = "") -> str:
        md5 = hashlib.md5(data).hexdigest() + suffix
        place = self._object(md5)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return md5

    def _object(self, md5: str) -> Path:
        return self.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
