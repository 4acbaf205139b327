"""What Excel fetches before anybody clicks: the manifest with the ribbon, the functions' help, the pane; and what the
roads of xlwings-server answer to those who are not its client."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi import FastAPI
from running_service import ask

from sync.service import create_app
from sync.service_page_key import PageKey
from sync.service_tokens import Role, Tokens
from sync.settings import Settings
from xl_ctd.calling import FUNCTIONS
from xl_ctd.messages import message
from xl_ctd.ribbon import ACTIONS, GROUPS

pytestmark = pytest.mark.xdist_group("browser")

OVERRIDES = "{http://schemas.microsoft.com/office/taskpaneappversionoverrides}"
TYPES = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
PNG_WIDTH = slice(16, 24)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Settings(folder=tmp_path))


@pytest.fixture
def signed_in(app: FastAPI) -> dict[str, str]:
    tokens: Tokens = app.state.tokens
    return {"Authorization": f"Bearer {tokens.add('Máy 1', Role.CITY)[1]}"}


@pytest.fixture
def pages(app: FastAPI) -> str:
    """The path with the key that everything stands under."""
    settings: Settings = app.state.settings
    return PageKey(settings.page_key).root()


def manifest(app: FastAPI, pages: str, **headers: str) -> ElementTree.Element:
    return ElementTree.fromstring(ask(app, "GET", f"{pages}/manifest.xml", headers=headers).text)


def resources(root: ElementTree.Element) -> dict[str, str]:
    kinds = ("Image", "Url", "String")
    found = [one for kind in kinds for one in root.iter(f"{TYPES}{kind}") if "id" in one.attrib]
    assert len(found) == len({one.attrib["id"] for one in found})
    return {one.attrib["id"]: one.attrib["DefaultValue"] for one in found}


def test_the_ribbon_shows_every_group_and_button_in_order(app: FastAPI, pages: str) -> None:
    root = manifest(app, pages)
    said = resources(root)
    shown = {}
    for group in root.iter(f"{OVERRIDES}Group"):
        labels = [one.find(f"{OVERRIDES}Label") for one in group.iter(f"{OVERRIDES}Control")]
        title = group.find(f"{OVERRIDES}Label")
        assert title is not None
        shown[said[title.attrib["resid"]]] = [said[one.attrib["resid"]] for one in labels if one is not None]

    assert {
        message(f"group-{group}"): [one.label() for one in ACTIONS if one.group == group and one.id != "google_sheets"]
        for group in GROUPS
    } == shown
    assert "Chữ thập đỏ" == said["Tab.Label"]
    assert "CTD" == said["Functions.Namespace"]


@pytest.mark.parametrize("key", ['{"type": "service_account"}', "gone.json"])
def test_the_button_of_google_is_there_where_somebody_set_a_key_up(
    app: FastAPI, pages: str, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("CTD_GOOGLE_KEYS", key)

    assert "google_sheets" in [one.text for one in manifest(app, pages).iter(f"{OVERRIDES}FunctionName")]


def test_whatever_the_manifest_points_at_is_there_and_short_enough_for_excel(app: FastAPI, pages: str) -> None:
    root = manifest(app, pages)
    said = resources(root)
    asked = {one.attrib["resid"] for one in root.iter() if "resid" in one.attrib}

    assert asked == said.keys()
    assert all(len(name) <= 32 for name in said)
    short = {one.attrib["id"] for part in root.iter(f"{TYPES}ShortStrings") for one in part}
    assert {name for name, text in said.items() if len(text) > (125 if name in short else 250)} == set()
    for name, address in said.items():
        if not address.startswith("http"):
            continue
        answer = ask(app, "GET", address.removeprefix("http://localhost"))
        assert 200 == answer.status_code, address
        if address.endswith(".png"):
            size = int(name.rpartition(".")[2])
            assert (size, size) == struct.unpack(">II", answer.content[PNG_WIDTH])


def test_behind_a_proxy_the_manifest_leads_to_the_address_that_was_asked(app: FastAPI, pages: str) -> None:
    root = manifest(app, pages, **{"Host": "ctd.tuson.vn", "X-Forwarded-Proto": "https"})
    found = [one for one in root.iter() if one.attrib.get("DefaultValue", "").startswith("http")]

    assert len(found) > 40
    assert {f"https://ctd.tuson.vn{pages}"} == {one.attrib["DefaultValue"][: 20 + len(pages)] for one in found}
    assert ["https://ctd.tuson.vn"] == [one.text for one in root.iter() if one.tag.endswith("AppDomain")]


@pytest.mark.parametrize("page", ["taskpane.html", "xlwings/alert"])
def test_whatever_a_page_loads_is_there(app: FastAPI, pages: str, page: str) -> None:
    asked = {"prompt": "Có?", "title": "CTD", "buttons": "ok", "mode": "info", "callback": ""}
    shown = ask(app, "GET", f"{pages}/{page}", params=asked).text
    links = re.findall(r'(?:src|href)="([^"]*)"', shown)

    assert len(links) > 8
    assert [200] * len(links) == [ask(app, "GET", link).status_code for link in links]


def test_xlwings_own_program_asks_where_the_pages_stand(app: FastAPI, pages: str) -> None:
    program = ask(app, "GET", f"{pages}/xlwings/custom-functions-code.js").text

    assert 1 == program.count(f'window.location.origin + "{pages}/xlwings/custom-functions-call"')


def test_every_function_and_argument_explains_itself_in_excel(app: FastAPI, pages: str) -> None:
    told = ask(app, "GET", f"{pages}/xlwings/custom-functions-meta.json").json()["functions"]

    assert {
        name: [one.help(), *((p.name, one.help_of(p), not p.required) for p in one.parameters)]
        for name, one in FUNCTIONS.items()
    } == {
        one["name"]: [
            one["description"],
            *((p["name"], p["description"], p.get("optional", False)) for p in one["parameters"]),
        ]
        for one in told
    }


def function_call(name: str, *arguments: object) -> dict[str, Any]:
    """A call as xlwings' client writes it when it is not gathered with others."""
    return {
        "client": "Office.js",
        "func_name": name,
        "args": list(arguments),
        "caller_address": "[so-tong-hop.xlsx]Trang1!A1",
        "session_id": "1",
        "culture_info_name": "vi-VN",
        "date_format": "dd/MM/yyyy",
        "version": "0.37.8",
        "runtime": "1.4",
    }


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("TYLE", ([[8], [15]], [[10], [20]]), [[23 / 30]]),
        ("SO", ([["12,5"], [""], ["x"]],), [[12.5], [""], ["Value"]]),
        ("GIATRI", ("TS-01", 2024, None, None), [["NotAvailable"]]),  # there is no master here
    ],
)
def test_the_road_of_xlwings_itself_answers_too(
    app: FastAPI, pages: str, signed_in: dict[str, str], name: str, arguments: tuple[object, ...], result: object
) -> None:
    call = function_call(name, *(one if isinstance(one, list) else [[one]] for one in arguments))
    answer = ask(app, "POST", f"{pages}/xlwings/custom-functions-call", json=call, headers=signed_in)

    assert result == [[plain(cell) for cell in row] for row in answer.json()["result"]]


