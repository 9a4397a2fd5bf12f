"""What the README tells a user to do, done as it says."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tagledger.versions import Repository, find_version
from tests.conftest import IN_CI
from tests.once import made_once
from tests.pipeline.conftest import REPOSITORY, Folder, Project, Say, speaker
from tests.pipeline.in_process import make, make_and_record

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
READINGS = (REPOSITORY / "docs/readings.md").read_text(encoding="utf-8")
LABELLING = (REPOSITORY / "docs/labelling.md").read_text(encoding="utf-8")


def section(title: str, page: str = README) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
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


def paste_identity(project: Project, done: subprocess.CompletedProcess[str]) -> None:
    """Paste the size and sha256 that a run printed, which must have stopped for want of them."""
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


# How each format is read, the tests of the readers say.
@pytest.mark.parametrize(
    "form",
    [pytest.param(form, marks=() if form == "csv" else pytest.mark.long) for form in FORMS],
)
def test_a_source_by_hand(fresh: Project, form: str) -> None:
    text = section("By hand", READINGS)
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
    # By DVC, test_contributing builds such a source, whose identity is pasted in the same way.
    paste_identity(fresh, Folder(fresh.root).stage("fetch"))
    make(fresh.root)
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


# The words that stand for what a user names, and something of the sample for each.
WORDS = {
    "A": "v5.0.0",
    "B": "v6.0.0",
    "ID": "1200",
    "FILE…": "--yes data/sample/2025-06-30/projects.json",
    "TAG": "pytorch",
    "REV…": "v5.0.0",
    "VERSION": "v6.0.0",
}
# The recipe below releases; the tests of the dashboard start it, for it runs until it is stopped;
# packaging has the tests of what a repository of one's own is made and changed by, and
# test_annotating those of answers.
ELSEWHERE = (
    *("release", "dashboard", "init", "add", "upgrade"),
    *("annotate", "agreement", "taxonomy", "COMMAND"),
)
# What they are asked for may not hold: that is their answer, not a failure.
JUDGING = ("check", "--gate")


@pytest.fixture(scope="session")
def _cloned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone of this repository without tags, as the next commit will be, all data built."""
    if git_here("rev-parse", "--is-shallow-repository") == "true":
        reason = "the history of the sample is not here: `git fetch --unshallow` brings it"
        pytest.fail(reason, pytrace=False) if IN_CI else pytest.skip(reason)
    return Project(made_once(tmp_path_factory, "cloned", _clone))


