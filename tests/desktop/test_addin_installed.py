"""``xl-ctd addin``: in place and away again on Windows and Mac, with those computers' folders made up."""

from __future__ import annotations

import stat
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from demos import RUN

from sync.workspace import CannotRun
from xl_ctd.hosts.desktop_install import (
    DEFAULT_URL,
    Desk,
    checked_url,
    desk_of,
    install,
    read_settings,
    status,
    uninstall,
    write_settings,
)
from xl_ctd.hosts.xlam.build import build_addin
from xl_ctd.messages import message

OPTIONS = r"Software\Microsoft\Office\16.0\Excel\Options"


@dataclass
class Registry:
    """As much of Windows' registry as Excel's list of add-ins needs: keys of values, in the shape of ``winreg``."""

    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    HKEY_CURRENT_USER, KEY_READ, KEY_WRITE, REG_SZ = "HKCU", 1, 2, 1

    def OpenKey(self, root: str, path: str, reserved: int = 0, access: int = 1) -> Any:
        if not any(key == path or key.startswith(path + "\\") for key in self.keys):
            raise FileNotFoundError(path)
        return _Key(path)

    def EnumKey(self, key: _Key, number: int) -> str:
        below = [one[len(key.path) + 1 :].split("\\")[0] for one in self.keys if one.startswith(key.path + "\\")]
        names = sorted(set(below))
        if number >= len(names):
            raise OSError("no more data is available")
        return names[number]

    def QueryValueEx(self, key: _Key, name: str) -> tuple[str, int]:
        if name not in self.keys[key.path]:
            raise FileNotFoundError(name)
        return self.keys[key.path][name], self.REG_SZ

    def DeleteValue(self, key: _Key, name: str) -> None:
        del self.keys[key.path][name]

    def SetValueEx(self, key: _Key, name: str, reserved: int, kind: int, value: str) -> None:
        self.keys[key.path][name] = value


@dataclass
class _Key:
    path: str

    def __enter__(self) -> _Key:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def registry() -> Registry:
    return Registry({OPTIONS: {}, r"Software\Microsoft\Office\Common": {}})


@pytest.fixture
def windows(tmp_path: Path, registry: Registry) -> Desk:
    home = tmp_path / "Nguyễn Lan"
    return desk_of("win32", {"APPDATA": str(home / "AppData/Roaming")}, home, registry, Path("C:/Python/python.exe"))


@pytest.fixture
def mac(tmp_path: Path) -> Desk:
    return desk_of("darwin", {}, tmp_path / "lan", None, Path("/usr/bin/python3"))


def test_on_windows_it_goes_where_excel_opens_it_without_asking(windows: Desk, tmp_path: Path) -> None:
    done = install(windows, build_addin(), without_service=True)

    assert tmp_path / "Nguyễn Lan/AppData/Roaming/Microsoft/Excel/XLSTART/ctd.xlam" == done.addin
    assert build_addin() == done.addin.read_bytes()
    assert [done.addin] == list(done.addin.parent.iterdir())  # Excel opens whatever lies here
    assert done.is_well
    assert {"SERVICE_URL": DEFAULT_URL, "INTERPRETER_WIN": str(Path("C:/Python/python.exe"))} == read_settings(
        windows.settings
    )


def test_on_a_mac_settings_lie_in_the_box_that_excel_may_read(mac: Desk, tmp_path: Path) -> None:
    done = install(mac, build_addin(), url="https://may-chu:8765/", token="ctd-abc", without_service=True)

    office = "Library/Group Containers/UBF8T346G9.Office/User Content.localized/Startup.localized/Excel"
    assert tmp_path / "lan" / office / "ctd.xlam" == done.addin
    assert tmp_path / "lan/Library/Containers/com.microsoft.Excel/Data/ctd.conf" == mac.settings
    assert {"SERVICE_URL": "https://may-chu:8765", "SERVICE_TOKEN": "ctd-abc"} == read_settings(mac.settings)
    assert 0o600 == stat.S_IMODE(mac.settings.stat().st_mode)  # a token lies in it
    assert not done.without_service  # COM is Windows' alone


def test_elsewhere_there_is_no_excel_and_a_sentence_says_so() -> None:
    done = subprocess.run([*RUN, "addin", "install"], capture_output=True, text=True, encoding="utf-8", check=False)

    assert (2, "", message("addin-no-excel")) == (done.returncode, done.stdout, done.stderr.strip())


