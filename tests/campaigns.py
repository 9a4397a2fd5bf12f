"""A small repository for tests of campaigns: git and tables, without a build."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from tagledger import tables
from tagledger.annotation_tools.answers import Answer, Job, Options, Shown, Tool
from tagledger.annotation_tools.tool_file import ToolFile
from tagledger.campaigns.answer_events import Asker
from tagledger.campaigns.campaign import read_campaigns
from tagledger.campaigns.items import read_items, read_tags
from tagledger.events.event import Event
from tagledger.events.new_items import NewItem, item_file
from tagledger.events.store import read_events
from tagledger.versions import Repository
from tests import factories

PLACEHOLDER = "data/annotations/.gitkeep"


@dataclass(frozen=True)
class Small:
    """The repository, and short ways to ask it."""

    root: Path

    @property
    def repository(self) -> Repository:
        return Repository.find(self.root)

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def events(self) -> list[Event]:
        found = [event for _, _, event in read_events(self.root)]
        assert all(isinstance(event, Event) for event in found)
        return [event for event in found if isinstance(event, Event)]

    def asker(self, **said: Any) -> Asker:
        return Asker(
            items=read_items(self.root),
            names=read_tags(self.root),
            campaigns={one.name: one for one in read_campaigns(self.root)},
            **said,
        )

    def files(self) -> dict[str, bytes]:
        """Every file but git's own, by its path."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }


def small(
    root: Path,
    texts: Mapping[Any, str],
    tags_of: Mapping[Any, Sequence[str]],
    *,
    taxonomy: Sequence[str] = (),
    groups: Sequence[Any] | None = None,
) -> Small:
    """A repository with some items and labels, as the clean stage makes them, and one commit."""
    for path, text in {
        "dvc.yaml": "stages: {}\n",
        "params.yaml": "fetch: {source: mine, snapshot: '1'}\n",
        ".dvc/config": "",
        ".gitignore": "/data/clean\n/data/annotated\n",
        PLACEHOLDER: "",
        "data/clean/rows.json": json.dumps({"tag_spelling": "words"}),
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    entries = factories.taxonomy(taxonomy)
    tables.write(
        {
            root / tables.CLEAN_ITEMS: factories.items(texts, groups),
            root / tables.CLEAN_LABELS: factories.labels(tags_of),
            root / tables.CLEAN_TAXONOMY: entries,
        }
    )
    made = Small(root)
    made.git("init", "--quiet")
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "start")
    return made


def verdicts(root: Path, rows: Sequence[tuple[Any, str, str]]) -> None:
    """What a build says of (id, tag, state)."""
    frame = pd.DataFrame(
        {
            "id": [item for item, _, _ in rows],
            "tag": [tag for _, tag, _ in rows],
            "state": pd.Series([state for _, _, state in rows], dtype="str"),
        }
    )
    tables.write({root / "data/annotated/verdicts.parquet": frame})


class Lines(Tool):
    """A tool of tests: JSON Lines with the fields of an answer."""

    NAME: ClassVar[str] = "lines"
    TITLE: ClassVar[str] = "Lines"
    FILES: ClassVar[tuple[str, ...]] = (".jsonl",)
    READ_OPTIONS: ClassVar[Mapping[str, str]] = {"encoding": "What it is written in."}

    def recognise(self, file: ToolFile) -> bool:
        return file.data.startswith(b'{"kind"')

    def read(self, file: ToolFile, options: Options, notes: list[str]) -> Iterator[Answer]:
        for number, line in enumerate(file.text.splitlines(), 1):
            said = json.loads(line)
            lists = ("yes", "asked", "replaces")
            yield Answer(
                place=f"line {number}",
                **{
                    key: tuple(value) if key in lists and value is not None else value
                    for key, value in said.items()
                },
            )

    def write(self, items: Sequence[Shown], job: Job) -> Mapping[str, bytes]:
        lines = [
            json.dumps({"id": one.id, "labels": one.labels, "suggestions": one.suggestions})
            for one in items
        ]
        about = json.dumps({"tags": job.tags, "annotator": job.annotator})
        return {"items.jsonl": "\n".join(lines).encode(), "about.json": about.encode()}


def answers_file(path: Path, answers: Sequence[Mapping[str, Any]]) -> Path:
    """A file of the tool `Lines`."""
    lines = [json.dumps({"kind": "label", **answer}) for answer in answers]
    path.write_text("\n".join(lines))
    return path


def write_new_items(
    root: Path, campaign: str, items: Sequence[NewItem], *, integers: bool = False
) -> Path:
    """Bring items as `annotate start` does."""
    path, content = item_file(campaign, items, integers=integers)
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return root / path
