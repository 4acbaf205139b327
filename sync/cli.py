"""``xl-ctd``: the command line. Every command hands over to the library in a few lines and shows its answer.

Exit codes: 0 clean · 1 done, but errors, conflicts or held units are left · 2 could not run (one sentence says why).
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from sync import report, show
from sync.commands import WithLater
from sync.commands.spoken import App
from sync.usage import UsageError, usage_sentence
from sync.workspace import CannotRun, Workspace
from xl_ctd.core.formats import format_moment
from xl_ctd.core.periods import PeriodKind
from xl_ctd.messages import message

app = App(
    name="xl-ctd",
    cls=WithLater,
    help="Tổng hợp báo cáo Chữ thập đỏ từ sổ Excel của các phường vào sổ tổng hợp, và xem còn thiếu bao nhiêu.",
    pretty_exceptions_enable=False,
)
new_app = App(help="Tạo sổ mới.")
app.add_typer(new_app, name="new")

Master = Annotated[Path, typer.Option("--master", help="Sổ tổng hợp (.xlsx hoặc .xlsm).")]
AsJson = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Tệp sẽ tạo.")]


class Language:
    """The language of this run, set once by the callback."""

    code = "vi"


@app.callback()
def _common(lang: Annotated[str, typer.Option("--lang", help="vi hoặc en.")] = "vi") -> None:
    if lang not in ("vi", "en"):
        raise typer.BadParameter("", param_hint="--lang (vi, en)")
    Language.code = lang


def _moment() -> datetime:
    return datetime.now().astimezone().replace(microsecond=0, tzinfo=None)


def _who() -> str:
    try:
        return os.environ.get("CTD_WHO") or getpass.getuser()
    except (KeyError, OSError):  # a machine that does not know who runs it
        return "?"


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1))


@contextmanager
def _book(master: Path, *, reading: bool = False) -> Iterator[Any]:
    """The master for one command; one that only asks may ask while somebody has the master open."""
    from sync.book import open_book

    workspace = Workspace(master)
    workspace.check(reading=reading)
    with workspace.locked(_who()), open_book(workspace, _moment(), _who(), os.environ.get("CTD_LEDGER_URL")) as book:
        yield book


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Thư mục sẽ tạo.")],
    year: Annotated[int, typer.Option(help="Năm của số liệu mẫu.")] = 2024,
    seed: Annotated[int, typer.Option(help="Cùng số thì cùng số liệu.")] = 1,
    clean: Annotated[bool, typer.Option("--clean", help="Không cài lỗi thường gặp vào sổ phường.")] = False,
    google: Annotated[bool, typer.Option("--google", help="Nửa số phường dùng Google Sheets (giả lập).")] = False,
) -> None:
    """Tạo sổ của các phường như người thật điền, sổ tổng hợp, rồi hợp nhất."""
    from sync.demonstrate import demonstrate

    with show.progress(Language.code) as progress:
        if google:
            from sync.commands.sheets_demo import demonstrate_with_sheets

            shown = demonstrate_with_sheets(folder, year=year, seed=seed, clean=clean, progress=progress)
        else:
            shown = demonstrate(folder, year=year, seed=seed, clean=clean, progress=progress)
    show.merge(shown.report, Language.code)
    show.targets(shown.figures, shown.setup, Language.code)
    show.next_steps(shown.folder, Language.code)


@new_app.command("ward")
def new_ward(
    unit: Annotated[str, typer.Option("--unit", help="Mã đơn vị, ví dụ 09382.")],
    year: Annotated[int, typer.Option("--year", help="Năm báo cáo.")],
    output: Output,
    master: Annotated[Path | None, typer.Option("--master", help="Lấy sẵn danh mục và số dư từ sổ tổng hợp.")] = None,
) -> None:
    """Sổ của một phường cho một năm, điền sẵn những gì còn dùng từ năm trước."""
    from sync.templates import new_unit_workbook

    new_unit_workbook(unit, year, output, master, _moment(), _who())
    typer.echo(message("made-file", {"file": str(output)}, Language.code))


@new_app.command("master")
def new_master(
    plan: Annotated[str, typer.Option("--plan", help="TS (Từ Sơn) hoặc BT (Bình Thuận).")],
    output: Output,
    year: Annotated[int | None, typer.Option("--year", help="Năm hiện trên Bảng điều hành.")] = None,
) -> None:
    """Sổ tổng hợp của một kế hoạch, cho mọi năm."""
    from sync.templates import new_master_workbook

    new_master_workbook(plan, output, year, _moment().date())
    typer.echo(message("made-file", {"file": str(output)}, Language.code))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Sổ phường cần kiểm tra.")],
    master: Annotated[
        Path | None, typer.Option("--master", help="Dùng đơn vị và chỉ tiêu của sổ tổng hợp này.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Kiểm tra sổ phường trước khi hợp nhất; không thay đổi gì."""
    from sync.checking import check_files

    checked = check_files(files, master, _moment())
    if as_json:
        _print_json(report.check_json(checked, Language.code))
    else:
        show.check(checked, Language.code)
    raise typer.Exit(int(any(item.has_errors for item in checked)))