def test_the_command_builds_it_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "ctd.xlam"
    done = subprocess.run(
        [*RUN, "addin", "build", "-o", str(file)], capture_output=True, text=True, encoding="utf-8", check=False
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert str(file) in done.stdout
    assert build_addin() == file.read_bytes()


def test_another_ending_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "ctd.xlsx"
    done = subprocess.run(
        [*RUN, "addin", "build", "-o", str(file)], capture_output=True, text=True, encoding="utf-8", check=False
    )

    sentence = message("output-other-ending", {"file": file, "ending": ".xlam"})
    assert (2, "", sentence, []) == (done.returncode, done.stdout, done.stderr.strip(), [*tmp_path.iterdir()])


def test_installing_again_keeps_address_and_token(windows: Desk) -> None:
    install(windows, build_addin(), url="https://may-chu:9000", token="ctd-abc")
    windows.addin.write_bytes(b"an older version")
    before = status(windows)
    after = install(windows, build_addin())

    assert (True, False) == (before.is_installed, before.is_current)
    assert ("https://may-chu:9000", True, True) == (after.url, after.has_token, after.is_well)


def test_other_settings_in_the_users_file_are_kept(windows: Desk) -> None:
    write_settings(windows.settings, {"GOOGLE": "1", "INTERPRETER_WIN": "C:/old/python.exe"})
    install(windows, build_addin())

    assert {"GOOGLE": "1", "SERVICE_URL": DEFAULT_URL} == read_settings(windows.settings)


def test_the_button_of_google_sheets_is_shown_when_asked_for(windows: Desk) -> None:
    shown = []
    for google in (True, None, False):
        install(windows, build_addin(), google=google)
        shown.append("GOOGLE" in read_settings(windows.settings))

    assert [True, True, False] == shown


def test_a_copy_that_an_earlier_hand_registered_is_taken_out_of_excels_list(windows: Desk, registry: Registry) -> None:
    registry.keys[OPTIONS] = {
        "OPEN": '"C:\\Solver\\SOLVER.XLAM"',
        "OPEN1": '/R "D:\\Tải về\\CTD.xlam"',
        "OPEN2": "khac.xlam",
        "Font": "Calibri",
    }
    before = status(windows)
    install(windows, build_addin())

    assert ('/R "D:\\Tải về\\CTD.xlam"',) == before.others
    assert {"OPEN": '"C:\\Solver\\SOLVER.XLAM"', "OPEN1": "khac.xlam", "Font": "Calibri"} == registry.keys[OPTIONS]
    assert status(windows).is_well


def test_uninstalling_takes_everything_away_when_asked_to(windows: Desk) -> None:
    install(windows, build_addin(), token="ctd-abc")

    assert uninstall(windows, settings=False)
    assert (False, True) == (windows.addin.exists(), windows.settings.exists())
    assert not uninstall(windows, settings=True)
    assert not windows.settings.exists()


def test_while_excel_holds_the_file_everything_stays(windows: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    install(windows, build_addin(), url="https://may-chu:9000")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "the process cannot access the file")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(CannotRun) as stopped:
        install(windows, build_addin(), url="https://khac:1")

    assert "addin-in-use" == stopped.value.code
    assert "https://may-chu:9000" == read_settings(windows.settings)["SERVICE_URL"]
    assert [windows.addin] == list(windows.addin.parent.iterdir())


def test_a_file_that_is_no_addin_is_not_installed(windows: Desk) -> None:
    with pytest.raises(CannotRun) as stopped:
        install(windows, b"PK an ordinary workbook")

    assert ("addin-not-addin", False) == (stopped.value.code, windows.addin.exists())


def test_python_in_a_folder_that_excel_cannot_call_is_refused(tmp_path: Path, registry: Registry) -> None:
    desk = desk_of("win32", {}, tmp_path, registry, Path("C:/Người dùng/python.exe"))
    with pytest.raises(CannotRun) as stopped:
        install(desk, build_addin(), without_service=True)

    assert ("addin-python-path", False) == (stopped.value.code, desk.addin.exists())


@pytest.mark.parametrize("url", ["http://may-chu:8765", "ftp://x", "may-chu", "https://may-chu/a b", 'https://x"y'])
def test_an_address_that_would_show_the_token_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(CannotRun) as stopped:
        checked_url(url)

    assert ("addin-url-wrong", {"url": url}) == (stopped.value.code, stopped.value.args_)


def test_a_broken_settings_file_is_a_sentence(windows: Desk) -> None:
    windows.settings.parent.mkdir(parents=True)
    windows.settings.write_text("hỏng", "utf-8")
    with pytest.raises(CannotRun) as stopped:
        status(windows)

    assert "addin-settings-unreadable" == stopped.value.code
