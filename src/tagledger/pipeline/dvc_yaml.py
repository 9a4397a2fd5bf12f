"""The dvc.yaml of a repository of one's own: its stages run the installed tool."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from tagledger.pipeline.table import STAGES, TOOL_LOCK, Stage

_HEAD = """\
# fetch -> clean -> annotate -> filter -> split, and report, which reads them all. `tagledger init`
# wrote this file and `tagledger upgrade` keeps it up to date. Each stage depends on the digest of
# the code that it runs, which stands in tagledger.lock.
"""
_WIDTH = 100
PLOTS = PurePosixPath(".dvc/plots")


def pipeline_text() -> str:
    """The whole text of dvc.yaml."""
    import yaml

    stages = {stage.name: entry(stage) for stage in STAGES}
    body: str = yaml.safe_dump(
        {"stages": stages}, sort_keys=False, allow_unicode=True, width=_WIDTH, indent=2
    )
    return f"{_HEAD}{body}"


def entry(stage: Stage) -> dict[str, Any]:
    """What dvc.yaml says of a stage; a key without a value is left out."""
    uncached = {"cache": False}
    values: dict[str, Any] = {
        "desc": stage.desc,
        "cmd": f"tagledger stage {stage.name}",
        "deps": [*stage.data, *(f"schemas/{name}.py" for name in stage.schemas)],
        "params": [*stage.params, {TOOL_LOCK.as_posix(): [f"stages.{stage.name}"]}],
        "metrics": [{path: uncached} for path in stage.metrics],
        "plots": [{path: uncached | dict(settings)} for path, settings in stage.plots.items()],
        "outs": [*stage.outs, *({path: uncached} for path in stage.reports)],
    }
    return {key: value for key, value in values.items() if value}


def plot_templates() -> Mapping[str, str]:
    """The texts of the templates of its plots that DVC does not bring, by their paths."""
    folder = files("tagledger.pipeline").joinpath("plots")
    return {
        (PLOTS / one.name).as_posix(): one.read_text("utf-8")
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
    }
