"""Whom the extension asks: the helper program of this computer or the office's service; and when nobody answers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from calc_office import PROGRAM, Calc
from office import Office
from running_service import Service, running_service

from xl_ctd.hosts.calc import VERSION
from xl_ctd.messages import message

pytestmark = pytest.mark.xdist_group("calc")

INSIDE = str(files("xl_ctd.hosts").joinpath("oxt/pythonpath"))
HELLO = f'import sys; print(\'{{"version": "{VERSION}"}}\', flush=True); '

Roads = Callable[[object], Any]


@pytest.fixture
def road(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Roads]:
    """The road that a settings file describes; None: there is no settings file."""
    monkeypatch.syspath_prepend(INSIDE)
    from ctd_roads import Road

    made = []

    def make(chosen: object) -> Any:
        settings = tmp_path / "ctd-calc.json"
        if chosen is not None:
            settings.write_text(chosen if isinstance(chosen, str) else json.dumps(chosen), "utf-8")
        made.append(Road(settings, VERSION))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, merged_office: Office) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("calc-service") / "service"
    with running_service(folder, "--master", merged_office.master) as running:
        yield running


def why(road: Any, name: str = "SO", argument: object = "1.400") -> str:
    """The code of the sentence when there is no answer."""
    from ctd_roads import NoAnswer

    with pytest.raises(NoAnswer) as stop:
        road.call(name, [[[argument]]])
    assert message(stop.value.code, stop.value.details)
    return str(stop.value.code)


def test_the_helper_answers_functions_and_actions(road: Roads, merged_office: Office) -> None:
    helper = road({"program": PROGRAM})

    assert [[1400.0]] == helper.call("SO", [[["1.400"]]])
    assert "#VALUE!" == helper.call("SO", [[["1,400"]]])[0][0]["error"]
    assert [[1.0]] == helper.call("GIATRI", [[["TS-02"]], [[2024]]], str(merged_office.master))
    assert "Tiến độ nộp" == helper.act("tien_do", str(merged_office.master), {})["answer"]["title"]
    assert "sổ tổng hợp" in helper.act("tien_do", None, {})["refused"]
    assert "refused" in helper.act("no-such-action", str(merged_office.master), {})


def test_a_helper_that_was_killed_is_started_again(road: Roads) -> None:
    helper = road({"program": PROGRAM})
    helper.call("SO", [[["1"]]])
    helper._way._process.kill()
    helper._way._process.wait()

    assert [[2.0]] == helper.call("SO", [[["2"]]])


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"program": ["/nowhere/xl-ctd"]}, "calc-helper-missing"),
        ({"program": [sys.executable, "-c", "print('no helper')"]}, "calc-helper-missing"),
        ({"program": [sys.executable, "-c", 'print(\'{"version": "0.0.1"}\')']}, "calc-version"),
        ({"program": [sys.executable, "-c", HELLO + "sys.stdin.readline()"]}, "calc-helper-stopped"),
        ({"service": "http://127.0.0.1:9"}, "calc-service-down"),
        ("{", "calc-settings-unreadable"),
    ],
)
def test_when_nobody_answers_the_reason_is_known(road: Roads, chosen: object, code: str) -> None:
    assert code == why(road(chosen))


def test_a_way_that_failed_is_not_tried_for_every_cell(road: Roads, tmp_path: Path) -> None:
    counted = tmp_path / "starts"
    program = [sys.executable, "-c", f"open({str(counted)!r}, 'a').write('x')"]
    nobody = road({"program": program})

    assert ["calc-helper-missing"] * 50 == [why(nobody) for _ in range(50)]
    assert "x" == counted.read_text()


def test_the_service_answers_as_the_helper_does(road: Roads, service: Service) -> None:
    chosen = {"service": service.url, "token": service.words["city"], "certificate": str(service.authority)}
    there = road(chosen)

    assert [[1400.0]] == there.call("SO", [[["1.400"]]])
    assert "#VALUE!" == there.call("SO", [[["1,400"]]])[0][0]["error"]
    assert [[1.0]] == there.call("GIATRI", [[["TS-02"]], [[2024]]])
    assert "Tiến độ nộp" == there.act("tien_do", None, {})["answer"]["title"]


def test_a_token_that_is_not_known_is_one_sentence(road: Roads, service: Service) -> None:
    there = road({"service": service.url, "token": "ctd-nobody", "certificate": str(service.authority)})
    [[cell]] = there.call("SO", [[["1.400"]]])

    assert "#N/A" == cell["error"]
    assert "mã" in cell["reason"]
    assert cell["reason"] == there.act("tien_do", None, {})["refused"]


def test_an_older_extension_is_told_so_by_the_service(service: Service, road: Roads, tmp_path: Path) -> None:
    from ctd_roads import Road

    settings = tmp_path / "older.json"
    chosen = {"service": service.url, "token": service.words["city"], "certificate": str(service.authority)}
    settings.write_text(json.dumps(chosen), "utf-8")
    with closing(Road(settings, "0.0.1")) as older:
        refused = older.act("tien_do", None, {})["refused"]
        [[cell]] = older.call("SO", [[["1.400"]]])

    assert refused == cell["reason"]
    assert "0.0.1" in refused


def test_a_service_with_an_unknown_certificate_is_not_believed(road: Roads, service: Service) -> None:
    assert "calc-service-down" == why(road({"service": service.url, "token": service.words["city"]}))


def test_cells_are_answered_by_the_service(service: Service, tmp_path: Path) -> None:
    chosen = {"service": service.url, "token": service.words["reader"], "certificate": str(service.authority)}
    calc = Calc.installed(tmp_path / "calc", chosen)
    with calc.desk() as desk:
        desk.new()
        desk.put("A1", '=CTD.KHONGDAU("Đông Ngàn")')
        desk.put("A2", '=CTD.GIATRI("TS-02";2024)')
        assert ["dong ngan", "1"] == [desk.read("A1"), desk.read("A2")]
