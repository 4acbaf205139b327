"""``xl-ctd calc``: the extension of LibreOffice Calc and the program it talks to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Tiện ích Chữ thập đỏ cho LibreOffice Calc.", no_args_is_help=True)

Output = Annotated[Path, typer.Option("-o", "--output", help="Tệp sẽ tạo.")]
Profile = Annotated[
    Path | None, typer.Option("--profile", help="Thư mục hồ sơ LibreOffice, khi không dùng thư mục thông thường.")
]


@app.command()
def build(output: Output = Path("ctd.oxt")) -> None:
    """Tạo tệp tiện ích ctd.oxt."""
    from sync.cli import Language
    from xl_ctd.hosts.calc import build_oxt
    from xl_ctd.messages import message

    build_oxt(output)
    typer.echo(message("made-file", {"file": str(output)}, Language.code))


@app.command(hidden=True)
def helper() -> None:
    """LibreOffice tự gọi; không gõ tay."""
    from sync.cli import _who
    from sync.settings import load_settings
    from xl_ctd.hosts.calc_helper import Asked, converse, take_wire

    questions, answers = take_wire()
    converse(questions, answers, Asked(load_settings, _who()).answer)
