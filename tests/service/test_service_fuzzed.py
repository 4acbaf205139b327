"""Our own description of the interface turned into requests of every kind: no error of ours, nothing unsigned."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import schemathesis
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
