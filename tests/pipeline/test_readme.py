"""What the README tells a user to do, done as it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.pipeline.conftest import REPOSITORY, Project

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL
    )
    assert found, f"the README has no section {title}"
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def add_source(project: Project, entry: str) -> None:
    file = project.root / "data/sources.yaml"
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + "\n" + entry, encoding="utf-8")


def choose(project: Project, text: str) -> None:
    """Put the README's values into params.yaml, section by section."""
    file = project.root / "params.yaml"
    document = yaml.safe_load(file.read_text())
    for name, values in yaml.safe_load(text).items():
        document[name].update(values)
    file.write_text(yaml.safe_dump(document, sort_keys=False))


def paste_identity(project: Project) -> None:
    """Run `dvc repro`, which must stop and print the size and sha256 to paste; paste them."""
    done = project.run("dvc", "repro")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    size = re.search(r"bytes: (\d+)", done.stderr)
    digest = re.search(r"sha256: ([0-9a-f]{64})", done.stderr)
    assert size, done.stderr
    assert digest, done.stderr
    file = project.root / "data/sources.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count(": {}\n") == 1
    identity = f": {{ bytes: {size[1]}, sha256: {digest[1]} }}\n"
    file.write_text(text.replace(": {}\n", identity), encoding="utf-8")


FORMS = {
    "csv": (
        lambda frame: frame.to_csv(index=False).encode(),
        'labels: { delimited: labels, separator: "|" }',
    ),
    "jsonl": (
        lambda frame: "".join(
            json.dumps({**row, "labels": row["labels"].split("|")}) + "\n"
            for row in frame.to_dict("records")
        ).encode(),
        "labels: { list: labels }",
    ),
    "parquet": (
        lambda frame: frame.assign(labels=frame["labels"].str.split("|")).to_parquet(index=False),
        "labels: { list: labels }",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_your_own_data(fresh: Project, form: str) -> None:
    text = section("Your own data")
    (table,) = blocks(text, "csv")
    entry, parameters = blocks(text, "yaml")
    (fresh.root / "data/mine").mkdir()
    csv = fresh.root / "data/mine/tickets.csv"
    csv.write_text(table)
    encode, labels = FORMS[form]
    if form != "csv":
        frame = pd.read_csv(csv, dtype={"id": int})
        (fresh.root / f"data/mine/tickets.{form}").write_bytes(encode(frame))
        csv.unlink()
        entry = entry.replace("tickets.csv", f"tickets.{form}").replace(
            'labels: { delimited: labels, separator: "|" }', labels
        )
    add_source(fresh, entry)
    choose(fresh, parameters)
    paste_identity(fresh)
    fresh.repro()
    made = pd.read_parquet(fresh.root / "data/filtered/labels.parquet")
    assert sorted(made.itertuples(index=False, name=None)) == [
        (101, "login"),
        (101, "web"),
        (102, "billing"),
        (103, "login"),
    ]
    items = pd.read_parquet(fresh.root / "data/clean/items.parquet")
    assert items["title"].tolist() == ["Cannot log in", "Invoice is wrong", "Login loops"]
    assert str(items["created_on"][0]) == "2024-03-01 09:00:00+00:00"


def test_make_the_next_version(built: Project) -> None:
    first, second = blocks(section("Make the next version"), "sh")
    for line in first.splitlines():
        built.ok("bash", "-c", line)
    assert built.ok("git", "status", "--porcelain", "--untracked-files=no") == ""
    assert "v1.1.0" in built.ok("git", "tag")
    assert json.loads((built.root / "reports/metrics.json").read_text())["tags"] > 0
    for line in second.splitlines():
        built.ok("bash", "-c", line)


def test_the_real_catalogue(fresh: Project, upstream: Path) -> None:
    (commands,) = blocks(section("The Made With ML catalogue"), "sh")
    fresh.ok("bash", "-c", commands, TAGLEDGER_MIRROR=str(upstream))
    assert json.loads((fresh.root / "reports/metrics.json").read_text())["tags"] == 33


def test_the_python_example(built: Project) -> None:
    (example,) = blocks(section("What a version holds"), "python")
    built.ok("python", "-c", f"{example}\nassert len(train) and len(labels)")


def test_every_command_is_in_the_readme() -> None:
    from typer.main import get_command

    from tagledger.cli import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        if not command.hidden:
            assert f"`tagledger {name}" in section("Commands"), name


def test_the_summary_shown_is_the_one_printed(built: Project) -> None:
    shown = README.split("<!-- summary:begin -->")[1].split("<!-- summary:end -->")[0]
    printed = built.ok("python", "-m", "tagledger", "summary", COLUMNS="80")
    lines = [line.rstrip() for line in printed.strip().splitlines()]
    assert [line.rstrip() for line in shown.strip().splitlines()] == ["```text", *lines, "```"]
