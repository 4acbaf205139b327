"""Putting the add-in where Excel opens it by itself, taking it away again, and telling how things stand.

The add-in goes into the user's startup folder of Excel: Excel opens whatever lies there and trusts it, in every
language and version, and no administrator is needed. Address and token of the service lie in the user's own file.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PureWindowsPath
from typing import Any, Protocol

from sync.workspace import CannotRun
from xl_ctd.hosts.xlam.build import DEFAULT_URL, FILE_NAME, build_addin

URL, TOKEN, GOOGLE, PYTHON = "SERVICE_URL", "SERVICE_TOKEN", "GOOGLE", "INTERPRETER_WIN"
"""Names in the user's file; the last one is xlwings' own, for Python without the service. With ``GOOGLE`` the button
of Google Sheets is shown."""

_LINE = re.compile(r'"([^"\r\n]+)","([^"\r\n]*)"')
_ADDRESS = re.compile(r"https://[\w.-]+(:\d{1,5})?|http://(localhost|127\.0\.0\.1)(:\d{1,5})?")
_ADDIN_TYPE = b"application/vnd.ms-excel.addin.macroEnabled"
_OPTIONS = r"Software\Microsoft\Office"


class OpenedAddins(Protocol):
    """The lists of add-ins that Excel opens when it starts, one for each version of Excel on this computer."""

    def lists(self) -> Mapping[str, Sequence[str]]:
        """Each version's add-ins in order, as Excel has written them: ``/R "C:\\…\\ctd.xlam"``."""

    def write(self, version: str, addins: Sequence[str]) -> None:
        """Replace one version's list."""


class NoLists:
    """A computer where Excel keeps no such lists that we could read: a Mac."""

    def lists(self) -> Mapping[str, Sequence[str]]:
        return {}

    def write(self, version: str, addins: Sequence[str]) -> None:
        raise NotImplementedError(version)  # nobody writes a list that was never read: lists() is empty


class WindowsRegistry:
    """``HKCU\\Software\\Microsoft\\Office\\<version>\\Excel\\Options``: values ``OPEN``, ``OPEN1``, ``OPEN2`` …"""

    def __init__(self, winreg: Any) -> None:
        self._winreg = winreg

    def lists(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, Sequence[str]] = {}
        for version in self._versions():
            try:
                with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, self._options(version)) as key:
                    found[version] = self._opened(key)
            except OSError:  # a version without options of its own
                continue
        return found

    def write(self, version: str, addins: Sequence[str]) -> None:
        access = self._winreg.KEY_READ | self._winreg.KEY_WRITE
        with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, self._options(version), 0, access) as key:
            for number, _ in enumerate(self._opened(key)):
                self._winreg.DeleteValue(key, _open_name(number))
            for number, addin in enumerate(addins):
                self._winreg.SetValueEx(key, _open_name(number), 0, self._winreg.REG_SZ, addin)

    def _versions(self) -> list[str]:
        versions: list[str] = []
        try:
            with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, _OPTIONS) as key:
                while True:
                    versions.append(self._winreg.EnumKey(key, len(versions)))
        except OSError:  # how the registry says that there are no more
            return versions

    def _opened(self, key: Any) -> list[str]:
        opened: list[str] = []
        while True:
            try:
                opened.append(str(self._winreg.QueryValueEx(key, _open_name(len(opened)))[0]))
            except OSError:
                return opened

    @staticmethod
    def _options(version: str) -> str:
        return rf"{_OPTIONS}\{version}\Excel\Options"


def _open_name(number: int) -> str:
    return f"OPEN{number or ''}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where Excel of one user looks. ``python`` is the interpreter to use without the service, None on a Mac."""

    startup: Path
    settings: Path
    opened: OpenedAddins
    python: Path | None = None

    @property
    def addin(self) -> Path:
        return self.startup / FILE_NAME


def this_desk() -> Desk:
    """The desk of whoever runs this. Raises ``CannotRun`` where there is no Excel."""
    winreg = import_module("winreg") if sys.platform == "win32" else None
    return desk_of(sys.platform, os.environ, Path.home(), winreg, Path(sys.executable))


def desk_of(platform: str, environment: Mapping[str, str], home: Path, winreg: Any, python: Path) -> Desk:
    """The desk of a platform (``sys.platform``). Raises ``CannotRun`` for one without Excel."""
    if platform == "win32":
        roaming = Path(environment.get("APPDATA") or home / "AppData" / "Roaming")
        startup = roaming / "Microsoft" / "Excel" / "XLSTART"
        return Desk(startup, home / ".ctd" / "ctd.conf", WindowsRegistry(winreg), python)
    if platform == "darwin":
        office = home / "Library" / "Group Containers" / "UBF8T346G9.Office"
        startup = office / "User Content.localized" / "Startup.localized" / "Excel"
        return Desk(startup, home / "Library" / "Containers" / "com.microsoft.Excel" / "Data" / "ctd.conf", NoLists())
    raise CannotRun("addin-no-excel")


