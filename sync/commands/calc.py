"""``xl-ctd calc``: the extension of LibreOffice Calc and the program it asks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.commands.spoken import App
from sync.service_tokens import token_in
from sync.workspace import refuse_other_ending, refusing
from xl_ctd.messages import message

app = App(help="Tiện ích ctd.oxt cho LibreOffice Calc.")

Profile = Annotated[
    Path | None, typer.Option("--profile", help="Thư mục hồ sơ LibreOffice, khi không dùng thư mục thông thường.")
]


@app.command()
def build(
    context: typer.Context,
    output: Annotated[Path, typer.Option("-o", "--output", help="Tệp sẽ tạo, ví dụ ctd.oxt.")],
) -> None:
    """Tạo tệp ctd.oxt; cùng bản thì cùng từng byte."""
    from xl_ctd.hosts.calc import build_oxt

    refuse_other_ending(output, ".oxt")
    with refusing(output):
        build_oxt(output)
    _say(context, "made-file", file=str(output))


@app.command()
def install(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Option("--url", help="Địa chỉ dịch vụ của cơ quan; không ghi thì dùng phần mềm trên máy này.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", help="Tệp chứa mã đăng nhập của dịch vụ.")] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="Chứng chỉ của dịch vụ (.crt), khi máy chưa tin chứng chỉ đó.")
    ] = None,
    profile: Profile = None,
) -> None:
    """Cài tiện ích vào LibreOffice của người đang dùng máy; hãy đóng LibreOffice trước."""
    from xl_ctd.hosts.calc_install import install as put_in_place
    from xl_ctd.hosts.calc_install import this_desk

    desk = this_desk(profile)
    token = token_in(token_file) if token_file else None
    put_in_place(desk, url=url, token=token, certificate=certificate.absolute() if certificate else None)
    _say(context, "oxt-installed")


@app.command()
def uninstall(context: typer.Context, profile: Profile = None) -> None:
    """Gỡ tiện ích khỏi LibreOffice của người đang dùng máy."""
    from xl_ctd.hosts.calc_install import this_desk
    from xl_ctd.hosts.calc_install import uninstall as take_away

    _say(context, "oxt-removed" if take_away(this_desk(profile)) else "oxt-nothing-to-remove")


@app.command()
def status(context: typer.Context, profile: Profile = None) -> None:
    """Tiện ích đã cài chưa, bản nào, hỏi phần mềm nào."""
    from xl_ctd.hosts.calc import VERSION
    from xl_ctd.hosts.calc_install import standing, this_desk

    found = standing(this_desk(profile))
    is_well = found.installed == VERSION and found.has_settings
    if found.installed is None:
        _say(context, "oxt-status-missing")
    else:
        _say(context, "oxt-status-installed" if is_well else "oxt-status-older", version=found.installed)
        _say(context, "oxt-status-service" if found.service else "oxt-status-program", url=found.service or "")
    raise typer.Exit(int(not is_well))


@app.command(hidden=True)
def helper() -> None:
    """LibreOffice tự gọi; không gõ tay."""
    from sync.cli import _who
    from sync.settings import load_settings
    from xl_ctd.hosts.calc_helper import Asked, converse, take_wire

    questions, answers = take_wire()
    converse(questions, answers, Asked(load_settings, _who()).answer)


def _say(context: typer.Context, code: str, **args: str) -> None:
    typer.echo(message(code, args, str(context.find_root().params.get("lang", "vi"))))
