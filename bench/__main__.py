"""Speed, as ratios side by side in one run: our merge beside the script people would write instead.

    python -m bench [--sizes 12,200,1000] [--grow 3321] [--runs 3] [--keep FOLDER] [--write]

Whole processes are timed, start to end, taking turns, and the median is kept; ours does all its checks, keeps its
ledger and writes its master without loss, the script checks nothing. ``--write`` puts the figures into
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench.wards import ROWS, make_wards, province
from workbooks.build_master import build_master
from workbooks.layouts import FIRST_ROW, RID, TABS, unit_columns
from xl_ctd.core.tables import BY_CODE

ROOT = Path(__file__).parents[1]
REPORT = ROOT / "docs" / "benchmarks.md"
OURS = [sys.executable, "-m", "sync", "merge"]
NAIVE = [sys.executable, str(ROOT / "bench" / "naive.py")]


@dataclass(frozen=True)
class Timing:
    """One process: seconds on the clock, and the most memory its whole tree held at once, in MiB."""

    seconds: float
    memory: float


@dataclass(frozen=True)
class Row:
    """Both sides at one size."""

    wards: int
    naive: Timing
    ours: Timing

    @property
    def faster(self) -> float:
        return self.naive.seconds / self.ours.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="12,200,1000")
    parser.add_argument(
        "--grow", type=int, default=3321, help="our merge alone, up to this many wards; 0 leaves it out"
    )
    parser.add_argument(
        "--runs", type=int, default=3, help="runs of the smallest size and of one ward changed; larger sizes run once"
    )
    parser.add_argument("--keep", type=Path, help="where the workbooks are made and kept")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    sizes = [int(size) for size in chosen.sizes.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        one_of_200 = incremental(folder, 200, chosen.runs)
        growth = [(size, ours(folder, size)) for size in _growing(chosen.grow)] if chosen.grow else []
        rows = [compare(folder, size, chosen.runs if size <= 50 else 1) for size in sizes]
    text = report(rows, one_of_200, growth, f"python -m bench --sizes {chosen.sizes} --grow {chosen.grow}")
    print(text)
    if chosen.write:
        kept = REPORT.read_text("utf-8").partition("\n## ")  # the other benches' sections, each with its command
        REPORT.write_text(text + "".join(kept[1:]), "utf-8")


def compare(folder: Path, size: int, runs: int) -> Row:
    """Both sides, taking turns."""
    wards = _wards(folder, size)
    naive, own = [], []
    for _ in range(runs):
        naive.append(timed([*NAIVE, str(wards), str(folder / "naive.xlsx")]))
        own.append(ours(folder, size))
        _say(f"{size} wards: script {naive[-1].seconds:.2f} s, {naive[-1].memory:.0f} MiB")
    return Row(size, _median(naive), _median(own))


def ours(folder: Path, size: int) -> Timing:
    """One whole merge into a new master."""
    wards = _wards(folder, size)
    taken = timed([*OURS, "--master", str(_new_master(folder, size)), str(wards)])
    _say(f"{size} wards: ours {taken.seconds:.2f} s, {taken.memory:.0f} MiB")
    return taken


def incremental(folder: Path, size: int, runs: int) -> tuple[Timing, Timing]:
    """A whole merge, then some more, each after another single ward changed ten rows and sent three new ones."""
    wards = _wards(folder, size)
    master = _new_master(folder, size)
    whole = timed([*OURS, "--master", str(master), str(wards)])
    changed = folder / "changed"
    shutil.rmtree(changed, ignore_errors=True)
    shutil.copytree(wards, changed)
    again = []
    for ward in sorted(changed.glob("*.xlsx"))[size // 2 :][:runs]:
        _edit(ward)
        again.append(timed([*OURS, "--master", str(master), str(changed)]))
        _say(f"{size} wards: whole {whole.seconds:.2f} s, one changed {again[-1].seconds:.2f} s")
    return whole, _median(again)


def _edit(path: Path) -> None:
    """Ten amounts changed and three rows added in a ward's fund book, as a spreadsheet program leaves them."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    letters = {column.code: column.letters for column in unit_columns(BY_CODE["QUY"])}
    part = _part_of(parts, TABS["QUY"])
    sheet, strings = parts[part], parts["xl/sharedStrings.xml"]
    known = strings.count("<si>") + strings.count("<si/>")
    for row in range(FIRST_ROW, FIRST_ROW + 10):
        sheet = _with(sheet, f"{letters['SO_TIEN']}{row}", f"<v>{1_000_000 + row}</v>", "")
    last = FIRST_ROW + ROWS["QUY"] - 1
    bottom = re.search(rf'<row r="{last}".*?</row>', sheet, re.DOTALL)
    assert bottom
    added = [re.sub(rf"(?<=[A-Z]){last}\b|(?<=<row r=\"){last}", str(last + n), bottom[0]) for n in range(1, 4)]
    sheet = sheet.replace(bottom[0], bottom[0] + "".join(added))
    for number in range(1, 4):
        sheet = re.sub(rf'(<c r="{letters[RID]}{last + number}"[^>]*?)(?: t="s")?>.*?</c>', r"\1/>", sheet)
        texts = {"SO_CT": f"MOI-{number}", "THU_CHI": "Thu", "KHOAN_MUC": "Hội phí", "NOI_DUNG": "Thu thêm"}
        for code, text in texts.items():
            strings = strings.replace("</sst>", f"<si><t>{text}</t></si></sst>")
            sheet = _with(sheet, f"{letters[code]}{last + number}", f"<v>{known}</v>", ' t="s"')
            known += 1
        sheet = _with(sheet, f"{letters['NGAY']}{last + number}", "<v>45646</v>", "")
        sheet = _with(sheet, f"{letters['SO_TIEN']}{last + number}", "<v>500000</v>", "")
    parts |= {part: sheet, "xl/sharedStrings.xml": strings}
    tables = {name: xml for name, xml in parts.items() if 'displayName="tblQUY"' in xml}
    parts |= {name: re.sub(rf"(?<=[A-Z]){last}\b", str(last + 3), xml) for name, xml in tables.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, xml in parts.items():
            package.writestr(name, xml)


def _part_of(parts: Mapping[str, str], tab: str) -> str:
    relation = re.search(rf'<sheet name="{re.escape(tab)}"[^>]*r:id="(\w+)"', parts["xl/workbook.xml"])
    assert relation, tab
    entry = re.search(rf'<Relationship [^>]*Id="{relation[1]}"[^>]*>', parts["xl/_rels/workbook.xml.rels"])
    assert entry, tab
    target = re.search(r'Target="/?(?:xl/)?([^"]+)"', entry[0])
    assert target, tab
    return f"xl/{target[1]}"


def _with(sheet: str, cell: str, value: str, kind: str) -> str:
    """The sheet with another value in a cell that has a style."""
    changed, count = re.subn(
        rf'<c r="{cell}"( s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)',
        lambda old: f'<c r="{cell}"{old[1] or ""}{kind}>{value}</c>',
        sheet,
    )
    assert count == 1, cell
    return changed


def timed(command: Sequence[str]) -> Timing:
    """Run a command to its end, watching the memory of its whole tree."""
    most = 0.0
    running = threading.Event()

    def watch(pid: int) -> None:
        nonlocal most
        while not running.wait(0.05):
            most = max(most, sum(_proportional(child) for child in _tree(pid)))

    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    watcher = threading.Thread(target=watch, args=(process.pid,))
    watcher.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    running.set()
    watcher.join()
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return Timing(seconds, most / 1024)


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _tree(int(child)))]


