"""The texts of a new repository: what git and DVC leave alone, CI, and a README of its own."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from tagledger.pipeline.table import STAGES

# Pinned by commit, as this repository's own workflow is, which a test holds.
CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0"
SETUP_PYTHON = "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0"

_LEFT_BY_TOOLS = """\
# what Python, editors and file managers leave
.venv/
__pycache__/
*.py[cod]
.ipynb_checkpoints/
.idea/
.vscode/
*~
*.bak
*.orig
*.rej
*.swp
*.swo
.#*
._*
.~lock.*#
\\#*#
.DS_Store
Thumbs.db
"""
_OF_TAGLEDGER = """\
# Tagledger: indexes, temporary files, the list of the last failure, DVC's rendered plots
.tagledger/
*.part
/reports/failures.csv
/dvc_plots/
"""
# A killed stage leaves files of this name; the report stage, which runs again, sweeps them away.
_KILLED = f".*.{'[a-z0-9_]' * 8}.part"


def ignored_by_git() -> str:
    """The text of .gitignore: what DVC keeps is never in git, nor is what programs leave."""
    outs = sorted(f"/{out}" for stage in STAGES for out in stage.outs)
    kept = "\n".join(["# what DVC keeps, whether it is built or half built", *outs])
    folders = sorted({f"/{PurePosixPath(out).parent}/.*.part" for out in outs})
    temporary = "\n".join(folders).replace("//", "/")
    return "\n".join([f"{kept}\n{temporary}\n", _OF_TAGLEDGER, _LEFT_BY_TOOLS])


KEPT = ("data/annotations/.gitkeep", "data/base/.gitkeep", "data/items/.gitkeep")
"""Placeholders of folders that stages depend on, and that git keeps by them."""


def ignored_layer(layer: str) -> list[str]:
    """Lines that a .dvcignore of before the layer lacks: they stand at its end, so all of them."""
    folder = f"/data/{layer}"
    return [f"{folder}/*", f"!{folder}/*.json", f"!{folder}/*.parquet", f"!{folder}/{_KILLED}"]


def ignored_by_dvc() -> str:
    """The text of .dvcignore: what is no part of a folder that a stage depends on."""
    layers = ("base", "annotated", "clean", "filtered", "splits")
    lines = [
        "# DVC must not take for a part of a folder that a stage depends on what no stage reads.",
        *(f"/data/{layer}/*" for layer in layers),
        "!/data/*/*.json",
        "!/data/*/*.parquet",
        "# DVC finds what it keeps by these files.",
        "!/data/base/*.dvc",
        "",
        *_LEFT_BY_TOOLS.replace(".venv/\n", "").replace(".idea/\n.vscode/\n", "").splitlines(),
        "*.part",
        "",
        "# What a killed stage left among the tables runs the report again, which sweeps it away.",
        *(f"!/data/{layer}/{_KILLED}" for layer in layers[1:]),
        "",
        "# A source's files are kept whatever they are called.",
        "!/data/raw/**",
        "!/data/files/**",
        "",
    ]
    return "\n".join(lines)


DVC_CONFIG = """\
[core]
    analytics = false
    check_update = false
"""

ATTRIBUTES = """\
* text=auto eol=lf

