"""The files that a checkout is set up, tested and built by."""

from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = {
    *("setup", "repro", "test", "test-all", "lint", "dashboard", "bench", "screenshots"),
    *("format", "lock", "wheel", "keys", "licences", "audit", "clean"),
}

# In parts, so that this file names none of them.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("ubuntu", "com"),
        ("rubygems", "org"),
        ("crates", "io"),
        ("docker", "io"),
        ("golang", "org"),
    ]
]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # What an outer make hands down, these commands must not pick up.
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"ARGS", "MAKEFLAGS"}
    }
    return subprocess.run(
        words,
        cwd=REPOSITORY,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def texts() -> dict[str, str]:
    """Every text file that is tracked, or would be by `git add .`."""
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    assert listed.returncode == 0, listed.stderr
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = REPOSITORY / name
        if path.is_file() and b"\0" not in (data := path.read_bytes()):
            found[name] = data.decode()
    return found


def hosts_in(text: str) -> list[str]:
    return [host for host in REGISTRIES if host in text.lower()]


def test_no_file_names_a_registrys_host() -> None:
    found = texts()
    assert {"Makefile", "requirements.lock", "tests/unit/test_repository.py"} <= set(found)
    assert {name: hosts for name, text in found.items() if (hosts := hosts_in(text))} == {}


def test_a_registrys_host_would_be_found() -> None:
    assert hosts_in("see https://" + REGISTRIES[0].upper() + "/simple") == REGISTRIES[:1]


# The lock.


def pins(lock: str) -> dict[str, list[str]]:
    """Each requirement of a lock, with its lines."""
    found: dict[str, list[str]] = {}
    for line in lock.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if not line.startswith(" "):
            current = found.setdefault(line.rstrip("\\ "), [])
        else:
            current.append(line.strip().rstrip("\\ "))
    return found


@pytest.fixture(scope="module")
def lock() -> str:
    return (REPOSITORY / "requirements.lock").read_text("utf-8")


def test_every_pin_of_the_lock_has_hashes(lock: str) -> None:
    found = pins(lock)
    assert len(found) > 50
    for pin, lines in found.items():
        assert re.fullmatch(r"[a-z0-9.\[\]-]+==[^ ]+( ; .+)?", pin), pin
        hashes = [line for line in lines if line.startswith("--hash")]
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), pin


def test_the_lock_names_no_address(lock: str) -> None:
    for forbidden in ("://", "--index", "--extra-index", "--find-links", " @ ", "-e "):
        assert forbidden not in lock


def test_the_lock_has_what_the_project_asks_for(lock: str) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    pinned = {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in map(Requirement, pins(lock))
    }
    asked = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for requirement in map(Requirement, asked):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in requirements.lock: run `make lock`"
        assert requirement.specifier.contains(version, prereleases=True), (
            f"requirements.lock has {version}, not {requirement}: run `make lock`"
        )


# The commands.


