"""What comes from others: the actions that CI runs, and the packages of the lock."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from packaging.markers import default_environment

from docs import licences
from tagledger.cli import app

REPOSITORY = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.y*ml"))


# Workflows. Each rule is a function from a workflow's text to its breaches.


def each_key(node: object, key: str) -> Iterator[Any]:
    """The values of a key, at any depth."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    if isinstance(node, dict) and key in node:
        yield node[key]
    for child in children:
        yield from each_key(child, key)


PINNED = re.compile(
    r"^ *(?:- )?uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)$"
)


def actions_without_commit_and_version(text: str) -> Iterator[str]:
    pinned = [
        f"{m['action']}@{m['commit']}" for line in text.splitlines() if (m := PINNED.match(line))
    ]
    for action in each_key(yaml.safe_load(text), "uses"):
        if action not in pinned and not action.startswith("./"):
            yield action


def rights(text: str) -> Iterator[str]:
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != {"contents": "read"}:
        yield f"permissions: {workflow.get('permissions')}"
    for name, job in workflow["jobs"].items():
        if job.get("permissions", {}) not in ({}, {"contents": "read"}):
            yield f"{name} has permissions: {job['permissions']}"
        for step in job["steps"]:
            settings = step.get("with", {})
            if step.get("uses", "").startswith("actions/checkout@") and (
                settings.get("persist-credentials") is not False
            ):
                yield f"{name} leaves git's credentials to every later step"


def strangers_code_with_our_rights(text: str) -> Iterator[str]:
    """Events that run with this repository's secrets, and text of strangers in commands."""
    workflow = yaml.safe_load(text)
    # YAML 1.1 reads the key `on` as true.
    yield from {"pull_request_target", "workflow_run", "issue_comment"} & set(workflow[True])
    for command in each_key(workflow, "run"):
        if isinstance(command, str) and "${{" in command:
            yield command


def endless_jobs(text: str) -> Iterator[str]:
    for name, job in yaml.safe_load(text)["jobs"].items():
        if "timeout-minutes" not in job:
            yield name


RULES: list[Callable[[str], Iterator[str]]] = [
    actions_without_commit_and_version,
    rights,
    strangers_code_with_our_rights,
    endless_jobs,
]


def test_the_workflows_are_those_that_are_looked_at() -> None:
    assert {path.name for path in WORKFLOWS} >= {"ci.yml", "nightly.yml"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_keeps_the_rule(path: Path, rule: Callable[[str], Iterator[str]]) -> None:
    assert list(rule(path.read_text("utf-8"))) == []


SOUND = f"""
on:
  push:
permissions:
  contents: read
jobs:
  test:
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@{"0a" * 20} # v5.0.0
        with:
          persist-credentials: false
      - uses: ./.github/actions/ours
      - run: make test
"""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_sound_workflow_breaks_no_rule(rule: Callable[[str], Iterator[str]]) -> None:
    assert list(rule(SOUND)) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        pytest.param(RULES[0], "0a" * 20 + " # v5.0.0", "v5", id="tag"),
        pytest.param(RULES[0], " # v5.0.0", "", id="no version"),
        pytest.param(RULES[0], " # v5.0.0", " # v5", id="version that moves"),
        pytest.param(RULES[0], "0a" * 20, "0a" * 4, id="short commit"),
        pytest.param(RULES[0], "- uses: ./.g", "- {uses: a/b@v1}\n      - uses: ./.g", id="flow"),
        pytest.param(RULES[1], "contents: read", "contents: write", id="writes"),
        pytest.param(
            RULES[1], "permissions:\n  contents: read\n", "", id="whatever is the default"
        ),
        pytest.param(
            RULES[1], "    steps", "    permissions: write-all\n    steps", id="job writes"
        ),
        pytest.param(RULES[1], "persist-credentials: false", "clean: true", id="credentials"),
        pytest.param(RULES[2], "  push:", "  pull_request_target:", id="strangers' event"),
        pytest.param(RULES[2], "on:\n  push:", "on: [pull_request_target]", id="in a list"),
        pytest.param(RULES[2], "make test", "echo ${{ github.head_ref }}", id="strangers' text"),
        pytest.param(RULES[3], "    timeout-minutes: 5\n", "", id="no end"),
    ],
)
def test_a_breach_is_found(rule: Callable[[str], Iterator[str]], old: str, new: str) -> None:
    assert old in SOUND
    assert list(rule(SOUND.replace(old, new))) != []


