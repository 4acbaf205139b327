"""Worksheet functions over HTTP: answered as by the functions themselves; whatever else is sent is refused."""

from __future__ import annotations

import shutil
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from office import Office
from running_service import Service, running_service

from sync.service_door import VERSION, Refusal
from sync.service_facts import facts_now
from sync.service_wire import MOST_CALLS, read_call, read_calls, result_json
from sync.settings import load_settings
from xl_ctd.calling import NoFacts, call
from xl_ctd.cell_values import ERROR_CODES, CellError, Column
from xl_ctd.messages import message

pytestmark = pytest.mark.xdist_group("service")

NUMBERS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
CELLS = st.one_of(NUMBERS, TEXTS, st.builds(CellError, st.sampled_from(ERROR_CODES), TEXTS))
GRIDS = st.lists(st.lists(CELLS, max_size=4), max_size=4)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["calls", "name", "arguments", "error", "reason"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def post(service: Service, path: str, content: object, **headers: str) -> tuple[int, Any]:
    with service.client("reader", **headers) as client:
        body = content if isinstance(content, bytes) else orjson.dumps(content)
        answer = client.post(path, content=body)
    return answer.status_code, answer.json()


# --- the wire ---------------------------------------------------------------------------------------------------


@given(GRIDS)
def test_a_grid_travels_there_and_back_unchanged(grid: list[list[Any]]) -> None:
    answer = orjson.loads(result_json(grid))["result"]

    arrived = read_call("SO", orjson.dumps({"arguments": [answer]})).arguments[0]

    assert grid == arrived
    assert [[type(cell) for cell in row] for row in grid] == [[type(cell) for cell in row] for row in arrived]


@given(st.one_of(st.lists(NUMBERS), st.lists(TEXTS | st.none()), st.lists(CELLS)))
@example(["],[", "a", None, "a"])
def test_a_column_is_written_as_its_rows_are(cells: list[Any]) -> None:
    assert result_json([[cell] for cell in cells]) == result_json(Column(cells))


@given(JSON.map(orjson.dumps) | st.binary(max_size=20))
def test_a_body_is_understood_or_refused_and_never_an_error(body: bytes) -> None:
    for read in (read_calls, lambda body: [read_call("SO", body)]):
        try:
            calls = read(body)
        except Refusal as refusal:
            assert (422, "request-not-understood") == (refusal.status, refusal.code)
        else:
            assert all(isinstance(row, list) for one in calls for grid in one.arguments for row in grid)


# --- over HTTPS -------------------------------------------------------------------------------------------------


def test_one_function_answers_as_python_does(service: Service) -> None:
    grids = [[[8], [15], [3]], [[10], [20], [4]]]

    assert (200, {"result": call("TYLE", grids, NoFacts())}) == post(
        service, "/api/functions/CTD.TYLE", {"arguments": grids}
    )


def test_many_functions_are_answered_in_order(service: Service) -> None:
    calls = [{"name": "SO", "arguments": [[[f"{number},5"]]]} for number in range(1000)]

    status, answer = post(service, "/api/functions", {"calls": calls})

    assert (200, [[[number + 0.5]] for number in range(1000)]) == (status, answer["results"])


def test_what_was_typed_wrong_is_an_error_cell_with_a_sentence_in_the_language_asked_for(service: Service) -> None:
    told = {}
    for language in ("vi", "en"):
        asked = {"arguments": [[["1,400"]]]}
        _, answer = post(service, "/api/functions/SO", asked, **{"Accept-Language": language})
        told[language] = answer["result"][0][0]

    assert {"vi": "#VALUE!", "en": "#VALUE!"} == {language: cell["error"] for language, cell in told.items()}
    expected = {lang: call("SO", [[["1,400"]]], NoFacts(), lang)[0][0].reason for lang in told}
    assert expected == {language: cell["reason"] for language, cell in told.items()}


def test_an_error_cell_that_comes_in_goes_out_again(service: Service) -> None:
    status, answer = post(service, "/api/functions/TYLE", {"arguments": [[[{"error": "#REF!"}]], [[4]]]})

    assert (200, "#REF!") == (status, answer["result"][0][0]["error"])


def test_an_unknown_function_is_told_alone_and_is_an_error_cell_among_others(service: Service) -> None:
    status, alone = post(service, "/api/functions/KHONGCO", {"arguments": []})
    _, among = post(service, "/api/functions", {"calls": [{"name": "KHONGCO", "arguments": []}]})

    assert (404, "function-unknown") == (status, alone["code"])
    assert "#NAME?" == among["results"][0][0][0]["error"]


def test_a_hundred_thousand_cells_come_back_in_their_places(service: Service) -> None:
    grids = [[[number] for number in range(100_000)], [[50_000]]]

    status, answer = post(service, "/api/functions/DEN", {"arguments": grids})

    assert 200 == status
    assert [["ĐỎ"]] * 45_000 + [["VÀNG"]] * 5_000 + [["XANH"]] * 50_000 == answer["result"]


def test_without_a_master_a_function_that_reads_it_says_how_to_get_one(service: Service) -> None:
    status, answer = post(service, "/api/functions/GIATRI", {"arguments": [[["A1"]], [["2024"]]]})

    assert (200, {"error": "#N/A", "reason": message("function-no-master")}) == (status, answer["result"][0][0])


def test_functions_read_the_master_as_it_is_now(office: Office) -> None:
    asked = {"arguments": [[["TS-12"]], [["2024"]]]}
    with running_service(office.folder / "kept") as service:
        before = post(service, "/api/functions/GIATRI", asked)[1]["result"][0][0]["error"]
        office.merge()
        after = post(service, "/api/functions/GIATRI", asked)[1]["result"][0][0]
        office.master.rename(office.master.with_name("đã đổi tên.bak"))
        renamed = post(service, "/api/functions/GIATRI", asked)[1]["result"][0][0]

    assert ("#N/A", 10_000_010) == (before, after)
    assert {"error": "#N/A", "reason": message("function-no-master")} == renamed


def test_with_two_masters_in_the_folder_functions_ask_which_is_meant(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(office.master, office.folder / "ban-sao.xlsx")
    monkeypatch.chdir(office.folder)

    answer = call("GIATRI", [[["TS-12"]], [["2024"]]], facts_now(load_settings()))

    files = f"ban-sao.xlsx, {office.master.name}"
    assert [[CellError("#N/A", message("service-several-masters", {"files": files}))]] == answer


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"arguments": 1}',
        b'{"arguments": [[1]]}',
        b'{"arguments": [[["\xff"]]]}',
        b'{"arguments": [[[{"error": "#CTD!"}]]]}',
        b'{"arguments": [[[[1]]]]}',
        b'{"arguments": [[[NaN]]]}',
        b'{"arguments": [], "more": 1}',
        b'{"arguments": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_call_is_refused_with_one_sentence(body: bytes, service: Service) -> None:
    expected = {"code": "request-not-understood", "sentence": message("request-not-understood")}

    assert (422, expected) == post(service, "/api/functions/SO", body)


def test_too_many_calls_at_once_are_refused(service: Service) -> None:
    calls = [{"name": "SO", "arguments": []}] * (MOST_CALLS + 1)

    status, answer = post(service, "/api/functions", {"calls": calls})

    assert (422, message("too-many-calls", {"most": MOST_CALLS})) == (status, answer["sentence"])


@pytest.mark.parametrize("is_told_beforehand", [True, False])
def test_a_body_too_large_is_refused_with_the_limit(is_told_beforehand: bool, service: Service) -> None:
    part, parts = b" " * 1_048_576, 33
    content = part * parts if is_told_beforehand else (part for _ in range(parts))
    with service.client("reader") as client:
        answer = client.post("/api/functions", content=content)

    expected = {"code": "body-too-large", "sentence": message("body-too-large", {"megabytes": 32})}
    assert (413, expected) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("theirs", "code"),
    [
        ("0.0.9", "addin-older"),
        ("0.2.0", "addin-newer"),
        ("1.0", "addin-newer"),
        ("abc", "addin-version-unreadable"),
        ("", "addin-version-unreadable"),
    ],
)
def test_an_addin_of_another_version_is_told_what_to_renew(theirs: str, code: str, service: Service) -> None:
    status, answer = post(service, "/api/functions/SO", {"arguments": [[[1]]]}, **{"X-CTD-Version": theirs})

    names = {"addin": theirs, "service": VERSION}
    assert (426, {"code": code, "sentence": message(code, names)}) == (status, answer)


