"""Starting without any configuration, and what stands in the way of starting."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from demos import RUN
from office import Office
from running_service import ROLES, Service, running_service

from sync.service_tls import certificate_for
from sync.service_tokens import utc_now
from sync.settings import load_settings
from sync.workspace import CannotRun
from xl_ctd.messages import message

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("service")


def serve(folder: Path, *arguments: object, **environment: str) -> tuple[int, str, str]:
    """A service that cannot begin: its exit code, what it prints, what it says is wrong."""
    done = subprocess.run(
        [*RUN, "serve", *map(str, arguments)],
        cwd=folder,
        env={"PATH": "", "HOME": str(folder), "PYTHONPATH": ":".join(sys.path), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_one_command_starts_an_encrypted_service_that_only_this_machine_reaches(service: Service) -> None:
    with service.client(None) as client:
        answer = client.get("/health")

    assert (200, "ok") == (answer.status_code, answer.json()["status"])
    assert service.url.startswith("https://localhost:")


def test_the_first_start_shows_a_token_for_each_role_and_the_manifest_and_the_next_shows_no_secret(
    tmp_path: Path,
) -> None:
    with running_service(tmp_path / "kept") as first:
        address = f"{first.url}{first.pages}/manifest.xml"
        assert message("serve-manifest", {"address": address}) in first.printed.splitlines()
        with first.client("city") as client:
            assert "city" == client.get("/api/me").json()["role"]
        words = dict(first.words)
    with running_service(tmp_path / "kept", words=words) as second, second.client("admin") as client:
        assert "ctd-" not in second.printed
        assert first.pages == second.pages
        assert first.pages not in second.printed
        assert message("serve-manifest", {"address": "xl-ctd serve manifest"}) in second.printed.splitlines()
        assert "admin" == client.get("/api/me").json()["role"]

    assert list(ROLES) == list(words)


def test_what_is_kept_can_be_read_by_this_user_only_and_holds_no_token(service: Service) -> None:
    kept = [file for file in service.folder.iterdir() if not file.name.endswith(".lock")]

    assert {"authority.crt", "authority.key", "page.key", "service.key", "service.pem", "tokens.json"} == {
        f.name for f in kept
    }
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in kept}
    assert [] == [word for word in service.words.values() for file in kept if word[11:] in file.read_text("utf-8")]


def test_a_browser_that_does_not_trust_the_authority_refuses(service: Service) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{service.url}/health")


def test_the_certificate_is_for_this_machine_and_no_other_name(service: Service) -> None:
    elsewhere = service.url.replace("localhost", "127.0.0.2")

    with service.client(None) as client:
        assert 200 == client.get(service.url.replace("localhost", "127.0.0.1") + "/health").status_code
        with pytest.raises(httpx.ConnectError):
            client.get(f"{elsewhere}/health")


def test_the_only_master_in_the_folder_is_taken(office: Office) -> None:
    with running_service(office.folder / "kept") as service:
        assert message("serve-master", {"file": office.master.name}) in service.printed


AT_ONCE = """
import os, signal, sys
from pathlib import Path
from sync.service_run import serve
from sync.settings import load_settings
settings = load_settings(folder=Path(sys.argv[1]), port=0)
serve(settings, lambda opening: os.kill(os.getpid(), signal.SIGTERM))
"""


def test_told_to_end_in_its_first_moment_it_ends_well(tmp_path: Path) -> None:
    command = [sys.executable, "-c", AT_ONCE, tmp_path / "kept"]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True)

    assert (0, "stopped") == (done.returncode, json.loads(done.stderr.splitlines()[-1])["event"]), done.stderr.decode()


def test_a_folder_without_a_master_is_told_and_the_service_runs_all_the_same(service: Service) -> None:
    assert message("serve-no-master") in service.printed


def test_settings_come_from_the_file_the_environment_and_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "ctd.toml").write_text("port = 1\nbody_megabytes = 1\n[tls]\non = false\n", "utf-8")

    with running_service(tmp_path / "kept") as service, service.client("reader") as client:
        answer = client.post("/api/functions", content=b" " * 1_048_577)

    assert service.url.startswith("http://localhost:")
    assert (413, "body-too-large") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("content", "code", "names"),
    [
        ("port = ", "settings-unreadable", {}),
        ("prot = 8765", "settings-wrong", {"name": "prot"}),
        ("port = 99999", "settings-wrong", {"name": "port"}),
        ("[tls]\ncertificate = 'a.pem'", "tls-half-given", {}),
        ("[tls]\non = 3", "settings-wrong", {"name": "tls.on"}),
    ],
)
def test_a_wrong_settings_file_is_told_with_what_is_wrong(
    content: str, code: str, names: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "van-phong.toml"
    file.write_text(content, "utf-8")

    with pytest.raises(CannotRun) as stop:
        certificate_for(load_settings(file), utc_now())

    assert code == stop.value.code
    assert message(code, {"file": str(file), **names}) == message(code, {"file": str(file), **stop.value.args_})


def test_a_settings_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "khong-co.toml"

    returned, printed, told = serve(tmp_path, "--settings", file)

    assert (2, "", message("settings-missing", {"file": file})) == (returned, printed, told.strip())


def test_paths_of_the_settings_file_are_taken_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cd").mkdir()
    file = tmp_path / "cd" / "ctd.toml"
    file.write_text(
        'master = "so.xlsx"\nsources = ["nhan", "/khac"]\n[tls]\ncertificate = "a.pem"\nkey = "a.key"', "utf-8"
    )
    monkeypatch.setenv("CTD_SOURCES", f"mot{os.pathsep}hai")
    monkeypatch.setenv("CTD_TLS__ON", "false")

    found = load_settings(file, port=1)
    monkeypatch.delenv("CTD_SOURCES")

    assert (tmp_path / "cd" / "so.xlsx", 1, False) == (found.master, found.port, found.tls.on)
    assert tmp_path / "cd" / "a.pem" == found.tls.certificate
    assert (Path("mot"), Path("hai")) == found.sources
    assert (tmp_path / "cd" / "nhan", Path("/khac")) == load_settings(file).sources


def test_a_port_in_use_is_one_sentence_and_makes_no_tokens(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        returned, printed, told = serve(tmp_path, "--port", port, CTD_FOLDER=str(tmp_path / "kept"))

    assert (2, "") == (returned, printed)
    assert message("port-taken", {"port": port, "other": port + 1}) == told.strip()
    assert not (tmp_path / "kept" / "tokens.json").exists()


def test_tokens_do_not_travel_in_the_clear_where_others_could_listen(tmp_path: Path) -> None:
    returned, _, told = serve(tmp_path, "--no-tls", "--host", "0.0.0.0")

    assert (2, message("tls-needed", {"host": "0.0.0.0"})) == (returned, told.strip())


def test_a_name_that_is_not_this_machines_is_one_sentence(tmp_path: Path) -> None:
    returned, _, told = serve(tmp_path, "--host", "203.0.113.7", CTD_FOLDER=str(tmp_path / "kept"))

    assert (2, message("host-wrong", {"host": "203.0.113.7"})) == (returned, told.strip())
