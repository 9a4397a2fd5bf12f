"""Runs of DVC: with progress, a time limit, and nothing left behind when they are cut short."""

from __future__ import annotations

import os
import re
import signal
import site
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tagledger.errors import TagledgerError, os_errors
from tagledger.versions.git import environment
from tagledger.versions.repository import user_config_dir

# Most commands run no DVC.
if TYPE_CHECKING:
    from queue import SimpleQueue

Progress = Callable[[str], None]

_GRACE = 5.0
_REMEMBERED = 12
_SUPERVISOR = Path(__file__).with_name("supervisor.py")

# What code of a revision is given of the environment: where programs, certificates and proxies
# are, the language and the time, and settings of git and DVC that hold no secret.
_PASSED_ON = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|NO_COLOR|COLUMNS|LANG|LANGUAGE|LC_\w+|TZ|TZDIR|TMPDIR"
    r"|(HTTPS?|ALL|NO|FTP)_PROXY|(https?|all|no|ftp)_proxy"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|AWS_CA_BUNDLE|NIX_SSL_CERT_FILE"
    r"|TAGLEDGER_MIRROR|VIRTUAL_ENV|CONDA_PREFIX|LD_LIBRARY_PATH|DYLD_\w+|XDG_CONFIG_DIRS"
    r"|PYTHON(UTF8|IOENCODING|HASHSEED|USERBASE|DONTWRITEBYTECODE|NOUSERSITE|WARNINGS)"
    r"|\w+_NUM_THREADS"
    r"|GIT_SSL_\w+|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|GIT_TERMINAL_PROMPT|GIT_EXEC_PATH"
    r"|GIT_CEILING_DIRECTORIES|GIT_DISCOVERY_ACROSS_FILESYSTEM"
    r"|DVC_(?!\w*(TOKEN|KEY|SECRET|PASSW|CREDENTIAL))\w+"
)


def silent(line: str) -> None:
    """Progress that nobody wants to see."""


def program_environment(root: Path, *code: Path, python: Path | None = None) -> dict[str, str]:
    """The environment for DVC and the stages that it runs.

    Parameters
    ----------
    root
        The work tree whose code is today's.
    code
        Folders whose code the stages shall run in place of today's, which the interpreter would
        find otherwise; empty for today's.
    python
        The interpreter of the stages; by default the one that runs this.
    """
    env = environment()
    # A stage's command is `python -m …` or `tagledger …`: it means this interpreter's.
    programs = Path(python or sys.executable).parent
    env["PATH"] = os.pathsep.join([str(programs), env.get("PATH", os.defpath)])
    if code:
        given = [Path(part) for part in env.get("PYTHONPATH", "").split(os.pathsep) if part]
        others = [path for path in given if not path.absolute().is_relative_to(root)]
        env["PYTHONPATH"] = os.pathsep.join(str(path) for path in (*code, *others))
    if mirror := env.get("TAGLEDGER_MIRROR"):
        env["TAGLEDGER_MIRROR"] = str(Path(mirror).expanduser().absolute())
    return env


def revision_environment(
    root: Path,
    code: Path,
    folder: Path,
    *,
    own_home: bool,
    passed: Collection[str] = (),
    python: Path | None = None,
) -> dict[str, str]:
    """The environment for the code of a revision: no token of this process's is in it.

    Parameters
    ----------
    root
        The work tree whose code is today's.
    code
        The folder of the revision's dvc.yaml.
    folder
        An existing folder for what it writes beside that: temporary files, DVC's notes.
    own_home
        Whether the home folder is an empty one in `folder`, so that nothing is written to the
        user's, nor found there.
    passed
        Names of further variables that are given to it, secret or not.
    python
        The interpreter of an environment with the release that made the revision; by default the
        one that runs this.
    """
    packages = _packages(code)
    given = program_environment(root, *packages, python=python)
    variables = {
        name: value for name, value in given.items() if name in passed or _PASSED_ON.fullmatch(name)
    }
    settled = {
        "TMPDIR": str(_make_folder(folder / "tmp")),
        "DVC_SITE_CACHE_DIR": str(_make_folder(folder / "dvc")),
    }
    if packages:
        settled["PYTHONPATH"] = os.pathsep.join(map(str, packages))
        # A revision without a .dvcignore takes bytecode for a part of its code's folders.
        settled["PYTHONDONTWRITEBYTECODE"] = "1"
    elif python is None and "PYTHONPATH" in given:
        settled["PYTHONPATH"] = given["PYTHONPATH"]  # by which the tool itself is found, perhaps
    if own_home:
        # Packages, and settings of git and DVC, stay those that the user has.
        home = Path.home()
        settled |= {
            "HOME": str(_make_folder(folder / "home")),
            "PYTHONUSERBASE": variables.get("PYTHONUSERBASE") or site.getuserbase(),
            "GIT_CONFIG_GLOBAL": variables.get("GIT_CONFIG_GLOBAL") or str(home / ".gitconfig"),
            "DVC_GLOBAL_CONFIG_DIR": str(user_config_dir()),
        }
    return variables | {name: value for name, value in settled.items() if name not in passed}


