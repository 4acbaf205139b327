"""A small office built once: a master and three wards' workbooks, each test with a copy of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from demos import make_demos
from filelock import FileLock
from small_office import DemoOffice, SmallOffice, build_office

Build = Callable[[Path], object]


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Build], Path]:
    """Build a folder once for all test processes of this run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def build(name: str, how: Build) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                half = shared / f"{name}.half"
                shutil.rmtree(half, ignore_errors=True)
                how(half)
                half.rename(folder)
        return folder

    return build


@pytest.fixture
def office(built_once: Callable[[str, Build], Path], tmp_path: Path) -> SmallOffice:
    """Three wards have sent their workbooks; nothing is merged yet."""
    return SmallOffice(built_once("office", build_office)).copied(tmp_path / "office")


@pytest.fixture
def merged(built_once: Callable[[str, Build], Path], tmp_path: Path) -> SmallOffice:
    """The same office after its first merge."""

    def build(folder: Path) -> None:
        SmallOffice(built_once("office", build_office)).copied(folder).merge()

    return SmallOffice(built_once("merged", build)).copied(tmp_path / "office")


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> DemoOffice:
    """A copy of the whole demonstration of 2024, merged."""
    return DemoOffice(make_demos(tmp_path_factory)(2024, 1, False).copy_to(tmp_path / "demo").folder)
