"""One difference between two tables by one peer: `differences.py METHOD FOLDER FOUND`.

FOLDER holds both versions, a and b, each in three files with the columns id, title, description
and tags: NAME.parquet with lists of tags; NAME.text.parquet and NAME.csv with an item's tags as one
text. FOUND is a JSON file that is written. Needs the method's own package: this file runs in the
peers' environment, and imports nothing else of the repository.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, int]
Method = Callable[[Path], tuple[Callable[[], Any], Callable[[Any], Any], Callable[[Any], Answer]]]


def _datacompy(form: Callable[[Any], Any], keys: list[str]) -> Method:
    def method(folder: Path) -> Any:
        import datacompy
        import pandas as pd

        def load() -> Any:
            return [form(pd.read_parquet(folder / f"{name}.parquet")) for name in "ab"]

        def compare(frames: Any) -> Any:
            found = datacompy.PandasCompare(*frames, join_columns=keys)
            found.report()
            return found

        def answer(found: Any) -> Answer:
            return {
                "added": len(found.df2_unq_rows),
                "removed": len(found.df1_unq_rows),
                "changed": len(found.intersect_rows) - int(found.count_matching_rows()),
            }

        return load, compare, answer

    return method


def _joined(items: Any) -> Any:
    return items.assign(tags=items["tags"].map(", ".join))


def _pairs(items: Any) -> Any:
    return items[["id", "tags"]].explode("tags")


def daff(folder: Path) -> Any:
    import daff as library

    def load() -> Any:
        found = []
        for name in "ab":
            with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
                found.append(list(csv.reader(file)))
        return found

    def compare(tables: Any) -> Any:
        flags = library.CompareFlags()
        flags.addPrimaryKey("id")
        a, b = (library.PythonTableView(table) for table in tables)
        rows: list[list[Any]] = []
        alignment = library.Coopy.compareTables(a, b, flags).align()
        library.TableDiff(alignment, flags).hilite(library.PythonTableView(rows))
        return rows

    def answer(rows: Any) -> Answer:
        seen = Counter(str(row[0]) for row in rows)
        changed = sum(number for mark, number in seen.items() if mark.endswith("->"))
        return {"added": seen["+++"], "removed": seen["---"], "changed": changed}

    return load, compare, answer


def oxen(folder: Path) -> Any:
    # It takes paths, and reads them itself.
    import oxen as library

    paths = [str(folder / f"{name}.text.parquet") for name in "ab"]

    def compare(_: None) -> Any:
        return library.diff(*paths, keys=["id"]).get().data

    def answer(rows: Any) -> Answer:
        seen = Counter(rows["_oxen_diff_status"].to_list())
        return {
            "added": seen["added"],
            "removed": seen["removed"],
            "changed": seen["modified"],
        }

    return lambda: None, compare, answer


METHODS: dict[str, Method] = {
    "datacompy, lists": _datacompy(lambda items: items, ["id"]),
    "datacompy, texts": _datacompy(_joined, ["id"]),
    "datacompy, pairs": _datacompy(_pairs, ["id", "tags"]),
    "daff": daff,
    "oxen": oxen,
}


def main() -> None:
    method, folder, target = sys.argv[1:]
    load, compare, answer = METHODS[method](Path(folder))
    start, start_cpu = time.perf_counter(), time.process_time()
    tables = load()
    read, read_cpu = time.perf_counter(), time.process_time()
    found = compare(tables)
    done, done_cpu = time.perf_counter(), time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Path(target).write_text(
        json.dumps(
            {
                "read_s": read - start,
                "read_cpu_s": read_cpu - start_cpu,
                "wall_s": done - read,
                "cpu_s": done_cpu - read_cpu,
                "peak_mib": peak / (2**20 if sys.platform == "darwin" else 2**10),
                **answer(found),
            }
        )
    )


if __name__ == "__main__":
    main()
