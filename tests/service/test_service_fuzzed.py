"""Our own description of the interface turned into requests of every kind: no error of ours, nothing unsigned."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import xlwings
from every_route import ROUTES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running_service import Service
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from sync.service import create_app
from sync.settings import load_settings
from xl_ctd.cell_values import ERROR_CODES
from xl_ctd.registry import FUNCTIONS

pytestmark = pytest.mark.xdist_group("service")

SCHEMA = schemathesis.openapi.from_dict(create_app(load_settings(folder=Path("kept"))).openapi())
OPERATIONS = [
    found.ok()
    for found in SCHEMA.get_all_operations()
    if found.ok().path != "/api/stop"  # it would
]
fuzzed = settings(max_examples=25, suppress_health_check=list(HealthCheck), derandomize=True)
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=[f"{one.method.upper()} {one.path}" for one in OPERATIONS]
)


def test_every_part_of_the_interface_is_described() -> None:
    assert {
        "GET /health",
        "GET /api/me",
        "POST /api/functions",
        "POST /api/functions/{name}",
        "GET /api/actions",
        "POST /api/actions/{action}",
        "GET /api/actions/{run}/progress",
        "GET /api/tokens",
        "POST /api/tokens",
        "DELETE /api/tokens/{token}",
    } == {f"{one.method.upper()} {one.path}" for one in OPERATIONS}


@each_operation
@fuzzed
@given(data=st.data())
def test_any_request_is_answered_in_json_without_an_error_of_ours(
    operation: Any, service: Service, data: st.DataObject
) -> None:
    case = data.draw(st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode]))

    signed_in = {"Authorization": f"Bearer {service.words['admin']}"}
    answer = case.call(base_url=service.url, headers=signed_in, verify=str(service.authority))

    checks = [not_a_server_error, content_type_conformance, response_schema_conformance]
    case.validate_response(answer, checks=checks)
    assert "Traceback" not in answer.text
    if answer.status_code >= 400:
        assert {"code", "sentence"} == answer.json().keys()


@each_operation
@settings(fuzzed, max_examples=5)
@given(data=st.data())
def test_any_request_without_a_token_is_refused_except_for_health(
    operation: Any, service: Service, data: st.DataObject
) -> None:
    case = data.draw(operation.as_strategy())

    answer = case.call(base_url=service.url, headers={"Authorization": ""}, verify=str(service.authority))

    if case.path == "/health":
        assert 200 == answer.status_code
    else:
        assert (401, "token-unknown") == (answer.status_code, answer.json()["code"])


# --- what hosts ask of us, which our description leaves out -----------------------------------------------------

DESCRIBED = {(one.method.upper(), one.path) for one in OPERATIONS}
HOSTS_ROUTES = [route for route in ROUTES if route not in DESCRIBED and route != ("POST", "/api/stop")]
FUNCTION_ASKED = {
    "client": "Office.js",
    "func_name": "DAT",
    "args": [[[0.5]], [["TYLE"]], [[0.8]], [[None]], [[None]]],
    "caller_address": "[So.xlsx]Sheet1!A1",
    "session_id": "x",
    "culture_info_name": "vi-VN",
    "date_format": "d/m/yyyy",
    "version": "dev",
    "runtime": "1.4",
}
BUTTON_PRESSED = {
    "client": "Office.js",
    "version": xlwings.__version__,
    "book": {"name": "So.xlsx", "active_sheet_index": 0, "selection": "A1", "calculation": "Automatic"},
    "names": [],
    "sheets": [],
}
JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-1, 10**20), st.sampled_from(["", "x", "DAT", "Từ Sơn", "=1+1"])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "name"]), inner)),
    max_leaves=4,
)


@st.composite
def spoilt(draw: st.DrawFn, sent: dict[str, Any]) -> dict[str, Any]:
    """What a host sends, with some of it left out or replaced by something else."""
    gone, changed = (draw(st.sets(st.sampled_from(sorted(sent)), max_size=2)) for _ in range(2))
    return {name: draw(JUNK) if name in changed else value for name, value in sent.items() if name not in gone}


BODIES = st.one_of(
    st.binary(max_size=30),
    st.text("TYLE\x1c\x1d\x1e\x1fns#|~01;m", max_size=30).map(str.encode),
    st.one_of(JUNK, spoilt(FUNCTION_ASKED), spoilt(BUTTON_PRESSED)).map(lambda sent: json.dumps(sent).encode()),
)
WORDS = st.sampled_from(["x", "hop_nhat", "xem_truoc", "%00", "..%2F..%2Fetc%2Fpasswd", "T%E1%BB%AB", "a" * 300])


@pytest.mark.parametrize(("method", "path"), HOSTS_ROUTES)
@settings(fuzzed, max_examples=15)
@given(body=BODIES, word=WORDS, kind=st.sampled_from(["application/json", "text/plain", "x"]))
def test_whatever_a_host_sends_is_answered_without_an_error_of_ours(
    method: str, path: str, service: Service, body: bytes, word: str, kind: str
) -> None:
    address = re.sub(r"\{[^}]*\}|(?<=static/)x$", word, path.replace("/xl/{page_key}", service.pages))

    with service.client("admin", **{"Content-Type": kind}) as client:
        answer = client.request(method, address, content=body)

    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
    if answer.status_code >= 400 and method != "HEAD":
        assert {"code", "sentence"} <= answer.json().keys()


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["", "TS-12", "2024", "1.250", "12,5", "MIN", "1/3/2024", "#N/A", "20 triệu", "Từ Sơn"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(ERROR_CODES).map(lambda code: {"error": code}),
)
GRIDS = st.lists(st.lists(CELLS, max_size=3), max_size=3)


@settings(fuzzed, max_examples=30)
@given(arguments=st.lists(GRIDS, max_size=7))
def test_every_function_answers_any_cells_with_cells(arguments: list[Any], service: Service) -> None:
    calls = [{"name": name, "arguments": arguments} for name in FUNCTIONS]
    with service.client("reader") as client:
        answer = client.post("/api/functions", json={"calls": calls})

    assert 200 == answer.status_code
    for result in answer.json()["results"]:
        for cell in itertools.chain.from_iterable(result):
            assert not isinstance(cell, dict) or (cell["error"] in ERROR_CODES and cell["reason"])