def plain(cell: object) -> object:
    """An error as xlwings writes it for Excel."""
    return cell["errorType"] if isinstance(cell, dict) else cell


@pytest.mark.parametrize("road", ["custom-functions-call", "custom-scripts-call/hop_nhat", "custom-scripts-call/x"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"func_name": "os", "args": []}', b'"\xff"', b"1e999"])
def test_a_request_of_no_client_of_ours_is_refused_with_a_sentence(
    app: FastAPI, pages: str, signed_in: dict[str, str], road: str, body: bytes
) -> None:
    headers = {**signed_in, "Content-Type": "application/json"}
    answer = ask(app, "POST", f"{pages}/xlwings/{road}", content=body, headers=headers)

    assert 400 <= answer.status_code < 500
    assert answer.json()["sentence"]


IMPORTED_BEFORE = """
import sys
from pathlib import Path
import xlwings  # without a licence: nothing has set it yet
from running_service import ask
from sync.service import create_app
from sync.service_page_key import PageKey
from sync.service_tokens import Role
from sync.settings import Settings
app = create_app(Settings(folder=Path(sys.argv[1])))
road = PageKey(app.state.settings.page_key).root() + "/xlwings/custom-scripts-call/hop_nhat"
token = app.state.tokens.add("M", Role.CITY)[1]
headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
print(ask(app, "POST", road, content=b"{}", headers=headers).status_code)
"""


def test_an_xlwings_that_was_imported_before_without_a_licence_does_no_harm(tmp_path: Path) -> None:
    unlicensed = {name: value for name, value in os.environ.items() if not name.startswith("XLWINGS_")}
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_BEFORE, str(tmp_path)],
        env={**unlicensed, "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("", True) == (done.stderr, 400 <= int(done.stdout or 0) < 500)


@pytest.mark.parametrize("road", ["custom-functions-call", "custom-scripts-call/hop_nhat"])
def test_nothing_is_answered_without_a_token(app: FastAPI, pages: str, road: str) -> None:
    assert 401 == ask(app, "POST", f"{pages}/xlwings/{road}", json=function_call("TYLE")).status_code


def test_without_its_optional_part_the_service_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlwings_server", None)
    settings = Settings(folder=tmp_path)
    app = create_app(settings)

    assert 200 == ask(app, "GET", "/health").status_code
    answer = ask(app, "GET", f"{PageKey(settings.page_key).root()}/taskpane.html")
    assert (501, message("pane-not-installed")) == (answer.status_code, answer.text)