@dataclass(frozen=True, slots=True)
class Status:
    """How things stand. ``others`` are further copies of the add-in that Excel opens besides this one."""

    addin: Path
    is_installed: bool
    is_current: bool
    others: tuple[str, ...]
    url: str
    has_token: bool
    without_service: bool

    @property
    def is_well(self) -> bool:
        return self.is_installed and self.is_current and not self.others


def status(desk: Desk) -> Status:
    """What is installed at a desk, and where it would ask."""
    settings = read_settings(desk.settings)
    found = desk.addin.read_bytes() if desk.addin.is_file() else None
    others = tuple(addin for addins in desk.opened.lists().values() for addin in addins if _is_ours(addin))
    url, token = settings.get(URL, DEFAULT_URL), settings.get(TOKEN)
    return Status(desk.addin, found is not None, found == build_addin(), others, url, bool(token), PYTHON in settings)


def install(
    desk: Desk,
    addin: bytes,
    *,
    url: str | None = None,
    token: str | None = None,
    google: bool | None = None,
    without_service: bool = False,
) -> Status:
    """Put the add-in and the settings in place, in place of older ones.

    ``url``, ``token`` and ``google`` None: what the user's file says stays. ``without_service``: Python on this
    computer answers when the service does not. Raises ``CannotRun``; then the add-in is as before.
    """
    if _ADDIN_TYPE not in addin:
        raise CannotRun("addin-not-addin", file=FILE_NAME)
    settings = dict(read_settings(desk.settings))
    settings[URL] = checked_url(url or settings.get(URL, DEFAULT_URL))
    if token is not None:
        settings[TOKEN] = token
    if google is not None:
        settings.pop(GOOGLE, None)
        settings |= {GOOGLE: "1"} if google else {}
    settings.pop(PYTHON, None)
    if without_service and desk.python is not None:
        if not str(desk.python).isascii():
            raise CannotRun("addin-python-path", folder=str(desk.python.parent))
        settings[PYTHON] = str(desk.python)
    _replace(desk.addin, addin)
    _take_from_lists(desk.opened)
    write_settings(desk.settings, settings)
    return status(desk)


def uninstall(desk: Desk, *, settings: bool) -> bool:
    """Take the add-in away, and the user's settings when asked to. False when nothing was installed.

    Raises ``CannotRun`` when Excel holds the file open.
    """
    was_there = desk.addin.is_file()
    try:
        desk.addin.unlink(missing_ok=True)
        if settings:
            desk.settings.unlink(missing_ok=True)
    except OSError:
        raise CannotRun("addin-in-use", file=str(desk.addin)) from None
    return _take_from_lists(desk.opened) or was_there


def checked_url(url: str) -> str:
    """The service's address without a slash at its end. Raises ``CannotRun`` for anything but https, or http within
    this computer: a token must not travel in the open."""
    bare = url.strip().rstrip("/")
    if not _ADDRESS.fullmatch(bare):
        raise CannotRun("addin-url-wrong", url=url)
    return bare


def read_settings(file: Path) -> Mapping[str, str]:
    """The user's file, ``"NAME","value"`` in each line; empty when there is none. Raises ``CannotRun``."""
    try:
        text = file.read_text("utf-8-sig")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise CannotRun("addin-settings-unreadable", file=str(file)) from None
    lines = [line for line in text.splitlines() if line.strip()]
    found = [_LINE.fullmatch(line.strip()) for line in lines]
    if None in found:
        raise CannotRun("addin-settings-unreadable", file=str(file))
    return {line[1]: line[2] for line in found if line}


def write_settings(file: Path, settings: Mapping[str, str]) -> None:
    """Write the user's file so that only the user can read it. Raises ``CannotRun``."""
    if any('"' in value or "\n" in value for value in settings.values()):
        raise CannotRun("addin-settings-unreadable", file=str(file))
    lines = "".join(f'"{name}","{value}"\r\n' for name, value in settings.items())
    _replace(file, lines.encode(), mode=0o600)


def _replace(file: Path, content: bytes, mode: int = 0o644) -> None:
    beside = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.touch(mode)
        beside.write_bytes(content)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise CannotRun("addin-in-use", file=str(file)) from None


def _take_from_lists(opened: OpenedAddins) -> bool:
    """Take our add-in out of the lists, where an earlier hand may have put it. True when it was there."""
    was_there = False
    for version, addins in opened.lists().items():
        kept = [addin for addin in addins if not _is_ours(addin)]
        if kept != list(addins):
            opened.write(version, kept)
            was_there = True
    return was_there


def _is_ours(addin: str) -> bool:
    path = addin.strip().removeprefix("/R").strip().strip('"')
    return PureWindowsPath(path).name.lower() == FILE_NAME
