"""Masters and wards' workbooks of the demonstrations, calculated anew by LibreOffice in one start for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import openpyxl
import pytest
from demos import Demo, Demos
from known import CLEAN, SHOWN, Known, known_of
from libreoffice import converted

from workbooks.master_tables import NAME_YEAR
from workbooks.write import patch_workbook


@pytest.fixture(scope="session")
def anew(demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    """A workbook by name, every formula calculated anew: ``2024``, ``2023``, ``2026`` or a ward's file."""
    folder = tmp_path_factory.mktemp("anew")
    files = {}
    for name, made in SHOWN.items():
        demo = demos(*made)
        files[name] = demo.master
        if int(name) != demo.year:
            files[name] = folder / f"{name}.xlsx"
            patch_workbook(demo.master, files[name], tables={}, cells={NAME_YEAR: int(name)})
    files |= {path.stem: path for path in demos(*CLEAN).wards(2024)}
    done = converted(files, folder)
    return cache(lambda name: openpyxl.load_workbook(done[name], data_only=True))


@pytest.fixture(scope="session")
def believed(demos: Demos, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The merged master of 2024 where results that stand in the file are believed, as on an ordinary desk."""
    folder = tmp_path_factory.mktemp("believed")
    done = converted({"2024": demos(*SHOWN["2024"]).master}, folder, recalculate=False)
    return openpyxl.load_workbook(done["2024"], data_only=True)


@pytest.fixture(scope="session")
def python(demos: Demos) -> Callable[[str], Known]:
    """What Python says about the year a master shows."""
    return cache(lambda name: known_of(demos(*SHOWN[name]), int(name)))


@pytest.fixture(scope="session")
def clean(demos: Demos) -> tuple[Demo, Known]:
    """The demonstration without mistakes, whose wards' own results are compared."""
    demo = demos(*CLEAN)
    return demo, known_of(demo, demo.year)
