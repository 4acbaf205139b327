"""Writing answers into the sheets: only into tabs of the service's own, and row ids where nobody else writes.

Each sheet is one atomic write; a sheet that already says what it should is left alone. Ids are written only when the
sheet, read again just before, still holds exactly what they were planned for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sync.book import MasterBook
from sync.encoding import digest_of
from sync.google.answer import NewId, SheetAnswer, plan_answer
from sync.google.answers import FEEDBACK_TAB, snapshot_of, told_by
from sync.google.client import Google
from sync.google.links import links_of
from sync.google.shape import shape_of
from sync.google.state import GoogleFolder, State
from sync.google.template import FEEDBACK_ID, RESULTS_ID, cell_value
from sync.google.trouble import Reason, SourceUnavailable
from workbooks.layouts import RESULT_TAB, column_number
from workbooks.snapshots import pack
from xl_ctd.messages import message

Json = dict[str, Any]
FEEDBACK_WIDTH, RESULTS_WIDTH = 9, 5
LEAST_ROWS = 60


@dataclass(frozen=True, slots=True)
class Answered:
    """What was written into one sheet; ``trouble`` says why nothing was."""

    answer: SheetAnswer
    trouble: SourceUnavailable | None = None


def answer_sheets(
    book: MasterBook,
    google: Google,
    folder: GoogleFolder,
    *,
    comment: bool = False,
    only: Sequence[str] = (),
    tell: Callable[[Answered], None] = lambda answered: None,
) -> list[Answered]:
    """Bring every listed sheet's feedback up to date; what was written. Trouble with one sheet leaves the others be.

    ``only`` names units by key; ``comment`` also tells people by a comment that there is something new.
    """
    links = links_of(book.setup, book.workspace.master.name)
    done: list[Answered] = []
    with folder.locked(book.who):
        google.quota.recall()
        state = folder.load()
        for spreadsheet, unit in links.units.items():
            seen = state.of(spreadsheet)
            content = folder.content(spreadsheet, seen)
            if (only and unit not in only) or seen.trouble or not content.is_file():
                continue
            answer = plan_answer(book, spreadsheet, seen, content)
            if answer is None or (name_of(answer) == seen.answered and not answer.ids):
                continue
            try:
                state = _write(google, folder, state, answer, comment=comment)
                done.append(Answered(answer))
            except SourceUnavailable as trouble:
                done.append(Answered(answer, trouble))
            tell(done[-1])
            if done[-1].trouble is not None and done[-1].trouble.ends_the_run:
                break
        google.quota.keep()
    return done


def _write(google: Google, folder: GoogleFolder, state: State, answer: SheetAnswer, *, comment: bool) -> State:
    seen = state.of(answer.spreadsheet)
    tabs: Mapping[str, int] = {}
    if answer.ids:
        fresh = google.read(answer.spreadsheet)
        still = digest_of(pack(snapshot_of(fresh, seen.unit))) == answer.digest
        tabs = {one["properties"]["title"]: one["properties"].get("sheetId", 0) for one in fresh.get("sheets", ())}
        answer = answer if still else replace(answer, ids=())
    requests = [*(_id_request(one, tabs) for one in answer.ids)]
    if name_of(answer) != seen.answered:
        requests += _tab_requests(FEEDBACK_ID, FEEDBACK_TAB, FEEDBACK_WIDTH, feedback_lines(answer))
        requests += _tab_requests(RESULTS_ID, RESULT_TAB, RESULTS_WIDTH, result_lines(answer))
    if not requests:
        return state
    try:
        google.write(answer.spreadsheet, requests)
    except SourceUnavailable as trouble:
        missing = trouble.reason is Reason.REFUSED and _missing_tabs(google, answer.spreadsheet)
        if not missing:
            raise
        google.write(answer.spreadsheet, [*missing, *requests])
    state = state.saw(answer.spreadsheet, answered=name_of(answer))
    folder.save(state)
    if comment and google.owner_name is not None and (answer.errors or answer.conflicts):
        counts = {"errors": str(answer.errors), "conflicts": str(answer.conflicts)}
        google.comment(answer.spreadsheet, message("sheets-comment", counts))
    return state


def _missing_tabs(google: Google, spreadsheet: str) -> list[Json]:
    """What makes our own tabs where they are gone, or never were: in a sheet that was not made by us."""
    there = shape_of(google.shape(spreadsheet)).tabs
    ours = {FEEDBACK_ID: FEEDBACK_TAB, RESULTS_ID: RESULT_TAB}
    return [
        {"addSheet": {"properties": {"sheetId": number, "title": title}}}
        for number, title in ours.items()
        if number not in there and all(tab.title != title for tab in there.values())
    ]


# --- requests -------------------------------------------------------------------------------------------------------


def name_of(answer: SheetAnswer) -> str:
    """Names what the service's own tabs shall say."""
    return told_by({FEEDBACK_TAB: feedback_lines(answer), RESULT_TAB: result_lines(answer)})


