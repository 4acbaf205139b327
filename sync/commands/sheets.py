"""``xl-ctd sheets``: wards without Excel work in Google Sheets; making, reading and answering those sheets."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.commands.sheets_emulator import emulator
from sync.commands.spoken import App
from xl_ctd.core.formats import format_moment
from xl_ctd.messages import message

if TYPE_CHECKING:
    from sync.book import MasterBook
    from sync.google.answering import Answered
    from sync.google.client import Google
    from sync.google.road import SheetsMerge
    from sync.google.state import GoogleFolder
    from sync.run import MergeReport, Options

app = App(help="Google Sheets: tạo, chia sẻ, đọc và trả lời bảng tính của các phường.")
app.command("emulator")(emulator)

Master = Annotated[Path, typer.Option("--master", help="Sổ tổng hợp.")]
Units = Annotated[str, typer.Option("--units", help="Mã đơn vị, cách nhau dấu phẩy; bỏ trống là tất cả.")]
AsJson = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON.")]


@app.command()
def setup(
    key: Annotated[Path | None, typer.Option("--key", help="Khóa JSON của tài khoản dịch vụ.")] = None,
    owner: Annotated[
        Path | None, typer.Option("--owner", help="OAuth client (Desktop app) hoặc sự đồng ý đã có, dạng JSON.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Xóa mọi khóa khỏi kho khóa.")] = False,
) -> None:
    """Chuẩn bị khóa Google từng bước, rồi thử từng quyền."""
    from sync.google.identities import forget_keys, keep_owner, keep_service_key, read_key
    from sync.workspace import CannotRun

    if forget:
        _say("sheets-keys-forgotten", count=str(len(forget_keys())))
        return
    if key is not None:
        _say("sheets-key-kept", name=keep_service_key(read_key(str(key))))
    if owner is not None:
        from sync.google.connect import consent_by_browser

        given = read_key(str(owner))
        _say("sheets-key-kept", name=keep_owner(consent_by_browser(given) if "installed" in given else given))
    if key is not None or owner is not None:
        return
    try:
        google = _connect()
    except CannotRun as stop:
        _say("sheets-setup-intro")
        if stop.code == "google-no-key":  # which the steps above have told
            raise typer.Exit(2) from None
        raise
    _prove(google)


@app.command()
def share(
    master: Master,
    units: Units = "",
    year: Annotated[int | None, typer.Option("--year", help="Năm báo cáo; mặc định là năm đang xem.")] = None,
    folder: Annotated[str | None, typer.Option("--folder", help="Mã thư mục hoặc Bộ nhớ dùng chung của Hội.")] = None,
    no_mail: Annotated[bool, typer.Option("--no-mail", help="Không gửi thư báo cho phường.")] = False,
) -> None:
    """Tạo hoặc sửa lại bảng tính của các đơn vị, chia sẻ, ghi liên kết vào sổ tổng hợp."""
    from sync.google.links import write_links
    from sync.google.share import Shared, units_to_share
    from sync.google.share import share as make

    def tell(one: Shared) -> None:
        code = "sheets-shared" if one.is_new else "sheets-repaired" if one.repaired else "sheets-as-it-should-be"
        _say(code, unit=one.unit.name, count=str(one.repaired))

    with _opened(master) as (book, kept):
        chosen = year or book.setup.shown_year
        wanted = units_to_share(book, chosen, _codes(units))
        google = _connect(kept)
        done = make(book, google, kept, wanted, chosen, notify=not no_mail, parent=folder, tell=tell)
        gone = {sheet for one in done for sheet in one.gone}
        written = write_links(master, {one.unit.uid: one.spreadsheet for one in done}, gone)
    if written:
        _say("sheets-linked", count=str(written))
    if without := [one.unit.name for one in done if not one.unit.email]:
        _say("google-units-without-mail", units=", ".join(without))


@app.command()
def status(master: Master, as_json: AsJson = False) -> None:
    """Bảng tính nào đã chia sẻ, đọc lúc nào, đã hợp nhất chưa."""
    from sync.google.status import status_of

    with _opened(master, reading=True) as (book, kept):
        rows = status_of(book, kept)
    if as_json:
        typer.echo(json.dumps([row.to_json() for row in rows], ensure_ascii=False, indent=1))
        return
    from rich.table import Table

    from sync.show import console

    table = Table(*(message(f"sheets-column-{name}", {}, _language()) for name in ("unit", "read", "state", "link")))
    for row in rows:
        table.add_row(row.unit, format_moment(row.read_at), message(row.state, {}, _language()), row.link)
    console.print(table)


@app.command()
def pull(
    master: Master,
    now: Annotated[bool, typer.Option("--now", help="Đọc lại tất cả, kể cả khi Google chưa báo có thay đổi.")] = False,
    as_json: AsJson = False,
) -> None:
    """Đọc những bảng tính đã thay đổi; chưa hợp nhất."""
    from sync import show
    from sync.cli import _who
    from sync.sources.google_sheets import pull_sheets

    with show.progress(_language(), quiet=as_json) as progress:
        pulled = pull_sheets(
            master,
            _connect(_folder(master)),
            _who(),
            everything=now,
            progress=lambda done, total: progress("sheets", done, total),
        )
    report = pulled.report
    told = [message(one.code, one.args, _language()) for one in pulled.findings]
    if as_json:
        content = {"listed": report.listed, "read": report.read, "changed": report.changed, "findings": told}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=1))
    else:
        _say("sheets-pulled", listed=str(report.listed), read=str(report.read), changed=str(len(report.changed)))
        for finding, sentence in zip(pulled.findings, told, strict=True):
            typer.echo(f"{finding.where.file}: {sentence}")
    raise typer.Exit(int(bool(pulled.findings)))


@app.command()
def push(
    master: Master,
    comment: Annotated[
        bool, typer.Option("--comment", help="Báo cho phường bằng một nhận xét trong bảng tính.")
    ] = False,
) -> None:
    """Ghi phản hồi và kết quả vào bảng tính của từng phường."""
    from sync.google.road import answer

    answered = answer(master, _connect(_folder(master)), _options(), comment=comment)
    show_answered(answered, _names(master))
    raise typer.Exit(int(any(one.trouble for one in answered)))


@app.command()
def accept(
    master: Master,
    unit: Annotated[str, typer.Option("--unit", help="Mã đơn vị đang chờ.")],
    year: Annotated[int | None, typer.Option("--year", help="Năm của đơn vị đang chờ.")] = None,
) -> None:
    """Cho qua bảng tính của đơn vị đang chờ, thay vì tệp Excel."""
    from sync.google.links import links_of
    from sync.history import let_pass
    from sync.sources.google_sheets import source_files
    from sync.workspace import CannotRun

    with _opened(master) as (book, kept):
        uid, held_year = book.held_unit(unit, year)
        links = links_of(book.setup, master.name)
        mine = type(links)({one: owner for one, owner in links.units.items() if owner == uid}, ())
        files = source_files(kept, kept.load(), mine)
        if not files:
            raise CannotRun("google-unit-not-listed", unit=unit)
        let_pass(book, uid, held_year, files[0].path)
        _say("sheets-accepted", unit=book.name_of(uid))


@app.command()
def revoke(
    master: Master,
    unit: Annotated[str, typer.Option("--unit", help="Mã đơn vị.")],
    email: Annotated[list[str] | None, typer.Option("--email", help="Chỉ thu hồi địa chỉ này; lặp lại được.")] = None,
) -> None:
    """Thu hồi quyền của phường (hoặc của một địa chỉ) trên bảng tính; số liệu đã nhận vẫn giữ."""
    from sync.google.links import ids_in
    from sync.google.share import revoke as take_back
    from sync.workspace import CannotRun

    with _opened(master, reading=True) as (book, kept):
        found = [one for one in book.setup.units.units if unit in (one.code, one.uid) and ids_in(one.sheet)]
        if not found:
            raise CannotRun("google-unit-not-listed", unit=unit)
        google = _connect(kept)
        for one in found:
            count = sum(take_back(google, sheet, email or ()) for sheet in ids_in(one.sheet))
            _say("sheets-revoked", unit=one.name, count=str(count))


def merge_and_answer(
    master: Path, sources: Sequence[Path], options: Options, *, everything: bool
) -> tuple[MergeReport, Callable[[], None]]:
    """``xl-ctd merge --google``: the merge, and what shows how the sheets were read and answered."""
    from sync.google.road import merge_with_sheets

    done = merge_with_sheets(master, sources, _connect(_folder(master)), options, everything=everything)
    return done.report, lambda: show_merged(done, master)


def show_merged(done: SheetsMerge, master: Path) -> None:
    """How the sheets were read and answered in a merge."""
    read = done.pulled.report
    _say("sheets-pulled", listed=str(read.listed), read=str(read.read), changed=str(len(read.changed)))
    if done.unanswered is not None:
        _say(done.unanswered.code, **done.unanswered.args_)
    elif done.answered is not None:
        show_answered(done.answered, _names(master))


def show_answered(answered: Sequence[Answered], names: dict[str, str]) -> None:
    """One line a sheet that was written, or could not be."""
    from sync.google.client import stopped

    for one in answered:
        unit = names.get(one.answer.unit, one.answer.unit)
        if one.trouble is None:
            counts = {"errors": str(one.answer.errors), "conflicts": str(one.answer.conflicts)}
            _say("sheets-answered", unit=unit, **counts)
        else:
            sentence = stopped(one.trouble, sheet=unit)
            _say(sentence.code, **sentence.args_)
    if not answered:
        _say("sheets-nothing-to-answer")


def _prove(google: Google) -> None:
    from sync.google.proof import prove

    for proof in prove(google):
        if proof.failed is not None:
            raise proof.failed
        typer.echo(f"✔ {message(proof.code, proof.args, _language())}")


# --- what every command needs ---------------------------------------------------------------------------------------


def _language() -> str:
    from sync.cli import Language

    return Language.code


def _say(code: str, **args: str) -> None:
    typer.echo(message(code, args, _language()))


def _connect(folder: GoogleFolder | None = None) -> Google:
    from sync.google.connect import connect

    return connect(folder.quota if folder else None)


def _folder(master: Path) -> GoogleFolder:
    from sync.google.state import GoogleFolder
    from sync.workspace import Workspace

    workspace = Workspace(master)
    workspace.check(reading=True)
    return GoogleFolder(workspace)


def _options() -> Options:
    from sync.cli import _moment, _who
    from sync.run import Options

    return Options(_who(), _moment(), ledger_url=os.environ.get("CTD_LEDGER_URL"))


@contextmanager
def _opened(master: Path, *, reading: bool = False) -> Iterator[tuple[MasterBook, GoogleFolder]]:
    from sync.cli import _book

    with _book(master, reading=reading) as book:
        yield book, _folder(master)


def _codes(units: str) -> list[str]:
    return [code.strip() for code in units.split(",") if code.strip()]


def _names(master: Path) -> dict[str, str]:
    from sync.setup_changes import read_setup_of

    setup: Any = read_setup_of(master)[1]
    return {unit.uid: unit.name for unit in setup.units.units}
