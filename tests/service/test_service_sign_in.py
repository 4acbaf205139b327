"""Nothing answers without a token except health; each role and the key of the pages open what they should, no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from demos import xl_ctd
from every_route import ROUTES
from office import Office
from running_service import ROLES, Service, ask, running_service

from sync.service import create_app
from sync.service_door import READING
from sync.service_page_key import PageKey
from sync.service_tokens import Role, Tokens
from sync.settings import load_settings
from sync.workspace import CannotRun
from xl_ctd.messages import message
from xl_ctd.ribbon import ACTIONS

pytestmark = pytest.mark.xdist_group("service")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PAGES = "/xl/{page_key}"
PROGRAM_TEXT = {
    f"{PAGES}/",
    f"{PAGES}/favicon.ico",
    f"{PAGES}/manifest",
    f"{PAGES}/manifest.xml",
    f"{PAGES}/manifest/download",
    f"{PAGES}/taskpane",
    f"{PAGES}/taskpane.html",
    f"{PAGES}/static/x",
    f"{PAGES}/xlwings/custom-functions-meta",
    f"{PAGES}/xlwings/custom-functions-meta.json",
    f"{PAGES}/xlwings/custom-functions-code",
    f"{PAGES}/xlwings/custom-functions-code.js",
    f"{PAGES}/xlwings/custom-scripts-meta",
    f"{PAGES}/xlwings/custom-scripts-meta.json",
    f"{PAGES}/xlwings/alert",
}
"""What Excel and the browser fetch by themselves. A new one has to be looked at: does it hold data?"""


ROADS = ("/xlwings/custom-functions-code", "/xlwings/custom-functions-code.js")


def test_the_routes_are_those_of_every_host() -> None:
    paths = {path for _, path in ROUTES}

    assert PROGRAM_TEXT <= paths
    assert {"/health", "/api/functions/{name}", "/api/desktop/functions"} <= paths
    assert {f"{PAGES}/xlwings/custom-functions-call", f"{PAGES}/xlwings/custom-scripts-call/{{script_name}}"} <= paths


def filled(path: str, page_key: str = "x") -> str:
    return re.sub(r"\{[^}]*\}", "x", path.replace("{page_key}", page_key))


def refusals(client: httpx.Client, path: str) -> dict[str, tuple[int, str]]:
    """By method, of an address that answers with status and code of a refusal; HEAD has no code."""
    told = {method: client.request(method, path) for method in METHODS}
    return {method: (one.status_code, one.json()["code"] if one.content else "") for method, one in told.items()}


@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES} - {"/health"}))
def test_no_address_but_health_answers_without_a_token_whatever_the_method(path: str, service: Service) -> None:
    code = "page-key-wrong" if path.startswith("/xl") else "token-unknown"

    with service.client(None) as client:
        told = refusals(client, filled(path))

    assert {method: (401, "" if method == "HEAD" else code) for method in METHODS} == told


@pytest.mark.parametrize(
    "path",
    [
        *("/xl", "/xl/", "/xl/taskpane.html", "/xl/manifest.xml", "/xl/static/ctd/pane.js", "/xl//manifest.xml"),
        *("/xl/xlwings/custom-functions-code.js", f"/xl/{'A' * 43}/manifest.xml", "/xl/%C3%A9%00/manifest.xml"),
    ],
)
def test_an_address_without_the_key_is_refused_with_what_to_do(path: str, service: Service) -> None:
    with service.client(None) as client:
        program, person = client.get(path), client.get(path, headers={"Accept": "text/html,*/*"})

    sentence = message("page-key-wrong")
    assert (401, {"code": "page-key-wrong", "sentence": sentence}) == (program.status_code, program.json())
    assert (401, "text/plain; charset=utf-8", sentence) == (
        person.status_code,
        person.headers["Content-Type"],
        person.text,
    )


@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES if path.startswith("/xl")}))
def test_the_key_opens_program_text_for_reading_and_nothing_else(path: str, service: Service) -> None:
    address = filled(path, service.pages.removeprefix("/xl/"))

    with service.client(None) as client:
        told = {method: client.request(method, address) for method in METHODS}

    opened = {method for method, answer in told.items() if answer.status_code != 401}
    assert (set(READING) if path in PROGRAM_TEXT else set()) == opened
    assert {"no-referrer"} == {answer.headers["Referrer-Policy"] for answer in told.values()}
    closed = {told[method].json()["code"] for method in METHODS if method not in {*opened, "HEAD"}}
    assert {"token-unknown"} == closed


def test_the_key_alone_opens_no_road_that_is_not_there(service: Service) -> None:
    with service.client(None) as client:
        assert (401, "token-unknown") == refusals(client, f"{service.pages}/khong-co")["GET"]
        assert (401, "page-key-wrong") == refusals(client, f"{service.pages}x/manifest.xml")["GET"]
        assert 401 == client.get(f"/api/me?key={service.pages}").status_code


def test_the_key_of_another_service_opens_nothing_here(service: Service, tmp_path: Path) -> None:
    elsewhere = PageKey(load_settings(folder=tmp_path).page_key).root()

    with service.client("admin") as client:
        assert (401, "page-key-wrong") == refusals(client, f"{elsewhere}/manifest.xml")["GET"]
        assert 200 == client.get(f"{service.pages}/manifest.xml").status_code


def test_two_services_of_one_process_lead_to_their_own_pages(tmp_path: Path) -> None:
    for name in ("a", "b", "a"):
        settings = load_settings(folder=tmp_path / name)
        pages, app = PageKey(settings.page_key).root(), create_app(settings)
        texts = [ask(app, "GET", f"{pages}{file}").text for file in ("/taskpane.html", "/manifest.xml", *ROADS)]

        assert {pages.removeprefix("/xl/")} == {key for text in texts for key in re.findall(r"/xl/([^/\"]+)", text)}
        assert all(pages in text for text in texts)


def test_what_the_key_opens_is_the_same_with_and_without_a_master_and_a_token(service: Service, office: Office) -> None:
    with (
        service.client(None) as nobody,
        service.client("admin") as somebody,
        running_service(office.folder / "kept", "--master", office.master) as other,
        other.client("admin") as with_master,
    ):
        for path in sorted(PROGRAM_TEXT - {f"{PAGES}/static/x"}):
            address = path.replace(PAGES, service.pages)
            told = with_master.get(path.replace(PAGES, other.pages)).content
            told = told.replace(other.pages.encode(), service.pages.encode())
            told = told.replace(other.url.encode(), service.url.encode())
            assert nobody.get(address).content == somebody.get(address).content == told


def test_a_renewed_key_ends_every_manifest_at_once_and_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTD_FOLDER", str(tmp_path / "kept"))
    with running_service(tmp_path / "kept", "--no-tls") as service, service.client("reader") as client:
        before = client.get(f"{service.pages}/manifest.xml").status_code
        printed = xl_ctd("serve", "manifest", "--renew")
        renewed = re.findall(r"/xl/[\w-]{43}", printed)[0]
        after = [client.get(f"{pages}/manifest.xml").status_code for pages in (service.pages, renewed)]
        signed_in = client.get("/api/me").status_code

    assert (200, [401, 200], 200) == (before, after, signed_in)
    assert renewed in xl_ctd("serve", "manifest")


def test_the_manifest_is_the_same_from_the_command_line_and_from_the_service(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CTD_FOLDER", str(service.folder))
    file = tmp_path / "manifest.xml"

    printed = xl_ctd("serve", "manifest", "--url", f"{service.url}/", "-o", file)

    shown = [
        message("serve-manifest", {"address": f"{service.url}{service.pages}/manifest.xml"}),
        message("manifest-written", {"file": file}),
    ]
    assert shown == printed.splitlines()
    with service.client(None) as client:
        assert client.get(f"{service.pages}/manifest.xml").text == file.read_text("utf-8")


@pytest.mark.parametrize("content", ["", "x", "A" * 44, "é" * 43, "A" * 42 + "\x00"])
def test_a_damaged_key_opens_nothing_and_says_what_to_do(content: str, tmp_path: Path) -> None:
    settings = load_settings(folder=tmp_path)
    settings.page_key.write_text(content, "utf-8")

    for key in (content.strip("\x00"), ""):
        answer = ask(create_app(settings), "GET", f"/xl/{key}/manifest.xml")
        assert (401, "page-key-wrong") == (answer.status_code, answer.json()["code"])
    with pytest.raises(CannotRun) as stop:
        PageKey(settings.page_key).root()
    assert ("page-key-unreadable", {"file": str(settings.page_key)}) == (stop.value.code, stop.value.args_)
    assert PageKey(settings.page_key).renew() == PageKey(settings.page_key).root()


def test_a_request_makes_no_key(tmp_path: Path) -> None:
    answer = ask(create_app(load_settings(folder=tmp_path / "kept")), "GET", "/xl/x/manifest.xml")

    assert (401, False) == (answer.status_code, (tmp_path / "kept").exists())


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
    assert f"{number}  thành phố  " in xl_ctd("serve", "token", "list")
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