def feedback_lines(answer: SheetAnswer) -> list[Sequence[str]]:
    """The whole of ``Phản hồi``. The last two columns, hidden, hold the ids that colour rows."""
    header = [message(f"feedback-column-{name}") for name in ("severity", "tab", "place", "words", "ward", "master")]
    rows: list[Sequence[str]] = [*_head("feedback"), [answer.received.replace("T", " ")], header]
    for line in answer.lines:
        grave, other = (line.rid, "") if line.is_grave else ("", line.rid)
        rows.append([line.severity, line.tab, line.place, line.words, line.ward, line.master, "", grave, other])
    if not answer.lines:
        rows.append(["", "", "", message("feedback-none")])
    return rows


def result_lines(answer: SheetAnswer) -> list[Sequence[str]]:
    """The whole of ``Kết quả``: targets, then the values the master uses instead of the ward's."""
    header = [message(f"results-column-{name}") for name in ("target", "result", "goal", "judgement", "gap")]
    rows: list[Sequence[str]] = [*_head("results"), [], header, *answer.targets]
    if answer.accepted:
        names = ("feedback-column-tab", "results-column-row", "results-column-field")
        columns = [message(name) for name in (*names, "feedback-column-ward", "feedback-column-master")]
        rows += [[], [message("results-accepted")], columns, *answer.accepted]
    return rows


def _head(name: str) -> list[Sequence[str]]:
    return [[message(f"{name}-title")], [message(f"{name}-guidance")]]


def _tab_requests(tab: int, title: str, width: int, lines: Sequence[Sequence[str]]) -> Iterator[Json]:
    """The lines as text, and nothing below them."""
    size = max(LEAST_ROWS, len(lines) + 10)
    grid = {"rowCount": size, "columnCount": max(width, FEEDBACK_WIDTH if tab == FEEDBACK_ID else 6)}
    properties = {"sheetId": tab, "title": title, "gridProperties": grid}
    fields = "title,gridProperties(rowCount,columnCount)"
    yield {"updateSheetProperties": {"properties": properties, "fields": fields}}
    cells = [{"values": [{"userEnteredValue": cell_value(text)} for text in line]} for line in lines]
    area = {"sheetId": tab, "startRowIndex": 0, "endRowIndex": size, "startColumnIndex": 0, "endColumnIndex": width}
    yield {"updateCells": {"rows": cells, "fields": "userEnteredValue", "range": area}}


def _id_request(one: NewId, tabs: Mapping[str, int]) -> Json:
    at = {"sheetId": tabs[one.tab], "rowIndex": one.line - 1, "columnIndex": column_number(one.letters) - 1}
    row = {"values": [{"userEnteredValue": {"stringValue": one.rid}}]}
    return {"updateCells": {"rows": [row], "fields": "userEnteredValue", "start": at}}
