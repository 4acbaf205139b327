"""Demonstrations made once for all tests that look at them: the command itself builds wards, master and merge."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from filelock import FileLock

from sync.workspace import Workspace
from workbooks import layouts
from xl_ctd.core.tables import BY_CODE

RUN = (sys.executable, "-c", "from sync.cli import main; main()")


def xl_ctd(*arguments: object) -> str:
    """What the command prints. Exit 1 (done, but something is left for people) is as good as 0."""
    command = [*RUN, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@dataclass(frozen=True)
class Demo:
    """One demonstration, to be looked at and never changed: its folder, and what made it."""

    folder: Path
    year: int
    seed: int
    clean: bool

    @property
    def master(self) -> Path:
        return self.folder / "city-master.xlsx"

    def wards(self, year: int | None = None) -> list[Path]:
        """The wards' workbooks as sent, of one year or of both."""
        return sorted((self.folder / "wards").glob(f"CTD_*_{year or ''}*.xlsx"))

    def copy_to(self, folder: Path) -> Demo:
        """The same demonstration again, to do something to it."""
        shutil.copytree(self.folder, folder)
        return Demo(folder, self.year, self.seed, self.clean)

    def before_its_merge(self, folder: Path) -> Demo:
        """The same demonstration again, as it stood before the command merged it."""
        copy = self.copy_to(folder)
        workspace = Workspace(copy.master)
        [backup] = workspace.backups.iterdir()
        backup.replace(copy.master)
        shutil.rmtree(workspace.folder)
        return copy


def change_ward(path: Path) -> None:
    """A ward sends again: a corrected amount and a new line in the fund's book, saved by openpyxl."""
    book = openpyxl.load_workbook(path)
    sheet = book[layouts.TABS["QUY"]]
    letters = {column.code: column.letters for column in layouts.unit_columns(BY_CODE["QUY"])}
    line = layouts.FIRST_ROW
    while sheet[f"{letters['SO_CT']}{line}"].value is not None:
        line += 1
    sheet[f"{letters['SO_TIEN']}{layouts.FIRST_ROW}"] = 3_333_000
    for field in ("NGAY", "THU_CHI", "KHOAN_MUC", "SO_TIEN"):
        sheet[f"{letters[field]}{line}"] = sheet[f"{letters[field]}{line - 1}"].value
    sheet[f"{letters['SO_CT']}{line}"], sheet[f"{letters['NOI_DUNG']}{line}"] = "PT-0998", "Dòng mới"
    book.save(path)


Demos = Callable[[int, int, bool], Demo]
"""Year, seed, clean → the demonstration."""


def make_demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """Every demonstration is built once, whichever worker asks first."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent

    def demo(year: int, seed: int, clean: bool) -> Demo:
        name = f"demo-{year}-{seed}{'-clean' if clean else ''}"
        folder, ready = shared / name, shared / f"{name}.ready"
        with FileLock(shared / f"{name}.lock"):
            if not ready.exists():
                xl_ctd("demo", folder, "--year", year, "--seed", seed, *(["--clean"] if clean else []))
                ready.touch()
        return Demo(folder, year, seed, clean)

    return demo