def test_make_alone_lists_the_targets_within_80_columns() -> None:
    done = run("make")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    described = {
        match[1]: match.start(2) for line in lines if (match := re.match(r"  ([\w-]+) +(\S)", line))
    }
    assert set(described) == TARGETS | {"help"}
    assert len(set(described.values())) == 1, "the descriptions do not align"
    assert done.stdout == run("make", "help").stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder, with a space in its name, that make can set up."""
    folder = tmp_path / "check out"
    folder.mkdir()
    (folder / "Makefile").symlink_to(REPOSITORY / "Makefile")
    for name in ("requirements.lock", "pyproject.toml"):
        (folder / name).write_text((REPOSITORY / name).read_text("utf-8"))
    return folder


def set_up(checkout: Path) -> None:
    """Do as if `make setup` had run in it."""
    environment = checkout / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    (environment / "bin" / "uv").touch()
    (environment / ".stamp").write_text(f"{checkout}\n")


def plan(checkout: Path, target: str = "setup", *variables: str) -> str:
    done = run("make", "-C", str(checkout), "--dry-run", target, *variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


MAKES, INSTALLS = "-m venv --clear", "--require-hashes -r requirements.lock"


@pytest.mark.parametrize(
    ("interpreter", "said"),
    [
        pytest.param(None, "there is no no-python on PATH", id="missing"),
        pytest.param("echo Python 3.9.1; exit 1", "this is Python 3.9.1", id="too old"),
        pytest.param('case "$*" in *venv*) exit 1;; esac', "lacks venv", id="without venv"),
    ],
)
def test_setup_says_which_python_it_needs(
    interpreter: str | None, said: str, checkout: Path
) -> None:
    python = "no-python"
    if interpreter is not None:
        (checkout / "python").write_text(f"#!/bin/sh\n{interpreter}\n")
        (checkout / "python").chmod(0o755)
        python = str(checkout / "python")
    done = run("make", "-C", str(checkout), "setup", f"PYTHON={python}")
    assert done.returncode == 2
    assert said in done.stderr
    assert " next: " in done.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("target", sorted(TARGETS - {"clean"}))
def test_each_target_sets_up_first_and_once(target: str, checkout: Path) -> None:
    planned = plan(checkout, target)
    assert MAKES in planned
    assert INSTALLS in planned
    set_up(checkout)
    planned = plan(checkout, target)
    assert MAKES not in planned
    assert INSTALLS not in planned


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_what_is_asked_for_is_installed(name: str, checkout: Path) -> None:
    set_up(checkout)
    os.utime(checkout / name, (2**32, 2**32))
    assert INSTALLS in plan(checkout)
    assert MAKES not in plan(checkout)


def test_a_checkout_that_moved_gets_a_new_environment(checkout: Path) -> None:
    set_up(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    assert MAKES in plan(moved)
    assert INSTALLS in plan(moved)


def test_an_environment_whose_interpreter_is_gone_is_made_anew(checkout: Path) -> None:
    set_up(checkout)
    (checkout / ".venv" / "bin" / "python").unlink()
    assert MAKES in plan(checkout)


def test_a_set_up_that_was_cut_short_goes_on(checkout: Path) -> None:
    set_up(checkout)
    (checkout / ".venv" / ".stamp").unlink()
    assert INSTALLS in plan(checkout)
    assert MAKES not in plan(checkout)


def test_uv_comes_from_the_lock_under_its_hashes(checkout: Path, lock: str) -> None:
    filtering = next(line for line in plan(checkout).splitlines() if line.startswith("awk"))
    (checkout / ".venv").mkdir()
    subprocess.run(filtering, shell=True, cwd=checkout, check=True)
    found = pins((checkout / ".venv" / "uv.txt").read_text())
    assert found == {pin: lines for pin, lines in pins(lock).items() if pin.startswith("uv==")}
    assert len(found) == 1


def test_ci_runs_from_anywhere_and_is_sound_bash() -> None:
    script = REPOSITORY / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert run("bash", "-n", str(script)).returncode == 0


@pytest.mark.parametrize("name", ["ci.yml", "nightly.yml"])
def test_the_workflow_calls_what_is_there(name: str) -> None:
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / name).read_text("utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert name != "ci.yml" or "bash .ci/run" in commands
    for command in commands:
        for word in command.split():
            if word.startswith((".ci/", "tests/")):
                assert (REPOSITORY / word).is_file(), word
        if command.startswith("make "):
            assert command.split()[1] in TARGETS


def test_long_tests_are_run_by_test_all_alone(checkout: Path) -> None:
    set_up(checkout)
    assert "--long" not in plan(checkout, "test")
    assert "--long" in plan(checkout, "test-all")
    assert re.findall(
        "^make .*", (REPOSITORY / ".ci" / "run").read_text("utf-8"), re.MULTILINE
    ) == [
        "make lint",
        "make test",
    ]


def test_the_audit_reads_every_lock(checkout: Path) -> None:
    set_up(checkout)
    planned = plan(checkout, "audit")
    assert "for lock in requirements.lock .ci/audit.lock" in planned
    assert "--require-hashes --disable-pip" in planned


def test_dvc_sends_nothing_home() -> None:
    config = configparser.ConfigParser()
    config.read_string((REPOSITORY / ".dvc" / "config").read_text("utf-8"))
    assert config["core"]["analytics"] == "false"
    assert config["core"]["check_update"] == "false"


def test_hooks_before_a_commit_use_the_locked_tools() -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8"))["repos"]
    assert {repository["repo"] for repository in hooks} == {"local"}
    for hook in hooks[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")


def test_words_for_the_dashboard_are_given_to_no_other_command(checkout: Path) -> None:
    set_up(checkout)
    commands = plan(checkout, "dashboard", "ARGS=--port 8600").splitlines()
    assert "dvc repro" in [command.strip() for command in commands]
    assert [command for command in commands if "--port" in command] == [
        "tagledger dashboard --port 8600"
    ]