@app.command()
def merge(
    master: Master,
    sources: Annotated[list[Path] | None, typer.Argument(help="Tệp hoặc thư mục.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ cho xem trước.")] = False,
    as_json: AsJson = False,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Số tiến trình đọc cùng lúc.")] = None,
    google: Annotated[bool, typer.Option("--google", help="Cả các bảng tính Google ghi ở trang Đơn vị.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Cùng --google: đọc lại mọi bảng tính.")] = False,
) -> None:
    """Hợp nhất sổ các phường vào sổ tổng hợp."""
    from sync.run import Options
    from sync.run import merge as run_merge

    if not sources and not google:
        raise CannotRun("merge-needs-sources")
    with show.progress(Language.code, quiet=as_json) as progress:
        options = Options(_who(), _moment(), workers, dry_run, os.environ.get("CTD_LEDGER_URL"), progress)
        if google:
            from sync.commands.sheets import merge_and_answer

            done, tell = merge_and_answer(master, sources or [], options, everything=now)
        else:
            done, tell = run_merge(master, sources or [], options), None
    if as_json:
        _print_json(report.merge_json(done, Language.code))
    else:
        show.merge(done, Language.code, dry_run=dry_run)
        if tell is not None:
            tell()
    raise typer.Exit(int(done.needs_people))


@app.command()
def targets(
    master: Master,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d", "%d/%m/%Y"], help="Ngày xem, ví dụ 30/06/2024.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="unit: từng đơn vị.")] = None,
    as_json: AsJson = False,
) -> None:
    """Từng chỉ tiêu: đạt, chưa đạt, còn thiếu bao nhiêu."""
    if by not in (None, "unit"):
        raise typer.BadParameter("", param_hint="--by (unit)")
    with _book(master, reading=True) as book:
        day: date | None = as_of.date() if as_of else None
        figures = book.figures(day)
        if as_json:
            _print_json(report.targets_json(figures, book.setup.targets, by_unit=by == "unit"))
        else:
            show.targets(figures, book.setup, Language.code, by_unit=by == "unit")


@app.command()
def status(
    master: Master,
    by: Annotated[str | None, typer.Option("--by", help="Từng kỳ: Q (quý), 6T (6 tháng) hoặc 9T (9 tháng).")] = None,
    as_json: AsJson = False,
) -> None:
    """Đơn vị nào đã nộp, chưa nộp, đang chờ."""
    from sync.period_progress import KINDS, progress_by_period

    if by is not None and by not in KINDS:
        raise typer.BadParameter("", param_hint=f"--by ({', '.join(KINDS)})")
    with _book(master, reading=True) as book:
        if by is not None:
            periods = progress_by_period(book, PeriodKind(by))
            _print_json(report.periods_json(periods)) if as_json else show.periods(periods, Language.code)
            return
        rows = book.progress()
        _print_json(report.status_json(rows)) if as_json else show.status(rows, Language.code)


@app.command()
def conflicts(master: Master, as_json: AsJson = False) -> None:
    """Những chỗ phường và sổ tổng hợp ghi khác nhau, và đơn vị đang chờ quyết định."""
    from sync.history import open_conflicts

    with _book(master, reading=True) as book:
        found = open_conflicts(book)
        if as_json:
            _print_json(report.conflicts_json(found, book.held(), Language.code))
        else:
            show.conflicts(found, book, Language.code)
        raise typer.Exit(int(bool(found or book.held())))