def test_an_action_has_one_commit_in_all_workflows() -> None:
    used: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for action in each_key(yaml.safe_load(path.read_text("utf-8")), "uses"):
            used.setdefault(action.partition("@")[0], set()).add(action)
    assert {name: found for name, found in used.items() if len(found) > 1} == {}


def test_the_nightly_workflow_runs_all_tests_and_the_audit_on_every_python() -> None:
    nightly = yaml.safe_load((REPOSITORY / ".github/workflows/nightly.yml").read_text("utf-8"))
    assert "schedule" in nightly[True]
    for name in ("test-all", "audit"):
        job = nightly["jobs"][name]
        assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
        assert f"make {name}" in [step.get("run") for step in job["steps"]]


def test_the_audit_tool_is_locked_with_hashes() -> None:
    lock = (REPOSITORY / ".ci" / "audit.lock").read_text("utf-8")
    assert "pip-audit" in licences.read_lock(lock)
    for pin in re.split(r"^(?=\S)", lock, flags=re.MULTILINE):
        if pin and not pin.startswith("#"):
            assert re.search(r"^ +--hash=sha256:[0-9a-f]{64}", pin, re.MULTILINE), pin
    assert "://" not in lock


# Licences.


def described(**fields: str | list[str]) -> Message:
    message = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            message[name.replace("_", "-")] = value
    return message


def packages_of(lock: str, known: Mapping[str, Message], **system: str) -> list[licences.Package]:
    def read(name: str) -> Message:
        if name not in known:
            raise PackageNotFoundError(name)
        return known[name]

    here = {"sys_platform": "linux", "python_full_version": "3.12.1"} | system
    return licences.read_packages(dedent(lock), read, here)


@pytest.fixture(scope="module")
def locked() -> list[licences.Package]:
    return licences.read_packages(licences.LOCK.read_text("utf-8"))


def test_every_licence_of_the_lock_is_known_and_will_do(locked: list[licences.Package]) -> None:
    assert list(licences.problems(locked)) == []


def test_the_list_is_that_of_the_lock(locked: list[licences.Package]) -> None:
    listed = licences.LIST.read_text("utf-8")
    assert listed == licences.render(locked), "run `make licences`"
    rows = re.findall(r"^\| (\S+) \| [^|]+ \|$", listed.partition("## All")[2], re.MULTILINE)
    pinned = re.findall(r"^([a-z0-9.-]+)==", licences.LOCK.read_text("utf-8"), re.MULTILINE)
    assert rows == ["package", "---", *sorted(set(pinned))]


def test_what_other_systems_leave_out_is_known_and_told_right(
    locked: list[licences.Package],
) -> None:
    assert {package.name for package in locked if package.only_where} == set(licences.ELSEWHERE)
    for name, licence in licences.ELSEWHERE.items():
        try:
            here = metadata(name)
        except PackageNotFoundError:
            continue
        assert licences.licence_of(here) == licence


