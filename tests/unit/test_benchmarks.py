"""The benchmarks: what they measure, that all sides make the same, and what they show."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
import yaml

from benchmarks import __main__ as command
from benchmarks import (
    agree,
    clean_filter,
    generate,
    harness,
    repro_floor,
    split_chart,
    split_quality,
)
from benchmarks.harness import Usage
from benchmarks.peers import plain_pandas
from benchmarks.peers.split_methods import METHODS
from tagledger.stages import clean as clean_stage
from tagledger.stages import filter as filter_stage

REPOSITORY = Path(__file__).resolve().parents[2]


def usage(wall: float, cpu: float = 1, peak: int = 2**20) -> Usage:
    return Usage(wall, cpu, peak)


# The sides of clean_filter, in this process and small.


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The three folders of clean_filter, with the outputs of all sides."""
    folder = tmp_path_factory.mktemp("sides")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            clean_filter, "run_module", lambda _, where, items: generate.write(folder, 2000)
        )
        made = clean_filter.prepare(folder, 2000)
        patch.chdir(made[0])
        clean_stage.main()
        clean_filter.pass_on(Path())
        filter_stage.main()
    for side, pairs in zip(made[1:], (False, True), strict=True):
        plain_pandas.run_clean(side / "data", pairs=pairs)
        plain_pandas.run_filter(side / "data", pairs=pairs)
    return made


@pytest.mark.parametrize("peer", [1, 2], ids=["lists", "pairs"])
def test_all_sides_make_the_same(sides: list[Path], peer: int) -> None:
    agree.check_same(sides[0], sides[peer])


def test_the_generated_items_give_every_step_something_to_do(sides: list[Path]) -> None:
    raw = pd.read_parquet(sides[0] / "data/raw/items.parquet")
    items = pd.read_parquet(sides[0] / "data/clean/items.parquet")
    cleaned, filtered = (agree.pairs(sides[0], layer) for layer in ("clean", "filtered"))
    known = {tag["tag"] for tag in json.loads((sides[0] / "data/raw/tags.json").read_text())}
    tags = raw["tags"].explode()
    assert raw["id"].duplicated().any()
    assert raw["description"].str.contains("&|  |\r\n|<b>|\u2019").any()
    assert not tags.isin(known).all()
    assert tags.str.isspace().any()
    assert set(cleaned["tag"]) <= known
    assert (items["group"] != items["id"]).any()
    assert 0 < len(filtered) < len(cleaned) < len(tags)


@pytest.mark.parametrize(
    ("layer", "table", "change"),
    [
        ("clean", "items", lambda df: df.assign(title=df["title"].str.upper())),
        ("clean", "items", lambda df: df.assign(group=df["id"])),
        ("clean", "labels", lambda df: df.iloc[1:]),
        ("filtered", "labels", lambda df: df.iloc[:-1]),
        ("filtered", "tags", lambda df: df.assign(count=df["count"] + 1)),
    ],
    ids=["title", "group", "label", "filtered-label", "tag-count"],
)
def test_a_difference_is_found(
    sides: list[Path], tmp_path: Path, layer: str, table: str, change
) -> None:
    other = shutil.copytree(sides[2], tmp_path / "other", symlinks=True)
    path = other / "data" / layer / f"{table}.parquet"
    change(pd.read_parquet(path)).to_parquet(path, index=False)
    with pytest.raises(AssertionError):
        agree.check_same(sides[0], other)


