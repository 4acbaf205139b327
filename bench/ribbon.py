"""Hợp nhất in an open master beside the command line's merge of the same wards, side by side in one run.

    python -m bench.ribbon [--runs 3] [--year 2024]

Both start with the demonstration's master before its merge. The open one is timed from the click to the last written
cell: the payload of Office.js is decoded, the wards' workbooks are read, the actions are encoded and carried out on a
workbook in memory. That workbook is a stand-in written in Python, so the click is told once more without the time it
takes to carry the actions out. The command line is timed in this process too: neither side pays for starting Python.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from open_excel import OpenExcel

from sync.demo import DemoReport
from sync.demonstrate import MASTER, WARDS, demonstrate
from sync.office import Office
from sync.run import MergeReport, Options, merge
from xl_ctd.ribbon import perform

NOW = datetime(2025, 1, 6, 16, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--year", type=int, default=2024)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        before = _before_its_merge(Path(folder), chosen.year)
        times = [_both(before, Path(folder) / str(run)) for run in range(chosen.runs)]
    disk, live, ours = (statistics.median(side) for side in zip(*times, strict=True))
    print("| | seconds | beside the command line |\n|---|---|---|")
    print(f"| command line | {disk:.2f} | 1.00 |\n| open master | {live:.2f} | {live / disk:.2f} |")
    print(f"| open master without the stand-in for Excel | {ours:.2f} | {ours / disk:.2f} |")


class TimedExcel(OpenExcel):
    """Counts the seconds that it takes to carry actions out."""

    seconds = 0.0

    def apply(self, actions: list[dict[str, Any]]) -> None:
        self.seconds += _timed(lambda: super(TimedExcel, self).apply(actions))


def _before_its_merge(folder: Path, year: int) -> Path:
    """The demonstration with everything made and nothing merged."""
    kept = folder / "before"

    def keep_and_merge(master: Path, made: DemoReport, options: Options) -> MergeReport:
        shutil.copytree(master.parent, kept)
        return merge(master, [master.parent / WARDS], options)

    demonstrate(folder / "made", year=year, seed=1, clean=False, merge_made=keep_and_merge)
    return kept


def _both(before: Path, folder: Path) -> tuple[float, float, float]:
    """Seconds of one merge on disk, of one into the open master, and of the latter without the stand-in."""
    disk, live = (_copy(before, folder / side) for side in ("disk", "live"))
    excel = TimedExcel(folder / "live" / MASTER)
    payload = json.dumps(excel.payload())

    def click() -> None:
        with excel.book(payload) as book:
            perform("hop_nhat", book, live, {})

    on_disk, clicked = _timed(lambda: perform("hop_nhat", None, disk, {})), _timed(click)
    return on_disk, clicked, clicked - excel.seconds


def _copy(before: Path, folder: Path) -> Office:
    shutil.copytree(before, folder)
    return Office(folder / MASTER, (folder / WARDS,), "bench", None, lambda: NOW)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
