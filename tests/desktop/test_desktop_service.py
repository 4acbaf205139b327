"""What the add-in asks of the service, over real HTTPS and in the application itself."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office import UNITS, Office, new_office
from running_service import Service, ask, running_service

from sync import service_actions
from sync.service import create_app
from sync.service_tokens import Role
from sync.settings import Settings
from sync.workspace import CannotRun
from xl_ctd.calling import CellError, NoFacts, call
from xl_ctd.hosts import desktop
from xl_ctd.hosts.desktop_com import find_workbook, open_workbook
from xl_ctd.hosts.desktop_wire import (
    FS,
    GS,
    decode_grid,
    encode_arguments,
    encode_call,
)
from xl_ctd.messages import message

TYLE = ("TYLE", [[[8.0], [15.0], [3.0]], [[10.0], [20.0], [4.0]]])
NO_MASTER = ("GIATRI", [[["TS-01"]], [["2024"]]])
WRONG = ("SO", [[["12k"]]])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A city's service with two wards' workbooks and a master that nothing has been merged into."""
    folder = tmp_path_factory.mktemp("city")
    office: Office = new_office(folder / "office", units=UNITS[:2], of_each=5)
    with running_service(office.folder / "kept", "--master", office.master) as running:
        yield running


def post(service: Service, path: str, body: str, role: str = "city", **headers: str) -> httpx.Response:
    with service.client(role, **{"Content-Type": "text/plain", "X-CTD-Version": "0.1.0"} | headers) as client:
        return client.post(f"/api/desktop/{path}", content=body.encode("ascii"))


def finished(service: Service, answer: httpx.Response) -> httpx.Response:
    """The answer of an action that was not over at once, asked after as the add-in does."""
    while answer.status_code == 202:
        answer = post(service, f"runs/{answer.text.split(chr(31))[0][1:]}", "")
    return answer


def test_many_functions_travel_in_one_request(service: Service) -> None:
    answer = post(service, "functions", FS.join((encode_call(*TYLE), encode_call(*WRONG))), role="reader")
    rate, refused = (decode_grid(result) for result in answer.text.split(FS))

    assert call(*TYLE, NoFacts()) == rate
    assert call(*WRONG, NoFacts()) == refused
    assert isinstance(refused[0][0], CellError) and refused[0][0].reason
    assert answer.text.isascii()


def test_a_button_previews_then_merges_and_says_so_in_vietnamese(service: Service) -> None:
    preview = finished(service, post(service, "actions/xem_truoc", ""))
    head = decode_grid(preview.text.split(GS)[0])[0]
    merged = finished(service, post(service, f"actions/{head[2]}", ""))

    assert [200, 200] == [preview.status_code, merged.status_code]
    assert "hop_nhat" == head[2]
    assert message("live-merged-title") == decode_grid(merged.text.split(GS)[0])[0][0]


@pytest.mark.parametrize(
    ("status", "path", "role", "headers"),
    [
        (401, "functions", None, {}),
        (403, "actions/hop_nhat", "reader", {}),
        (409, "actions/lam_gi_do", "city", {}),
        (426, "functions", "city", {"X-CTD-Version": "0.0.9"}),
        (404, "runs/khongco", "city", {}),
    ],
    ids=["no token", "role too small", "unknown button", "old add-in", "unknown run"],
)
def test_a_refusal_is_one_vietnamese_sentence(
    service: Service, status: int, path: str, role: str, headers: dict[str, str]
) -> None:
    answer = post(service, path, encode_call(*TYLE) if path == "functions" else "", role, **headers)

    assert status == answer.status_code
    assert answer.text.isascii()
    assert '"sentence": "' in answer.text  # where VBA looks for it
    assert len(answer.json()["sentence"]) > 20


# --- the application itself -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, str]:
    app = create_app(Settings(folder=tmp_path_factory.mktemp("kept"), master=Path("khong-co.xlsx")))
    _, words = app.state.tokens.add("Lan", Role.CITY)
    return app, words


@given(
    body=st.one_of(st.binary(max_size=60), st.text("TYLE\x1c\x1d\x1e\x1fnsbe#|~0123;.w", max_size=60).map(str.encode))
)
@settings(max_examples=60)
def test_whatever_is_sent_is_answered_or_refused_with_a_sentence(words: tuple[object, str], body: bytes) -> None:
    app, token = words
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    answer = ask(app, "POST", "/api/desktop/functions", content=body, headers=headers)  # type: ignore[arg-type]

    assert answer.status_code in (200, 409)
    assert answer.text.isascii()
    if answer.status_code == 409:
        assert message("addin-wire-unreadable") == answer.json()["sentence"]


