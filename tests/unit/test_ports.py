"""The dashboard's port: one that cannot be used ends with 2, and the next free one is named."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagledger.errors import TagledgerError
from tagledger.ports import check_port, is_free

HERE = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.socket() as server:
        server.bind((HERE, 0))
        server.listen(1)
        yield server.getsockname()[1]


def command(port: int) -> str:
    return f"serve --port {port}"


def free(taken: int) -> int:
    return next(port for port in range(taken + 1, 65536) if is_free(port, HERE))


@pytest.mark.parametrize("address", [HERE, "localhost", None])
def test_a_taken_port_names_the_next_free_one(taken: int, address: str | None) -> None:
    with pytest.raises(TagledgerError, match=f"port {taken} is taken") as caught:
        check_port(taken, address, command)
    assert caught.value.hint.startswith(f"`serve --port {free(taken)}`")
    check_port(free(taken), address, command)


@pytest.mark.parametrize(
    ("port", "what"),
    [
        (-1, "does not exist"),
        (0, "does not exist"),
        (65536, "does not exist"),
        (99_999_999, "does not exist"),
        (80, "belongs to the system"),
        (1023, "belongs to the system"),
    ],
)
def test_a_port_that_cannot_be_served_on_is_refused(port: int, what: str) -> None:
    with pytest.raises(TagledgerError, match=f"port {port} {what}") as caught:
        check_port(port, HERE, command)
    assert caught.value.hint.startswith("`serve --port 8")


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(TagledgerError, match=r"cannot serve on the address 192\.0\.2\.1"):
        check_port(8501, "192.0.2.1", command)


def serve(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=os.environ | {"STREAMLIT_SERVER_HEADLESS": "true"} | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("named", ["as an option", "in the environment", "in a file"])
def test_the_server_ends_with_2_where_its_port_is_taken(
    named: str, taken: int, tmp_path: Path
) -> None:
    words, variables = ["--server.address", HERE], {}
    if named == "as an option":
        words += ["--server.port", str(taken)]
    elif named == "in the environment":
        variables = {"STREAMLIT_SERVER_PORT": str(taken)}
    else:
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "config.toml").write_text(f"[server]\nport = {taken}\n")
    done = serve(tmp_path, "tagledger_dashboard", *words, **variables)
    assert done.returncode == 2
    assert f"port {taken} is taken" in done.stderr
    assert f"python -m tagledger_dashboard --server.port {free(taken)}" in done.stderr


@pytest.mark.parametrize("port", ["taken", "0", "99999999", "80"])
def test_the_command_ends_with_2_where_its_port_cannot_be_had(
    port: str, taken: int, tmp_path: Path
) -> None:
    root = tmp_path / "a repository"
    root.mkdir()
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / ".dvc").mkdir()
    asked = str(taken) if port == "taken" else port
    done = serve(tmp_path, "tagledger", "dashboard", "--port", asked, "--repo", str(root))
    assert done.returncode == 2
    assert f"error: port {asked} " in done.stderr
    assert "Traceback" not in done.stderr
    assert " next: `tagledger dashboard --port " in done.stderr
    assert f"--repo '{root}'`" in done.stderr


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_name_that_no_annotator_can_have_ends_with_2(by: str, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / ".dvc").mkdir()
    if by == "option":
        done = serve(tmp_path, "tagledger", "dashboard", "--annotator", "Ann Smith")
    else:
        done = serve(tmp_path, "tagledger_dashboard", TAGLEDGER_ANNOTATOR="Ann Smith")
    assert done.returncode == 2
    assert "'Ann Smith' cannot be the name of an annotator" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_hint_for_a_taken_port_keeps_the_annotator(taken: int, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / ".dvc").mkdir()
    done = serve(tmp_path, "tagledger", "dashboard", "--port", str(taken), "--annotator", "ann")
    assert done.returncode == 2
    assert "--annotator ann`" in done.stderr


def test_a_dashboard_that_is_asked_to_end_leaves_no_server(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    port = free(8700)
    with subprocess.Popen(
        [sys.executable, "-m", "tagledger", "dashboard", "--port", str(port)],
        cwd=tmp_path,
        env=os.environ | {"STREAMLIT_SERVER_HEADLESS": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as command:
        end = time.monotonic() + 60
        while is_free(port, HERE) and time.monotonic() < end:
            time.sleep(0.1)
        assert not is_free(port, HERE), "the server never listened"
        command.terminate()
        assert command.wait(30) == 128 + signal.SIGTERM
    end = time.monotonic() + 30
    while not is_free(port, HERE) and time.monotonic() < end:
        time.sleep(0.1)
    assert is_free(port, HERE)
