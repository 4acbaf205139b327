"""``xl-ctd addin``: the add-in for Excel on the desktop, built anywhere and installed where Excel is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.commands.spoken import App
from sync.service_tokens import token_in
from sync.workspace import CannotRun, refuse_other_ending, refusing
from xl_ctd.messages import message

if TYPE_CHECKING:
    from xl_ctd.hosts.desktop_install import Status

app = App(help="Tiện ích ctd.xlam cho Excel 2010 trở lên trên Windows và macOS.")


@app.command()
def build(
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", help="Tệp sẽ tạo, ví dụ ctd.xlam.")],
) -> None:
    """Tạo tệp ctd.xlam; cùng bản thì cùng từng byte."""
    from xl_ctd.hosts.xlam.build import VERSION, addin_modules, build_addin
    from xl_ctd.registry import FUNCTIONS

    refuse_other_ending(output, ".xlam")
    addin = build_addin()
    with refusing(output):
        output.write_bytes(addin)
    counts = {"modules": len(addin_modules()), "functions": len(FUNCTIONS)}
    _say(context, "addin-built", file=str(output), version=VERSION, **counts)


@app.command()
def install(
    context: typer.Context,
    source: Annotated[Path | None, typer.Option("--from", help="Tệp ctd.xlam có sẵn; không ghi thì tự tạo.")] = None,
    url: Annotated[str | None, typer.Option("--url", help="Địa chỉ dịch vụ, ví dụ https://may-chu:8765.")] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="Tệp chứa mã đăng nhập; ghi - để gõ từ bàn phím.")
    ] = None,
    google: Annotated[bool | None, typer.Option(help="Hiện nút Google Sheets.", show_default=False)] = None,
    offline: Annotated[bool, typer.Option(help="Khi không có dịch vụ thì dùng Python ở máy này (chỉ Windows).")] = True,
) -> None:
    """Cài tiện ích vào Excel của người đang dùng máy; không cần quyền quản trị."""
    from xl_ctd.hosts.desktop_install import install as put_in_place
    from xl_ctd.hosts.desktop_install import this_desk
    from xl_ctd.hosts.xlam.build import build_addin

    desk = this_desk()
    addin = _read(source) if source else build_addin()
    token = _token(context, token_file) if token_file else None
    done = put_in_place(desk, addin, url=url, token=token, google=google, without_service=offline)
    _say(context, "addin-installed", file=str(done.addin))
    _say(context, "addin-settings-kept", file=str(desk.settings), url=done.url)


@app.command()
def uninstall(
    context: typer.Context,
    settings: Annotated[bool, typer.Option("--settings", help="Xoá cả thiết lập và mã đăng nhập.")] = False,
) -> None:
    """Gỡ tiện ích khỏi Excel của người đang dùng máy."""
    from xl_ctd.hosts.desktop_install import this_desk
    from xl_ctd.hosts.desktop_install import uninstall as take_away

    desk = this_desk()
    if take_away(desk, settings=settings):
        _say(context, "addin-removed", file=str(desk.addin))
    else:
        _say(context, "addin-nothing-to-remove")
    if settings:
        _say(context, "addin-settings-removed", file=str(desk.settings))
    elif desk.settings.is_file():
        _say(context, "addin-settings-left", file=str(desk.settings))


@app.command()
def status(context: typer.Context) -> None:
    """Tiện ích đã cài chưa, bản nào, dùng dịch vụ nào."""
    from xl_ctd.hosts.desktop_install import status as look
    from xl_ctd.hosts.desktop_install import this_desk

    found = look(this_desk())
    _show(context, found)
    raise typer.Exit(int(not found.is_well))


def _show(context: typer.Context, found: Status) -> None:
    from xl_ctd.hosts.xlam.build import VERSION

    state = "missing" if not found.is_installed else "installed" if found.is_current else "older"
    _say(context, f"addin-status-{state}", file=str(found.addin), version=VERSION)
    for other in found.others:
        _say(context, "addin-status-other", file=other)
    token = _word(context, "addin-status-token-there" if found.has_token else "addin-status-token-missing")
    offline = _word(context, "addin-status-offline-python" if found.without_service else "addin-status-offline-none")
    _say(context, "addin-status-url", url=found.url, token=token, offline=offline)


def _token(context: typer.Context, file: Path) -> str:
    """The token in a file of one line, or typed without being shown. Raises ``CannotRun``."""
    if str(file) == "-":
        return str(typer.prompt(_word(context, "addin-token-ask"), hide_input=sys.stdin.isatty())).strip()
    return token_in(file)


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise CannotRun("addin-not-addin", file=str(file))
    with refusing(file):
        return file.read_bytes()


def _word(context: typer.Context, code: str) -> str:
    return message(code, {}, str(context.find_root().params.get("lang", "vi")))


def _say(context: typer.Context, code: str, **args: object) -> None:
    typer.echo(message(code, args, str(context.find_root().params.get("lang", "vi"))))