# Their sha256 is on record: git must not touch a byte.
data/files/** -text
*.parquet binary

# Written by programs: folded away in a pull request.
dvc.lock linguist-generated=true
tagledger.lock linguist-generated=true
"""

SOURCES_HEAD = """\
# Where data comes from. `fetch.source` and `fetch.snapshot` in params.yaml choose one state of one
# source; each file passes only under the size and sha256 that stand here. `tagledger add FILE` adds
# the next snapshot.
#
# location: a folder in the repository, or any fsspec URL (https, s3, gs, ...) that the files' paths
#           are joined to.
# reading:  which file and columns hold what. A snapshot's own reading replaces its source's.

"""


def workflow_text(python: str, folder: str = "") -> str:
    """The text of the CI workflow.

    Parameters
    ----------
    python
        The release of Python, as in "3.12".
    folder
        The folder of dvc.yaml from the top of the git repository; empty for the top.
    """
    quoted = json.dumps(folder, ensure_ascii=False)  # YAML has the same strings
    where = f"    defaults:\n      run:\n        working-directory: {quoted}\n" if folder else ""
    return f"""\
# Builds the dataset anew from its files, and proves that it is what dvc.lock says.
name: Data

on:
  push:
  pull_request:

permissions:
  contents: read

# Actions are pinned by commit: a tag can be moved to other code.
jobs:
  build:
    runs-on: ubuntu-latest
    timeout-minutes: 60
{where}    steps:
      - uses: {CHECKOUT}
        with:
          fetch-depth: 0 # the last release is looked up in the history
          persist-credentials: false
      - uses: {SETUP_PYTHON}
        with:
          python-version: "{python}"
      - run: pip install -r requirements.txt
      # What DVC keeps comes from the remote, if there is one: `dvc remote add -d NAME URL`.
      - run: if [ -n "$(dvc remote list)" ]; then dvc pull --allow-missing; fi
      - run: dvc repro
      - run: git diff --exit-code -- dvc.lock reports
      # Without a remote, the last release, which `check` compares with, is built again too.
      - run: |
          last=$(git describe --tags --match 'v[0-9]*' --abbrev=0 2>/dev/null || true)
          if [ -n "$last" ] && [ -z "$(dvc remote list)" ]; then tagledger rebuild --yes "$last"; fi
      - run: tagledger check --yes # the checks in schemas/ are code of this repository
"""


def readme_text(title: str, source: str | None, example: str) -> str:
    """The text of README.md.

    Parameters
    ----------
    title
        What the dataset is called.
    source
        The name of its source; None where there is none yet.
    example
        The name of next month's file.
    """
    first = (
        f"Its data is the source `{source}` of `data/sources.yaml`, and its files are in "
        f"`data/files/{source}/`."
        if source
        else f"It has no data yet: `tagledger add {example}` brings the first file."
    )
    return f"""\
# {title}

A multi-label dataset that is kept with Tagledger: each version can be built again, bit for bit.
{first}

## Build it

```sh
python -m venv .venv && . .venv/bin/activate
pip install -r requirements.txt
dvc repro
tagledger summary
```

`dvc repro` runs what has to be run and no more: fetch, clean, annotate, filter, split and report.
What each does is in `dvc.yaml`, the numbers that shape it are in `params.yaml`, and checks of your
own go into `schemas/`. A build that you want to keep is a commit:

```sh
git add --all && git commit -m "Build the dataset"
```

## Next month's file

```sh
tagledger add {example}
dvc repro
git add --all && git commit -m "Add next month's file"
```

Items that were there before keep their split. `tagledger compare HEAD~1 HEAD` says what changed.

## Label it

```sh
tagledger annotate start round-1 --items random:20 --annotators ann,bob
tagledger annotate export round-1 ../round-1.xlsx
```

makes a spreadsheet for each of the two. `tagledger annotate import FILE…` takes their answers back,
and the next `dvc repro` makes labels of them. `tagledger dashboard --annotator ann` does without
files.

## Look at it

`tagledger dashboard` shows the dataset and what changed between its versions, `tagledger versions`
lists them, and `tagledger --help` lists all else.

## Release it

```sh
tagledger check
tagledger release v1.0.0 -m "The first release"
```

A release needs the checks of the schemas, and the limits in `gates:` of `params.yaml`, to hold. To
share the tables, give DVC a place for them, `dvc remote add -d NAME URL`, then `dvc push`.

## A newer Tagledger

`tagledger.lock` says by which release the data is made. Install a newer one: then
`tagledger upgrade --dry-run` shows which stages would run again, and `tagledger upgrade` takes it.
"""