def _packages(code: Path) -> list[Path]:
    """Where a revision has its packages: in folders of their own, or, in older ones, at the top.

    A repository of one's own has none: its stages run the installed tool, and what lies beside its
    data is not to be imported.
    """
    from tagledger.pipeline.table import TOOL_LOCK

    if (code / TOOL_LOCK).is_file():
        return []
    return [code / "src", code / "schemas", code / "dashboard", code]


def _make_folder(folder: Path) -> Path:
    with os_errors(folder):
        folder.mkdir(exist_ok=True)
    return folder


def run_dvc(
    folder: Path,
    *words: str,
    env: dict[str, str],
    progress: Progress = silent,
    timeout: float | None = None,
    keep: Collection[int] = (),
    python: Path | None = None,
    hint: str,
) -> None:
    """Run a command of DVC in `folder` to its end, or to that of this process.

    Parameters
    ----------
    folder
        Where to run it.
    words
        The command and its arguments.
    env
        Its environment, from `program_environment`.
    progress
        Is given each line that it prints.
    timeout
        Seconds after which it is stopped, with all that it started; None waits for ever.
    keep
        File descriptors, such as a lock's, that stay open until all that it started has ended.
    python
        The interpreter whose DVC it is; by default the one that runs this.
    hint
        What the user should do when it fails.

    Raises
    ------
    TagledgerError
        It failed, with the last lines that it printed, or took too long.
    """
    from queue import Empty, SimpleQueue

    process = subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", str(_SUPERVISOR)),
            *(str(python or sys.executable), "-m", "dvc", *words),
        ],
        cwd=folder,
        env=env,
        stdin=subprocess.PIPE,  # the supervisor ends all when nobody holds the other end any more
        pass_fds=tuple(keep),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # A group of its own can be stopped whole, with the stage that is running.
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()
    end = None if timeout is None else time.monotonic() + timeout
    last: deque[str] = deque(maxlen=_REMEMBERED)
    command = f"dvc {' '.join(words)}"
    try:
        while (line := lines.get(timeout=_left(end))) is not None:
            last.append(line)
            progress(line)
        code = process.wait(_left(end))
    except (Empty, subprocess.TimeoutExpired) as error:
        doing = f"; its last line: {last[-1]}" if last else ""
        raise TagledgerError(
            f"`{command}` was stopped after {timeout:g} s{doing}",
            where=folder,
            hint="give it more time",
        ) from error
    finally:
        _stop(process)
    if code != 0:
        shown = "\n".join(f"  | {line}" for line in last)
        raise TagledgerError(
            f"`{command}` failed with exit code {code}\n{shown}", where=folder, hint=hint
        )


def _left(end: float | None) -> float | None:
    return None if end is None else max(end - time.monotonic(), 0.0)


def _read_lines(stream: IO[str], lines: SimpleQueue[str | None]) -> None:
    with stream:
        for line in stream:
            if text := line.rstrip():
                lines.put(text)
    lines.put(None)


def _stop(process: subprocess.Popen[str]) -> None:
    """End what is left of a process and of all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(_GRACE)
        except (ProcessLookupError, PermissionError):
            # The group is gone; macOS says "permission" of one whose last process is a zombie.
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
