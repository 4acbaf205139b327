"""``xl-ctd formulas``: formulas saved by one host, made readable for another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sync.commands.spoken import App
from sync.workspace import CannotRun
from xl_ctd.messages import message

app = App(help="Công thức CTD trong sổ Excel.")

SHOWN = 20
SPELLINGS = {"chung": "COMMON", "officejs": "OFFICE_JS", "vba": "VBA"}


@app.callback()
def _formulas() -> None:
    """Công thức CTD trong sổ Excel."""


@app.command()
def fix(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Sổ Excel cần sửa (.xlsx, .xlsm).")],
    spelling: Annotated[
        str,
        typer.Option(
            "--for",
            help="chung (CTD.TYLE: LibreOffice, Excel có ctd.xlam), vba (CTD_TYLE: Excel cũ) hoặc officejs "
            "(Excel 365 và web).",
        ),
    ] = "chung",
) -> None:
    """Sửa công thức CTD mà nơi khác đã lưu: _xldudf_…, đường dẫn tới ctd.xlam, [1]!CTD…; giữ lại bản trước khi sửa."""
    import xl_ctd.functions  # noqa: F401 - declares every function
    from workbooks.formula_links import Spelling, repair_formulas
    from xl_ctd.registry import FUNCTIONS

    if spelling not in SPELLINGS:
        raise CannotRun("formulas-spelling-unknown", spelling=spelling)
    for file in files:
        if not file.is_file():
            raise CannotRun("formulas-file-missing", file=str(file))
    for file in files:
        backup = free_name(file)
        done = repair_formulas(file, FUNCTIONS.keys(), Spelling[SPELLINGS[spelling]], backup)
        if not (done.changes or done.removed):
            _say(context, "formulas-clean", file=str(file))
        else:
            _say(context, "formulas-fixed", file=str(file), count=len(done.changes), backup=str(backup))
        for change in done.changes[:SHOWN]:
            _say(context, "formulas-change", place=change.place, before=change.before, after=change.after)
        if len(done.changes) > SHOWN:
            _say(context, "formulas-change-more", count=len(done.changes) - SHOWN)
        for target in done.removed:
            _say(context, "formulas-link-removed", target=target)
        for target in done.left:
            _say(context, "formulas-link-left", target=target)


def free_name(file: Path) -> Path:
    """Where the file as it was is kept: beside it, under a name that nothing has yet."""
    number = 1
    while (backup := file.with_name(f"{file.stem}.truoc-khi-sua-{number}{file.suffix}")).exists():
        number += 1
    return backup


def _say(context: typer.Context, code: str, **args: object) -> None:
    typer.echo(message(code, args, str(context.find_root().params.get("lang", "vi"))))
