"""Programs of Python that have their libraries loaded before they start.

A stage takes a second to start, most of it for libraries, and a `dvc repro` starts six. Here one
process loads the libraries of others (and none of this repository's code), and is forked for each
program, which then does what it always does: in its own folder, with its own environment, with the
code that this environment names. `made` writes `PROGRAMS` that ask it for that.

What cannot be had in this way is started as ever: other modules than those below, and an
environment with settings that Python reads at its start. Not for tests of signals, of killed
programs, or of locks: the forked process is no child of the one that asks.
"""

from __future__ import annotations

import array
import atexit
import gc
import importlib
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

# What programs import besides their own code; DVC imports much of its own when it is needed.
LIBRARIES = (
    *("orjson", "pandas", "pandera.pandas", "pandera.backends.pandas.container", "psutil"),
    *("pandera.strategies.pandas_strategies", "pyarrow.pandas_compat", "pyarrow.parquet"),
    *("pydantic.dataclasses", "rensa", "scipy.sparse", "scipy.special", "yaml"),
    *("dvc.cachemgr", "dvc.cli.parser", "dvc.data_cloud", "dvc.lock", "dvc.output", "dvc.parsing"),
    *("dvc.repo.artifacts", "dvc.repo.datasets", "dvc.repo.index", "dvc.repo.metrics"),
    *("dvc.repo.params", "dvc.repo.plots", "dvc.repo.reproduce", "dvc.repo.stage"),
    *("dvc.repo.status", "dvc.rwlock", "dvc.schema", "dvc.scm", "dvc.stage.cache"),
    *("dvc.stage.run", "dvc_data.hashfile.db.local", "dvc_data.index", "dvc_objects.fs.local"),
    *("dulwich.worktree", "networkx", "ruamel.yaml", "scmrepo.git.backend.dulwich"),
    *("scmrepo.git.backend.gitpython",),
)
PROGRAMS = ("python", "dvc", "tagledger")
# What Python and its libraries read once, at their start.
AT_START = (
    r"PYTHON(?!PATH$|USERBASE$|DONTWRITEBYTECODE$|UNBUFFERED$)\w+|LC_\w+|LANG|LANGUAGE|TZ"
    r"|\w+_NUM_THREADS|MALLOC\w+|LD_\w+"
)

_CLIENT = """#!{python} -IS
import array, json, os, re, socket, sys
name, words, real = {name!r}, sys.argv[1:], {real!r}
env = dict(os.environ)
at_start = {{k: v for k, v in env.items() if re.fullmatch({at_start!r}, k)}}
known = name != "python" or (words[:1] == ["-m"] and re.match({modules!r}, "".join(words[1:2])))
if not known or at_start != {started!r}:
    os.execv(real, [real, *words])
request = json.dumps([name, words, os.getcwd(), env, {programs!r}]).encode()
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
    line.connect({address!r})
    fds = array.array("i", [0, 1, 2])
    line.sendmsg([len(request).to_bytes(4, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
    line.sendall(request)
    code = line.recv(1)
os._exit(code[0] if code else 70)
"""


_STARTED = ExitStack()
_FOLDERS: list[Path] = []


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """An environment whose `PROGRAMS` are those of here, which are made with the first use."""
    if not _FOLDERS:
        folder = _STARTED.enter_context(tempfile.TemporaryDirectory(prefix="warm-"))
        _FOLDERS.append(_STARTED.enter_context(made(Path(folder))))
    return dict(env) | {"PATH": os.pathsep.join([str(_FOLDERS[0]), env["PATH"]])}


def python() -> str:
    """The `python` of `environment`."""
    return str(Path(environment({"PATH": ""})["PATH"].removesuffix(os.pathsep)) / "python")


def end() -> None:
    """End what `environment` started."""
    _STARTED.close()
    _FOLDERS.clear()


@contextmanager
def made(folder: Path) -> Iterator[Path]:
    """A folder for PATH, with `PROGRAMS`, as long as the context is open."""
    address = str(folder / "asked")  # at most 100 bytes
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen(
        [sys.executable, "-P", __file__, address],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        _write_clients(folder, address, env)
        yield folder
    finally:
        process.stdin.close()
        process.wait(timeout=60)
        process.stdout.close()


def _write_clients(folder: Path, address: str, env: Mapping[str, str]) -> None:
    for name in PROGRAMS:
        text = _CLIENT.format(
            python=sys.executable,
            name=name,
            real=str(Path(sys.executable).with_name(name)),
            at_start=AT_START,
            modules=r"dvc$|tagledger\.stages\.\w+$",
            started=_read_at_start(env),
            address=address,
            programs=str(folder),
        )
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if re.fullmatch(AT_START, name)}


def _serve(address: str) -> None:
    sys.path.pop(0)  # this file's folder
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that a child copies little of what it never changes
    assert not any(name.partition(".")[0].startswith("tagledger") for name in sys.modules)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nothing is left of a child that has ended
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(address)
        door.listen(16)
        os.write(1, b"ready\n")
        while True:
            line, _ = door.accept()
            if not os.fork():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                door.close()
                _answer(line)
            line.close()


def _end_with_parent() -> None:
    os.read(0, 1)
    os._exit(0)


def _answer(line: socket.socket) -> NoReturn:
    """Run the program that somebody asks for, and say how it ended."""
    code = 70
    try:
        head, held, _, _ = line.recvmsg(4, socket.CMSG_SPACE(12))
        fds = array.array("i")
        for _, _, data in held:
            fds.frombytes(data)
        size, text = int.from_bytes(head, "big"), b""
        while len(text) < size:
            part = line.recv(size - len(text))
            if not part:
                os._exit(0)  # who asked was killed meanwhile
            text += part
        child = os.fork()
        if not child:
            line.close()
            _become(*json.loads(text), fds=list(fds))
        for fd in fds:
            os.close(fd)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        line.sendall(bytes([code if code >= 0 else 128 - code]))
    finally:
        os._exit(0)


def _become(
    name: str, words: list[str], folder: str, env: dict[str, str], programs: str, *, fds: list[int]
) -> NoReturn:
    """Be the program, to its end."""
    code = 70
    try:
        for number, fd in enumerate(fds):
            os.dup2(fd, number)
            os.close(fd)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(env)
        sys.dont_write_bytecode = bool(env.get("PYTHONDONTWRITEBYTECODE"))
        path = [part or folder for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
        sys.path[:0] = [*([folder] if name == "python" else []), *path]
        sys.executable = f"{programs}/python"  # of the DVC that it runs
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = _run(name, words)
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join()
        atexit._run_exitfuncs()  # noqa: SLF001 - as the end of a program does
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run(name: str, words: list[str]) -> int:
    try:
        if name == "python":
            module, sys.argv = words[1], words[1:]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        else:
            sys.argv = [name, *words]
            module = {"dvc": "dvc.cli", "tagledger": "tagledger.__main__"}[name]
            sys.exit(importlib.import_module(module).main())
    except SystemExit as ended:
        return _exit_code(ended.code)
    except BaseException as error:  # noqa: BLE001 - as Python does at the end of a program
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _exit_code(said: Any) -> int:
    if said is None or isinstance(said, int):
        return int(said or 0) & 255
    print(said, file=sys.stderr)
    return 1


if __name__ == "__main__":
    _serve(sys.argv[1])
