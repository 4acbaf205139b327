"""What the buttons of the groups *Chia sẻ*, *Báo cáo* and *Trợ giúp* do, one function for each action's id."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sync import live_answers
from sync.book import MasterBook
from sync.google.state import SheetReading
from sync.live_google import synchronised
from sync.live_open import asking, master_of
from sync.office import Answer, AnswerTable, Office
from sync.workspace import CannotRun
from workbooks.package import WriteRefused
from xl_ctd.core.findings import Severity
from xl_ctd.core.units import Unit
from xl_ctd.messages import message

if TYPE_CHECKING:
    import xlwings as xw

Arguments = Mapping[str, str]


def gui_mau(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Make the year's workbook for every unit that owes one, into ``folder``; a file that is there stays.

    ``year`` is the one the board shows when it is left out.
    """
    from sync.templates import carried_over
    from workbooks.build_ward import build_unit_workbook

    with asking(book, office) as opened:
        year = _year(arguments, opened)
        folder = _folder(arguments, office, message("folder-of-templates", {"year": year}))
        units = opened.setup.units.expected_in(year)
        made = []
        for done, unit in enumerate(units, 1):
            path = folder / _file_name(unit, units, year)
            if not path.exists():
                cover, tables = carried_over(opened, unit, year)
                build_unit_workbook(
                    path,
                    unit=unit,
                    year=year,
                    setup=opened.setup,
                    cover=cover,
                    tables=tables,
                    created=opened.today,
                )
                made.append(path)
            office.progress("build", done, len(units))
    args = {"count": len(made), "there": len(units) - len(made), "folder": str(folder)}
    return live_answers.made_answer("action-gui_mau", "templates-made", args, made)


def tra_lai(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Make a copy of each unit's workbook that says what to correct, into ``folder``. Who has a Google Sheet gets no
    file: there it is said in the sheet."""
    from workbooks.returns import write_returned

    made: list[Path] = []
    gone: list[str] = []
    unwritten: list[str] = []
    online: list[tuple[str, str]] = []
    with asking(book, office) as opened:
        year = _year(arguments, opened)
        folder = _folder(arguments, office, message("folder-of-returned", {"year": year}))
        for (uid, noted), notes in sorted(opened.notes.items()):
            grave = [finding for finding in notes.findings if finding.severity is not Severity.INFO]
            if noted != year or not grave or not notes.path:
                continue
            sheet = SheetReading.of(notes.path)
            if sheet is not None:
                online.append((opened.name_of(uid), sheet.link))
                continue
            source = opened.workspace.place_of(notes.path)
            if not source.is_file():
                gone.append(opened.name_of(uid))
                continue
            target = folder / source.name
            try:
                write_returned(source, target, notes.findings, returned=opened.today)
            except WriteRefused as refused:
                unwritten.append(refused.sentence())
                continue
            made.append(target)
            office.progress("build", len(made), len(made))
    args = {"count": len(made), "folder": str(folder)}
    answer = live_answers.made_answer("action-tra_lai", "returned-made" if made else "returned-none", args, made)
    said = [message("returned-missed", {"units": "; ".join(gone)})] if gone else []
    said += [message("returned-online", {"units": "; ".join(name for name, _ in online)})] if online else []
    sheets = AnswerTable("Google Sheets", live_answers.headers("unit", "link"), tuple(online))
    tables = (*answer.tables, *([sheets] if online else []))
    return Answer(answer.title, " ".join((answer.sentence, *said, *unwritten)), tables)


def google_sheets(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """Fetch what is new in the units' Google Sheets and tell them what the last merge found. Raises ``CannotRun`` where
    no Google was set up."""
    return synchronised(office)


def bao_cao(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """The table of targets as a Word document beside the master, or as ``file``."""
    from sync.live_report import write_report

    with asking(book, office) as opened:
        year = _year(arguments, opened)
        name = message("file-of-report", {"year": year})
        path = Path(arguments["file"]) if arguments.get("file") else master_of(office).parent / name
        write_report(path, opened, year)
    return live_answers.made_answer("action-bao_cao", "made-file", {"file": str(path)}, [path])


def tro_giup(book: xw.Book | None, office: Office, arguments: Arguments) -> Answer:
    """What each button does."""
    from xl_ctd.ribbon import ACTIONS

    rows = tuple((action.label(), action.hint()) for action in ACTIONS)
    title = message("action-tro_giup")
    table = AnswerTable(title, live_answers.headers("button", "does"), rows)
    return Answer(title, message("help-sentence"), (table,))


def _year(arguments: Arguments, book: MasterBook) -> int:
    """The year asked for, else the one the board shows. Raises ``CannotRun`` for what is no year of the plan."""
    said = arguments.get("year", "").strip()
    plan = book.setup.plan
    if not said:
        return book.setup.shown_year
    if not said.isdigit() or not plan.first_year <= int(said) <= plan.last_year:
        raise CannotRun("action-no-year", year=said, first=str(plan.first_year), last=str(plan.last_year))
    return int(said)


def _folder(arguments: Arguments, office: Office, usual: str) -> Path:
    """The folder asked for, else one beside the master; made when it is not there.

    Raises ``CannotRun`` for a folder that is read as units' files: the next merge would take what lies there.
    """
    folder = Path(arguments["folder"]) if arguments.get("folder") else master_of(office).parent / usual
    if any(folder.resolve().is_relative_to(source.resolve()) for source in office.sources):
        raise CannotRun("action-folder-is-source", folder=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise CannotRun("folder-read-only", folder=str(folder)) from None
    return folder


def _file_name(unit: Unit, units: tuple[Unit, ...], year: int) -> str:
    """``CTD_09382_2024.xlsx``; in a year of change two units may share a code, so their keys tell them apart."""
    alike = [other for other in units if other.code == unit.code]
    return f"CTD_{unit.code if len(alike) == 1 else unit.uid}_{year}.xlsx"
