"""One LibreOffice with our extension for all tests that only calculate, beside one small merged office."""

from __future__ import annotations

import pytest
from calc_office import Calc
from office import Office, new_office


@pytest.fixture(scope="session")
def merged_office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = new_office(tmp_path_factory.mktemp("calc-office"))
    office.merge()
    return office


@pytest.fixture(scope="session")
def calc(tmp_path_factory: pytest.TempPathFactory, merged_office: Office) -> Calc:
    return Calc.installed(tmp_path_factory.mktemp("calc"), CTD_MASTER=str(merged_office.master))


collect_ignore = ["at_the_desk.py"]
"""Run by another Python."""