def test_an_expired_token_is_refused_with_a_sentence(tmp_path: Path) -> None:
    today = datetime(2025, 1, 6, tzinfo=UTC)
    moments = [today, today + timedelta(days=400)]
    app = create_app(Settings(folder=tmp_path), now=lambda: moments[0])
    _, words = app.state.tokens.add("Lan", Role.CITY, 30)
    moments.reverse()
    answer = ask(app, "POST", "/api/desktop/functions", content=b"", headers={"Authorization": f"Bearer {words}"})

    assert 401 == answer.status_code
    assert answer.json()["sentence"]


def test_an_action_that_takes_long_is_asked_after(words: tuple[object, str], monkeypatch: pytest.MonkeyPatch) -> None:
    app, token = words
    may_end = threading.Event()
    monkeypatch.setattr(desktop, "ANSWERED_AT_ONCE", 0.01)
    monkeypatch.setattr(service_actions, "carry_out", lambda *_: may_end.wait(30) and _done())
    headers = {"Authorization": f"Bearer {token}"}
    first = ask(app, "POST", "/api/desktop/actions/tien_do", headers=headers)  # type: ignore[arg-type]
    run = first.text.split("\x1f")[0][1:]
    second = ask(app, "POST", f"/api/desktop/runs/{run}", headers=headers)  # type: ignore[arg-type]
    may_end.set()
    app.state.runs.find(run, SimpleNamespace(token=token[4:10])).future.result(30)  # type: ignore[attr-defined]
    third = ask(app, "POST", f"/api/desktop/runs/{run}", headers=headers)  # type: ignore[arg-type]

    assert [(202, "w"), (202, "w"), (200, "s")] == [(one.status_code, one.text[0]) for one in (first, second, third)]


def _done() -> object:
    from sync.office import Answer

    return Answer("Tiến độ", "Đủ cả.")


# --- the workbook that is open ----------------------------------------------------------------------------------


def book(full_name: str) -> SimpleNamespace:
    return SimpleNamespace(fullname=full_name)


def test_the_open_master_goes_before_the_workbook_the_button_was_pressed_in() -> None:
    master, other = book(r"C:\Hội\So-Tong-Hop.xlsx"), book("Book2")
    running = [SimpleNamespace(books=[other]), SimpleNamespace(books=[master])]

    assert master is find_workbook([r"c:\hội\so-tong-hop.xlsx", "Book2"], running)
    assert other is find_workbook([r"C:\Hội\khac.xlsx", "Book2"], running)


def test_a_workbook_that_was_closed_or_renamed_meanwhile_is_a_sentence() -> None:
    with pytest.raises(CannotRun) as stopped:
        find_workbook([r"C:\Hội\So-Tong-Hop.xlsx"], [SimpleNamespace(books=[book("Book2")])])

    assert ("addin-book-closed", {"file": "So-Tong-Hop.xlsx"}) == (stopped.value.code, stopped.value.args_)


def test_without_an_excel_actions_work_on_the_master_on_disk() -> None:
    with open_workbook("/x/so.xlsx") as found:
        assert found is None


@pytest.mark.parametrize(
    ("come_from", "looked_for"),
    [("127.0.0.1", ("khong-co.xlsx", "Book2")), ("::1", ("khong-co.xlsx", "Book2")), ("192.168.1.7", (None, None))],
)
def test_only_who_sits_at_this_computer_reaches_into_its_excel(
    words: tuple[object, str], come_from: str, looked_for: tuple[str | None, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, token = words
    asked: list[tuple[str | None, ...]] = []

    def noted(*names: str | None) -> AbstractContextManager[None]:
        asked.append(names)
        return nullcontext()

    monkeypatch.setattr(desktop, "open_workbook", noted)
    monkeypatch.setattr(service_actions, "carry_out", lambda *_: _done())
    headers = {"Authorization": f"Bearer {token}"}
    body = encode_arguments({"book": "Book2"}).encode("ascii")
    ask(
        app,  # type: ignore[arg-type]
        "POST",
        "/api/desktop/actions/hop_nhat",
        come_from=come_from,
        content=body,
        headers=headers,
    )

    assert [looked_for] == [tuple(name and Path(name).name for name in names) for names in asked]


def test_the_certificate_of_the_service_is_checked_by_ordinary_clients(service: Service) -> None:
    with pytest.raises(httpx.ConnectError) as refused, httpx.Client(verify=ssl.create_default_context()) as client:
        client.get(f"{service.url}/health")

    assert "CERTIFICATE_VERIFY_FAILED" in str(refused.value)