def _proportional(pid: int) -> float:
    """The process's share of the memory it holds, in KiB: what processes share is not counted twice."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return float(line.split()[1])
    except OSError:
        pass
    return 0.0


def _wards(folder: Path, size: int) -> Path:
    wards = folder / f"wards-{size}"
    if not wards.is_dir():
        _say(f"making {size} workbooks")
        make_wards(wards, size, jobs=os.cpu_count() or 1)
    return wards


def _new_master(folder: Path, size: int) -> Path:
    home = folder / f"master-{size}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    master = home / "city-master.xlsx"
    build_master(master, setup=province(size), created=date(2025, 1, 6))
    return master


def _growing(most: int) -> list[int]:
    return [*(size for size in (250, 1000) if size < most), most]


def _median(timings: Sequence[Timing]) -> Timing:
    return Timing(statistics.median(t.seconds for t in timings), max(t.memory for t in timings))


def report(
    rows: Sequence[Row], one_of_200: tuple[Timing, Timing], growth: Sequence[tuple[int, Timing]], command: str
) -> str:
    """The figures as the page that is kept."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `{command} --write` on {platform.machine()}, {os.cpu_count()} cores, Python",
        f"{platform.python_version()}. Whole processes, taking turns; quote the ratios, absolute times wander.",
        "",
        "Each workbook is one of ours with nine tables and 1.335 rows, one row in a hundred with a mistake. *Script*:",
        "`glob`, `pandas.read_excel` a sheet, `concat`, `to_excel`; it checks nothing (`bench/naive.py`). *Ours*:",
        "gate, reading, checks, three-way plan, ledger, figures, lossless write.",
        "",
        "| wards | script | ours | faster | script's memory | ours | of it |",
        "|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        share = row.ours.memory / row.naive.memory
        lines.append(
            f"| {row.wards} | {row.naive.seconds:.2f} s | {row.ours.seconds:.2f} s | **{row.faster:.1f}×** | "
            f"{row.naive.memory:.0f} MiB | {row.ours.memory:.0f} MiB | {share:.2f} |"
        )
    whole, again = one_of_200
    lines += [
        "",
        f"One ward of 200 changed (ten amounts, three new rows): {again.seconds:.2f} s against {whole.seconds:.2f} s",
        f"for the whole, **{100 * again.seconds / whole.seconds:.1f} %**.",
    ]
    if growth:
        lines += ["", "| wards | rows | ours | a ward | memory |", "|---:|---:|---:|---:|---:|"]
        for size, timing in growth:
            lines.append(
                f"| {size} | {size * 1335} | {timing.seconds:.1f} s | {1000 * timing.seconds / size:.1f} ms | "
                f"{timing.memory:.0f} MiB |"
            )
    return "\n".join(lines) + "\n"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
