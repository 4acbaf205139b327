"""``xl-ctd sheets emulator``: a process of its own, stopped by Ctrl+C."""

import signal
import subprocess
import sys

import gspread
import pytest
import requests
from google.oauth2.service_account import Credentials

from sync.emulator import Emulator


class Elsewhere(gspread.HTTPClient):
    """The way of ``http_client=``: the host of every address is another."""

    url = ""

    def request(self, method, endpoint, *args, **kwargs):  # type: ignore[no-untyped-def]
        return super().request(method, self.url + endpoint[endpoint.index("/", 8) :], *args, **kwargs)


def hearing_ctrl_c() -> None:
    """Whatever a shell starts in the background does not hear it, and whatever that starts neither."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_emulator_runs_as_a_process_until_it_is_interrupted() -> None:
    with Emulator() as nobody:
        port = int(nobody.url.rpartition(":")[2])
    command = [sys.executable, "-c", "from sync.cli import main; main()", "sheets", "emulator", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=hearing_ctrl_c)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        url = f"http://127.0.0.1:{port}"
        key = requests.get(f"{url}/emulator/key", timeout=10).json()
        Elsewhere.url = url
        credentials = Credentials.from_service_account_info(key, scopes=["https://www.googleapis.com/auth/drive"])
        client = gspread.Client(auth=credentials, http_client=Elsewhere)
        files = client.list_spreadsheet_files()
        client.http_client.session.close()
        credentials_session = client.http_client.session._auth_request
        credentials_session.session.close()
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)

    assert f"Google Sheets mô phỏng đang chạy tại {url}." in first
    assert ([], "Đã dừng Google Sheets mô phỏng.\n", 0) == (files, rest, process.returncode)


def test_a_port_that_is_taken_is_told_in_one_sentence() -> None:
    with Emulator() as running:
        port = running.url.rpartition(":")[2]
        result = subprocess.run(
            [sys.executable, "-c", "from sync.cli import main; main()", "sheets", "emulator", "--port", port],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert 2 == result.returncode
    assert f"Cổng {port} đã có chương trình khác dùng." in result.stderr


def test_closing_ends_the_connections_that_are_open() -> None:
    with requests.Session() as session:
        with Emulator() as emulator:
            url = f"{emulator.url}/emulator/health"
            assert {"status": "ok", "spreadsheets": 0} == session.get(url, timeout=5).json()
        with pytest.raises(requests.ConnectionError):
            session.get(url, timeout=5)