@pytest.mark.parametrize(
    "system",
    [
        pytest.param({"sys_platform": "darwin"}, id="macOS"),
        pytest.param({"python_full_version": "3.13.5"}, id="Python 3.13"),
    ],
)
def test_the_list_is_the_same_on_every_system(
    system: dict[str, str], locked: list[licences.Package]
) -> None:
    here = default_environment() | system
    text = licences.LOCK.read_text("utf-8")
    assert licences.read_packages(text, metadata, here) == locked


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"License_Expression": "MIT OR Apache-2.0"}, "MIT OR Apache-2.0", id="SPDX"),
        pytest.param(
            {"License_Expression": "MIT", "License": "GPL", "Classifier": ["License :: X"]},
            "MIT",
            id="the expression first",
        ),
        pytest.param({"License": "Apache License 2.0"}, "Apache-2.0", id="another name"),
        pytest.param({"License": "GPLv3"}, "GPLv3", id="unknown name stays"),
        pytest.param(
            {
                "License": "MIT License\n\nPermission is hereby granted",
                "Classifier": ["License :: OSI Approved :: MIT License", "Typing :: Typed"],
            },
            "MIT",
            id="whole text",
        ),
        pytest.param(
            {
                "License": "Dual License",
                "Classifier": [
                    "License :: OSI Approved",
                    "License :: OSI Approved :: BSD License",
                    "License :: OSI Approved :: Apache Software License",
                ],
            },
            "Apache-2.0 AND BSD",
            id="classifiers",
        ),
        pytest.param({}, "", id="nothing"),
    ],
)
def test_a_licence_is_what_metadata_says(fields: dict[str, Any], expected: str) -> None:
    assert licences.licence_of(described(**fields)) == expected


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        pytest.param("MIT", ["MIT"], id="one"),
        pytest.param("GPL-2.0-or-later OR EPL-2.0", ["EPL-2.0"], id="one will do"),
        pytest.param("EPL-2.0 OR MIT", ["MIT"], id="the freest"),
        pytest.param("MIT AND GPL-3.0-only", None, id="all hold"),
        pytest.param("MIT OR GPL-3.0-only AND ISC", ["MIT"], id="AND before OR"),
        pytest.param("(MIT OR GPL-3.0-only) AND ISC", ["MIT", "ISC"], id="brackets"),
        pytest.param("(MIT OR ISC) AND GPL-3.0-only", None, id="brackets that do not help"),
        pytest.param("AGPL-3.0-only", None, id="copyleft"),
        pytest.param("Apache-2.0 WITH LLVM-exception", None, id="exception nobody has read"),
        pytest.param("GPL-2.0-only WITH linking-exception", None, id="exception of another"),
        pytest.param("Proprietary", None, id="unknown"),
        pytest.param("MIT or something", None, id="no expression"),
        pytest.param("MIT MIT", None, id="no operator"),
        pytest.param("", None, id="none"),
    ],
)
def test_a_licence_that_will_do_is_chosen(licence: str, expected: list[str] | None) -> None:
    assert licences.chosen(licences.Package("some", licence)) == expected


def test_a_licence_that_will_not_do_names_its_package() -> None:
    lock = """
        free==1.0 \\
            --hash=sha256:00
        owned==2.0
            # via free
        silent==3.0
        absent==4.0
        windows==5.0 ; sys_platform == 'win32'
    """
    known = {
        "free": described(License_Expression="MIT"),
        "owned": described(License="GPL-3.0-only"),
        "silent": described(),
    }
    packages = packages_of(lock, known)
    assert [line.partition(":")[0] for line in licences.problems(packages)] == [
        "absent",
        "owned",
        "silent",
        "windows",
    ]


def test_an_exception_holds_for_the_package_and_the_licence_that_were_read() -> None:
    exception = "GPL-2.0-only WITH linking-exception"
    assert list(licences.problems([licences.Package("pygit2", exception)])) == []
    assert list(licences.problems([licences.Package("pygit2", "GPL-2.0-only")])) != []
    assert list(licences.problems([licences.Package("pygit3", exception)])) != []


def test_a_package_with_a_version_for_each_python_is_listed_once() -> None:
    lock = """
        numbers==1.0 ; python_full_version < '3.12'
        numbers==2.0 ; python_full_version >= '3.12'
    """
    known = {"numbers": described(License="MIT")}
    for version in ("3.11.9", "3.12.1"):
        packages = packages_of(lock, known, python_full_version=version)
        assert packages == [licences.Package("numbers", "MIT")]


def test_a_list_with_a_bad_licence_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lock").write_text("nowhere-to-be-found==1.0\n")
    monkeypatch.setattr(licences, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(licences, "LIST", tmp_path / "licences.md")
    with pytest.raises(SystemExit, match=r"where: nowhere-to-be-found: no licence is known"):
        licences.main()
    assert not licences.LIST.exists()


# What SECURITY.md says.


def test_of_each_command_it_is_said_whether_it_runs_the_repositorys_code() -> None:
    table = re.findall(r"^\| .+ \|$", (REPOSITORY / "SECURITY.md").read_text("utf-8"), re.MULTILINE)
    assert set(app.commands) <= set(re.findall(r"[\w-]+", " ".join(table)))