@pytest.mark.parametrize("theirs", [VERSION, "0.1.99", "0.1"])
def test_an_addin_that_differs_in_the_last_part_only_is_understood(theirs: str, service: Service) -> None:
    with service.client("reader", **{"X-CTD-Version": theirs}) as client:
        answer = client.get("/api/me")

    assert (200, VERSION) == (answer.status_code, answer.headers["X-CTD-Version"])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/khong-co", 404, "no-such-address"),
        ("GET", "/khong-co", 404, "no-such-address"),
        ("GET", "/api/functions/SO", 405, "no-such-method"),
        ("POST", "/api/actions/khong-co", 422, "request-not-understood"),
    ],
)
def test_a_wrong_address_is_one_sentence(method: str, path: str, status: int, code: str, service: Service) -> None:
    with service.client("admin") as client:
        answer = client.request(method, path)

    assert (status, {"code": code, "sentence": message(code)}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("en", "en"), ("en-GB,vi;q=0.9", "en"), ("vi-VN, en;q=0.9", "vi"), ("fr", "vi"), ("", "vi"), (";;q=x,,", "vi")],
)
def test_sentences_come_in_the_language_asked_for_and_in_vietnamese_otherwise(
    wanted: str, language: str, service: Service
) -> None:
    with service.client(None, **{"Accept-Language": wanted}) as client:
        assert message("token-unknown", {}, language) == client.get("/api/me").json()["sentence"]