@app.command()
def history(master: Master, as_json: AsJson = False) -> None:
    """Các lần hợp nhất, sửa, hoàn tác."""
    with _book(master, reading=True) as book:
        versions = book.ledger.versions()
        _print_json(report.history_json(versions)) if as_json else show.history(versions, Language.code)


@app.command()
def resolve(
    master: Master,
    conflict: Annotated[list[str] | None, typer.Option("--conflict", help="Số xung đột; lặp lại được.")] = None,
    take: Annotated[str | None, typer.Option("--take", help="ward, master hoặc base.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Mã đơn vị đang chờ.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Năm của đơn vị đang chờ.")] = None,
    accept: Annotated[Path | None, typer.Option("--accept", help="Tệp đúng của đơn vị đang chờ.")] = None,
) -> None:
    """Quyết định xung đột, hoặc cho qua tệp đang chờ. Không có lựa chọn nào thì hỏi từng chỗ."""
    from sync.history import let_pass, open_conflicts, resolve_conflicts

    if bool(conflict) != bool(take) or bool(unit) != bool(accept) or (conflict and unit):
        raise CannotRun("resolve-half-said")
    with _book(master) as book:
        if unit and accept:
            uid, held_year = book.held_unit(unit, year)
            let_pass(book, uid, held_year, accept)
            typer.echo(message("decision-kept", {"file": accept.name}, Language.code))
            return
        found = open_conflicts(book)
        if not found and not conflict:
            show.conflicts(found, book, Language.code)
            return
        if conflict and take:
            decisions = dict.fromkeys(conflict, take)
        else:
            decisions = show.ask(found, book, Language.code)
        if decisions:
            resolve_conflicts(book, decisions)
        typer.echo(message("conflicts-closed", {"count": str(len(decisions))}, Language.code))


@app.command()
def undo(master: Master) -> None:
    """Hoàn tác lần hợp nhất gần nhất."""
    from sync.history import undo as take_back

    with _book(master) as book:
        undone = take_back(book)
        code = "undone-exactly" if undone.exact else "undone-keeping-edits"
        typer.echo(message(code, {"version": str(undone.version), "at": format_moment(undone.at)}, Language.code))


@app.command()
def trace(
    master: Master,
    cell: Annotated[str, typer.Argument(help="Ô cần hỏi, ví dụ 'Hỗ trợ!H12' hoặc 'Bảng điều hành!D10'.")],
    as_json: AsJson = False,
) -> None:
    """Một con số từ đâu ra: phường, tệp, trang tính, ô, ngày nhận."""
    from sync.tracing import trace as find

    with _book(master, reading=True) as book:
        found = find(book, cell)
        _print_json(report.trace_json(found)) if as_json else show.trace(found, Language.code)


@app.command()
def doctor(
    master: Annotated[Path | None, typer.Option("--master", help="Kiểm tra cả sổ tổng hợp này.")] = None,
) -> None:
    """Kiểm tra máy và sổ tổng hợp đã sẵn sàng chưa."""
    from sync.doctor import examine

    answers = examine(master, _moment(), _who(), os.environ.get("CTD_LEDGER_URL"))
    show.doctor(answers, Language.code)
    raise typer.Exit(int(not all(answer.good for answer in answers)))


def main() -> None:
    """Run the command line; a program's error is one sentence with a remedy, never a traceback."""
    from workbooks.package import WriteRefused

    # A command line that cannot be understood is answered before ``_common`` has run.
    Language.code = "en" if "--lang=en" in sys.argv or "--lang en" in " ".join(sys.argv) else "vi"
    try:
        raise SystemExit(app(prog_name="xl-ctd", standalone_mode=False) or 0)
    except UsageError as wrong:
        _stop(usage_sentence(wrong, Language.code))
    except typer.Abort:
        _stop(message("stopped", {}, Language.code))
    except CannotRun as stop:
        _stop(message(stop.code, stop.args_, Language.code))
    except WriteRefused as refused:
        _stop(refused.sentence(Language.code))
    except Exception as error:
        if os.environ.get("CTD_DEBUG"):
            raise
        _stop(message("unexpected", {"kind": type(error).__name__, "text": str(error)}, Language.code))


def _stop(sentence: str) -> NoReturn:
    if sentence:
        typer.echo(sentence, err=True)
    raise SystemExit(2) from None


if __name__ == "__main__":
    main()
