"""Nothing answers without a token except health and program text; each role opens what it should and no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from demos import xl_ctd
from every_route import ROUTES
from running_service import ROLES, Service, ask

from sync.service import create_app
from sync.service_tokens import Role, Tokens
from sync.settings import load_settings
from xl_ctd.messages import message
from xl_ctd.ribbon import ACTIONS

pytestmark = pytest.mark.xdist_group("service")

PROGRAM_TEXT = {
    "/xl",
    "/xl/",
    "/xl/favicon.ico",
    "/xl/manifest",
    "/xl/manifest.xml",
    "/xl/manifest/download",
    "/xl/taskpane",
    "/xl/taskpane.html",
    "/xl/static/x",
    "/xl/xlwings/custom-functions-meta",
    "/xl/xlwings/custom-functions-meta.json",
    "/xl/xlwings/custom-functions-code",
    "/xl/xlwings/custom-functions-code.js",
    "/xl/xlwings/custom-scripts-meta",
    "/xl/xlwings/custom-scripts-meta.json",
    "/xl/xlwings/alert",
}
"""What Excel and the browser fetch by themselves under /xl. A new one has to be looked at: does it hold data?"""


def test_the_routes_are_those_of_every_host() -> None:
    paths = {path for _, path in ROUTES}

    assert {"/health", "/api/functions/{name}", "/api/desktop/functions", "/xl/xlwings/custom-functions-call"} <= paths


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_address_answers_without_a_token_only_when_it_holds_no_data(
    method: str, path: str, service: Service
) -> None:
    is_open = method in ("GET", "HEAD") and path in {"/health", *PROGRAM_TEXT}
    asked = re.sub(r"\{[^}]*\}", "x", path)

    with service.client(None) as client:
        answer = client.request(method, asked)

    assert is_open == (answer.status_code != 401)
    if not is_open and method != "HEAD":
        assert {"code": "token-unknown", "sentence": message("token-unknown")} == answer.json()


def test_what_answers_without_a_token_is_the_same_with_and_without_a_master(service: Service) -> None:
    with service.client(None) as nobody, service.client("admin") as somebody:
        for path in sorted(PROGRAM_TEXT - {"/xl/static/x"}):
            assert nobody.get(path).content == somebody.get(path).content


@pytest.mark.parametrize(
    "presented",
    ["", "Bearer", "Basic YWRtaW46YWRtaW4=", "Bearer ctd-", "Bearer ctd--", "Bearer ctd-aaaaaa-bbbb", "ctd"],
)
def test_what_is_no_token_opens_nothing(presented: str, service: Service) -> None:
    with service.client(None, Authorization=presented) as client:
        answer = client.get("/api/me")

    assert (401, "token-unknown", "Bearer") == (
        answer.status_code,
        answer.json()["code"],
        answer.headers["WWW-Authenticate"],
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: words[:-2] + ("A" if words[-2] != "A" else "B") + words[-1],
        lambda words: words[:-1],
        lambda words: f"{words}A",
        lambda words: words[:20] + words[20:].swapcase(),
    ],
    ids=["a letter changed", "a letter less", "a letter more", "capitals"],
)
def test_words_that_are_not_wholly_a_tokens_open_nothing(spoil: Callable[[str], str], service: Service) -> None:
    for role in ROLES:
        with service.client(None, Authorization=f"Bearer {spoil(service.words[role])}") as client:
            assert (401, "token-unknown") == ((answer := client.get("/api/me")).status_code, answer.json()["code"])


def test_xlwings_sends_the_bare_token_and_is_let_in(service: Service) -> None:
    with service.client(None, Authorization=service.words["reader"]) as client:
        assert "reader" == client.get("/api/me").json()["role"]


@pytest.mark.parametrize("role", ["reader", "city", "admin"])
def test_each_role_presses_its_buttons_and_no_more(role: str, service: Service) -> None:
    with service.client(role) as client:
        refused = {
            action.id
            for action in ACTIONS
            if client.post(f"/api/actions/{action.id}", json={"wait": False}).json().get("code") == "role-too-small"
        }
        tokens = client.get("/api/tokens").status_code

    deciding = {"hop_nhat", "hoan_tac", "xung_dot", "gui_mau", "tra_lai", "google_sheets", "bao_cao"}
    assert (deciding if role == "reader" else set()) == refused
    assert (200 if role == "admin" else 403) == tokens


def test_a_reader_cannot_make_tokens_or_stop_the_service(service: Service) -> None:
    with service.client("city") as client:
        made = client.post("/api/tokens", json={"name": "x", "role": "admin"})
        stopped = client.post("/api/stop")

    assert [(403, "role-too-small")] * 2 == [(one.status_code, one.json()["code"]) for one in (made, stopped)]


def test_a_token_made_over_the_wire_works_until_it_is_revoked(service: Service) -> None:
    with service.client("admin") as admin:
        made = admin.post("/api/tokens", json={"name": "Máy phường 1", "role": "reader", "days": 30}).json()
        with service.client(None, Authorization=f"Bearer {made['words']}") as reader:
            assert "Máy phường 1" == reader.get("/api/me").json()["name"]
            assert "revoked" == admin.delete(f"/api/tokens/{made['id']}").json()["state"]
            assert "token-revoked" == reader.get("/api/me").json()["code"]
        listed = {one["id"]: one["state"] for one in admin.get("/api/tokens").json()["tokens"]}

    assert "revoked" == listed[made["id"]]


def test_a_token_revoked_on_the_command_line_stops_working_in_the_running_service(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTD_FOLDER", str(service.folder))
    words = xl_ctd("serve", "token", "add", "Máy kế toán", "--role", "city").splitlines()[-1]
    number = words.split("-")[1]

    with service.client(None, Authorization=f"Bearer {words}") as client:
        before = client.get("/api/me").json()["name"]
        xl_ctd("serve", "token", "revoke", number)
        after = client.get("/api/me").json()["code"]

    assert ("Máy kế toán", "token-revoked") == (before, after)
    assert f"{number}  city    " in xl_ctd("serve", "token", "list")
    assert words not in xl_ctd("serve", "token", "list", "--json")


def test_a_token_ends_on_its_day(tmp_path: Path) -> None:
    moments = [datetime(2026, 1, 5, 8, 0, tzinfo=UTC)]
    settings = load_settings(folder=tmp_path)
    _, words = Tokens(settings.tokens, lambda: moments[-1]).add("Hà", Role.CITY, days=30)
    app = create_app(settings, lambda: moments[-1])
    signed_in = {"Authorization": f"Bearer {words}"}
    moments.append(moments[0] + timedelta(days=30, seconds=-1))
    last = ask(app, "GET", "/api/me", headers=signed_in).status_code
    moments.append(moments[0] + timedelta(days=30))
    after = ask(app, "GET", "/api/me", headers=signed_in | {"Accept-Language": "en"})

    assert 200 == last
    assert (401, message("token-expired", {"day": "04/02/2026"}, "en")) == (after.status_code, after.json()["sentence"])


def test_a_damaged_file_of_tokens_lets_nobody_in_and_says_what_to_do(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path)
    _, words = Tokens(settings.tokens, lambda: datetime.now(UTC)).add("Hà", Role.ADMIN)
    settings.tokens.write_text("{", "utf-8")
    answer = ask(create_app(settings), "GET", "/api/me", headers={"Authorization": f"Bearer {words}"})

    assert (409, "tokens-unreadable") == (answer.status_code, answer.json()["code"])


def test_a_service_that_another_program_started_is_not_ours_to_stop(tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path)
    _, words = Tokens(settings.tokens, lambda: datetime.now(UTC)).add("Hà", Role.ADMIN)
    answer = ask(create_app(settings), "POST", "/api/stop", headers={"Authorization": f"Bearer {words}"})

    assert (409, "service-not-ours-to-stop") == (answer.status_code, answer.json()["code"])
