"""Buttons over HTTP: on the master on disk, one change at a time, finished even when the service is told to end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from office import NOW, Office
from running_service import Service, running_service

from sync.service_door import Caller, Refusal
from sync.service_runs import REMEMBERED, Runs
from sync.service_tokens import Role
from xl_ctd.messages import message

pytestmark = pytest.mark.xdist_group("service")


def press(client: httpx.Client, action: str, *, wait: bool = True, **arguments: str) -> tuple[int, Any]:
    answer = client.post(f"/api/actions/{action}", json={"arguments": arguments, "wait": wait})
    return answer.status_code, answer.json()


def outcome(client: httpx.Client, run: str) -> dict[str, Any]:
    """What a run has come to, asked until it is over."""
    while True:
        told: dict[str, Any] = client.get(f"/api/actions/{run}/progress").json()
        if told["state"] != "running":
            return told
        time.sleep(0.05)


def rows_held(office: Office) -> int:
    return len(office.held())


# --- merging ----------------------------------------------------------------------------------------------------


def test_merging_over_http_gives_the_master_that_the_command_line_gives(office: Office, two_wards: Office) -> None:
    by_hand = two_wards.copy_to(office.folder.parent / "by-hand")
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        looked = press(client, "xem_truoc")
        nothing_yet = rows_held(office)
        done = press(client, "hop_nhat")
        again = press(client, "hop_nhat")
    by_hand.merge(now=NOW)

    assert [200, 200, 200] == [status for status, _ in (looked, done, again)]
    assert ("hop_nhat", 0) == (looked[1]["answer"]["asks"], nothing_yet)
    assert message("merge-nothing-new") in again[1]["answer"]["sentence"]
    assert by_hand.held() == office.held() != {}


def test_a_merge_tells_how_far_it_is_and_then_its_answer(office: Office) -> None:
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        status, started = press(client, "hop_nhat", wait=False)
        told = outcome(client, started["run"])
        with service.client("reader") as other:
            not_theirs = other.get(f"/api/actions/{started['run']}/progress")

    assert (202, "done", "hop_nhat", "write", 1, 1) == (
        status,
        *(told[name] for name in ("state", "action", "step", "done", "total")),
    )
    assert message("live-merged-title") == told["answer"]["title"]
    assert (404, "run-unknown") == (not_theirs.status_code, not_theirs.json()["code"])


def test_two_changes_at_once_are_refused_and_looking_is_not(office: Office) -> None:
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        _, first = press(client, "hop_nhat", wait=False)
        second = press(client, "hop_nhat")
        looking = press(client, "tien_do")[0]
        told = outcome(client, first["run"])
        third = press(client, "hop_nhat")[0]

    assert (409, {"code": "action-busy", "sentence": message("action-busy", {"who": "city"})}) == second
    assert (200, "done", 200) == (looking, told["state"], third)


@pytest.mark.parametrize(
    "tell",
    [
        pytest.param(lambda process: process.send_signal(signal.SIGTERM), id="by the system"),
        pytest.param(lambda process: os.killpg(process.pid, signal.SIGINT), id="by Ctrl+C"),
    ],
)
def test_told_to_end_it_finishes_the_merge_and_ends_well(tell: Callable[[Any], None], office: Office) -> None:
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        with office.workspace.locked("Người khác"):  # so that the merge is under way for as long as we want
            press(client, "hop_nhat", wait=False)
            tell(service.process)
            while "finishing" not in (told := [line["event"] for line in service.log()]):
                time.sleep(0.05)
            before = service.process.poll()
        code = service.process.wait(60)

    assert (["started", "request", "finishing"], None, 0) == (told, before, code)
    assert "stopped" == service.log()[-1]["event"]
    with office.open() as book:
        assert (1, False) == (len(book.ledger.versions()), book.is_stale)


def test_who_waits_for_a_merge_when_the_service_is_told_to_end_still_gets_the_answer(office: Office) -> None:
    answers: list[Any] = []
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        with office.workspace.locked("Người khác"):
            waiting = threading.Thread(target=lambda: answers.append(press(client, "hop_nhat")))
            waiting.start()
            with service.client("city") as same:
                while not (under_way := same.get("/api/actions").json()["runs"]):
                    time.sleep(0.01)
            service.process.send_signal(signal.SIGTERM)
        code = service.process.wait(60)
        waiting.join()

    assert [("hop_nhat", "running")] == [(run["action"], run["state"]) for run in under_way]
    assert (0, 200, message("live-merged-title")) == (code, answers[0][0], answers[0][1]["answer"]["title"])


def test_an_administrator_stops_the_service(service: Service, tmp_path: Any) -> None:
    with running_service(tmp_path / "kept") as other, other.client("admin") as client:
        assert (202, {"status": "stopping"}) == ((answer := client.post("/api/stop")).status_code, answer.json())
        assert 0 == other.process.wait(30)


# --- what stands in the way -------------------------------------------------------------------------------------


def test_without_a_master_a_button_says_what_to_do(service: Service) -> None:
    with service.client("city") as client:
        answer = press(client, "hop_nhat")

    assert (409, {"code": "action-needs-master", "sentence": message("action-needs-master")}) == answer


def test_a_master_that_was_renamed_is_told_and_nothing_is_made_in_its_place(office: Office) -> None:
    with running_service(office.folder / "kept", "--master", office.master) as service:
        office.master.rename(office.folder / "ten-moi.xlsx")
        with service.client("city") as client:
            status, told = press(client, "hop_nhat")

    assert (409, message("master-missing", {"file": office.master})) == (status, told["sentence"])
    assert not office.master.exists()


def test_a_master_open_in_excel_is_told_and_stays_as_it_was(office: Office) -> None:
    before = office.master.read_bytes()
    (office.folder / f"~${office.master.name}").write_bytes(b"\x02Ha".ljust(165))
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        status, told = press(client, "hop_nhat")

    assert (409, message("master-open", {"file": office.master.name, "who": "Ha"})) == (status, told["sentence"])
    assert before == office.master.read_bytes()


def test_a_token_opens_the_offices_folders_and_no_other_place_on_the_disk(office: Office) -> None:
    inside, outside = office.ward_file(), office.folder.parent / "bi-mat.xlsx"
    outside.write_bytes(inside.read_bytes())
    with running_service(office.folder / "kept") as service, service.client("city") as client:
        allowed = press(client, "kiem_tra", files=str(inside))
        refused = [
            press(client, "kiem_tra", files=f"{inside}\n{outside}"),
            press(client, "kiem_tra", files=str(office.inbox / ".." / ".." / "bi-mat.xlsx")),
            press(client, "bao_cao", file=str(outside)),
            press(client, "gui_mau", folder=str(office.folder.parent)),
        ]

    assert 200 == allowed[0]
    assert [(403, "path-outside")] * 4 == [(status, told["code"]) for status, told in refused]
    assert inside.read_bytes() == outside.read_bytes()


def test_an_unknown_button_and_arguments_of_another_kind_are_refused(service: Service) -> None:
    with service.client("city") as client:
        unknown = press(client, "khong_co")
        odd = client.post("/api/actions/tien_do", json={"arguments": {"nam": 2024}})

    assert (404, message("action-unknown", {"action": "khong_co"})) == (unknown[0], unknown[1]["sentence"])
    assert (422, "request-not-understood") == (odd.status_code, odd.json()["code"])


# --- runs -------------------------------------------------------------------------------------------------------

HA = Caller("abc123", "Hà", Role.CITY)


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_an_error_nobody_expected_is_one_calm_sentence_with_a_support_id(
    kind: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(progress: object) -> dict[str, Any]:
        raise kind("Trần Thị Lan 0912345678")

    runs = Runs()
    with caplog.at_level("INFO"):
        run = runs.start("hop_nhat", HA, fail, changes=True)
        refusal = run.future.exception()

    assert isinstance(refusal, Refusal)
    assert (500, "service-unexpected") == (refusal.status, refusal.code)
    [record] = caplog.records
    assert (refusal.args_["support"], kind.__name__) == (record.facts["support"], record.facts["kind"])  # type: ignore[attr-defined]
    assert "Lan" not in str(record.__dict__)


def test_old_runs_are_forgotten_and_a_change_under_way_never(caplog: pytest.LogCaptureFixture) -> None:
    import threading

    gate = threading.Event()
    runs = Runs()

    def hold(progress: object) -> dict[str, Any]:
        gate.wait()
        return {}

    change = runs.start("hop_nhat", HA, hold, changes=True)
    for _ in range(REMEMBERED + 10):
        runs.start("tien_do", HA, lambda progress: {}, changes=False).future.result()
    found = runs.find(change.id, HA)
    with pytest.raises(Refusal, match="action-busy"):
        runs.start("hoan_tac", HA, hold, changes=True)
    gate.set()
    runs.stop()

    assert change is found
    with pytest.raises(Refusal, match="service-stopping"):
        runs.start("tien_do", HA, hold, changes=False)
