"""The log says what happened and never what was sent."""

from __future__ import annotations

import logging

import orjson
import pytest
from office import Office
from running_service import ask, running_service

from sync import service as service_module
from sync.service import create_app
from sync.service_log import NAME, JsonLines, places
from sync.service_tokens import Role, Tokens, utc_now
from sync.settings import load_settings
from xl_ctd.messages import message

pytestmark = pytest.mark.xdist_group("service")

SECRETS = ("Trần Thị Lan", "0912345678", "98765,4321")


def test_the_log_holds_one_line_a_request_and_nothing_of_what_was_sent(office: Office) -> None:
    ward = office.ward_file().name
    with running_service(office.folder / "kept") as service, service.client("admin") as client:
        client.post("/api/functions/SO", json={"arguments": [[[text] for text in SECRETS]]})
        client.post(f"/api/functions/{SECRETS[0]}", json={"arguments": []})
        client.get(f"/api/khong-co/{SECRETS[1]}", params={"ten": SECRETS[0]})
        made = client.post("/api/tokens", json={"name": SECRETS[0], "role": "city"}).json()
        client.post("/api/actions/hop_nhat", json={"arguments": {"nguon": SECRETS[0]}})
        client.get(f"{service.pages}/manifest.xml")
        client.get(f"{service.pages}x/manifest.xml")
        client.post(f"{service.pages}/xlwings/custom-functions-call", json={"func_name": SECRETS[0]})
        client.request("PROPFIND", f"{service.pages}/{SECRETS[1]}")
        words = (*service.words.values(), made["words"])
        assert 0 == service.stop()  # a line is written just after its answer went out
        lines, text = service.log(), service.log_file.read_text("utf-8")

    told = [(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request"]
    assert [
        ("POST", "/api/functions/{name}", 200),
        ("POST", "/api/functions/{name}", 404),
        ("GET", "?", 404),
        ("POST", "/api/tokens", 201),
        ("POST", "/api/actions/{action}", 200),
    ] == told[:5]
    # xlwings-server hands an answer on before its own work ends, so these lines may change places.
    assert [("GET", 200), ("GET", 401), ("POST", 422), ("PROPFIND", 404)] == sorted(
        (one[0], one[2]) for one in told[5:]
    )
    assert {"/xl/"} == {route for _, route, _ in told[5:]}
    assert made["id"] in text
    keys = (service.pages[4:], *(one[11:] for one in words))
    hidden = (*SECRETS, "Tr\\u1ea7n", ward, office.master.name, str(office.folder), *keys)
    assert [] == [secret for secret in hidden if secret in text]


def test_an_error_is_told_by_its_kind_and_its_way_through_the_program() -> None:
    try:
        int("Trần Thị Lan")
    except ValueError as error:
        told = places(error)

    assert "ValueError" == told["kind"]
    assert [__name__] == [frame.split(":")[0] for frame in told["frames"]]
    assert "Lan" not in str(told)


def test_words_of_other_programs_are_kept_without_what_was_filled_in() -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Refused %s", ("Trần Thị Lan",), None)

    told = orjson.loads(JsonLines().format(record))

    assert ("library", "uvicorn.error", "Refused %s") == (told["event"], told["from"], told["pattern"])
    assert "Lan" not in str(told)


def test_what_nobody_expected_is_one_calm_sentence_that_leads_to_the_log(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings(folder=tmp_path)
    _, words = Tokens(settings.tokens, utc_now).add("Hà", Role.READER)

    def fail(*asked: object) -> object:
        raise RuntimeError("Trần Thị Lan")

    monkeypatch.setattr(service_module, "call", fail)
    with caplog.at_level("INFO"):
        answer = ask(
            create_app(settings),
            "POST",
            "/api/functions/SO",
            json={"arguments": [[[1]]]},
            headers={"Authorization": f"Bearer {words}"},
        )

    support = answer.json()["support"]
    assert 500 == answer.status_code
    assert message("service-unexpected", {"support": support}) == answer.json()["sentence"]
    unexpected, request = [one.facts for one in caplog.records if one.name == NAME]  # type: ignore[attr-defined]
    assert (support, "RuntimeError") == (unexpected["support"], unexpected["kind"])
    assert (support, 500) == (request["support"], request["status"])
    assert "Lan" not in str([unexpected, request])