def git_here(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def _clone(root: Path) -> None:
    project = Project(root)
    git_here("clone", "--quiet", "--no-tags", f"file://{REPOSITORY}", str(root))
    for name in git_here("ls-files", "--deleted").splitlines():
        (root / name).unlink()
    for name in git_here("ls-files", "--modified", "--others", "--exclude-standard").splitlines():
        if (REPOSITORY / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, root / name)
    make_and_record(root)
    if project.ok("git", "status", "--porcelain"):
        project.ok("git", "add", "--all")
        project.ok("git", "commit", "--quiet", "-m", "data: what the next commit makes")
    project.ok("tagledger", "rebuild", *REBUILT)
    assert project.ok("git", "tag") == ""


@pytest.fixture
def cloned(_cloned: Project, tmp_path: Path) -> Project:
    """The clone, for this test alone."""
    root = tmp_path / "project"
    shutil.copytree(_cloned.root, root, symlinks=True)
    return Project(root)


@pytest.fixture(scope="module")
def read(_cloned: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The clone, for tests of this module that only read."""
    root = tmp_path_factory.mktemp("read") / "project"
    shutil.copytree(_cloned.root, root, symlinks=True)
    return Project(root)


@pytest.fixture
def reading(
    read: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    """Run commands in the clone that several tests read."""
    with speaker(monkeypatch, capfd, read) as run:
        yield run


@pytest.fixture
def writing(
    cloned: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Say]:
    """Run commands in the clone of this test alone."""
    with speaker(monkeypatch, capfd, cloned) as run:
        yield run


# Rebuilt with each change; the earlier ones each night, by the first line of the recipe.
REBUILT = ("v5.0.0", "v6.0.0")


def test_the_next_version_of_the_recipe_is_released(cloned: Project) -> None:
    """Without the charts, which test_pipeline makes, and with its stages in this process."""
    recipe, _ = blocks(section("Make the next version"), "sh")
    first, change, *building, add, commit, release = recipe.splitlines()
    assert first.startswith("tagledger rebuild --yes ")
    assert [line.split("  ")[0] for line in building] == [
        "dvc repro",
        "dvc metrics diff",
        "dvc plots diff",
    ]
    cloned.ok("bash", "-e", "-c", change)
    make_and_record(cloned.root, "filter")
    cloned.ok("bash", "-e", "-c", f"{add}\n{commit}")
    cloned.answer(*words(release))
    assert_is_next(cloned)


def assert_is_next(cloned: Project) -> None:
    """v6.1.0 of the recipe is released, and no item of v6.0.0 has moved to another split."""
    assert (cloned.root / "params.yaml.bak").exists()
    assert cloned.ok("git", "status", "--porcelain") == ""
    assert cloned.ok("git", "tag").split() == ["v6.1.0"]
    rows = json.loads(cloned.answer("versions", "--json"))["versions"]
    assert [row["name"] for row in rows][:4] == ["v6.1.0", "v6.0.0", "v5.0.0", "v4.0.0"]
    found = json.loads(cloned.answer("compare", "v6.0.0", "v6.1.0", "--json"))
    assert found["items"]["added"] + len(found["tags"]) > 0
    assert found["train_to_test"] == 0
    assert "ALARM" not in cloned.answer("compare", "v6.0.0", "v6.1.0")
    assert "BROKEN" not in cloned.answer("check")
    # Its base is that of before, and the commit after it moves the base on.
    bases = [cloned.ok("git", "show", f"{at}:data/base/base.json") for at in ("v6.1.0", "HEAD")]
    assert [json.loads(base)["base"] for base in bases] == ["v6.0.0", "v6.1.0"]
    repo = Repository.find(cloned.root)
    assert find_version(repo, "HEAD").data_id == find_version(repo, "v6.1.0").data_id


# With each change: the release, above; DVC's charts, in test_pipeline; an experiment of the toy, in
# test_versions_dvc.
@pytest.mark.long
def test_the_recipe_for_the_next_version_works_to_its_end(cloned: Project) -> None:
    recipe, experiment = blocks(section("Make the next version"), "sh")
    cloned.ok("bash", "-e", "-c", recipe)
    assert_is_next(cloned)

    run, compare, apply = experiment.splitlines()
    before = (cloned.root / "params.yaml").read_bytes(), cloned.hashes()
    cloned.ok("bash", "-c", run)
    assert cloned.ok("git", "status", "--porcelain") == ""
    assert ((cloned.root / "params.yaml").read_bytes(), cloned.hashes()) == before
    assert "forty" in cloned.ok("bash", "-c", compare)
    cloned.ok("bash", "-c", apply)
    assert (
        yaml.safe_load((cloned.root / "params.yaml").read_text())["filter"] | {"min_tag_count": 40}
        == yaml.safe_load((cloned.root / "params.yaml").read_text())["filter"]
    )
    assert cloned.hashes() != before[1]


@pytest.mark.long  # with each change, one of the toy with --temp, in test_versions_dvc
def test_an_experiment_without_temp_takes_the_place_of_the_work_tree(cloned: Project) -> None:
    _, experiment = blocks(section("Make the next version"), "sh")
    run = experiment.splitlines()[0]
    assert "--temp " in run
    before = cloned.hashes()
    cloned.ok("bash", "-c", run.replace("--temp ", ""))
    assert cloned.hashes() != before
    changed = cloned.ok("git", "diff", "--name-only").split()
    assert {"dvc.lock", "params.yaml", "reports/metrics.json"} <= set(changed)


def test_what_changed_why_and_who(cloned: Project) -> None:
    text = section("What changed, why, and who")
    questions, driver = blocks(text, "sh")
    said = {line.split("#")[0].strip(): cloned.answer(*words(line)) for line in lines(questions)}
    assert all(said.values())
    versions = said["tagledger versions"]
    assert [versions.index(name) for name in ("v6.0.0", "v5.0.0", "v4.0.0")] == sorted(
        versions.index(name) for name in ("v6.0.0", "v5.0.0", "v4.0.0")
    )
    (blame,) = (out for command, out in said.items() if command.startswith("tagledger blame"))
    assert "v6.0.0" in blame or "v5.0.0" in blame
    cloned.ok("bash", "-e", "-c", driver)
    diff, log = re.findall(r"`(git (?:diff|log) [^`]+)`", text)
    repo = Repository.find(cloned.root)
    before, between, released = (
        find_version(repo, name).revision for name in ("v4.0.0", "v5.0.0", "v6.0.0")
    )
    # It is from v4.0.0 to v5.0.0, and here of the next one, whose data is rebuilt.
    shown = f"{before[:7]} {between[:7]}"
    assert shown in diff
    printed = cloned.ok("bash", "-c", diff.replace(shown, f"{between} {released}"))
    assert re.match(r"dvc\.lock: v5\.0\.0 \(\S+\) → v6\.0\.0 \(", printed)
    assert "relabelled" in printed
    # Two of its commits: each takes a program of its own. A test of the ledger goes to the root.
    assert "v6.0.0" in cloned.ok("bash", "-c", log.replace(" -- ", f" -2 {released} -- "))
    (example,) = blocks(text, "python")
    cloned.ok("python", "-c", f"{example}\nassert len(train)")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        # What was released never changes.
        pytest.param("v3.0.0", "v4.0.0", marks=pytest.mark.long),
        pytest.param("v4.0.0", "v5.0.0", marks=pytest.mark.long),
        ("v5.0.0", "v6.0.0"),
    ],
)
def test_no_gate_of_the_default_is_broken_from_v3_on(writing: Say, a: str, b: str) -> None:
    if a not in REBUILT:
        assert writing("rebuild", a, b)[0] == 0
    code, out, err = writing("compare", a, b, "--gate", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["train_to_test"] == 0
    assert all(gate["holds"] for gate in found["gates"])


@pytest.mark.parametrize(
    "releasing", [False, pytest.param(True, marks=pytest.mark.long)], ids=["tagged", "released"]
)
def test_the_worked_example_of_labelling(cloned: Project, releasing: bool) -> None:
    """Its numbers are what the commands print; the labels that it mends are planted faults.

    With each change, the version is built and tagged in place of the release, which the recipe for
    the next version makes.
    """
    commands = [line for block in blocks(LABELLING, "sh") for line in block.splitlines()]
    assert len(commands) == 10
    (release,) = (line for line in commands if line.startswith("tagledger release "))
    said = {}
    for line in commands:
        if line == release and not releasing:
            make_and_record(cloned.root, "annotate")
            cloned.ok("git", "commit", "--quiet", "-am", "data: labels of five tags")
            cloned.ok("git", "tag", "-a", shlex.split(release)[2], "-m", "five tags")
        else:
            said[line] = cloned.answer(*words(line))

    def out(start: str) -> str:
        (found,) = (text for line, text in said.items() if line.startswith(f"tagledger {start}"))
        return " ".join(found.split())

    assert "alpha is 0.96" in out("agreement")
    assert "differ on 1" in out("agreement")
    assert "ann, bob" in out("blame 1175")
    assert "cleo" in out("blame 3129")
    assert cloned.ok("git", "status", "--porcelain", "--untracked-files=no") == ""
    found = json.loads(cloned.answer("compare", "v6.0.0", "v6.1.0", "--json"))
    causes = {name: (row["gained"], row["lost"]) for name, row in found["causes"].items()}
    assert causes == {"annotated": (16, 6), "threshold": (29, 0)}

    truth = json.loads((cloned.root / "data/sample/truth.json").read_text(encoding="utf-8"))
    faults = truth["snapshots"]["2025-06-30"]["faults"]
    tags = next(line for line in commands if " --tags " in line).split(" --tags ")[1].split()[0]
    labels = pd.read_parquet(cloned.root / "data/annotated/labels.parquet")
    pairs = set(labels.itertuples(index=False, name=None))
    for kind, there in (("missing_labels", True), ("wrong_labels", False)):
        planted = [(one["id"], one["tag"]) for one in faults[kind]]
        mended = [pair for pair in planted if pair[1] in tags.split(",")]
        assert mended
        assert {pair in pairs for pair in mended if pair != (3129, "clustering")} == {there}


def test_splits_that_stay_put(cloned: Project) -> None:
    (commands,) = blocks(section("Splits that stay put"), "sh")
    freeze, build = commands.splitlines()
    cloned.answer(*words(freeze))
    cloned.ok(*shlex.split(build))
    base = yaml.safe_load((cloned.root / "params.yaml").read_text())["split"]["base"]
    assert f"`split.base: {base}`" in section("Splits that stay put")


def test_the_record_shown_is_one_of_the_sample() -> None:
    (shown,) = (text for text in blocks(section("Gates and releases"), "yaml") if "data:" in text)
    assert shown in (REPOSITORY / "data/releases.yaml").read_text()


def lines(block: str) -> list[str]:
    return [line for line in block.splitlines() if line]


def words(line: str) -> list[str]:
    """The words of a command of Tagledger, without its name."""
    name, *rest = shlex.split(line, comments=True)
    assert name == "tagledger"
    return rest


def spans() -> list[str]:
    """Each command of Tagledger that the text names, with something for each of its words."""
    found = dict.fromkeys(re.findall(r"`(tagledger [^`]+)`", README))
    commands = []
    for command in found:
        words = [WORDS.get(word.strip("[]"), word) for word in command.split()]
        if words[1] not in ELSEWHERE:
            commands.append(" ".join(words))
    return list(dict.fromkeys(commands))


READ, WRITTEN = (
    [one for one in spans() if (one.split()[1] in {"freeze", "rebuild"}) == writes]
    for writes in (False, True)
)


@pytest.mark.parametrize("command", READ)
def test_a_command_that_the_text_names_runs(reading: Say, command: str) -> None:
    runs(reading, command)


# All that is lost is rebuilt each night.
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(one, marks=pytest.mark.long if one == "tagledger rebuild" else ())
        for one in WRITTEN
    ],
)
def test_a_command_that_the_text_names_writes(cloned: Project, writing: Say, command: str) -> None:
    (cloned.root / "old.csv").write_text("id,split\n1,train\n2,test\n")  # somebody's own split
    runs(writing, command)


def runs(say: Say, command: str) -> None:
    _, *words = command.split()
    code, _, err = say(*words)
    allowed = {0, 1} if any(word in words for word in JUDGING) else {0}
    assert code in allowed, err


def test_each_block_with_a_command_is_tried() -> None:
    """A new section with commands of Tagledger needs a test of its own, above or in packaging."""
    tried = (
        *("Make the next version", "What changed, why, and who", "Splits that stay put"),
        *("Label, and take answers back", "Your own data"),
    )
    with_commands = [block for block in blocks(README, "sh") if "tagledger " in block]
    assert with_commands == [
        block for title in tried for block in blocks(section(title), "sh") if "tagledger " in block
    ]


@pytest.mark.parametrize(
    "by_dvc", [False, pytest.param(True, marks=pytest.mark.long)], ids=["in-process", "dvc"]
)
def test_the_real_catalogue(
    fresh: Project, upstream: Path, by_dvc: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With each change, its stages run in this process: the sample is what DVC builds then."""
    monkeypatch.setenv("TAGLEDGER_MIRROR", str(upstream))
    commands, beside = blocks(section("The Made With ML catalogue"), "sh")
    *choice, build = commands.splitlines()
    fresh.ok("bash", "-c", "\n".join(choice))
    if by_dvc:
        fresh.ok("bash", "-c", build)
    else:
        make(fresh.root)
    assert json.loads((fresh.root / "reports/metrics.json").read_text())["tags"] == 33
    # The experiment asks for the same.
    params = yaml.safe_load((fresh.root / "params.yaml").read_text())
    (line,) = lines(beside)
    program, asked = line.split(" -S ")[0], line.split(" -S ")[1:]
    assert program == "dvc exp run --temp"
    assert {name: str(value) for name, value in (one.split("=") for one in asked)} == {
        "fetch.source": params["fetch"]["source"],
        "fetch.snapshot": params["fetch"]["snapshot"],
        "split.base": "null" if params["split"]["base"] is None else "",
    }


@pytest.mark.long  # with each change, one of the toy, in test_versions_dvc
def test_the_real_catalogue_as_an_experiment(fresh: Project, upstream: Path) -> None:
    _, beside = blocks(section("The Made With ML catalogue"), "sh")
    fresh.ok("bash", "-c", beside, TAGLEDGER_MIRROR=str(upstream))
    assert fresh.ok("git", "status", "--porcelain") == ""
    (row,) = json.loads(fresh.answer("versions", "--experiments", "--json"))["versions"]
    assert (row["kind"], row["tags"]) == ("experiment", 33)


def test_the_python_example(built: Project) -> None:
    (example,) = blocks(section("What a version holds"), "python")
    built.ok("python", "-c", f"{example}\nassert len(train) and len(labels)")


def test_every_command_is_in_the_readme() -> None:
    from tagledger.cli import app

    for name, command in app.commands.items():
        if not command.hidden:
            assert f"`tagledger {name}" in section("Commands"), name


def test_the_summary_shown_is_the_one_printed(built: Project) -> None:
    shown = README.split("<!-- summary:begin -->")[1].split("<!-- summary:end -->")[0]
    printed = built.answer("summary", COLUMNS="80")
    lines = [line.rstrip() for line in printed.strip().splitlines()]
    assert [line.rstrip() for line in shown.strip().splitlines()] == ["```text", *lines, "```"]