def test_stages_load_only_what_they_need(sides: list[Path]) -> None:
    # Each of these takes longer to load than a stage takes on the sample.
    code = """
import sys
from tagledger.stages import clean
clean.main()
from tagledger.stages import filter
filter.main()
print("loaded:", *sorted({"hypothesis", "scipy", "pyarrow.dataset"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=sides[0],
        env=harness.own_code_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded:"


# The floor.


def test_the_floor_has_the_graph_and_writes_every_output() -> None:
    text = (REPOSITORY / "dvc.yaml").read_text("utf-8")
    graph = yaml.safe_load(text)
    floor = yaml.safe_load(repro_floor.floor_graph(text))["stages"]
    assert list(floor) == list(graph["stages"])
    for name, stage in graph["stages"].items():
        assert {key: value for key, value in floor[name].items() if key != "cmd"} == {
            key: value for key, value in stage.items() if key != "cmd"
        }
    assert floor["fetch"]["cmd"] == "python floor_stage.py data/raw"
    words = floor["report"]["cmd"].split()
    assert {"reports/metrics.json", "reports/tags.csv", "reports/quality.json"} <= set(words)


def test_a_stage_of_the_floor_writes_files_and_folders(tmp_path: Path) -> None:
    program = REPOSITORY / "benchmarks" / "peers" / "floor_stage.py"
    harness.measure([sys.executable, str(program), "a/raw", "b/c.parquet"], cwd=tmp_path)
    assert [path.name for path in (tmp_path / "a/raw").iterdir()] == ["one"]
    assert (tmp_path / "b/c.parquet").stat().st_size > 0


# The harness.


def test_measures_the_process_and_not_this_one(tmp_path: Path) -> None:
    idle = harness.measure([sys.executable, "-c", "import time; time.sleep(0.5)"], cwd=tmp_path)
    busy = harness.measure(
        [sys.executable, "-c", "x = bytearray(b'x') * (600 << 20); sum(range(10**7))"], cwd=tmp_path
    )
    assert idle.wall >= 0.5
    assert idle.cpu < busy.cpu
    assert busy.peak > 600 << 20


def test_a_command_that_fails_says_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3\nit broke"):
        harness.measure(
            [sys.executable, "-c", "print('it broke'); raise SystemExit(3)"], cwd=tmp_path
        )


def test_the_sides_take_turns() -> None:
    order: list[str] = []
    walls = iter(range(100))

    def side(name: str) -> Usage:
        order.append(name)
        return usage(next(walls))

    found = harness.take_turns({"a": lambda: side("a"), "b": lambda: side("b")}, 3)
    assert order == ["a", "b", "a", "b", "a", "b"]
    assert [one.wall for one in found["b"]] == [1, 3, 5]


def test_ratios_are_of_neighbours() -> None:
    # The machine slows down for the second pair: the ratio of the medians would be 6 / 3.
    over, under = [usage(2), usage(20), usage(6)], [usage(1), usage(10), usage(3, peak=2**21)]
    found = harness.ratios(over, under)
    assert found["wall"] == {"median": 2, "least": 2, "most": 2}
    assert found["peak"] == {"median": 1, "least": 0.5, "most": 1}
    assert harness.medians(over) == {"wall_s": 6, "cpu_s": 1, "peak_mib": 1}


def test_two_processes_in_a_row() -> None:
    assert usage(1, 2, 30) + usage(10, 20, 3) == Usage(11, 22, 30)


# The split.


def split_row(method: str, items: int, *, kind: str = "curated", **values: object) -> dict:
    measured = {"over_floor": 1.5, "worst_rows": 2.0, "missing": 0, "cpu_s": 2.0, "peak_mib": 100}
    ratios = {"cpu_s_ratio": 1.0, "peak_mib_ratio": 1.0}
    return {"data": kind, "items": items, "method": method, **measured, **ratios, **values}


PEER = "iterative-stratification"
SPLIT_ROWS = [
    split_row("tagledger", 1_000_000),
    split_row(PEER, 1_000_000, cpu_s=240.0, cpu_s_ratio=120.0, peak_mib=550, peak_mib_ratio=5.5),
    {
        "data": "curated",
        "items": 1_000_000,
        "method": "scikit-multilearn",
        "skipped": "over 600 s",
        "limit_s": 600,
    },
    split_row("tagledger", 1_000_000, kind="uncurated", cpu_s=3.25),
    split_row("tagledger", 10_000_000, cpu_s=24.0),
    split_row("random", 10_000_000, over_floor=30.0, cpu_s=0.0),
]


def test_the_summary_of_splits_has_what_the_aims_need() -> None:
    lines = [
        (row["what"], row["ours"], row["beside"], row["ratio"])
        for row in split_quality.summary(SPLIT_ROWS)
    ]
    assert lines == [
        (
            "label distribution error over its floor, curated, 1,000,000 items",
            "1.50 in 2.0 s",
            f"1.50 in 240 s, {PEER}",
            "1.00 times ours",
        ),
        (
            "label distribution error over its floor, curated, 10,000,000 items",
            "1.50 in 24.0 s",
            "30.00 in 0.0 s, random",
            "20.00 times ours",
        ),
        (
            "CPU time of the split, curated, 1,000,000 items",
            "2.0 s",
            f"240 s, {PEER}",
            "120 times ours",
        ),
        (
            "memory of the split, curated, 1,000,000 items",
            "100 MiB",
            f"550 MiB, {PEER}",
            "5.5 times ours",
        ),
        (
            "CPU time of the split per item, curated, 10,000,000 items",
            "2.40 µs",
            "2.00 µs, of 1,000,000 items",
            "1.20 times that",
        ),
        ("CPU time of the split, uncurated, 1,000,000 items", "3.2 s", "", ""),
    ]


def test_the_summary_of_small_splits_says_what_they_take() -> None:
    rows = [
        split_row("tagledger", 1_700, cpu_s=0.25),
        split_row(PEER, 1_700, over_floor=3.0, cpu_s=0.0625, cpu_s_ratio=0.25),
    ]
    lines = split_quality.summary(rows)
    assert [(row["what"], row["ours"], row["beside"], row["ratio"]) for row in lines] == [
        (
            "label distribution error over its floor, curated, 1,700 items",
            "1.50 in 0.2 s",
            f"3.00 in 0.1 s, {PEER}",
            "2.00 times ours",
        ),
        (
            "CPU time of the split, curated, 1,700 items",
            "0.250 s",
            f"0.062 s, {PEER}",
            "0.25 times ours",
        ),
    ]


def test_small_data_is_split_with_and_without_groups() -> None:
    small = [one for one in split_quality.datasets(quick=True) if 1_000 <= one.items <= 1_700]
    assert {"sample", "few tags", "few tags, groups"} <= {one.kind for one in small}
    assert all({"tagledger", PEER} <= set(one.methods) for one in small)


def test_the_sample_is_as_large_as_its_row_says() -> None:
    matrix, groups = split_quality.sample()
    assert matrix.shape[0] == split_quality.SAMPLE_ITEMS
    assert groups is not None
    assert 1 < np.bincount(groups).max() < 10


def test_a_peer_that_was_given_up_is_said_so() -> None:
    gone = {"data": "curated", "items": 1_000_000, "method": PEER, "skipped": "over 600 s"}
    lines = split_quality.summary([SPLIT_ROWS[0], gone])
    assert [line["beside"] for line in lines] == [f"over 600 s, {PEER}"]


def test_the_pages_of_splits_hold_every_run() -> None:
    pages = split_quality.pages({"rows": SPLIT_ROWS})
    assert set(pages) == {"split_quality.md", "split_quality.svg"}
    table = pages["split_quality.md"].splitlines()
    assert table[-6:-3] == [
        "| curated | 1,000,000 | tagledger | 1.50 | 2.0 | 0 | 2.00 | 1.00 | 100 | 1.00 |",
        f"| curated | 1,000,000 | {PEER} | 1.50 | 2.0 | 0 | 240.00 | 120.00 | 550 | 5.50 |",
        "| curated | 1,000,000 | scikit-multilearn | over 600 s | | | | | | |",
    ]
    chart = ET.fromstring(pages["split_quality.svg"])
    texts = {text.text: text for text in chart.iter("{http://www.w3.org/2000/svg}text")}
    first = f"1,000,000 items: Tagledger takes 2.0 s of CPU time, {PEER} 120 times as long,"
    assert {first, "tagledger", "random", "items", "1M", "10M", "over 600 s"} <= set(texts)
    circles = len(list(chart.iter("{http://www.w3.org/2000/svg}circle")))
    assert circles == 2 * 3 + 1  # both measures of three runs, and the error of the random split


def test_labels_of_lines_that_end_together_stand_apart() -> None:
    rows = [split_row(method, 20_000) for method in METHODS]
    chart = ET.fromstring(split_chart.svg(rows))
    texts = list(chart.iter("{http://www.w3.org/2000/svg}text"))
    at = sorted(float(t.get("y")) for t in texts if t.text in METHODS and float(t.get("x")) < 500)
    assert len(at) == len(METHODS)
    assert min(b - a for a, b in pairwise(at)) >= 15


def test_a_split_that_fails_is_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split_quality.write("curated", 200, str(tmp_path / "data.npz"))
    assert split_quality.one("tagledger", tmp_path / "data.npz")["size_off"] == 0
    monkeypatch.setenv("TAGLEDGER_BENCH_PYTHON", sys.executable)
    missing = split_quality.one("scikit-multilearn", tmp_path / "data.npz")
    assert missing == {
        "skipped": "ended with 1: ModuleNotFoundError: No module named 'skmultilearn'"
    }
    with pytest.raises(RuntimeError, match="random ended with 1: FileNotFoundError"):
        split_quality.one("random", tmp_path / "nothing.npz")


# The command.


def test_knows_the_modules_that_keep_the_contract() -> None:
    known = command.known()
    assert known["repro_floor"] == ("repro_floor", repro_floor.DESCRIPTION)
    assert known["clean_filter"] == ("clean_filter", clean_filter.DESCRIPTION)
    assert not {"harness", "generate", "agree"} & {module for module, _ in known.values()}


def test_a_wrong_name_is_refused(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "no-such"])
    with pytest.raises(SystemExit, match="2"):
        command.main()
    assert (
        "no benchmark is called no-such; there are: annotate, clean_filter"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("quick", [True, False], ids=["quick", "whole"])
def test_only_a_whole_run_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys, quick: bool
) -> None:
    row = {"what": "speed", "ours": "1 s", "beside": "2 s, theirs", "ratio": "2.0", "spread": ""}
    (tmp_path / "README.md").write_text("before\n<!-- results -->\nold\n<!-- end of results -->\nx")
    monkeypatch.setattr(command, "README", tmp_path / "README.md")
    monkeypatch.setattr(command, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(command, "_run_alone", lambda module, *, quick: {"table": [row]})
    monkeypatch.setattr(sys, "argv", ["benchmarks", "clean_filter", *["--quick"] * quick])
    command.main()
    line = "| speed | 1 s | 2 s, theirs | 2.0 |  |\n"
    assert line in capsys.readouterr().out
    written = (tmp_path / "README.md").read_text()
    assert (line in written, "old" in written) == (not quick, quick)
    assert written.startswith("before\n")
    assert written.endswith("-->\nx")
    assert (tmp_path / "results" / "clean_filter.json").exists() is not quick


def test_the_table_in_the_readme_is_that_of_the_results() -> None:
    text = command.README.read_text("utf-8")
    assert text == command.readme(text, command.RESULTS)
