"""``xl-ctd sheets emulator``: Google Sheets on this machine, to try the road without an account."""

from __future__ import annotations

from typing import Annotated

import typer

from sync.workspace import CannotRun
from xl_ctd.messages import message

DEFAULT_PORT = 9411
Port = Annotated[int, typer.Option("--port", help="Cổng trên máy này.")]


def emulator(port: Port = DEFAULT_PORT) -> None:
    """Chạy Google Sheets mô phỏng trên máy này để tập dượt, không cần tài khoản Google."""
    from sync.cli import Language
    from sync.emulator import Emulator, SystemClock

    try:
        running = Emulator(SystemClock(), port=port)
    except OSError:
        raise CannotRun("emulator-port-taken", port=str(port)) from None
    typer.echo(message("emulator-running", {"url": running.url}, Language.code))
    try:
        running.serve()
    except KeyboardInterrupt:
        typer.echo(message("emulator-stopped", {}, Language.code))
