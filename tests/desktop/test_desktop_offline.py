"""Python without the service: xlwings' own way from VBA to a function, with stand-ins for Windows' libraries only."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
import xlwings
from office import UNITS, Office, new_office

from sync.ledger import Ledger
from xl_ctd.calling import NoFacts, call
from xl_ctd.hosts.desktop_wire import (
    FS,
    GS,
    decode_grid,
    decode_text,
    encode_arguments,
    encode_call,
    encode_results,
)
from xl_ctd.messages import message

HOST = "xl_ctd.hosts.desktop_udfs"
TYLE = ("TYLE", [[[8.0], [15.0]], [[10.0], [20.0]]])
WRONG = ("SO", [[["12k"]]])

CallUdf = Callable[[str, str], str]


class _Excel:
    """What the engine of Excel does with values that are text."""

    @staticmethod
    def clean_value_data(data: list[list[Any]], *_: object) -> list[list[Any]]:
        return data

    @staticmethod
    def prepare_xl_data_element(value: Any, *_: object) -> Any:
        return value


@pytest.fixture
def call_udf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CallUdf]:
    """What VBA's ``XLPy.CallUDF`` reaches in Python, called as Excel's COM server calls it."""
    for name in ("pythoncom", "pywintypes", "win32com", "win32com.client"):
        monkeypatch.setitem(sys.modules, name, MagicMock(name=name))
    windows = ModuleType("xlwings._xlwindows")
    windows.Range = lambda xl=None: SimpleNamespace(xl=xl, address="$E$1")  # type: ignore[attr-defined]
    windows.is_range_instance = lambda given: False  # type: ignore[attr-defined]
    windows.BOOK_CALLER = None  # type: ignore[attr-defined]
    server = ModuleType("xlwings.com_server")
    server.loop = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "xlwings._xlwindows", windows)
    monkeypatch.setitem(sys.modules, "xlwings.com_server", server)
    monkeypatch.setattr(xlwings, "_xlwindows", windows, raising=False)
    for name in ("xlwings.udfs", HOST):
        monkeypatch.delitem(sys.modules, name, raising=False)
    udfs = importlib.import_module("xlwings.udfs")
    monkeypatch.setitem(xlwings.engines.engines_by_name, "excel", SimpleNamespace(name="excel", impl=_Excel))
    monkeypatch.setenv("CTD_FOLDER", str(tmp_path / "kept"))
    monkeypatch.chdir(tmp_path)

    def ask(path: str, body: str) -> str:
        said = udfs.call_udf(HOST, "ask", (path, body), None, None)
        while isinstance(said, list | tuple):
            [said] = said
        return str(said)

    yield ask
    for name in ("xlwings.udfs", HOST):
        sys.modules.pop(name, None)


def test_functions_are_answered_as_over_http(call_udf: CallUdf) -> None:
    said = call_udf("functions", FS.join((encode_call(*TYLE), encode_call(*WRONG))))

    assert "+" + encode_results(call(*one, NoFacts()) for one in (TYLE, WRONG)) == said


def test_a_body_that_is_not_ours_is_a_sentence(call_udf: CallUdf) -> None:
    said = call_udf("functions", f"TYLE{GS}x")

    assert ("-", message("addin-wire-unreadable")) == (said[0], decode_text(said[1:]))


def test_an_action_without_a_master_is_a_sentence(call_udf: CallUdf) -> None:
    said = call_udf("actions/tien_do", "")

    assert ("-", message("action-needs-master")) == (said[0], decode_text(said[1:]))


def test_an_action_looks_at_the_master_of_this_users_settings(
    call_udf: CallUdf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office: Office = new_office(tmp_path / "office", units=UNITS[:1], of_each=3)
    office.merge()
    monkeypatch.setenv("CTD_MASTER", str(office.master))
    said = call_udf("actions/tien_do", encode_arguments({"cell": "Quỹ!B7"}))
    head, *tables = said[1:].split(GS)

    assert "+" == said[0]
    assert 3 == len(decode_grid(head)[0])
    assert any(UNITS[0].code in str(row) for table in tables for row in decode_grid(table))
    with Ledger.beside(office.workspace.folder) as ledger:
        assert 1 == len(ledger.versions())


def test_what_nobody_expected_is_a_sentence_and_no_traceback(
    call_udf: CallUdf, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_udf("functions", encode_call(*TYLE))
    monkeypatch.setattr(sys.modules[HOST], "answer", MagicMock(side_effect=ZeroDivisionError("secret")))
    said = call_udf("functions", encode_call(*TYLE))

    assert ("-", message("addin-offline-unexpected", {"kind": "ZeroDivisionError"})) == (said[0], decode_text(said[1:]))
